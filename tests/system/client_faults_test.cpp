#include "gateway.hpp"

#include <gmock/gmock.h>

#include <vector>

namespace sluice::tests {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

TEST(ClientFaults, AHeadThatDripsInIsEndedAtItsDeadlineWhileOthersAreServed) {
    Upstream upstream;
    const Gateway gateway(config_before(upstream, {.header_timeout = 100ms}));
    std::vector<Wire> slow;
    for (int client = 0; client < 50; ++client) {
        slow.push_back(gateway.connect());
        slow.back().send_bytes("POST /v1/chat/completions HTTP/1.1\r\nHost: gate");
    }

    EXPECT_EQ(gateway.chat(hello).status, 200);
    for (Wire& client : slow)
        EXPECT_THAT(client.receive_all(), testing::StartsWith("HTTP/1.1 408 "));
}

TEST(ClientFaults, ABodyThatDoesNotComeIsEndedAtItsDeadline) {
    Upstream upstream;
    const Gateway gateway(config_before(upstream, {.header_timeout = 100ms}));
    Wire client = gateway.connect();

    client.send_bytes(
        "POST /v1/chat/completions HTTP/1.1\r\nHost: gateway\r\nContent-Length: 50\r\n\r\n{");

    const Answer answer = client.receive();
    EXPECT_EQ(answer.status, 408);
    EXPECT_TRUE(client.is_closed());
}

TEST(ClientFaults, ASilentConnectionIsClosedWithoutAnAnswer) {
    Upstream upstream;
    const Gateway gateway(config_before(upstream, {.header_timeout = 50ms, .idle_timeout = 50ms}));

    EXPECT_TRUE(gateway.connect().is_closed());
}

TEST(ClientFaults, ABodyBeyondTheLimitIsRefusedBeforeItIsRead) {
    Upstream upstream;
    const Gateway gateway(config_before(upstream, {.max_request_body_bytes = 1'000}));
    Wire client = gateway.connect();

    client.send_bytes(
        "POST /v1/chat/completions HTTP/1.1\r\nHost: gateway\r\nContent-Length: 1001\r\n\r\n");

    const Answer answer = client.receive();
    EXPECT_EQ(answer.status, 413);
    EXPECT_THAT(answer.body, HasSubstr("1000"));
    EXPECT_EQ(answer.field("Connection"), "close");
}

TEST(ClientFaults, AChunkedBodyBeyondTheLimitIsRefusedAsItPassesIt) {
    Upstream upstream;
    const Gateway gateway(config_before(upstream, {.max_request_body_bytes = 1'000}));
    Wire client = gateway.connect();

    client.send_bytes(
        "POST /v1/chat/completions HTTP/1.1\r\nHost: gateway\r\n"
        "Transfer-Encoding: chunked\r\n\r\n258\r\n" +
        std::string(600, 'x') + "\r\n258\r\n" + std::string(600, 'x'));

    EXPECT_EQ(client.receive().status, 413);
}

TEST(ClientFaults, ABodyOfExactlyTheLimitIsServed) {
    Upstream upstream;
    const Gateway gateway(config_before(upstream, {.max_request_body_bytes = 1'000}));

    std::string body = R"({"model":"openai/gpt-test","messages":[{"role":"user","content":"hi"}]})";
    body.insert(1, std::string(1'000 - body.size(), ' '));
    EXPECT_EQ(gateway.chat(body).status, 200);
}

TEST(ClientFaults, AHeadBeyondTheLimitIsRefused) {
    Upstream upstream;
    const Gateway gateway(config_before(upstream, {.max_header_bytes = 4'096}));

    for (const std::string& head :
         {"GET /health HTTP/1.1\r\nHost: gateway\r\nX-Long: " + std::string(5'000, 'x') +
              "\r\n\r\n",
          "GET /" + std::string(5'000, 'x') + " HTTP/1.1\r\nHost: gateway\r\n\r\n"}) {
        Wire client = gateway.connect();
        client.send_bytes(head);
        EXPECT_EQ(client.receive().status, 431);
        EXPECT_TRUE(client.is_closed());
    }
}

TEST(ClientFaults, NoiseInPlaceOfARequestIsRefused) {
    Upstream upstream;
    const Gateway gateway(config_before(upstream));

    for (const std::string_view noise :
         {std::string_view("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 hello\r\n\r\n", 21),
          std::string_view("hello there\r\n\r\n"),
          std::string_view("GET /health HTTP/2.0\r\n\r\n")}) {
        Wire client = gateway.connect();
        client.send_bytes(noise);
        EXPECT_EQ(client.receive().status, 400);
        EXPECT_TRUE(client.is_closed());
    }
}

TEST(ClientFaults, AWrongPathOrMethodIsNamed) {
    Upstream upstream;
    const Gateway gateway(config_before(upstream));

    const Answer path = gateway.get("/v1/chat/completion");
    EXPECT_EQ(path.status, 404);
    EXPECT_THAT(path.body, HasSubstr("/v1/chat/completion"));

    const Answer method = gateway.get("/v1/chat/completions");
    EXPECT_EQ(method.status, 405);
    EXPECT_EQ(method.field("Allow"), "POST");
}

TEST(ClientFaults, AClientThatLeavesBeforeTheAnswerCancelsTheUpstream) {
    Upstream upstream;
    const Gateway gateway(config_before(upstream));
    Wire client = gateway.connect();

    client.chat(
        R"({"model":"openai/gpt-test?silent","messages":[{"role":"user","content":"hi"}]})");
    upstream.wait_for("requests", 1);
    client.close();

    upstream.wait_for("closed_early", 1);
}

TEST(ClientFaults, AClientThatLeavesMidStreamCancelsTheUpstream) {
    Upstream upstream;
    const Gateway gateway(config_before(upstream));

    for (const bool reset : {false, true}) {
        Wire client = gateway.connect();
        client.chat(
            R"({"model":"openai/gpt-test?gate=never","stream":true,"messages":[{"role":"user","content":"hi"}]})");
        client.receive_until("\n\n");
        if (reset)
            client.reset();
        else
            client.close();
        upstream.wait_for("closed_early", reset ? 2 : 1);
    }
    EXPECT_EQ(gateway.chat(hello).status, 200);
}

TEST(ClientFaults, AClientThatStopsReadingHoldsUpNobodyElse) {
    Upstream upstream;
    const Gateway gateway(config_before(upstream));
    Wire stalled = Wire::with_small_window(gateway.port());
    stalled.chat(
        R"({"model":"openai/gpt-test?body_bytes=50000000","messages":[{"role":"user","content":"hi"}]})");
    upstream.wait_for("requests", 1);

    for (int request = 0; request < 5; ++request) EXPECT_EQ(gateway.chat(hello).status, 200);
    EXPECT_EQ(stalled.receive_until("\r\n").substr(0, 12), "HTTP/1.1 200");
}

}  // namespace
}  // namespace sluice::tests
