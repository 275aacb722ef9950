#include "llm/mock/mock.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::llm::mock {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string body_of(std::string_view request) {
    const Outcome outcome = answer(request);
    return std::holds_alternative<ChatResponse>(outcome) ? std::get<ChatResponse>(outcome).body
                                                         : to_json(std::get<ApiError>(outcome));
}

std::vector<std::string> chunks_of(std::string_view request) {
    return std::get<std::vector<std::string>>(answer_in_chunks(request));
}

constexpr std::string_view hello =
    R"({"model":"echo","messages":[{"role":"system","content":"be kind"},)"
    R"({"role":"user","content":"hello \"dear\" world"}]})";

TEST(Mock, RepeatsTheLastUserMessage) {
    EXPECT_EQ(body_of(hello),
              R"({"id":"chatcmpl-mock-a1a38c44169100a0","object":"chat.completion",)"
              R"("created":1700000000,"model":"echo","choices":[{"index":0,"message":)"
              R"({"role":"assistant","content":"hello \"dear\" world","refusal":null},)"
              R"("logprobs":null,"finish_reason":"stop"}],)"
              R"("usage":{"prompt_tokens":5,"completion_tokens":3,"total_tokens":8}})");
}

TEST(Mock, CountsWordsAsUsage) {
    const Outcome outcome = answer(hello);
    const Usage usage = std::get<ChatResponse>(outcome).usage;
    EXPECT_EQ(usage.prompt_tokens, 5U);
    EXPECT_EQ(usage.completion_tokens, 3U);
    EXPECT_EQ(usage.total_tokens, 8U);
}

TEST(Mock, ReadsContentInParts) {
    EXPECT_THAT(
        body_of(R"({"model":"echo","messages":[{"role":"user","content":[)"
                R"({"type":"text","text":"look"},{"type":"image_url","image_url":{"url":"x"}},)"
                R"({"type":"text","text":"here"}]}]})"),
        HasSubstr(R"("content":"look here")"));
}

TEST(Mock, StreamsTheAnswerWordByWord) {
    constexpr std::string_view head =
        R"({"id":"chatcmpl-mock-39ab6aef7d2e9f7b","object":"chat.completion.chunk",)"
        R"("created":1700000000,"model":"echo","choices":[{"index":0,"delta":)";
    std::vector<std::string> deltas;
    for (
        const std::string& chunk : chunks_of(
            R"({"model":"echo","stream":true,"messages":[{"role":"user","content":"a  b\nc"}]})")) {
        const std::size_t begin = chunk.find("\"delta\":") + 8;
        deltas.push_back(chunk.substr(begin));
        EXPECT_EQ(chunk.size() - deltas.back().size(), head.size());
    }
    EXPECT_THAT(
        deltas,
        ElementsAre(R"({"role":"assistant","content":""},"logprobs":null,"finish_reason":null}]})",
                    R"({"content":"a"},"logprobs":null,"finish_reason":null}]})",
                    R"({"content":"  b"},"logprobs":null,"finish_reason":null}]})",
                    R"({"content":"\nc"},"logprobs":null,"finish_reason":null}]})",
                    R"({},"logprobs":null,"finish_reason":"stop"}]})"));
}

TEST(Mock, StreamsTheUsageLastWhenItIsAskedFor) {
    const auto chunks =
        chunks_of(R"({"model":"echo","stream":true,"stream_options":{"include_usage":true},)"
                  R"("messages":[{"role":"user","content":"one two"}]})");
    ASSERT_EQ(chunks.size(), 5U);
    EXPECT_THAT(chunks[0], HasSubstr(R"("usage":null})"));
    EXPECT_THAT(
        chunks[4],
        HasSubstr(
            R"("choices":[],"usage":{"prompt_tokens":2,"completion_tokens":2,"total_tokens":4}})"));
}

constexpr std::string_view tools =
    R"("tools":[{"type":"function","function":{"name":"first","parameters":{"type":"object"}}},)"
    R"({"type":"function","function":{"name":"weather","parameters":{"type":"object",)"
    R"("properties":{"city":{"type":"string"},"unit":{"enum":["C","F"]},"days":{"type":"integer"},)"
    R"("where":{"type":"object","properties":{"exact":{"type":"boolean"}}},"tags":{"type":"array"},)"
    R"("left":{"type":"string"}},"required":["city","unit","days","where","tags"]}}}])";

std::string request_with_tools(std::string_view choice, std::string_view more_messages = "") {
    return R"({"model":"echo","messages":[{"role":"user","content":"Paris"})" +
           std::string(more_messages) + "]," + std::string(tools) + R"(,"tool_choice":)" +
           std::string(choice) + "}";
}

TEST(Mock, CallsTheNamedToolWithArgumentsThatFitItsSchema) {
    const std::string body =
        body_of(request_with_tools(R"({"type":"function","function":{"name":"weather"}})"));
    EXPECT_THAT(body, HasSubstr(R"("content":null,"tool_calls":[{"id":"call_)"));
    EXPECT_THAT(body, HasSubstr(R"("type":"function","function":{"name":"weather","arguments":)"
                                R"("{\"city\":\"Paris\",\"unit\":\"C\",\"days\":1,)"
                                R"(\"where\":{\"exact\":true},\"tags\":[]}"}}])"));
    EXPECT_THAT(body, HasSubstr(R"("finish_reason":"tool_calls")"));
}

TEST(Mock, CallsTheFirstToolWhenSomeToolIsRequiredAndNoneOtherwise) {
    EXPECT_THAT(body_of(request_with_tools("\"required\"")), HasSubstr(R"("name":"first")"));
    EXPECT_THAT(body_of(request_with_tools("\"auto\"")), HasSubstr(R"("content":"Paris")"));
    EXPECT_THAT(body_of(request_with_tools("\"none\"")), HasSubstr(R"("content":"Paris")"));
}

TEST(Mock, RepeatsAToolsResultSoThatLoopsEnd) {
    EXPECT_THAT(
        body_of(request_with_tools(
            "\"required\"",
            R"(,{"role":"assistant","content":null},{"role":"tool","content":"20 degrees"})")),
        HasSubstr(R"("content":"20 degrees")"));
}

TEST(Mock, StreamsAToolCall) {
    const auto chunks = chunks_of(request_with_tools("\"required\""));
    ASSERT_EQ(chunks.size(), 3U);
    EXPECT_THAT(chunks[0], HasSubstr(R"("delta":{"role":"assistant","content":null,"tool_calls":)"
                                     R"([{"index":0,"id":"call_)"));
    EXPECT_THAT(chunks[0], HasSubstr(R"("function":{"name":"first","arguments":""}}]})"));
    EXPECT_THAT(chunks[1],
                HasSubstr(R"({"tool_calls":[{"index":0,"function":{"arguments":"{}"}}]})"));
    EXPECT_THAT(chunks[2], HasSubstr(R"("finish_reason":"tool_calls")"));
}

TEST(Mock, RefusesWhatIsNoChatRequestAsAProviderWould) {
    const Outcome outcome = answer(R"({"model":"echo"})");
    ASSERT_TRUE(std::holds_alternative<ApiError>(outcome));
    EXPECT_EQ(std::get<ApiError>(outcome).status, 400);
    EXPECT_EQ(std::get<ApiError>(outcome).message, "messages is required for chat completion");
    for (const char* text :
         {"", "{", R"({"model":"e","messages":[tru]})", R"({"model":"e","messages":[7]})",
          R"({"model":"e","messages":[{"role":"user"}],"tools":[}],"tool_choice":"required"})"}) {
        EXPECT_TRUE(std::holds_alternative<ApiError>(answer(text))) << text;
        EXPECT_TRUE(std::holds_alternative<ApiError>(answer_in_chunks(text))) << text;
    }
}

TEST(Mock, AnswersOddMessagesWithoutAFault) {
    for (const char* messages : {R"([{"role":"user"}])", R"([{"role":"user","content":null}])",
                                 R"([{"role":7,"content":[1,{"text":2}]}])", R"([{}])",
                                 R"([{"role":"user","content":"   "}])"}) {
        const std::string request = R"({"model":"e","messages":)" + std::string(messages) + "}";
        EXPECT_THAT(body_of(request), HasSubstr("\"finish_reason\":\"stop\"")) << messages;
        EXPECT_GE(chunks_of(request).size(), 2U) << messages;
    }
}

std::vector<int> failing(double rate, int requests) {
    FailureSchedule schedule(rate);
    std::vector<int> failed;
    for (int i = 1; i <= requests; ++i)
        if (schedule.next()) failed.push_back(i);
    return failed;
}

TEST(FailureSchedule, SpreadsFailuresEvenly) {
    EXPECT_THAT(failing(0.25, 12), ElementsAre(4, 8, 12));
    EXPECT_THAT(failing(0.4, 10), ElementsAre(3, 5, 8, 10));
    EXPECT_THAT(failing(1, 3), ElementsAre(1, 2, 3));
    EXPECT_THAT(failing(0, 1'000), ElementsAre());
}

TEST(FailureSchedule, FailsAsAProviderThatHasTrouble) {
    const auto failure = FailureSchedule(1).next();
    ASSERT_TRUE(failure.has_value());
    EXPECT_EQ(failure->status, 500);
    EXPECT_EQ(failure->code, "mock_failure");
}

}  // namespace
}  // namespace sluice::llm::mock
