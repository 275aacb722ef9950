#include "gateway.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace sluice::tests {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr std::string_view hello_body =
    R"({"id":"chatcmpl-mock","object":"chat.completion","created":1700000000,"model":"gpt-test",)"
    R"("choices":[{"index":0,"message":{"role":"assistant","content":"Hello from the mock upstream.",)"
    R"("refusal":null},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":9,)"
    R"("completion_tokens":6,"total_tokens":15},"system_fingerprint":"fp_mock"})";

TEST(ChatCompletions, PassesTheProvidersAnswerOnByteForByte) {
    Upstream upstream;
    const Gateway gateway(config_before(upstream));
    Wire client = gateway.connect();

    client.send(R"(
POST /v1/chat/completions HTTP/1.1
Host: gateway
Content-Type: application/json
Content-Length: #

{"model":"openai/gpt-test","messages":[{"role":"user","content":"Hello"}]})");

    const Answer answer = client.receive();
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.field("Content-Type"), "application/json");
    EXPECT_EQ(answer.field("Content-Length"), std::to_string(hello_body.size()));
    EXPECT_EQ(answer.body, hello_body);
}

TEST(ChatCompletions, ForwardsTheClientsOwnBytesWithoutThePrefix) {
    Upstream upstream;
    const Gateway gateway(config_before(upstream));

    gateway.chat(R"({ "temperature": 1.50, "model" : "openai/gpt-test",
  "messages":[{"role":"user","content":"caf\u00e9 \n"}], "unknown_to_us":{"b":1,"a":[1e3]}})");

    const std::string request = upstream.last_request();
    EXPECT_THAT(request, StartsWith("POST /v1/chat/completions HTTP/1.1\r\n"));
    EXPECT_THAT(request, testing::EndsWith(R"({ "temperature": 1.50, "model" : "gpt-test",
  "messages":[{"role":"user","content":"caf\u00e9 \n"}], "unknown_to_us":{"b":1,"a":[1e3]}})"));
}

TEST(ChatCompletions, SendsTheProvidersKeyAndNeverTheClients) {
    Upstream upstream;
    const Gateway gateway(config_before(upstream));
    Wire client = gateway.connect();

    client.send(R"(
POST /v1/chat/completions HTTP/1.1
Host: gateway
Authorization: Bearer sk-client
Cookie: session=1
Content-Type: application/json
Content-Length: #

{"model":"openai/gpt-test","messages":[{"role":"user","content":"hi"}]})");
    client.receive();

    const std::string request = upstream.last_request();
    EXPECT_THAT(request, HasSubstr("Authorization: Bearer sk-upstream\r\n"));
    EXPECT_THAT(request, HasSubstr("Host: 127.0.0.1:" + std::to_string(upstream.port()) + "\r\n"));
    EXPECT_THAT(request, Not(HasSubstr("sk-client")));
    EXPECT_THAT(request, Not(HasSubstr("session=1")));
}

TEST(ChatCompletions, TakesAModelWithoutPrefixToTheRealProvider) {
    Upstream upstream;
    const Gateway gateway(config_before(upstream));

    EXPECT_EQ(
        gateway.chat(R"({"model":"gpt-test","messages":[{"role":"user","content":"hi"}]})").body,
        hello_body);
    // The left part of this name is no provider, so the name stays whole.
    EXPECT_EQ(
        gateway
            .chat(R"({"model":"meta-llama/Llama-3","messages":[{"role":"user","content":"hi"}]})")
            .status,
        200);
    EXPECT_THAT(upstream.last_request(), HasSubstr(R"("model":"meta-llama/Llama-3")"));
}

TEST(ChatCompletions, AnswersInProcessFromTheMockProvider) {
    Upstream upstream;
    const Gateway gateway(config_before(upstream));

    const Answer answer = gateway.chat(
        R"({"model":"mock/echo","messages":[{"role":"user","content":"Say this back"}]})");

    EXPECT_EQ(answer.status, 200);
    EXPECT_THAT(answer.body, HasSubstr("Say this back"));
    EXPECT_THAT(answer.body, HasSubstr(R"("usage":{"prompt_tokens":)"));
    EXPECT_EQ(upstream.counter("requests"), 0U);
}

TEST(ChatCompletions, PassesTheProvidersErrorsOnWithTheirStatusAndRetryAfter) {
    Upstream upstream;
    const Gateway gateway(config_before(upstream));

    const Answer limited = gateway.chat(
        R"({"model":"openai/gpt-test?status=429&retry_after=7","messages":[{"role":"user","content":"hi"}]})");
    EXPECT_EQ(limited.status, 429);
    EXPECT_EQ(limited.field("Retry-After"), "7");
    EXPECT_THAT(limited.body, HasSubstr(R"("message":"The mock was asked for status 429.")"));
    EXPECT_THAT(limited.body, HasSubstr(R"("code":"rate_limit_exceeded")"));

    for (const int status : {400, 401, 404, 500, 503}) {
        const Answer answer =
            gateway.chat(R"({"model":"openai/gpt-test?status=)" + std::to_string(status) +
                         R"(","messages":[{"role":"user","content":"hi"}]})");
        EXPECT_EQ(answer.status, status);
        EXPECT_THAT(answer.body, HasSubstr(R"("message":"The mock was asked for status )"));
    }
}

TEST(ChatCompletions, SaysWhatIsWrongWithARequest) {
    Upstream upstream;
    const Gateway gateway(config_before(upstream));
    const auto refusal = [&](std::string_view json) {
        const Answer answer = gateway.chat(json);
        EXPECT_EQ(answer.status, 400) << json;
        EXPECT_THAT(answer.body, HasSubstr(R"("type":"invalid_request_error")"));
        return answer.body;
    };

    EXPECT_THAT(refusal(R"({"model":"openai/gpt-test","messages":[})"),
                HasSubstr("invalid request format"));
    EXPECT_THAT(refusal("not json"), HasSubstr("invalid request format"));
    EXPECT_THAT(refusal(""), HasSubstr("invalid request format"));
    EXPECT_THAT(refusal(R"({"model":"openai/gpt-test"})"), HasSubstr("messages"));
    EXPECT_THAT(refusal(R"({"messages":[{"role":"user","content":"hi"}]})"), HasSubstr("model"));
    EXPECT_EQ(upstream.counter("requests"), 0U);
}

TEST(ChatCompletions, RelaysAnAnswerThatComesInChunksOrUntilTheEnd) {
    Upstream upstream;
    const Gateway gateway(config_before(upstream));

    for (const char* framing : {"chunked", "close"}) {
        const Answer answer =
            gateway.chat(std::string(R"({"model":"openai/gpt-test?framing=)") + framing +
                         R"(","messages":[{"role":"user","content":"hi"}]})");
        EXPECT_EQ(answer.status, 200) << framing;
        EXPECT_EQ(answer.body, hello_body) << framing;
    }
}

TEST(ChatCompletions, RelaysAnAnswerWithoutABodyToClientsOfEveryVersion) {
    Upstream upstream;
    const Gateway gateway(config_before(upstream));

    for (const char* framing : {"length", "chunked", "close"})
        for (const char* version : {"1.1", "1.0"}) {
            Wire client = gateway.connect();
            client.send(fmt::format(R"(
POST /v1/chat/completions HTTP/{}
Host: gateway
Connection: close
Content-Length: #

{{"model":"openai/gpt-test?empty&framing={}","messages":[{{"role":"user","content":"hi"}}]}})",
                                    version, framing));
            const Answer answer = client.receive();
            EXPECT_EQ(answer.status, 200) << framing << " to HTTP/" << version;
            EXPECT_EQ(answer.body, "") << framing << " to HTTP/" << version;
            EXPECT_TRUE(client.is_closed()) << framing << " to HTTP/" << version;
        }
}

TEST(ChatCompletions, RelaysAHugeAnswerThroughSmallBuffers) {
    Upstream upstream;
    const Gateway gateway(config_before(upstream));

    const Answer answer = gateway.chat(
        R"({"model":"openai/gpt-test?body_bytes=8000000","messages":[{"role":"user","content":"hi"}]})");

    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body.size(), 8'000'000U);
    EXPECT_THAT(answer.body, testing::EndsWith(R"("system_fingerprint":"fp_mock"})"));
}

TEST(ChatCompletions, ForwardsALargeRequestWhole) {
    Upstream upstream;
    const Gateway gateway(config_before(upstream));
    const std::string text(3'000'000, 'x');

    const Answer answer = gateway.chat(
        R"({"model":"openai/gpt-test","messages":[{"role":"user","content":")" + text + R"("}]})");

    EXPECT_EQ(answer.status, 200);
    EXPECT_THAT(upstream.last_request(), testing::EndsWith(text + R"("}]})"));
}

TEST(ChatCompletions, ReadsAChunkedRequestAndForwardsItWithALength) {
    Upstream upstream;
    const Gateway gateway(config_before(upstream));
    Wire client = gateway.connect();

    client.send_bytes(
        "POST /v1/chat/completions HTTP/1.1\r\nHost: gateway\r\n"
        "Transfer-Encoding: chunked\r\n\r\n"
        "10\r\n{\"model\":\"openai\r\n39\r\n/"
        "gpt-test\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]  }\r\n0\r\n\r\n");

    EXPECT_EQ(client.receive().body, hello_body);
    EXPECT_THAT(upstream.last_request(), HasSubstr("Content-Length: 66\r\n"));
}

TEST(ChatCompletions, GivesARequestTheIdThatTheClientChose) {
    Upstream upstream;
    const Gateway gateway(config_before(upstream));
    Wire client = gateway.connect();

    client.send(R"(
POST /v1/chat/completions HTTP/1.1
Host: gateway
X-Request-Id: mine-1
Content-Length: #

{"model":"mock/echo","messages":[{"role":"user","content":"hi"}]})");
    client.receive();

    EXPECT_THAT(gateway.logs_once_there_are(1), HasSubstr(R"("id":"mine-1")"));
}

}  // namespace
}  // namespace sluice::tests
