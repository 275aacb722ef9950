#include "gateway.hpp"
#include "tls_front.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace sluice::tests {
namespace {

store::Config config_before(const Upstream& upstream, const TlsFront& front,
                            std::string_view host) {
    store::Config config = config_before(upstream);
    config.providers[0].network.base_url = fmt::format("https://{}:{}", host, front.port());
    config.providers[0].network.ca_file = front.ca_file();
    return config;
}

TEST(Tls, ReachesAProviderWhoseCertificateIsTrusted) {
    Upstream upstream;
    const TlsFront front(upstream, "DNS:localhost");
    const Gateway gateway(config_before(upstream, front, "localhost"));
    Wire client = gateway.connect();

    for (int request = 0; request < 3; ++request) {
        client.chat(hello);
        EXPECT_EQ(client.receive().status, 200);
    }
    EXPECT_EQ(upstream.counter("open"), 2U) << "one kept connection, and the one that asks";
}

TEST(Tls, StreamsEventByEvent) {
    Upstream upstream;
    const TlsFront front(upstream, "DNS:localhost");
    const Gateway gateway(config_before(upstream, front, "localhost"));
    Wire client = gateway.connect();

    client.chat(
        R"({"model":"openai/gpt-test?gate=next","stream":true,"messages":[{"role":"user","content":"hi"}]})");
    EXPECT_THAT(client.receive_until("\n\n"), testing::HasSubstr(R"("role":"assistant")"));
    upstream.open("next");
    client.receive_until("[DONE]\n\n");
}

TEST(Tls, RefusesACertificateOfAnotherName) {
    Upstream upstream;
    const TlsFront front(upstream, "DNS:example.test");
    const Gateway gateway(config_before(upstream, front, "localhost"));

    EXPECT_EQ(gateway.chat(hello).status, 502);
    EXPECT_EQ(upstream.counter("requests"), 0U);
}

TEST(Tls, RefusesACertificateOfAnUnknownAuthority) {
    Upstream upstream;
    const TlsFront front(upstream, "DNS:localhost");
    store::Config config = config_before(upstream, front, "localhost");
    config.providers[0].network.ca_file.clear();  // the system's authorities only
    const Gateway gateway(std::move(config));

    EXPECT_EQ(gateway.chat(hello).status, 502);
    EXPECT_EQ(upstream.counter("requests"), 0U);
}

}  // namespace
}  // namespace sluice::tests
