#include "gateway.hpp"
#include "wat_guest.hpp"

#include <gmock/gmock.h>

namespace sluice::tests {
namespace {

using testing::HasSubstr;
using testing::Not;

class PluginRules : public testing::Test {
  protected:
    /// A gateway with these guests, in this order.
    Gateway with(std::initializer_list<WatGuest> guests) {
        store::Config config = config_before(upstream);
        for (const WatGuest& guest : guests) config.plugins.push_back(guest.in(folder));
        return Gateway(std::move(config));
    }

    TemporaryFolder folder;
    Upstream upstream;
};

TEST_F(PluginRules, AGuestWithoutAnOpinionChangesNothing) {
    const Gateway plain(config_before(upstream));
    const Gateway gateway = with({WatGuest("silent")
                                      .runs("http_pre_hook", "(i64.const 0)")
                                      .runs("pre_hook", "(i64.const 0)")
                                      .runs("post_hook", "(i64.const 0)")
                                      .runs("http_post_hook", "(i64.const 0)")
                                      .runs("http_stream_chunk_hook", "(i64.const 0)")});

    EXPECT_EQ(gateway.chat(hello).body, plain.chat(hello).body);
    EXPECT_EQ(gateway.chat(hello_stream).body, plain.chat(hello_stream).body);
    EXPECT_THAT(upstream.last_request(),
                HasSubstr(R"("stream":true,"messages":[{"role":"user","content":"hi"}])"));
}

TEST_F(PluginRules, AShortCircuitOfTheHttpPhaseAnswersAndCallsNoProvider) {
    const Gateway gateway =
        with({WatGuest("doorman").answers(
                  "http_pre_hook",
                  R"({"context":{},"request":null,"response":)"
                  R"({"status_code":403,"headers":{"Content-Type":"text/plain","X-Why":"rule 7"},)"
                  R"("body":"Tm90IHRvZGF5Lg=="},"has_response":true,"error":""})"),
              WatGuest("never").runs("http_pre_hook", "(unreachable)")});

    const Answer answer = gateway.chat(hello);

    EXPECT_EQ(answer.status, 403);
    EXPECT_EQ(answer.field("Content-Type"), "text/plain");
    EXPECT_EQ(answer.field("X-Why"), "rule 7");
    EXPECT_EQ(answer.body, "Not today.");
    EXPECT_EQ(upstream.counter("requests"), 0U);
}

TEST_F(PluginRules, TheHttpPhaseIsThereForTheListOfModelsToo) {
    store::Config config = config_before(upstream);
    config.providers[0].models = {"gpt-test"};
    config.plugins.push_back(
        WatGuest("doorman")
            .answers("http_pre_hook",
                     R"({"context":{},"request":null,"response":{"status_code":403,"body":"Tm8u"},)"
                     R"("has_response":true,"error":""})")
            .in(folder));
    config.plugins.back().match.routes = {"/v1/models"};
    const Gateway refused(config);
    EXPECT_EQ(refused.get("/v1/models").status, 403);
    EXPECT_EQ(refused.get("/v1/models").body, "No.");
    EXPECT_EQ(refused.get("/health").status, 200);
    EXPECT_EQ(refused.chat(hello).status, 200);

    config.plugins.back() =
        WatGuest("editor")
            .answers("http_pre_hook",
                     R"({"context":{},"request":{"query":{"provider":"nobody"}},"error":""})")
            .answers("http_post_hook",
                     R"({"context":{},"response":{"headers":{"x-list":"short"}},"error":""})")
            .in(folder);
    const Gateway changed(config);
    const Answer answer = changed.get("/v1/models?provider=openai");
    EXPECT_EQ(answer.body, R"({"object":"list","data":[]})");
    EXPECT_EQ(answer.field("x-list"), "short");
}

TEST_F(PluginRules, AShortCircuitOfTheLlmPhaseAnswersThroughThePostHooks) {
    const Gateway gateway = with(
        {WatGuest("cache").answers(
             "pre_hook",
             R"({"context":{},"request":null,"short_circuit":{"response":{"chat_response":{"id":"m1",)"
             R"("object":"chat.completion","model":"gpt-test","choices":[{"index":0,"message":)"
             R"({"role":"assistant","content":"cached"},"finish_reason":"stop"}]}}},)"
             R"("has_short_circuit":true,"error":""})"),
         WatGuest("never").runs("pre_hook", "(unreachable)").runs("post_hook", "(unreachable)")});

    const Answer answer = gateway.chat(hello);

    EXPECT_EQ(answer.status, 200);
    EXPECT_THAT(answer.body, HasSubstr(R"("content":"cached")"));
    EXPECT_EQ(upstream.counter("requests"), 0U);
    EXPECT_EQ(gateway.get("/api/plugins").status, 200);
}

TEST_F(PluginRules, AShortCircuitOfTheLlmPhaseOnAStreamIsOneEvent) {
    const Gateway gateway = with({WatGuest("cache").answers(
        "pre_hook",
        R"({"context":{},"short_circuit":{"response":{"chat_response":{"id":"m1","object":)"
        R"("chat.completion","model":"gpt-test","choices":[{"index":0,"message":{"role":"assistant",)"
        R"("content":"cached"},"finish_reason":"stop"}]}}},"has_short_circuit":true,"error":""})")});

    const Answer answer = gateway.chat(hello_stream);

    EXPECT_EQ(answer.field("Content-Type"), "text/event-stream");
    const std::vector<std::string> events = events_of(answer.body);
    EXPECT_THAT(answer.body, HasSubstr("cached"));
    EXPECT_EQ(events.back(), "[DONE]");
    EXPECT_EQ(upstream.counter("requests"), 0U);
}

TEST_F(PluginRules, AShortCircuitOnAStreamPassesThePostHooksOnce) {
    const Gateway gateway = with(
        {WatGuest("cache")
             .answers("pre_hook",
                      R"({"context":{},"short_circuit":{"response":{"id":"m1","object":)"
                      R"("chat.completion","model":"gpt-test","choices":[{"index":0,"message":)"
                      R"({"role":"assistant","content":"cached"},"finish_reason":"stop"}]}},)"
                      R"("has_short_circuit":true,"error":""})")
             .runs("post_hook", "(i64.const 0)")});

    EXPECT_THAT(gateway.chat(hello_stream).body, HasSubstr("cached"));

    EXPECT_THAT(gateway.get("/metrics").body,
                HasSubstr("sluice_plugin_hook_duration_seconds_count{hook=\"post_hook\","
                          "plugin=\"cache\",version=\"stable\"} 1\n"));
}

TEST_F(PluginRules, AShortCircuitWithAnErrorIsThatError) {
    const Gateway gateway = with({WatGuest("limiter").answers(
        "pre_hook",
        R"({"context":{},"short_circuit":{"error":{"error":{"message":"slow down","type":"rate_limit",)"
        R"("code":"429"},"status_code":429}},"has_short_circuit":true,"error":""})")});

    const Answer answer = gateway.chat(hello);

    EXPECT_EQ(answer.status, 429);
    EXPECT_THAT(answer.body, HasSubstr(R"("message":"slow down")"));
    EXPECT_EQ(upstream.counter("requests"), 0U);
}

TEST_F(PluginRules, AnErrorInTheHttpPrePhaseIs500WithItsText) {
    const Gateway gateway = with({WatGuest("broken").answers(
        "http_pre_hook",
        R"({"context":{},"request":null,"has_response":false,"error":"no config"})")});

    const Answer answer = gateway.chat(hello);

    EXPECT_EQ(answer.status, 500);
    EXPECT_THAT(answer.body, HasSubstr("no config"));
    EXPECT_EQ(upstream.counter("requests"), 0U);
}

TEST_F(PluginRules, AnErrorInThePrePhaseIsLoggedAndTheRequestGoesOn) {
    const Gateway gateway =
        with({WatGuest("broken").answers("pre_hook", R"({"context":{},"error":"no idea"})")});

    EXPECT_EQ(gateway.chat(hello).status, 200);
    EXPECT_THAT(upstream.last_request(), HasSubstr(R"("content":"Hello")"));
}

TEST_F(PluginRules, AnErrorInThePostPhaseIsLoggedAndTheAnswerKept) {
    const Gateway gateway = with({WatGuest("broken").answers(
        "post_hook",
        R"({"context":{},"response":null,"error":{},"has_error":false,"hook_error":"no idea"})")});

    EXPECT_THAT(gateway.chat(hello).body, HasSubstr("Hello from the mock upstream."));
}

TEST_F(PluginRules, AnErrorInTheHttpPostPhaseSkipsTheRestAndSendsTheAnswer) {
    const Gateway gateway = with(
        {WatGuest("first").answers(
             "http_post_hook",
             R"({"context":{},"has_response":true,"response":{"status_code":418,"headers":{},"body":""},"error":""})"),
         WatGuest("broken").answers("http_post_hook", R"({"context":{},"error":"no idea"})")});

    const Answer answer = gateway.chat(hello);
    EXPECT_EQ(answer.status, 200) << "the post phase runs in reverse: `broken` first";
    EXPECT_THAT(answer.body, HasSubstr("Hello from the mock upstream."));
}

TEST_F(PluginRules, AnErrorInTheChunkPhaseEndsTheStreamWithAnErrorEvent) {
    const Gateway gateway = with({WatGuest("censor").answers(
        "http_stream_chunk_hook",
        R"({"context":{},"chunk":null,"has_chunk":false,"skip":false,"error":"policy"})")});
    Wire client = gateway.connect();

    client.chat(hello_stream);

    const std::string all = client.receive_all();
    EXPECT_THAT(all, HasSubstr("event: error\ndata: "));
    EXPECT_THAT(all, HasSubstr("policy"));
    EXPECT_THAT(all, Not(HasSubstr("[DONE]")));
}

TEST_F(PluginRules, AChunkCanBeDroppedOrReplaced) {
    const Gateway dropping = with({WatGuest("mute").answers(
        "http_stream_chunk_hook",
        R"({"context":{},"chunk":null,"has_chunk":false,"skip":true,"error":""})")});
    EXPECT_EQ(dropping.chat(hello_stream).body, "data: [DONE]\n\n");

    const Gateway replacing = with({WatGuest("parrot").answers(
        "http_stream_chunk_hook",
        R"({"context":{},"chunk":{"id":"other"},"has_chunk":true,"skip":false,"error":""})")});
    const Answer answer = replacing.chat(hello_stream);
    EXPECT_THAT(answer.body, HasSubstr(R"("id":"other")"));
    EXPECT_THAT(answer.body, Not(HasSubstr("chatcmpl-mock")));
    EXPECT_EQ(events_of(answer.body).back(), "[DONE]");
}

TEST_F(PluginRules, APostHookCanTurnAnErrorIntoAnAnswerAndBack) {
    const Gateway recovering = with({WatGuest("healer").answers(
        "post_hook",
        R"({"context":{},"response":{"chat_response":{"id":"h1","object":"chat.completion",)"
        R"("model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"recovered"},)"
        R"("finish_reason":"stop"}]}},"error":{},"has_error":false,"hook_error":""})")});
    const Answer recovered = recovering.chat(
        R"({"model":"openai/gpt-test?status=500","messages":[{"role":"user","content":"hi"}]})");
    EXPECT_EQ(recovered.status, 200);
    EXPECT_THAT(recovered.body, HasSubstr("recovered"));

    const Gateway invalidating = with({WatGuest("judge").answers(
        "post_hook",
        R"({"context":{},"response":null,"error":{"error":{"message":"not good enough",)"
        R"("type":"policy"},"status_code":451},"has_error":true,"hook_error":""})")});
    const Answer refused = invalidating.chat(hello);
    EXPECT_EQ(refused.status, 451);
    EXPECT_THAT(refused.body, HasSubstr("not good enough"));
}

TEST_F(PluginRules, AChangedPathIsRefusedWith409) {
    const Gateway gateway = with({WatGuest("mover").answers(
        "http_pre_hook",
        R"({"context":{},"request":{"method":"GET","path":"/v1/models"},"has_response":false,"error":""})")});

    EXPECT_EQ(gateway.chat(hello).status, 409);
    EXPECT_EQ(upstream.counter("requests"), 0U);
}

TEST_F(PluginRules, AChangedRequestReachesTheProvider) {
    const Gateway gateway = with(
        {WatGuest("rewriter")
             .answers(
                 "pre_hook",
                 R"({"context":{},"request":{"model":"gpt-other","params":{"temperature":0.5}},)"
                 R"("short_circuit":null,"has_short_circuit":false,"error":""})")});

    const Answer answer = gateway.chat(hello);

    EXPECT_EQ(answer.status, 200);
    EXPECT_THAT(upstream.last_request(), HasSubstr(R"("model":"gpt-other")"));
    EXPECT_THAT(upstream.last_request(), HasSubstr(R"("temperature":0.5)"));
    EXPECT_THAT(upstream.last_request(), HasSubstr(R"("content":"Hello")"));
}

}  // namespace
}  // namespace sluice::tests
