#include "built_guest.hpp"
#include "gateway.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace sluice::tests {
namespace {

using testing::AllOf;
using testing::HasSubstr;

/// Plug-ins of the older generations around real requests, once in each language.
struct OldGuest {
    const char* file;
    const char* generation;
    store::RequestShape shape = store::RequestShape::flat;

    bool is_b() const { return *generation == 'B'; }
};

class OlderGeneration : public testing::TestWithParam<OldGuest> {
  protected:
    Gateway with_guest() {
        store::Config config = config_before(upstream);
        config.plugins.push_back(plugin("old", built_guest(GetParam().file)));
        config.plugins.back().shape = GetParam().shape;
        config.plugins.back().limits.timeout = std::chrono::seconds(20);
        return Gateway(std::move(config));
    }
    Answer post(const Gateway& gateway, std::string_view headers, std::string_view body) {
        Wire client = gateway.connect();
        client.send_bytes(
            fmt::format("POST /v1/chat/completions HTTP/1.1\r\nHost: h\r\n{}Content-Length: "
                        "{}\r\n\r\n{}",
                        headers, body.size(), body));
        return client.receive();
    }

    Upstream upstream;
};

TEST_P(OlderGeneration, IsFoundWithoutBeingConfigured) {
    const Gateway gateway = with_guest();
    EXPECT_THAT(
        gateway.plugin_report("old"),
        AllOf(HasSubstr(R"("status":"active")"),
              HasSubstr(fmt::format(R"("generation":"{}")", GetParam().generation)),
              HasSubstr(GetParam().is_b() ? "http_intercept" : "http_transport_intercept")));
}

TEST_P(OlderGeneration, ChangesWhatItKnowsAndLosesNothingElse) {
    const Gateway gateway = with_guest();

    const Answer answer = post(gateway, "X-Mine: 1\r\n",
                               R"({"model":"openai/gpt-test","temperature":0.50,"messages":[)"
                               R"({"role":"user","name":"ada","content":"a red car"}],"seed":7})");

    EXPECT_EQ(answer.status, 200);
    EXPECT_THAT(upstream.last_request(),
                AllOf(HasSubstr(R"("content":"a blue car")"), HasSubstr(R"("name":"ada")"),
                      HasSubstr(R"("temperature":0.50)"), HasSubstr(R"("seed":7)")));
    EXPECT_THAT(answer.body, AllOf(HasSubstr("Hello from the mock upstream. (seen)"),
                                   HasSubstr("finish_reason"), HasSubstr("usage")));
}

TEST_P(OlderGeneration, SeesEveryRequestOfAConnectionAlike) {
    const Gateway gateway = with_guest();
    for (int again = 0; again < 100; ++again) {
        const Answer answer = gateway.chat(hello);
        ASSERT_EQ(answer.status, 200) << again;
        ASSERT_THAT(answer.body, HasSubstr("(seen)")) << again;
    }
}

TEST_P(OlderGeneration, AnswersInPlaceOfTheGateway) {
    if (std::string_view(GetParam().file) == "gen_b_go") return;  // it never does
    const Gateway gateway = with_guest();

    const Answer answer = post(gateway, "X-Deny: 1\r\nX-Request-Id: r-81\r\n", hello);

    EXPECT_EQ(answer.status, 403);
    EXPECT_EQ(answer.body, "denied");
    EXPECT_EQ(answer.field("X-Denied"), GetParam().is_b() ? "" : "r-81");
    EXPECT_EQ(upstream.counter("requests"), 0U);
}

TEST_P(OlderGeneration, ChangesAProvidersError) {
    const Gateway gateway = with_guest();

    const Answer answer = gateway.chat(
        R"({"model":"openai/gpt-test?status=503","messages":[{"role":"user","content":"hi"}]})");

    EXPECT_EQ(answer.status, 503);
    EXPECT_THAT(answer.body, HasSubstr("the provider is away"));
}

TEST_P(OlderGeneration, LetsAStreamPass) {
    const Gateway gateway = with_guest();
    const Answer answer = gateway.chat(hello_stream);
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(events_of(answer.body).back(), "[DONE]");
}

INSTANTIATE_TEST_SUITE_P(Guests, OlderGeneration,
                         testing::Values(OldGuest{"gen_a_rust", "A"}, OldGuest{"gen_a_go", "A"},
                                         OldGuest{"gen_b_rust", "B"},
                                         OldGuest{"gen_b_go", "B", store::RequestShape::go}),
                         [](const auto& guest) { return std::string(guest.param.file); });

}  // namespace
}  // namespace sluice::tests
