#include <sluice/waiting_function.hpp>

#include "expect_error.hpp"
#include "plugins.hpp"

#include <deque>
#include <future>
#include <thread>

namespace sluice {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using tests::call;

/// A guest whose `run` hands its input to the host function `ask` and gives what that returns.
constexpr std::string_view through_ask = R"((module
  (import "extism:host/env" "input_offset" (func $input (result i64)))
  (import "extism:host/env" "length" (func $length (param i64) (result i64)))
  (import "extism:host/env" "output_set" (func $output (param i64 i64)))
  (import "extism:host/user" "ask" (func $ask (param i64) (result i64)))
  (func (export "run")
    (local $answer i64)
    (local.set $answer (call $ask (call $input)))
    (if (i64.ne (local.get $answer) (i64.const 0))
      (then (call $output (local.get $answer) (call $length (local.get $answer)))))))
)";

/// A guest whose `run` calls `wait` and then loops for ever.
constexpr std::string_view wait_and_spin = R"((module
  (import "extism:host/user" "wait" (func $wait))
  (func (export "run") (call $wait) (loop $again (br $again)))))";

Plugin with(HostFunction function, std::string_view guest = through_ask) {
    PluginOptions options;
    options.functions.push_back(std::move(function));
    return tests::plugin_of(guest, std::move(options));
}

/// Runs what it is given on threads of their own, and joins them.
class Workers {
  public:
    template <class Work>
    void submit(Work work) {
        threads_.emplace_back(std::move(work));
    }

  private:
    std::deque<std::jthread> threads_{};
};

TEST(WaitingHostFunctions, AnswerFromAnotherThread) {
    Workers workers;
    Plugin plugin = with(
        waiting_host_function("ask", [&](std::string question, Completion<std::string> answer) {
            workers.submit([question = std::move(question), answer = std::move(answer)] {
                EXPECT_TRUE(answer(question + "? Yes."));
                EXPECT_FALSE(answer("No."));
            });
        }));

    EXPECT_EQ(call(plugin, "run", "Really"), "Really? Yes.");
    EXPECT_EQ(call(plugin, "run", "Sure"), "Sure? Yes.");
}

TEST(WaitingHostFunctions, AnswerAtOnceToo) {
    Plugin plugin =
        with(waiting_host_function("ask", [](CurrentPlugin& current, std::string_view question,
                                             Completion<std::optional<std::string>> answer) {
            EXPECT_EQ(current.name(), "guest");
            answer(question.empty() ? std::nullopt : std::optional<std::string>(question));
        }));

    EXPECT_EQ(call(plugin, "run", "hello"), "hello");
    EXPECT_EQ(call(plugin, "run", ""), "");
}

TEST(WaitingHostFunctions, DoNotUseUpTheGuestsTime) {
    Plugin plugin =
        with(waiting_host_function("ask", [](const std::string&, Completion<std::string> answer) {
            std::this_thread::sleep_for(60ms);  // the work
            answer("late");
        }));

    EXPECT_EQ(as_text(plugin.call("run", {}, {.timeout = 30ms})), "late");
}

TEST(WaitingHostFunctions, LeaveTheGuestWhatItHad) {
    Plugin plugin =
        with(waiting_host_function("wait", [](Completion<> done) { done(); }), wait_and_spin);

    EXPECT_ERROR(plugin.call("run", {}, {.timeout = 30ms}), ErrorCode::timeout);
}

TEST(WaitingHostFunctions, UseUpTheGuestsTimeWhereThatIsAskedFor) {
    std::optional<Completion<std::string>> kept;
    Plugin plugin = with(waiting_host_function(
        "ask",
        [&](const std::string&, Completion<std::string> answer) { kept = std::move(answer); },
        {.charged = true}));

    EXPECT_ERROR_SAYING(plugin.call("run", {}, {.timeout = 30ms}), ErrorCode::timeout,
                        HasSubstr("stopped at the call's deadline, while it waited"));
    EXPECT_TRUE(kept->abandoned().stop_requested());
    EXPECT_FALSE((*kept)("too late"));
}

TEST(WaitingHostFunctions, HaveALimitOfTheirOwn) {
    std::optional<Completion<std::string>> kept;
    Plugin plugin = with(waiting_host_function(
        "ask",
        [&](const std::string&, Completion<std::string> answer) { kept = std::move(answer); },
        {.limit = 20ms}));

    EXPECT_ERROR_SAYING(
        plugin.call("run"), ErrorCode::timeout,
        HasSubstr("extism:host/user.ask: gave no answer within its limit of 20 ms"));
    EXPECT_TRUE(kept->abandoned().stop_requested());

    plugin.reset();
    kept.reset();
}

TEST(WaitingHostFunctions, EndWithTheirCall) {
    Workers workers;
    std::promise<void> begun;
    std::stop_source source;
    Plugin plugin =
        with(waiting_host_function("ask", [&](const std::string&, Completion<std::string> answer) {
            workers.submit([&, answer = std::move(answer)] {
                std::promise<void> stopped;
                const std::stop_callback told(answer.abandoned(), [&] { stopped.set_value(); });
                begun.set_value();
                stopped.get_future().wait();
            });
        }));
    workers.submit([&] {
        begun.get_future().wait();
        source.request_stop();
    });

    EXPECT_ERROR_SAYING(plugin.call("run", {}, {.cancel = source.get_token()}),
                        ErrorCode::cancelled, HasSubstr("cancelled, while it waited"));
    EXPECT_ERROR(plugin.call("run"), ErrorCode::poisoned);
}

TEST(WaitingHostFunctions, FailTheCallWithWhatTheyAreGiven) {
    Plugin plugin = with(
        waiting_host_function("ask", [](const std::string&, const Completion<std::string>& answer) {
            answer.fail(std::make_exception_ptr(std::runtime_error("the model is asleep")));
        }));

    EXPECT_ERROR_SAYING(plugin.call("run"), ErrorCode::trap, HasSubstr("the model is asleep"));
}

TEST(WaitingHostFunctions, FailTheCallWhenNobodyCanAnswerAnyMore) {
    Plugin plugin = with(
        waiting_host_function("ask", [](const std::string&, const Completion<std::string>&) {}));

    EXPECT_ERROR_SAYING(plugin.call("run"), ErrorCode::trap,
                        HasSubstr("its Completion was dropped without an answer"));
}

}  // namespace
}  // namespace sluice
