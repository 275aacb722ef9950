#include "gateway.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace sluice::tests {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

std::string request(std::string_view directives) {
    return fmt::format(
        R"({{"model":"openai/gpt-test?{}","messages":[{{"role":"user","content":"hi"}}]}})",
        directives);
}

TEST(UpstreamFaults, AnUpstreamThatIsDownIsAnsweredWith502) {
    Upstream upstream;
    const Gateway gateway(config_before(upstream));
    upstream.stop();

    const Answer answer = gateway.chat(request("chunks=1"));

    EXPECT_EQ(answer.status, 502);
    EXPECT_THAT(answer.body, HasSubstr(R"("error":{"message":")"));
    EXPECT_THAT(answer.body, Not(HasSubstr("sk-upstream")));
}

TEST(UpstreamFaults, AnUpstreamThatIsSlowIsEndedAtItsDeadlineWhileOthersAreServed) {
    Upstream upstream;
    store::Config config = config_before(upstream);
    config.providers[0].network.request_timeout = 1s;
    const Gateway gateway(std::move(config));
    Wire client = gateway.connect();
    client.chat(request("silent"));
    upstream.wait_for("requests", 1);

    EXPECT_EQ(gateway.chat(request("chunks=1")).status, 200);
    EXPECT_FALSE(client.has_bytes());

    const Answer answer = client.receive();
    EXPECT_EQ(answer.status, 504);
    EXPECT_THAT(answer.body, HasSubstr(R"("type":"request_timed_out")"));
    upstream.wait_for("closed_early", 1);
}

TEST(UpstreamFaults, AStreamThatFallsSilentIsEnded) {
    Upstream upstream;
    store::Config config = config_before(upstream);
    config.providers[0].network.stream_idle_timeout = 1s;
    const Gateway gateway(std::move(config));
    Wire client = gateway.connect();

    client.chat(
        R"({"model":"openai/gpt-test?gate=never","stream":true,"messages":[{"role":"user","content":"hi"}]})");

    const std::string all = client.receive_all();
    EXPECT_THAT(all, HasSubstr(R"("role":"assistant")"));
    EXPECT_THAT(all, Not(HasSubstr("[DONE]")));
    EXPECT_THAT(all, Not(testing::EndsWith("\r\n0\r\n\r\n")));
    upstream.wait_for("closed_early", 1);
}

TEST(UpstreamFaults, AnUpstreamThatClosesBeforeItsHeadIsAnsweredWith502) {
    Upstream upstream;
    const Gateway gateway(config_before(upstream));

    EXPECT_EQ(gateway.chat(request("cut=head")).status, 502);
    EXPECT_EQ(
        gateway
            .chat(
                R"({"model":"openai/gpt-test?cut=head","stream":true,"messages":[{"role":"user","content":"hi"}]})")
            .status,
        502);
    EXPECT_EQ(gateway.chat(request("chunks=1")).status, 200);
}

TEST(UpstreamFaults, AnAnswerThatIsCutNeverLooksComplete) {
    Upstream upstream;
    const Gateway gateway(config_before(upstream));

    for (const char* framing : {"", "&framing=chunked"}) {
        Wire client = gateway.connect();
        client.chat(request(fmt::format("cut=body&body_bytes=100000{}", framing)));
        const std::string all = client.receive_all();
        const bool refused = all.starts_with("HTTP/1.1 502 ");
        EXPECT_TRUE(refused || (all.size() < 100'000 && !all.ends_with("\r\n0\r\n\r\n")))
            << framing;
    }
}

TEST(UpstreamFaults, ABodyThatComesInPiecesIsRelayedWhole) {
    Upstream upstream;
    const Gateway gateway(config_before(upstream));

    const Answer answer = gateway.chat(request("pieces=50&interval_ms=1&body_bytes=5000"));

    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body.size(), 5'000U);
}

TEST(UpstreamFaults, ABodyThatIsNoJsonGoesToTheClientAsItIs) {
    Upstream upstream;
    const Gateway gateway(config_before(upstream));

    const Answer answer = gateway.chat(request("invalid"));

    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, R"({"id":"chatcmpl-mock","choices":[{"index":0,)");
}

TEST(UpstreamFaults, AnAnnouncedCloseIsNotTakenForAKeptConnection) {
    Upstream upstream;
    const Gateway gateway(config_before(upstream));
    Wire client = gateway.connect();

    for (int count = 0; count < 3; ++count) {
        client.chat(request("close"));
        const Answer answer = client.receive();
        EXPECT_EQ(answer.status, 200);
        EXPECT_NE(answer.field("Connection"), "close") << "the upstream's connection is its own";
    }
}

}  // namespace
}  // namespace sluice::tests
