#include "extism_guest.hpp"

#include "environment_variable.hpp"
#include "expect_error.hpp"
#include "hook_guests.hpp"
#include "hooks/hook_answer.hpp"
#include "hooks/hook_instance.hpp"

#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <sstream>

namespace sluice::hooks {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StrEq;
using tests::call_hook;
using tests::extism_guest;
using Progress = wasm::FiberCall::Progress;

/// Goes on until the guest waits or has ended: on a busy machine it yields in between.
Progress run(HookCall& call) {
    Progress progress = call.resume();
    while (progress == Progress::yielded) progress = call.resume();
    return progress;
}

/// Guests of Extism's ABI as hooks: with its kernel in their own code, and beside them.
class ExtismGuest : public testing::TestWithParam<const char*> {
  protected:
    std::shared_ptr<const HookPlugin> load(std::string_view fields,
                                           HookPluginOptions options = {}) {
        return host_.load(extism_guest(fields), std::move(options));
    }
    InstancePool pool(std::string_view fields, HookPluginOptions options = {}) {
        return InstancePool(load(fields, std::move(options)));
    }
    tests::EnvironmentVariable fusion_{"SLUICE_FUSION", GetParam()};
    tests::HookHost host_;
};

TEST_P(ExtismGuest, IsToldByItsImportsAndNamedByItself) {
    const auto plugin = load(R"(
      (func (export "get_name") (result i32) (call $say (i32.const 1024) (i32.const 5)) (i32.const 0))
      (func (export "pre_hook") (result i32) (i32.const 0))
      (func (export "http_post_hook"))
      (data (i32.const 1024) "guard"))",
                             {.name = "configured"});
    EXPECT_EQ(plugin->generation(), "extism");
    EXPECT_EQ(plugin->actual_name(), "guard");
    EXPECT_TRUE(plugin->phases().has(Phase::pre));
    EXPECT_TRUE(plugin->phases().has(Phase::http_post));
    EXPECT_FALSE(plugin->phases().has(Phase::post));
    EXPECT_EQ(plugin->module().merged_library().empty(), std::string_view(GetParam()) == "off");
}

TEST_P(ExtismGuest, IsGivenItsInputInOnePieceAndAnswersByOutput) {
    InstancePool echo =
        pool(R"((func (export "pre_hook") (result i32) (call $echo) (i32.const 0)))");
    const auto lease = echo.take();
    HookCall call(*lease, Phase::pre, {"{\"context\":", "{}", ",\"request\":", "", "null}"});
    EXPECT_EQ(run(call), Progress::done);
    EXPECT_EQ(call.answer(), "{\"context\":{},\"request\":null}");
}

TEST_P(ExtismGuest, CarriesMegabytes) {
    InstancePool echo = pool(R"((func (export "pre_hook") (call $echo)))");
    for (const std::size_t size : {0UL, 65'536UL, 3'000'000UL}) {
        const std::string input(size, 'x');
        EXPECT_TRUE(call_hook(echo, Phase::pre, input) == input) << size;
    }
    EXPECT_EQ(echo.made(), 1U);
}

TEST_P(ExtismGuest, HasNoOpinionWhenItSetsNoOutput) {
    InstancePool guest = pool(R"(
      (func (export "pre_hook") (call $echo))
      (func (export "post_hook")))");
    EXPECT_EQ(call_hook(guest, Phase::pre, "{\"n\":1}"), "{\"n\":1}");
    EXPECT_EQ(call_hook(guest, Phase::post, "{\"n\":2}"), "") << "nothing is left of another call";
    EXPECT_EQ(guest.made(), 1U);
}

TEST_P(ExtismGuest, FindsNothingOfEarlierCallsInItsBlocks) {
    InstancePool guest = pool(R"(
      (func (export "pre_hook") (call $echo))
      (func (export "post_hook") (result i32)
        (local $at i64)
        (local.set $at (call $alloc (i64.const 4000)))
        (loop $next
          (if (call $load_u8 (local.get $at)) (then (return (i32.const 1))))
          (local.set $at (i64.add (local.get $at) (i64.const 1)))
          (br_if $next (i64.lt_u (local.get $at) (i64.const 4000))))
        (i32.const 0)))");
    call_hook(guest, Phase::pre, std::string(4000, 's'));
    EXPECT_EQ(call_hook(guest, Phase::post, ""), "");
}

TEST_P(ExtismGuest, FailsWithTheErrorThatItSets) {
    InstancePool guest = pool(R"(
      (func (export "pre_hook") (result i32)
        (call $echo) (call $fail (i32.const 1024) (i32.const 8)) (i32.const 1))
      (func (export "post_hook") (result i32) (call $fail (i32.const 1024) (i32.const 8)) (i32.const 0))
      (func (export "http_pre_hook") (result i32) (i32.const 7))
      (data (i32.const 1024) "no \"way\""))");
    JsonDocument document;
    const auto failure = [&](Phase phase) {
        const std::string text = call_hook(guest, phase);
        return read_answer(phase, text, document).failure;
    };
    EXPECT_EQ(failure(Phase::pre), "no \"way\"");
    EXPECT_EQ(failure(Phase::post), "no \"way\"");
    EXPECT_EQ(failure(Phase::http_pre), "returned 7");
    EXPECT_EQ(guest.made(), 1U) << "a failure of its own is no fault";
}

TEST_P(ExtismGuest, ExplainsATrapByTheErrorThatItHadSet) {
    InstancePool guest = pool(R"(
      (func (export "pre_hook") (call $fail (i32.const 1024) (i32.const 4)) (unreachable))
      (data (i32.const 1024) "ouch"))");
    EXPECT_ERROR_SAYING(call_hook(guest, Phase::pre), ErrorCode::trap,
                        AllOf(HasSubstr("pre_hook"), HasSubstr("(the guest said: ouch)")));
    EXPECT_ERROR(call_hook(guest, Phase::pre), ErrorCode::trap);
    EXPECT_EQ(guest.made(), 2U);
}

TEST_P(ExtismGuest, ReadsItsConfigurationByMember) {
    constexpr std::string_view reads = R"(
      (func (export "pre_hook") (call $answer (call $config_get (call $block (i32.const 1024) (i32.const 4)))))
      (func (export "post_hook") (call $answer (call $config_get (call $block (i32.const 1028) (i32.const 4)))))
      (func (export "http_pre_hook") (result i32)
        (i32.wrap_i64 (call $config_get (call $block (i32.const 1032) (i32.const 4)))))
      (data (i32.const 1024) "wordlistnone"))";
    InstancePool guest =
        pool(reads, {.config_json = R"({"word": "caf\u00e9", "list": [1, "a"], "none_": 1})"});
    EXPECT_EQ(call_hook(guest, Phase::pre), "café");
    EXPECT_EQ(call_hook(guest, Phase::post), R"([1, "a"])");
    EXPECT_EQ(call_hook(guest, Phase::http_pre), "") << "what is not there is the handle 0";
}

TEST_P(ExtismGuest, IsGivenItsConfigurationByInitAndMayRefuseIt) {
    constexpr std::string_view strict = R"(
      (func (export "init") (result i32)
        (if (i64.eq (call $input_length) (i64.const 2)) (then (return (i32.const 0))))
        (call $fail (i32.const 1024) (i32.const 8)) (i32.const 3))
      (func (export "pre_hook"))
      (data (i32.const 1024) "too much"))";
    EXPECT_NO_THROW(load(strict, {.config_json = "null"}));
    EXPECT_NO_THROW(load(strict, {.config_json = "{}"}));
    EXPECT_ERROR_SAYING(load(strict, {.name = "strict", .config_json = R"({"a":1})"}),
                        ErrorCode::guest_error, StrEq("plug-in strict: init answered 3: too much"));
}

TEST_P(ExtismGuest, StartsItsRuntimeFirst) {
    InstancePool guest = pool(R"(
      (global $ready (mut i32) (i32.const 0))
      (func (export "hs_init") (param i32 i32) (global.set $ready (i32.add (global.get $ready) (i32.const 1))))
      (func (export "_initialize") (global.set $ready (i32.mul (global.get $ready) (i32.const 10))))
      (func (export "pre_hook") (result i32) (i32.ne (global.get $ready) (i32.const 1))))");
    EXPECT_EQ(call_hook(guest, Phase::pre), "");
    EXPECT_ERROR_SAYING(load(R"((func (export "__wasm_call_ctors") (loop $again (br $again)))
                                (func (export "pre_hook")))",
                             {.init_timeout = 20ms}),
                        ErrorCode::timeout, HasSubstr("__wasm_call_ctors"));
}

TEST_P(ExtismGuest, LogsAtItsLevelsAndWithinItsLines) {
    std::ostringstream text;
    const auto before = spdlog::default_logger();
    auto logger = std::make_shared<spdlog::logger>(
        "test", std::make_shared<spdlog::sinks::ostream_sink_mt>(text));
    logger->set_pattern("%l %v");
    spdlog::set_default_logger(std::move(logger));
    {
        InstancePool guest = pool(R"(
          (func (export "pre_hook") (result i32)
            (call $log_debug (call $block (i32.const 1024) (i32.const 5)))
            (call $log_warn (call $block (i32.const 1024) (i32.const 5)))
            (i32.ne (call $log_level) (i32.const 2)))
          (func (export "post_hook")
            (loop $again
              (call $log_warn (call $block (i32.const 1024) (i32.const 5)))
              (br $again)))
          (data (i32.const 1024) "hello"))",
                                  {.name = "talker", .log_lines_per_second = 20});
        EXPECT_EQ(call_hook(guest, Phase::pre), "");
        EXPECT_EQ(text.str(), "warning plug-in talker: hello\n");
        EXPECT_ERROR_SAYING(call_hook(guest, Phase::post), ErrorCode::trap,
                            HasSubstr("logged more than 20 lines in one call"));
    }
    spdlog::set_default_logger(before);
}

TEST_P(ExtismGuest, WaitsForItsHttpRequest) {
    InstancePool guest = pool(R"(
      (func (export "pre_hook") (result i32)
        (call $answer (call $http (call $block (i32.const 1024) (i32.const 75))
                                  (call $block (i32.const 1124) (i32.const 2))))
        (i32.eqz (i32.eq (call $http_status) (i32.const 418))))
      (func (export "post_hook") (call $answer (call $http_headers)))
      (func (export "http_pre_hook")
        (drop (call $http (call $block (i32.const 1024) (i32.const 75)) (i64.const 0)))
        (call $answer (call $http_headers)))
      (data (i32.const 1024) "{\"url\":\"http://example.com/x\",\"method\":\"post\",\"headers\":{\"X-A\":\"1\",\"b\":\"\"}}")
      (data (i32.const 1124) "hi"))");
    const auto lease = guest.take();
    {
        HookCall call(*lease, Phase::pre, {"{}"});
        ASSERT_EQ(run(call), Progress::waiting);
        const auto& task = std::get<HttpTask>(*call.host_task());
        EXPECT_EQ(task.url, "http://example.com/x");
        EXPECT_EQ(task.method, "POST");
        EXPECT_EQ(task.body, "hi");
        EXPECT_EQ(task.headers.size(), 2U);
        call.give(HttpReply{.status = 418, .headers = {{"x", "a\"b"}}, .body = "te\0a"});
        EXPECT_EQ(run(call), Progress::done);
        EXPECT_EQ(call.answer(), "te");
    }
    {
        HookCall call(*lease, Phase::http_pre, {"{}"});
        ASSERT_EQ(run(call), Progress::waiting);
        call.give(HttpReply{.status = 200, .headers = {{"x", "a\"b"}}});
        EXPECT_EQ(run(call), Progress::done);
        EXPECT_EQ(call.answer(), R"({"x":"a\"b"})");
    }
    HookCall later(*lease, Phase::post, {"{}"});
    EXPECT_EQ(run(later), Progress::done);
    EXPECT_EQ(later.answer(), "{}") << "nothing of another call's answer";
}

TEST_P(ExtismGuest, FailsWithTheReasonWhenItsRequestHasNoAnswer) {
    InstancePool guest = pool(R"(
      (func $ask (param $size i32) (result i64)
        (call $http (call $block (i32.const 1024) (local.get $size)) (i64.const 0)))
      (func (export "pre_hook") (drop (call $ask (i32.const 30))) (call $echo))
      (func (export "post_hook") (drop (call $ask (i32.const 2))))
      (func (export "http_pre_hook") (drop (call $ask (i32.const 29))))
      (data (i32.const 1024) "{\"url\":\"http://example.com/x\"}"))",
                              {.name = "asker", .access = {.http_calls = 1}});
    {
        const auto lease = guest.take();
        HookCall call(*lease, Phase::pre, {"{}"});
        ASSERT_EQ(run(call), Progress::waiting);
        call.give(HttpReply{.problem = "nobody is there"});
        EXPECT_ERROR_SAYING(
            run(call), ErrorCode::trap,
            AllOf(HasSubstr("asker"), HasSubstr("pre_hook"), HasSubstr("nobody is there")));
    }
    EXPECT_ERROR_SAYING(call_hook(guest, Phase::post), ErrorCode::trap, HasSubstr("http_request"));
    EXPECT_ERROR_SAYING(call_hook(guest, Phase::http_pre), ErrorCode::trap, HasSubstr("asker"));
}

TEST_P(ExtismGuest, CannotWaitInInit) {
    EXPECT_ERROR_SAYING(load(R"(
      (func (export "init") (drop (call $http (call $block (i32.const 1024) (i32.const 30)) (i64.const 0))))
      (func (export "pre_hook"))
      (data (i32.const 1024) "{\"url\":\"http://example.com/x\"}"))"),
                        ErrorCode::trap, HasSubstr("possible while a hook runs only"));
}

TEST_P(ExtismGuest, FailsAtTheLimitsOfEveryPlugIn) {
    constexpr std::string_view faults = R"(
      (func (export "pre_hook") (loop $again (br $again)))
      (func (export "post_hook")
        (loop $again (drop (call $alloc (i64.const 1048576))) (br $again)))
      (func $deep (param i32) (result i32) (i32.add (call $deep (local.get 0)) (i32.const 1)))
      (func (export "http_stream_chunk_hook") (drop (call $deep (i32.const 0))))
      (func (export "http_pre_hook") (call $output_set (call $alloc (i64.const 3000)) (i64.const 3000)))
      (func (export "http_post_hook")
        (loop $again (if (i64.ne (call $alloc (i64.const 1048576)) (i64.const 0)) (then (br $again))))
        (call $say (i32.const 1024) (i32.const 4)))
      (data (i32.const 1024) "full"))";
    InstancePool guest = pool(faults, {.call_timeout = 200ms,
                                       .memory_bytes = 16 << 20,
                                       .recycle_bytes = 8 << 20,
                                       .output_bytes = 2000});
    EXPECT_ERROR_SAYING(call_hook(guest, Phase::pre), ErrorCode::timeout, HasSubstr("pre_hook"));
    EXPECT_ERROR(call_hook(guest, Phase::post), ErrorCode::timeout);  // it is told 0, and goes on
    EXPECT_ERROR_SAYING(call_hook(guest, Phase::stream_chunk), ErrorCode::trap, HasSubstr("stack"));
    EXPECT_ERROR_SAYING(call_hook(guest, Phase::http_pre), ErrorCode::guest_error,
                        HasSubstr("answered 3000 bytes, more than the 2000 allowed"));
    EXPECT_EQ(guest.made(), 4U);
    call_hook(guest, Phase::http_post);
    EXPECT_LE(guest.plugin().usage().memory_bytes.value(), 16U << 20);
    EXPECT_GT(guest.plugin().usage().memory_bytes.value(), 14U << 20) << "the kernel's counts";
    EXPECT_ERROR_SAYING(call_hook(guest, Phase::http_pre, std::string(17 << 20, ' ')),
                        ErrorCode::memory_limit, HasSubstr("no room for an input"));
}

TEST_P(ExtismGuest, CannotForgeHandles) {
    InstancePool guest = pool(R"(
      (func (export "pre_hook")
        (call $output_set (i64.const 16) (i64.const 100000000))
        (call $output_set (i64.const -1) (i64.const 8))
        (call $error_set (i64.const 0x7fffffff)))
      (func (export "post_hook") (drop (call $config_get (i64.const 5))))
      (func (export "http_pre_hook") (call $var_set (call $alloc (i64.const 1)) (i64.const 0x7fffffff)))
      (func (export "http_post_hook") (call $log_warn (i64.const 99)))
      (func (export "http_stream_chunk_hook") (drop (call $http (i64.const 3) (i64.const 0)))))");
    EXPECT_EQ(call_hook(guest, Phase::pre), "");
    EXPECT_ERROR_SAYING(call_hook(guest, Phase::post), ErrorCode::trap,
                        HasSubstr("invalid handle for the config key: 5"));
    EXPECT_ERROR_SAYING(call_hook(guest, Phase::http_pre), ErrorCode::trap,
                        HasSubstr("invalid handle for the variable's value"));
    EXPECT_ERROR_SAYING(call_hook(guest, Phase::http_post), ErrorCode::trap,
                        HasSubstr("invalid handle for a log message: 99"));
    EXPECT_ERROR_SAYING(call_hook(guest, Phase::stream_chunk), ErrorCode::trap,
                        HasSubstr("invalid handle for the HTTP request: 3"));
}

TEST_P(ExtismGuest, IsRecycledWhenItsMemoryHasGrown) {
    InstancePool guest =
        pool(R"((func (export "pre_hook") (call $echo)))", {.recycle_bytes = 4 << 20});
    call_hook(guest, Phase::pre, std::string(1 << 20, ' '));
    call_hook(guest, Phase::pre);
    EXPECT_EQ(guest.made(), 1U);
    call_hook(guest, Phase::pre, std::string(5 << 20, ' '));
    call_hook(guest, Phase::pre);
    EXPECT_EQ(guest.made(), 2U);
}

TEST_P(ExtismGuest, IsRefusedWithOneSentenceThatNamesWhatIsWrong) {
    EXPECT_ERROR_SAYING(
        load(R"((func (export "count_vowels") (result i32) (i32.const 0)))", {.name = "vowels"}),
        ErrorCode::missing_export,
        AllOf(HasSubstr("plug-in vowels: it is an Extism plug-in that exports none "
                        "of the hooks http_pre_hook, "),
              Not(HasSubstr("malloc"))));
    EXPECT_ERROR_SAYING(
        load(R"((func (export "pre_hook") (param i32 i32) (result i64) (i64.const 0)))"),
        ErrorCode::invalid_input,
        HasSubstr(
            "the export \"pre_hook\" has the signature (i32, i32) -> i64, expected () -> i32"));
    EXPECT_ERROR_SAYING(host_.load(R"((module (import "extism:host/user" "f" (func))
        (import "extism:host/env" "input_length" (func (result i64)))
        (func (export "pre_hook"))))"),
                        ErrorCode::invalid_input, HasSubstr("\"f\" from \"extism:host/user\""));
    EXPECT_ERROR_SAYING(host_.load(R"((module (import "extism:host" "take" (func (param i64 i64)))
        (import "extism:host/env" "input_length" (func (result i64)))
        (func (export "pre_hook"))))"),
                        ErrorCode::invalid_input, HasSubstr("extism:host::take"));
    EXPECT_ERROR_SAYING(host_.load(R"((module (import "extism:host/env" "no_such" (func))
        (func (export "pre_hook"))))"),
                        ErrorCode::invalid_input, HasSubstr("extism:host/env::no_such"));
}

TEST_P(ExtismGuest, MayBeFromBeforeExtismOne) {
    InstancePool guest(host_.load(R"((module
      (import "env" "extism_input_length" (func $length (result i64)))
      (import "env" "extism_input_offset" (func $offset (result i64)))
      (import "env" "extism_output_set" (func $output_set (param i64 i64)))
      (func (export "pre_hook") (result i32)
        (call $output_set (call $offset) (call $length)) (i32.const 0))))"));
    EXPECT_EQ(guest.plugin().generation(), "extism");
    EXPECT_EQ(call_hook(guest, Phase::pre, "{\"n\":1}"), "{\"n\":1}");
}

INSTANTIATE_TEST_SUITE_P(Kernel, ExtismGuest, testing::Values("on", "off"), [](const auto& fusion) {
    return std::string(fusion.param == std::string_view("on") ? "Fused" : "Apart");
});

}  // namespace
}  // namespace sluice::hooks
