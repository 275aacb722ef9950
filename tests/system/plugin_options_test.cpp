#include "gateway.hpp"
#include "wat_guest.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace sluice::tests {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view refusal =
    R"({"response":{"status_code":418,"headers":{},"body":"bm8="},"has_response":true})";
constexpr std::string_view failing = R"({"context":{},"error":"no idea"})";

class PluginOptions : public testing::Test {
  protected:
    store::PluginConfig teapot() {
        return WatGuest("teapot").answers("http_pre_hook", refusal).in(folder);
    }
    store::PluginConfig failing_in(std::string_view hook, store::OnError on_error) {
        const bool post = hook == "post_hook";
        store::PluginConfig plugin =
            WatGuest("broken")
                .answers(hook, post ? R"({"context":{},"hook_error":"no idea"})" : failing)
                .in(folder);
        plugin.on_error = on_error;
        return plugin;
    }
    Gateway with(std::initializer_list<store::PluginConfig> plugins) {
        store::Config config = config_before(upstream);
        config.plugins = plugins;
        return Gateway(std::move(config));
    }

    TemporaryFolder folder;
    Upstream upstream;
};

TEST_F(PluginOptions, AMatchedModelIsSeenAndAnotherIsNot) {
    store::PluginConfig plugin = teapot();
    plugin.match.models = {"openai/gpt-*"};
    const Gateway gateway = with({std::move(plugin)});

    EXPECT_EQ(gateway.chat(hello).status, 418);
    EXPECT_EQ(
        gateway.chat(R"({"model":"mock/echo","messages":[{"role":"user","content":"hi"}]})").status,
        200);
    EXPECT_EQ(gateway.chat(R"({"model":7})").status, 400) << "what has no model matches none";
}

TEST_F(PluginOptions, APlugInThatARequestDoesNotMatchIsNotCalled) {
    store::PluginConfig plugin = WatGuest("trap")
                                     .runs("http_pre_hook", "(unreachable)")
                                     .runs("pre_hook", "(unreachable)")
                                     .runs("post_hook", "(unreachable)")
                                     .runs("http_post_hook", "(unreachable)")
                                     .runs("http_stream_chunk_hook", "(unreachable)")
                                     .in(folder);
    plugin.match.providers = {"mock"};
    const Gateway gateway = with({std::move(plugin)});

    EXPECT_EQ(gateway.chat(hello).status, 200);
    EXPECT_EQ(events_of(gateway.chat(hello_stream).body).back(), "[DONE]");
    EXPECT_THAT(gateway.get("/metrics").body,
                Not(HasSubstr("plugin=\"trap\",version=\"stable\"} 1\n")));
}

TEST_F(PluginOptions, WhatGoesToTheProviderDecidesInTheLaterPhases) {
    // The body names openai's model once the first plug-in has been there.
    store::PluginConfig router =
        WatGuest("router")
            .answers(
                "http_pre_hook",
                R"({"context":{},"request":{"body":"eyJtb2RlbCI6Im9wZW5haS9ncHQtdGVzdCIsIm1lc3NhZ2VzIjpbeyJyb2xlIjoidXNlciIsImNvbnRlbnQiOiJIZWxsbyJ9XX0="}})")
            .in(folder);
    store::PluginConfig guard =
        WatGuest("guard")
            .answers(
                "pre_hook",
                R"({"short_circuit":{"error":{"status_code":451,"error":{"message":"guarded"}}},)"
                R"("has_short_circuit":true})")
            .in(folder);
    guard.match.providers = {"openai"};
    const Gateway gateway = with({std::move(router), std::move(guard)});

    EXPECT_EQ(
        gateway.chat(R"({"model":"mock/echo","messages":[{"role":"user","content":"hi"}]})").status,
        451);
}

TEST_F(PluginOptions, AHookThatIsNotNamedIsNotCalled) {
    store::PluginConfig plugin = WatGuest("half")
                                     .answers("http_pre_hook", refusal)
                                     .runs("post_hook", "(i64.const 0)")
                                     .in(folder);
    plugin.hooks = {"post_hook"};
    const Gateway gateway = with({std::move(plugin)});

    EXPECT_EQ(gateway.chat(hello).status, 200);
    EXPECT_THAT(gateway.plugin_report("half"), HasSubstr(R"("hooks":["post_hook"])"));
}

TEST_F(PluginOptions, OnErrorFailEndsTheRequestInEachPhase) {
    for (const char* hook : {"http_pre_hook", "pre_hook", "post_hook", "http_post_hook"}) {
        const Gateway gateway = with({failing_in(hook, store::OnError::fail)});
        const Answer answer = gateway.chat(hello);
        EXPECT_EQ(answer.status, 500) << hook;
        EXPECT_THAT(answer.body, HasSubstr("no idea")) << hook;
    }
    for (const char* hook : {"post_hook", "http_stream_chunk_hook"}) {
        const Gateway gateway = with({failing_in(hook, store::OnError::fail)});
        EXPECT_THAT(
            gateway.chat(hello_stream).body,
            AllOf(HasSubstr("event: error"), HasSubstr("no idea"), Not(HasSubstr("[DONE]"))))
            << hook;
    }
}

TEST_F(PluginOptions, OnErrorContinueKeepsTheRequestGoingInEachPhase) {
    for (const char* hook : {"http_pre_hook", "pre_hook", "post_hook", "http_post_hook"}) {
        const Gateway gateway = with({failing_in(hook, store::OnError::carry_on)});
        const Answer answer = gateway.chat(hello);
        EXPECT_EQ(answer.status, 200) << hook;
        EXPECT_THAT(answer.body, HasSubstr("Hello from the mock upstream.")) << hook;
    }
    const Gateway gateway = with({failing_in("http_stream_chunk_hook", store::OnError::carry_on)});
    EXPECT_EQ(events_of(gateway.chat(hello_stream).body).back(), "[DONE]");
}

TEST_F(PluginOptions, CredentialsAreShownOnlyToThoseWhoMaySeeThem) {
    for (const bool may : {false, true}) {
        // Answers now, with the body that it was shown: its own input, as a refusal's text.
        store::PluginConfig plugin = hazard("hook_recorder");
        plugin.name = "recorder";
        plugin.see_credentials = may;
        store::PluginConfig second = hazard("hook_context_answer");
        second.name = "second";
        const Gateway gateway = with({std::move(plugin), std::move(second)});
        Wire client = gateway.connect();
        client.send_bytes(fmt::format(
            "POST /v1/chat/completions HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer sk-mine\r\n"
            "x-bf-vk: sk-bf-1\r\nX-Team: blue\r\nContent-Length: {}\r\n\r\n{}",
            hello.size(), hello));
        const Answer answer = client.receive();
        EXPECT_EQ(answer.status, 500);
        EXPECT_THAT(answer.body, HasSubstr("blue"));
        if (may) {
            EXPECT_THAT(answer.body, AllOf(HasSubstr("sk-mine"), HasSubstr("sk-bf-1")));
        } else {
            EXPECT_THAT(answer.body, Not(HasSubstr("sk-mine")));
            EXPECT_THAT(answer.body, Not(HasSubstr("sk-bf-1")));
            EXPECT_THAT(answer.body, HasSubstr("<redacted>"));
        }
    }
}

}  // namespace
}  // namespace sluice::tests
