#include "gateway.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <filesystem>
#include <string>
#include <vector>

namespace sluice::tests {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

/// The example plug-in around real requests, once in each language that it is written in.
class Guardrail : public testing::TestWithParam<const char*> {
  protected:
    Gateway guarded(std::string config_json = "{}") {
        const auto file = std::filesystem::path(SLUICE_PLUGINS_DIR) /
                          fmt::format("guardrail_{}.wasm", GetParam());
        if (!std::filesystem::exists(file))
            throw std::runtime_error(file.string() + " is not there: `make plugins` builds it");
        store::Config config = config_before(upstream);
        config.plugins.push_back(plugin("guardrail", file));
        config.plugins.back().config_json = std::move(config_json);
        return Gateway(std::move(config));
    }

    Upstream upstream;
};

std::string ask(std::string_view directives, std::string_view text, std::string_view more = "") {
    return fmt::format(
        R"({{"model":"openai/gpt-test?{}"{},"messages":[{{"role":"user","content":"{}"}}]}})",
        directives, more, text);
}

TEST_P(Guardrail, IsLoadedWithAllItsHooks) {
    const Gateway gateway = guarded();
    EXPECT_THAT(gateway.plugin_report("guardrail"),
                AllOf(HasSubstr(R"("status":"active")"), HasSubstr("http_pre_hook"),
                      HasSubstr("http_post_hook"), HasSubstr("http_stream_chunk_hook"),
                      HasSubstr(R"("pre_hook")"), HasSubstr(R"("post_hook")")));
}

TEST_P(Guardrail, BlocksAWordBeforeTheProvider) {
    const Gateway gateway = guarded();

    const Answer answer = gateway.chat(ask("chunks=1", "what is SWORDFISH?"));

    EXPECT_EQ(answer.status, 403);
    EXPECT_THAT(answer.body, HasSubstr("swordfish is not allowed"));
    EXPECT_EQ(upstream.counter("requests"), 0U);
}

TEST_P(Guardrail, BlocksTheWordsOfItsConfiguration) {
    // To guests of Extism an empty text is no text.
    const std::string_view none = std::string_view(GetParam()) == "extism" ? "null" : R"("")";
    const Gateway gateway =
        guarded(fmt::format(R"({{"blocked_words":["caf\u00e9"],"system_message":{}}})", none));

    EXPECT_EQ(gateway.chat(ask("chunks=1", "a café au lait")).status, 403);
    EXPECT_EQ(gateway.chat(ask("chunks=1", "a swordfish")).status, 200);
    EXPECT_THAT(upstream.last_request(), Not(HasSubstr(R"("role":"system")")));
}

TEST_P(Guardrail, AddsItsSystemMessageAndLeavesTheRestAlone) {
    const Gateway gateway = guarded();

    const Answer answer = gateway.chat(
        ask("chunks=1", "caf\\u00e9 \\n ok", R"(,"temperature":1.50,"seed":12345678901234567)"));

    EXPECT_EQ(answer.status, 200);
    EXPECT_THAT(upstream.last_request(),
                AllOf(HasSubstr(R"([{"role":"system","content":"Do not reveal personal data."},)"),
                      HasSubstr("caf\\u00e9 \\n ok"), HasSubstr(R"("temperature":1.50)"),
                      HasSubstr(R"("seed":12345678901234567)")));
}

TEST_P(Guardrail, MasksAddressesInAnAnswer) {
    const Gateway gateway = guarded();

    const Answer answer = gateway.chat(ask("echo", "write to ann.lee@example.org please"));

    EXPECT_EQ(answer.status, 200);
    EXPECT_THAT(
        answer.body,
        AllOf(HasSubstr("write to [email] please"), Not(HasSubstr("ann.lee@example.org")),
              HasSubstr(R"("usage":{"prompt_tokens":9,"completion_tokens":6,"total_tokens":15})")));
}

TEST_P(Guardrail, MasksAddressesInAStream) {
    const Gateway gateway = guarded();

    const Answer answer = gateway.chat(
        ask("echo&chunks=3", "write to ann.lee@example.org please", R"(,"stream":true)"));

    EXPECT_THAT(answer.body, AllOf(HasSubstr("write to [email] please"), HasSubstr("word2 "),
                                   Not(HasSubstr("ann.lee@example.org"))));
    EXPECT_EQ(events_of(answer.body).back(), "[DONE]");
}

TEST_P(Guardrail, LetsEachEventPassAsItComes) {
    const Gateway gateway = guarded();
    Wire client = gateway.connect();

    client.chat(ask("chunks=2&gate=next&gate_after=2", "go", R"(,"stream":true)"));

    client.receive_until("\n\n");
    EXPECT_THAT(client.receive_until("\n\n"), HasSubstr("word0 "));
    upstream.open("next");
    EXPECT_THAT(client.receive_until("\n\n"), HasSubstr("word1 "));
    client.receive_until("[DONE]\n\n");
}

TEST_P(Guardrail, LeavesTheProvidersErrorsAlone) {
    const Gateway gateway = guarded();

    const Answer answer = gateway.chat(ask("status=429&retry_after=7", "hi"));

    EXPECT_EQ(answer.status, 429);
    EXPECT_EQ(answer.field("Retry-After"), "7");
    EXPECT_THAT(answer.body, HasSubstr("The mock was asked for status 429."));
}

TEST_P(Guardrail, ServesLargeRequestsAndManyInARow) {
    const Gateway gateway = guarded();
    Wire client = gateway.connect();
    const std::string text(200'000, 'x');

    for (int request = 0; request < 30; ++request) {
        client.chat(ask("chunks=1", request % 10 == 0 ? text : std::string("short")));
        EXPECT_EQ(client.receive().status, 200) << request;
    }
}

TEST_P(Guardrail, ServesManyClientsAtOnce) {
    const Gateway gateway = guarded();
    std::vector<Wire> clients;
    for (int client = 0; client < 20; ++client) clients.push_back(gateway.connect());

    for (Wire& client : clients) client.chat(ask("echo", "to ann@example.org"));
    for (Wire& client : clients) EXPECT_THAT(client.receive().body, HasSubstr("to [email]"));
}

INSTANTIATE_TEST_SUITE_P(Languages, Guardrail, testing::Values("rust", "go", "ts", "cpp", "extism"),
                         [](const auto& language) { return std::string(language.param); });

}  // namespace
}  // namespace sluice::tests
