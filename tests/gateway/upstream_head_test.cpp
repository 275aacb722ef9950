#include "gateway/upstream_head.hpp"

#include "http/read_buffer.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <string>

namespace sluice::gateway {
namespace {

/// A parsed head with these lines behind the first two.
struct ClientHead {
    explicit ClientHead(std::string_view fields) {
        const std::string text = "POST /v1/chat/completions HTTP/1.1\r\nHost: gateway\r\n" +
                                 std::string(fields) + "\r\n";
        buffer.make_room(text.size());
        std::memcpy(buffer.space().data(), text.data(), text.size());
        buffer.commit(text.size());
        EXPECT_EQ(head.parse(buffer), http::HeadStatus::complete);
    }
    http::ReadBuffer buffer{};
    http::RequestHead head{};
};

struct Providers {
    Providers() {
        store::Config config;
        store::ProviderConfig openai{.name = "openai"};
        openai.network.base_url = "http://127.0.0.1:9";
        openai.network.extra_headers = {{"X-Team", "blue"}};
        config.providers = {openai};
        table = std::make_unique<ProviderTable>(config);
    }
    std::unique_ptr<ProviderTable> table{};
};

template <class Client>
std::string upstream_head(const Choice& choice, const Client& client, std::string_view request_id,
                          std::size_t body_bytes) {
    std::string head;
    assign_upstream_head(head, choice, client, request_id, body_bytes);
    return head;
}

/// What the client's fields became, without the provider's own and without what is always added.
std::string forwarded(std::string_view fields) {
    const Providers providers;
    const ClientHead client(fields);
    const Choice choice = providers.table->choose("openai/m");
    const std::string head = upstream_head(choice, client.head, "r-1", 7);
    const std::string& own = choice.provider->chat_heads[0];
    constexpr std::string_view end = "x-request-id: r-1\r\nContent-Length: 7\r\n\r\n";
    EXPECT_TRUE(head.starts_with(own));
    EXPECT_TRUE(head.ends_with(end));
    return head.substr(own.size(), head.size() - own.size() - end.size());
}

TEST(UpstreamHead, PassesTheClientsFieldsOn) {
    EXPECT_EQ(forwarded("User-Agent: curl\r\nX-Trace: 1\r\nAccept: */*\r\n"),
              "User-Agent: curl\r\nX-Trace: 1\r\nAccept: */*\r\n");
}

TEST(UpstreamHead, KeepsTheClientsCredentialsHere) {
    EXPECT_EQ(forwarded("Authorization: Bearer sk-client\r\nx-api-key: a\r\nAPI-Key: b\r\n"
                        "X-Goog-Api-Key: c\r\nCookie: d=e\r\nx-bf-vk: f\r\n"
                        "Proxy-Authorization: g\r\n"),
              "");
}

TEST(UpstreamHead, KeepsWhatConcernsTheClientsConnectionHere) {
    EXPECT_EQ(forwarded("Connection: X-Hop, keep-alive\r\nX-Hop: 1\r\nKeep-Alive: 5\r\nTE: gzip\r\n"
                        "Upgrade: h2c\r\nExpect: 100-continue\r\nContent-Length: 3\r\n"
                        "Accept-Encoding: gzip\r\nX-Stays: 1\r\n"),
              "X-Stays: 1\r\n");
}

TEST(UpstreamHead, LetsTheConfigurationsFieldsWin) {
    EXPECT_EQ(forwarded("x-team: red\r\n"), "");
}

TEST(UpstreamHead, ForwardsMarkedFieldsByTheirRealNames) {
    EXPECT_EQ(forwarded("x-bf-eh-openai-beta: v2\r\nx-bf-cache-key: 1\r\n"), "openai-beta: v2\r\n");
    EXPECT_EQ(forwarded("x-bf-eh-Authorization: Bearer x\r\nx-bf-eh-cookie: a\r\n"), "");
    EXPECT_EQ(forwarded("x-bf-eh-x-bf-vk: a\r\n"), "");
}

TEST(UpstreamHead, TreatsWhatHooksLeftTheSameWay) {
    const Providers providers;
    const HttpRequestData data{.headers = {{"Authorization", "Bearer sk-client"},
                                           {"X-A", "1\r\nX-B: 2"},
                                           {"bad name", "1"}}};
    const Choice choice = providers.table->choose("openai/m");
    EXPECT_EQ(upstream_head(choice, data, "r-1", 0).substr(choice.provider->chat_heads[0].size()),
              "X-A: 1  X-B: 2\r\nx-request-id: r-1\r\nContent-Length: 0\r\n\r\n");
}

}  // namespace
}  // namespace sluice::gateway
