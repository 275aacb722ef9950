#include "gateway/llm_request.hpp"

#include "expect_error.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sluice::gateway {
namespace {

/// A request read from `text`, which lives as long as this.
struct Request {
    explicit Request(std::string text) : body(std::move(text)) {
        const std::size_t size = body.size();
        body.append(64, '\0');
        reader.read(std::string_view(body).substr(0, size), view);
    }
    std::string body;
    llm::ChatRequestReader reader{};
    llm::ChatRequestView view{};
};

constexpr auto plain =
    R"({"model":"openai/gpt-4o", "temperature":1.50,"messages":[ {"role":"user","content":"hi"}],)"
    R"("stream":true,"user":"a\u00e9"})";

TEST(LlmRequest, GivesHooksTheMembersAsTheClientWroteThem) {
    const Request request(plain);
    const LlmRequestData data = llm_request_data(request.view, "openai", "gpt-4o");
    EXPECT_EQ(data.provider, "openai");
    EXPECT_EQ(data.model, "gpt-4o");
    EXPECT_EQ(data.input, R"([ {"role":"user","content":"hi"}])");
    EXPECT_EQ(data.params, R"({"temperature":1.50,"user":"a\u00e9"})");
    EXPECT_TRUE(data.stream);
}

TEST(LlmRequest, KeepsOrderAndSpellingOfWhatHooksLeftAlone) {
    const Request request(plain);
    LlmRequestData data = llm_request_data(request.view, "openai", "gpt-4o");
    data.input = R"([{"role":"system","content":"be kind"}])";
    EXPECT_EQ(rebuild_body(request.view, data),
              R"({"model":"gpt-4o","temperature":1.50,)"
              R"("messages":[{"role":"system","content":"be kind"}],"stream":true,)"
              R"("user":"a\u00e9"})");
}

TEST(LlmRequest, DropsAndAppendsWhatHooksDroppedAndAppended) {
    const Request request(plain);
    LlmRequestData data = llm_request_data(request.view, "openai", "gpt-4o");
    data.params = R"({"user":"a\u00e9","max_tokens":16,"top_p":0.10})";
    EXPECT_EQ(rebuild_body(request.view, data),
              R"({"model":"gpt-4o","messages":[ {"role":"user","content":"hi"}],"stream":true,)"
              R"("user":"a\u00e9","max_tokens":16,"top_p":0.10})");
}

TEST(LlmRequest, RefusesWhatIsNoRequest) {
    const Request request(plain);
    LlmRequestData data = llm_request_data(request.view, "openai", "gpt-4o");
    data.params = "[]";
    EXPECT_ERROR(rebuild_body(request.view, data), ErrorCode::guest_error);
    data.params = "{}";
    data.input = R"("hi")";
    EXPECT_ERROR(rebuild_body(request.view, data), ErrorCode::guest_error);
}

TEST(LlmRequest, TurnsAWholeAnswerIntoOneChunk) {
    EXPECT_EQ(
        chunk_of_answer(R"({"id":"m1","object":"chat.completion","choices":[{"index":0,)"
                        R"("message":{"role":"assistant","content":"cached"},)"
                        R"("finish_reason":"stop"}],"x":1.0})"),
        R"({"id":"m1","object":"chat.completion.chunk","choices":[{"index":0,)"
        R"("delta":{"role":"assistant","content":"cached"},"finish_reason":"stop"}],"x":1.0})");
    EXPECT_EQ(chunk_of_answer(R"({"choices":[]})"),
              R"({"choices":[],"object":"chat.completion.chunk"})");
}

}  // namespace
}  // namespace sluice::gateway
