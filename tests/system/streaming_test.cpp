#include "gateway.hpp"
#include "http/chunked.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <string>
#include <vector>

namespace sluice::tests {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

// Under a sanitizer each connection costs several times as much memory and time.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::size_t many_streams = 250;
#else
constexpr std::size_t many_streams = 1'000;
#endif

std::string stream_of(std::string_view directives, std::string_view more = "") {
    return fmt::format(
        R"({{"model":"openai/gpt-test?{}","stream":true,"messages":[{{"role":"user","content":"go"}}]{}}})",
        directives, more);
}

/// What the upstream itself answers to the same request.
std::string direct(const Upstream& upstream, std::string_view json) {
    Wire client(upstream.port());
    client.chat(json);
    return client.receive().body;
}

TEST(Streaming, PassesTheEventsOnByteForByte) {
    Upstream upstream;
    const Gateway gateway(config_before(upstream));

    for (const char* directives : {"chunks=3", "chunks=200&chunk_bytes=300", "chunks=20&burst",
                                   "chunks=3&no_done", "chunks=4&error_event"}) {
        const Answer answer = gateway.chat(stream_of(directives));
        EXPECT_EQ(answer.status, 200);
        EXPECT_EQ(answer.field("Content-Type"), "text/event-stream");
        EXPECT_EQ(answer.field("Transfer-Encoding"), "chunked");
        EXPECT_EQ(answer.body, direct(upstream, stream_of(directives))) << directives;
    }
}

TEST(Streaming, PassesEachEventOnAsItComes) {
    Upstream upstream;
    const Gateway gateway(config_before(upstream));
    Wire client = gateway.connect();

    client.chat(stream_of("chunks=2&gate=next&gate_after=2"));

    EXPECT_THAT(client.receive_until("\n\n"), HasSubstr(R"("role":"assistant")"));
    EXPECT_THAT(client.receive_until("\n\n"), HasSubstr(R"("content":"word0 ")"));
    // The upstream holds the next event back until the client has the ones before.
    upstream.open("next");
    EXPECT_THAT(client.receive_until("\n\n"), HasSubstr(R"("content":"word1 ")"));
    EXPECT_THAT(client.receive_until("0\r\n\r\n"), HasSubstr("data: [DONE]\n\n"));
}

TEST(Streaming, SendsTheHeadBeforeTheFirstEvent) {
    Upstream upstream;
    const Gateway gateway(config_before(upstream));
    Wire client = gateway.connect();

    client.chat(stream_of("gate=first&gate_after=0"));
    EXPECT_THAT(client.receive_until("\r\n\r\n"), HasSubstr("text/event-stream"));
    upstream.open("first");
    client.receive_until("[DONE]\n\n");
}

TEST(Streaming, StreamsFromTheMockProviderInWords) {
    Upstream upstream;
    const Gateway gateway(config_before(upstream));

    const Answer answer = gateway.chat(
        R"({"model":"mock/echo","stream":true,"messages":[{"role":"user","content":"one two three"}]})");

    EXPECT_EQ(answer.field("Content-Type"), "text/event-stream");
    const std::vector<std::string> events = events_of(answer.body);
    ASSERT_GT(events.size(), 4U);
    EXPECT_EQ(events.back(), "[DONE]");
    EXPECT_THAT(events[events.size() - 2], HasSubstr(R"("finish_reason":"stop")"));
    EXPECT_THAT(answer.body, HasSubstr("three"));
}

TEST(Streaming, AnswersAnErrorBeforeTheFirstEventAsPlainJson) {
    Upstream upstream;
    const Gateway gateway(config_before(upstream));

    const Answer answer = gateway.chat(stream_of("status=429&retry_after=3"));

    EXPECT_EQ(answer.status, 429);
    EXPECT_EQ(answer.field("Content-Type"), "application/json");
    EXPECT_EQ(answer.field("Retry-After"), "3");
    EXPECT_THAT(answer.body, HasSubstr(R"("type":"rate_limit_error")"));
}

TEST(Streaming, CountsTheTokensOfAStreamThatTellsThem) {
    Upstream upstream;
    Gateway gateway(config_before(upstream));

    const Answer answer =
        gateway.chat(stream_of("chunks=2", R"(,"stream_options":{"include_usage":true})"));

    EXPECT_THAT(answer.body, HasSubstr(R"("usage":{"prompt_tokens":9)"));
    const std::string logs = gateway.logs_once_there_are(1);
    EXPECT_THAT(logs, HasSubstr(R"("total_tokens":15)"));
    EXPECT_THAT(logs, HasSubstr(R"("object":"chat.completion.chunk")"));
}

TEST(Streaming, NeverLooksCompleteWhenTheUpstreamBreaksOff) {
    Upstream upstream;
    const Gateway gateway(config_before(upstream));
    Wire client = gateway.connect();

    client.chat(stream_of("chunks=20&cut=body&cut_after=3"));

    const std::string all = client.receive_all();
    EXPECT_THAT(all, HasSubstr("word1 "));
    EXPECT_THAT(all, Not(HasSubstr("[DONE]")));
    EXPECT_THAT(all, Not(EndsWith("\r\n0\r\n\r\n")));
}

TEST(Streaming, TellsOfAnUpstreamThatBreaksOffInsideAChunk) {
    Upstream upstream;
    const Gateway gateway(config_before(upstream));
    Wire client = gateway.connect();

    client.chat(stream_of("chunks=20&cut=chunk&cut_after=3"));

    const std::string all = client.receive_all();
    EXPECT_THAT(all, HasSubstr("word2 "));
    EXPECT_THAT(all, HasSubstr("event: error\ndata: "));
    EXPECT_THAT(all, HasSubstr("the provider broke its answer off"));
    EXPECT_THAT(all, Not(EndsWith("\r\n0\r\n\r\n")));
    http::ChunkScanner scanner;
    std::string events;
    scanner.scan(all.substr(all.find("\r\n\r\n") + 4),
                 [&](std::string_view data) { events += data; });
    EXPECT_FALSE(scanner.failed()) << scanner.problem();
    EXPECT_THAT(events, EndsWith("\n\n")) << "the error is a whole event in whole chunks";
}

TEST(Streaming, ServesManyStreamsAtOnce) {
    Upstream upstream;
    Gateway gateway(config_before(upstream));
    std::vector<Wire> clients;
    for (std::size_t client = 0; client < many_streams; ++client) {
        clients.push_back(gateway.connect());
        clients.back().chat(stream_of("chunks=3&gate=all&gate_after=2"));
    }
    // Every stream is open and has its first word before any goes on.
    for (Wire& client : clients) client.receive_until("word0 ");
    EXPECT_GE(gateway.server().open_connections(), many_streams);

    upstream.open("all");
    for (Wire& client : clients)
        EXPECT_THAT(client.receive_until("[DONE]\n\n"), HasSubstr("word2 "));
    for (Wire& client : clients) client.receive_until("0\r\n\r\n");
    EXPECT_EQ(upstream.counter("closed_early"), 0U);
}

}  // namespace
}  // namespace sluice::tests
