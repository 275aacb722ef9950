#include "gateway.hpp"

#include <gmock/gmock.h>

#include <csignal>
#include <memory>
#include <vector>

namespace sluice::tests {
namespace {

using namespace std::chrono_literals;

TEST(Connections, ServeManyRequestsOneAfterAnother) {
    Upstream upstream;
    const Gateway gateway(config_before(upstream));
    Wire client = gateway.connect();

    for (int request = 0; request < 20; ++request) {
        client.chat(hello);
        EXPECT_EQ(client.receive().status, 200);
    }

    EXPECT_EQ(upstream.counter("requests"), 20U);
    // One for the gateway, kept all the time; one for the question.
    EXPECT_EQ(upstream.counter("open"), 2U);
    EXPECT_EQ(gateway.chat(hello).status, 200);
}

TEST(Connections, ServePipelinedRequestsInTheirOrder) {
    Upstream upstream;
    const Gateway gateway(config_before(upstream));
    Wire client = gateway.connect();

    const auto request = [](std::string_view model) {
        const std::string body = R"({"model":")" + std::string(model) +
                                 R"(","messages":[{"role":"user","content":")" +
                                 std::string(model) + R"("}]})";
        return "POST /v1/chat/completions HTTP/1.1\r\nHost: gateway\r\nContent-Length: " +
               std::to_string(body.size()) + "\r\n\r\n" + body;
    };
    client.send_bytes(request("openai/first") + request("mock/second") + request("openai/third") +
                      "GET /health HTTP/1.1\r\nHost: gateway\r\n\r\n");

    EXPECT_THAT(client.receive().body, testing::HasSubstr(R"("model":"first")"));
    EXPECT_THAT(client.receive().body, testing::HasSubstr("mock/second"));
    EXPECT_THAT(client.receive().body, testing::HasSubstr(R"("model":"third")"));
    EXPECT_EQ(client.receive().status, 200);
}

TEST(Connections, ServeARequestBehindAStream) {
    Upstream upstream;
    const Gateway gateway(config_before(upstream));
    Wire client = gateway.connect();

    client.chat(
        R"({"model":"openai/gpt-test","stream":true,"messages":[{"role":"user","content":"hi"}]})");
    EXPECT_EQ(events_of(client.receive().body).back(), "[DONE]");
    client.chat(hello);
    EXPECT_EQ(client.receive().status, 200);
}

TEST(Connections, CloseWhenTheClientAsksForIt) {
    Upstream upstream;
    const Gateway gateway(config_before(upstream));
    Wire client = gateway.connect();

    client.send("\nGET /health HTTP/1.1\nHost: gateway\nConnection: close\n\n");
    const Answer answer = client.receive();
    EXPECT_EQ(answer.field("Connection"), "close");
    EXPECT_TRUE(client.is_closed());
}

TEST(Connections, CloseAfterARequestOfHttp10) {
    Upstream upstream;
    const Gateway gateway(config_before(upstream));

    Wire plain = gateway.connect();
    plain.send("\nGET /health HTTP/1.0\n\n");
    EXPECT_EQ(plain.receive().status, 200);
    EXPECT_TRUE(plain.is_closed());

    Wire stream = gateway.connect();
    stream.send(R"(
POST /v1/chat/completions HTTP/1.0
Content-Length: #

{"model":"openai/gpt-test?chunks=2","stream":true,"messages":[{"role":"user","content":"hi"}]})");
    const Answer answer = stream.receive();
    EXPECT_EQ(answer.field("Transfer-Encoding"), "") << "HTTP/1.0 knows no chunks";
    EXPECT_EQ(events_of(answer.body).back(), "[DONE]");
}

TEST(Connections, AreClosedWhenIdleForTooLong) {
    Upstream upstream;
    const Gateway gateway(config_before(upstream, {.idle_timeout = 50ms}));
    Wire client = gateway.connect();

    client.get("/health");
    EXPECT_EQ(client.receive().status, 200);
    EXPECT_TRUE(client.is_closed());
}

TEST(Connections, BeyondTheLimitAreRefusedAndThenServedAgain) {
    Upstream upstream;
    store::Config config = config_before(upstream);
    config.client.max_connections = 2;
    Gateway gateway(std::move(config));

    Wire first = gateway.connect();
    auto second = std::make_unique<Wire>(gateway.port());
    for (Wire* client : {&first, second.get()}) {
        client->get("/health");
        EXPECT_EQ(client->receive().status, 200);
    }
    Wire third = gateway.connect();
    const std::string refusal = third.receive_all();
    EXPECT_TRUE(refusal.empty() || refusal.starts_with("HTTP/1.1 503 ")) << refusal;

    second->close();
    first.get("/health");
    EXPECT_EQ(first.receive().status, 200);
    // The freed place is free once the server has seen the close, which the next accept may
    // precede.
    for (;;) {
        Wire fourth = gateway.connect();
        fourth.send("\nGET /health HTTP/1.1\nHost: gateway\nConnection: close\n\n");
        if (fourth.receive_all().starts_with("HTTP/1.1 200 ")) break;
    }
}

TEST(Connections, ToTheUpstreamAreKeptAndAStaleOneIsReplacedOnce) {
    Upstream upstream;
    const Gateway gateway(config_before(upstream));
    Wire client = gateway.connect();

    for (int request = 0; request < 3; ++request) {
        client.chat(
            R"({"model":"openai/gpt-test?stale","messages":[{"role":"user","content":"hi"}]})");
        EXPECT_EQ(client.receive().status, 200);
        client.chat(hello);
        EXPECT_EQ(client.receive().status, 200);
    }
    EXPECT_EQ(upstream.counter("answered"), 6U);
}

TEST(Connections, ToARestartedUpstreamAreMadeAnew) {
    auto upstream = std::make_unique<Upstream>();
    const std::uint16_t port = upstream->port();
    const Gateway gateway(config_before(*upstream));
    Wire client = gateway.connect();
    client.chat(hello);
    EXPECT_EQ(client.receive().status, 200);

    upstream->stop();
    upstream = std::make_unique<Upstream>(port);
    client.chat(hello);
    EXPECT_EQ(client.receive().status, 200);
}

TEST(Connections, LiveOnSeveralThreads) {
    Upstream upstream;
    store::Config config = config_before(upstream);
    config.server.threads = 2;
    const Gateway gateway(std::move(config));

    std::vector<Wire> clients;
    for (int client = 0; client < 32; ++client) clients.push_back(gateway.connect());
    for (Wire& client : clients) client.chat(hello);
    for (Wire& client : clients) EXPECT_EQ(client.receive().status, 200);
}

}  // namespace
}  // namespace sluice::tests
