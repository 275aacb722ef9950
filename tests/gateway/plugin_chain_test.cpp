#include "gateway/plugin_chain.hpp"

#include "expect_error.hpp"
#include "gateway/metrics.hpp"
#include "plugin_chain_fixture.hpp"

namespace sluice::gateway {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::StartsWith;

class HttpChain : public ChainTest {
  protected:
    /// What the chain answers at once to an empty request.
    HttpResponseData refusal() {
        HttpRequestData request;
        return run(start().http_pre(request)).value_or(HttpResponseData{.status = 0});
    }
};

TEST_F(HttpChain, RunsForwardAndSharesOneContext) {
    add("one",
        {{"http_pre_hook", R"({"context":{"a":1},"request":{"query":{"one":"1"}},"error":""})"}});
    add("two", {{"http_pre_hook",
                 R"({"context":{"b":2},"request":{"query":{"one":"1","two":"2"}},"error":""})"}});
    HttpRequestData request{.method = "POST", .path = "/v1"};
    RequestHooks& hooks = start();
    EXPECT_EQ(run(hooks.http_pre(request)), std::nullopt);
    EXPECT_EQ(request.query.size(), 2U);
    EXPECT_EQ(hooks.context_json(), R"({"request_id":"r-1","a":1,"b":2})");
}

TEST_F(HttpChain, ShowsEachPlugInWhatTheOneBeforeMadeOfIt) {
    add("one", {{"http_pre_hook", R"({"context":{"a":1},"request":{"body":"aGk="}})"}});
    add_echo("two");
    HttpRequestData request{.method = "POST", .path = "/v1", .body = "old"};
    RequestHooks& hooks = start();
    EXPECT_EQ(run(hooks.http_pre(request)), std::nullopt);
    EXPECT_EQ(request.body, "hi");
    EXPECT_EQ(hooks.context_json(), R"({"request_id":"r-1","a":1})");
}

TEST_F(HttpChain, AnswersNowAndRunsNoOtherHook) {
    add("one",
        {{"http_pre_hook",
          R"({"context":{},"response":{"status_code":403,"headers":{"X-Why":"no"},"body":"bm8="},"has_response":true})"}});
    add("two", {{"http_pre_hook", R"({"context":{"two":1}})"}});
    HttpRequestData request;
    RequestHooks& hooks = start();
    const auto answer = run(hooks.http_pre(request));
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 403);
    EXPECT_EQ(answer->body, "no");
    EXPECT_EQ(hooks.context_json(), R"({"request_id":"r-1"})");
}

TEST_F(HttpChain, IgnoresAResponseWithoutItsFlag) {
    add("one", {{"http_pre_hook", R"({"response":{"status_code":403},"has_response":false})"}});
    HttpRequestData request;
    EXPECT_EQ(run(start().http_pre(request)), std::nullopt);
}

TEST_F(HttpChain, Answers500WithThePlugInsOwnError) {
    add("one", {{"http_pre_hook",
                 R"({"response":{"status_code":200},"has_response":true,"error":"no tenant"})"}});
    const HttpResponseData answer = refusal();
    EXPECT_EQ(answer.status, 500);
    EXPECT_EQ(answer.body, "no tenant");
    EXPECT_THAT(metrics_.scrape(), HasSubstr("http_pre"));
}

TEST_F(HttpChain, Answers500NamingThePlugInThatRunsTooLong) {
    add_wat("looper", endless("http_pre_hook"), 20ms);
    const HttpResponseData answer = refusal();
    EXPECT_EQ(answer.status, 500);
    EXPECT_EQ(answer.body,
              "plug-in looper: http_pre_hook: it took too long and was stopped "
              "(limits.timeout_ms is 20)");
}

TEST_F(HttpChain, Answers500ForAnAnswerThatIsNoJson) {
    add("bad", {{"http_pre_hook", R"({"context":{},"request":)"}});
    const HttpResponseData answer = refusal();
    EXPECT_EQ(answer.status, 500);
    EXPECT_EQ(answer.body, "plug-in bad: http_pre_hook: its answer cannot be read");
}

TEST_F(HttpChain, Answers500ForAResponseThatIsMissing) {
    add("bad", {{"http_pre_hook", R"({"response":null,"has_response":true})"}});
    const HttpResponseData answer = refusal();
    EXPECT_EQ(answer.status, 500);
    EXPECT_EQ(answer.body, "plug-in bad: it returned a response that is no object");
}

TEST_F(HttpChain, Answers409WhenTheMethodOrPathWasChanged) {
    add("mover", {{"http_pre_hook", R"({"request":{"method":"POST","path":"/admin"}})"}});
    HttpRequestData request{.method = "POST", .path = "/v1"};
    const auto answer = run(start().http_pre(request));
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 409);
    EXPECT_EQ(answer->body, "request method/path was modified by a plugin, this is not allowed");
    EXPECT_EQ(request.path, "/v1");
}

TEST_F(HttpChain, RunsHttpPostInReverse) {
    add("one", {{"http_post_hook", R"({"context":{"one":1},"error":""})"}});
    add("two", {{"http_post_hook", R"({"context":{"two":1},"response":{"status_code":201}})"}});
    HttpResponseData response{.body = "kept"};
    RequestHooks& hooks = start();
    run(hooks.http_post({}, response));
    EXPECT_EQ(response.status, 201);
    EXPECT_EQ(response.body, "kept");
    EXPECT_EQ(hooks.context_json(), R"({"request_id":"r-1","two":1,"one":1})");
}

TEST_F(HttpChain, SendsTheResponseWhenAPostHookFailsAndSkipsTheRest) {
    add("one", {{"http_post_hook", R"({"context":{"one":1}})"}});
    add("two", {{"http_post_hook", R"({"response":{"body":"bmV3"},"error":"cannot"})"}});
    add("three", {{"http_post_hook", R"({"response":{"body":"dGhyZWU="}})"}});
    HttpResponseData response{.body = "old"};
    RequestHooks& hooks = start();
    run(hooks.http_post({}, response));
    EXPECT_EQ(response.body, "three");
    EXPECT_EQ(hooks.context_json(), R"({"request_id":"r-1"})");
}

using LlmChain = ChainTest;

TEST_F(LlmChain, GoesOnWithTheLastGoodRequestWhenAHookFails) {
    add("one", {{"pre_hook", R"({"context":{"a":1},"request":{"model":"better"}})"}});
    add("two",
        {{"pre_hook", R"({"context":{"b":1},"request":{"model":"worse"},"error":"failed"})"}});
    add("three", {{"pre_hook", "no JSON at all"}});
    add_wat("four", endless("pre_hook"), 20ms);
    add("five", {{"pre_hook", "[1]"}});
    LlmRequestData request{.provider = "mock", .model = "m"};
    RequestHooks& hooks = start();
    EXPECT_EQ(run(hooks.pre(request)).has_value(), false);
    EXPECT_EQ(request.model, "better");
    EXPECT_EQ(hooks.context_json(), R"({"request_id":"r-1","a":1,"b":1})");
}

TEST_F(LlmChain, RunsPostHooksInReverseOverThoseThatRanBeforeAShortCircuit) {
    add("one", {{"pre_hook", "{}"}, {"post_hook", R"({"context":{"one":1}})"}});
    add("two",
        {{"pre_hook",
          R"({"short_circuit":{"response":{"chat_response":{"id":"m"}}},"has_short_circuit":true})"},
         {"post_hook", R"({"context":{"two":1}})"}});
    add("three",
        {{"pre_hook", R"({"context":{"three":1}})"}, {"post_hook", R"({"context":{"three":1}})"}});
    LlmRequestData request;
    RequestHooks& hooks = start();
    auto outcome = run(hooks.pre(request));
    ASSERT_TRUE(outcome);
    run(hooks.post(*outcome));
    EXPECT_EQ(std::get<llm::ChatResponse>(*outcome).body, R"({"id":"m"})");
    EXPECT_EQ(hooks.context_json(), R"({"request_id":"r-1","two":1,"one":1})");
}

TEST_F(LlmChain, IgnoresAShortCircuitWithoutItsFlagOrContent) {
    add("one",
        {{"pre_hook", R"({"short_circuit":{"response":{"id":"m"}},"has_short_circuit":false})"}});
    add("two",
        {{"pre_hook", R"({"short_circuit":{},"has_short_circuit":true,"request":{"model":"x"}})"}});
    LlmRequestData request;
    EXPECT_EQ(run(start().pre(request)).has_value(), false);
    EXPECT_EQ(request.model, "x");
}

TEST_F(LlmChain, LetsAPostHookRecoverFromAnError) {
    add("one", {{"post_hook", R"({"context":{"saw":true}})"}});
    add("two",
        {{"post_hook",
          R"({"response":{"chat_response":{"id":"r","usage":{"total_tokens":7}}},"error":{},"has_error":false})"}});
    llm::Outcome outcome = llm::ApiError{.status = 429, .message = "slow"};
    run(start().post(outcome));
    EXPECT_EQ(std::get<llm::ChatResponse>(outcome).usage.total_tokens, 7U);
}

TEST_F(LlmChain, KeepsTheOutcomeWhenAPostHookFails) {
    add("one",
        {{"post_hook", R"({"response":{"chat_response":{"id":"x"}},"hook_error":"failed"})"}});
    add("two", {{"post_hook", "{"}});
    add_wat("three", endless("post_hook"), 20ms);
    llm::Outcome outcome = llm::ChatResponse{.body = R"({"id":"1"})"};
    run(start().post(outcome));
    EXPECT_EQ(std::get<llm::ChatResponse>(outcome).body, R"({"id":"1"})");
}

TEST_F(LlmChain, ShowsPostHooksAResponseOrAnError) {
    add_recorder("recorder");
    llm::Outcome response = llm::ChatResponse{.body = R"({"id":"1"})"};
    RequestHooks& hooks = start();
    run(hooks.post(response));
    EXPECT_EQ(
        hooks.context_json(),
        R"({"request_id":"r-1","saw":{"context":{"request_id":"r-1"},"response":{"chat_response":{"id":"1"}},"error":{},"has_error":false}})");
}

using Concurrency = ChainTest;

TEST_F(Concurrency, ServesOthersWhileAGuestLoops) {
    add_wat("looper", endless("pre_hook"), 1s);
    add("quick", {{"post_hook", R"({"context":{"n":1}})"}});
    start();
    std::vector<std::string> order;
    auto looping = [](ChainTest* test, std::vector<std::string>* seen) -> http::Task<void> {
        RequestHooks hooks(test->runtime(), "slow");
        LlmRequestData request;
        co_await hooks.pre(request);
        seen->push_back("slow");
    };
    auto quick = [](ChainTest* test, std::vector<std::string>* seen) -> http::Task<void> {
        RequestHooks hooks(test->runtime(), "fast");
        llm::Outcome outcome = llm::ChatResponse{.body = "{}"};
        co_await hooks.post(outcome);
        seen->push_back("fast");
    };
    spawn(looping(this, &order));
    for (int i = 0; i < 3; ++i) spawn(quick(this, &order));
    run_all();
    EXPECT_EQ(order, (std::vector<std::string>{"fast", "fast", "fast", "slow"}));
}

TEST_F(Concurrency, LetsCallsWaitInLineForAnInstance) {
    add_wat("looper", endless("pre_hook"), 20ms, 1);
    start();
    int done = 0;
    auto call = [](ChainTest* test, int* count) -> http::Task<void> {
        RequestHooks hooks(test->runtime(), "r");
        LlmRequestData request;
        co_await hooks.pre(request);
        ++*count;
    };
    for (int i = 0; i < 5; ++i) spawn(call(this, &done));
    run_all();
    EXPECT_EQ(done, 5);
}

TEST_F(Concurrency, StopsTheGuestWhenTheAwaitingCoroutineIsCancelled) {
    add_wat("looper", endless("pre_hook"), 60s, 1);
    start();
    bool cancelled = false;
    http::asio::cancellation_signal signal;
    auto call = [](ChainTest* test) -> http::Task<void> {
        RequestHooks hooks(test->runtime(), "r");
        LlmRequestData request;
        co_await hooks.pre(request);
    };
    // The second waits in line when it is cancelled.
    http::asio::cancellation_signal second_signal;
    spawn(call(this), signal, cancelled);
    bool second_cancelled = false;
    spawn(call(this), second_signal, second_cancelled);
    http::Timer timer(context_.get_executor(), 10ms);
    timer.async_wait([&](http::error_code) {
        second_signal.emit(http::asio::cancellation_type::terminal);
        signal.emit(http::asio::cancellation_type::terminal);
    });
    const auto begin = http::Clock::now();
    run_all();
    EXPECT_TRUE(cancelled);
    EXPECT_TRUE(second_cancelled);
    EXPECT_LT(http::Clock::now() - begin, 20s);
}

TEST_F(Concurrency, MakesACallAgainInAFreshInstanceWhenMemoryRanOut) {
    add_guest("leaky", "hook_leaky");
    RequestHooks& hooks = start();
    LlmRequestData request{.input = "[\"" + std::string(3000, 'x') + "\"]"};
    for (int i = 0; i < 10; ++i) run(hooks.pre(request));
    EXPECT_THAT(metrics_.scrape(), testing::Not(HasSubstr("hook_errors_total{plugin=\"leaky\"")));
}

}  // namespace
}  // namespace sluice::gateway
