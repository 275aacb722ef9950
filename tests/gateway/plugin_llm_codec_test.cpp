#include "gateway/plugin_llm_codec.hpp"

#include "expect_error.hpp"

namespace sluice::gateway {
namespace {

LlmRequestData sample_request() {
    return {.provider = "openai",
            .model = "gpt-4o",
            .input = R"([{"role": "user","content":"hi","name":"n"}])",
            .params = R"({"temperature":0.20,"seed":9007199254740993})",
            .fallbacks = R"(["mock/echo"])"};
}

class LlmCodecTest : public testing::Test {
  protected:
    bool apply(std::string_view returned) {
        return apply_llm_request(document_.read(returned), llm_request_json(request_), scratch_,
                                 request_);
    }
    LlmRequestData request_ = sample_request();
    JsonDocument document_;
    JsonDocument scratch_;
};

TEST_F(LlmCodecTest, ShowsTheFlatSpelling) {
    EXPECT_EQ(
        llm_request_json(request_),
        R"({"provider":"openai","model":"gpt-4o","input":[{"role": "user","content":"hi","name":"n"}],"params":{"temperature":0.20,"seed":9007199254740993},"fallbacks":[{"provider":"mock","model":"echo"}]})");
    EXPECT_EQ(llm_request_json({.provider = "mock", .model = "m"}),
              R"({"provider":"mock","model":"m","input":[],"params":{},"fallbacks":[]})");
}

TEST_F(LlmCodecTest, TakesEverySpellingBack) {
    for (
        const auto* returned :
        {R"({"provider":"openai","model":"other"})", R"({"chat_request":{"model":"other"}})",
         R"({"ChatRequest":{"Model":"other"},"TextCompletionRequest":null})",
         R"({"provider":"openai","model":"gpt-4o","chat_request":{"model":"gpt-4o"},"ChatRequest":{"model":"other"}})",
         R"({"provider":"openai","model":"gpt-4o","chat_request":{"model":"other"},"ChatRequest":{"model":"gpt-4o"}})"}) {
        request_ = sample_request();
        EXPECT_TRUE(apply(returned)) << returned;
        EXPECT_EQ(request_.model, "other") << returned;
        EXPECT_EQ(request_.input, sample_request().input);
    }
}

TEST_F(LlmCodecTest, LeavesARequestThatSaysTheSameAsItWas) {
    for (
        const std::string& returned :
        {std::string("null"), std::string("{}"), llm_request_json(request_),
         std::string(R"({"input":[],"params":{},"model":"","fallbacks":null})"),
         std::string(
             R"({"fallbacks":[{"model":"echo","provider":"mock"}],"params":{"seed":9007199254740992,"temperature":0.2},"input":[{"content":"hi","role":"user"}],"model":"gpt-4o"})")}) {
        EXPECT_FALSE(apply(returned)) << returned;
        EXPECT_EQ(request_.input, sample_request().input);
        EXPECT_EQ(request_.params, sample_request().params);
        EXPECT_EQ(request_.fallbacks, sample_request().fallbacks);
    }
}

TEST_F(LlmCodecTest, KeepsWhatAGuestDoesNotKnow) {
    EXPECT_TRUE(apply(R"({"input":[{"role":"user","content":"HI"}],"params":{"temperature":0}})"));
    EXPECT_EQ(request_.input, R"([{"role":"user","content":"HI","name":"n"}])");
    EXPECT_EQ(request_.params, R"({"temperature":0,"seed":9007199254740993})");
}

TEST_F(LlmCodecTest, AddsAMessageBeforeTheOthers) {
    EXPECT_TRUE(
        apply(R"({"messages":[{"role":"system","content":"s"},{"content":"hi","role":"user"}]})"));
    EXPECT_EQ(request_.input,
              R"([{"role":"system","content":"s"},{"role": "user","content":"hi","name":"n"}])");
}

TEST_F(LlmCodecTest, WritesFallbacksAsClientsDo) {
    EXPECT_TRUE(apply(R"({"fallbacks":[{"provider":"a","model":"b"},"c/d"]})"));
    EXPECT_EQ(request_.fallbacks, R"(["a/b","c/d"])");
}

TEST_F(LlmCodecTest, RefusesWhatIsNoRequest) {
    EXPECT_ERROR(apply("[1]"), ErrorCode::guest_error);
}

TEST(ShortCircuit, ReadsAResponseInEverySpelling) {
    JsonDocument document;
    for (
        const auto* returned :
        {R"({"response":{"chat_response":{"id":"m1","usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}}})",
         R"({"Response":{"ChatResponse":{"id":"m1","usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}},"Error":null})",
         R"({"response":{"id":"m1","usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}})"}) {
        const auto outcome = read_short_circuit(document.read(returned));
        ASSERT_TRUE(outcome) << returned;
        const auto& response = std::get<llm::ChatResponse>(*outcome);
        EXPECT_EQ(
            response.body,
            R"({"id":"m1","usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}})");
        EXPECT_EQ(response.usage.total_tokens, 3U);
    }
}

TEST(ShortCircuit, ReadsAnError) {
    JsonDocument document;
    const auto outcome = read_short_circuit(document.read(
        R"({"error":{"error":{"message":"slow down","type":"rate_limit","code":429},"status_code":429,"allow_fallbacks":false}})"));
    ASSERT_TRUE(outcome);
    const auto& error = std::get<llm::ApiError>(*outcome);
    EXPECT_EQ(error.status, 429);
    EXPECT_EQ(error.message, "slow down");
    EXPECT_EQ(error.type, "rate_limit");
    EXPECT_EQ(error.code, "429");
    EXPECT_FALSE(error.allow_fallbacks);
}

TEST(ShortCircuit, IsNoneWithNeither) {
    JsonDocument document;
    for (const auto* returned : {"{}", "null", R"({"response":{},"error":{}})",
                                 R"({"response":null})", R"({"response":{"chat_response":null}})"})
        EXPECT_FALSE(read_short_circuit(document.read(returned))) << returned;
}

TEST(ApiErrorCodec, ReadsTheStatusRules) {
    JsonDocument document;
    const auto status = [&](std::string_view json) {
        return read_api_error(document.read(json)).status;
    };
    EXPECT_EQ(status(R"({"status_code":404})"), 404);
    EXPECT_EQ(status(R"({"is_bifrost_error":false})"), 400);
    EXPECT_EQ(status(R"({"is_bifrost_error":true})"), 500);
    EXPECT_EQ(status(R"({"status_code":200})"), 500);
    EXPECT_EQ(read_api_error(document.read(R"({"message":"flat"})")).message, "flat");
    EXPECT_EQ(read_api_error(document.read(R"("text")")).message, "text");
    EXPECT_EQ(read_api_error(document.read(R"({"error":{"error":"inner"}})")).message, "inner");
    EXPECT_TRUE(read_api_error(document.read("{}")).allow_fallbacks);
    EXPECT_FALSE(read_api_error(document.read(R"({"AllowFallbacks":false})")).allow_fallbacks);
}

class PostCodecTest : public testing::Test {
  protected:
    OutcomeChange apply(std::string_view answer) {
        std::string sent;
        if (const auto* error = std::get_if<llm::ApiError>(&outcome_)) sent = llm::to_json(*error);
        return apply_post(hooks::read_answer(hooks::Phase::post, answer, document_), sent, scratch_,
                          outcome_);
    }
    const std::string& body() { return std::get<llm::ChatResponse>(outcome_).body; }
    const llm::ApiError& error() { return std::get<llm::ApiError>(outcome_); }

    llm::Outcome outcome_ = llm::ChatResponse{
        .body =
            R"({"id": "1", "choices":[{"index":0,"message":{"role":"assistant","content":"a@b.c","tool_calls":[]}}]})"};
    const llm::ApiError slow_{
        .status = 429, .message = "slow", .body = R"({"error":{"message":"slow"}})"};
    JsonDocument document_;
    JsonDocument scratch_;
};

TEST_F(PostCodecTest, LeavesAResponseThatSaysTheSameByteForByte) {
    const std::string before = body();
    for (
        const auto* answer :
        {"{}", R"({"response":null,"error":null,"has_error":false})",
         R"({"response":{},"error":{},"has_error":false})",
         R"({"response":{"chat_response":{"choices":[{"message":{"content":"a@b.c","role":"assistant"},"index":0}],"id":"1"}},"has_error":false})",
         R"({"response":{"chat_response":{"id":"2"}},"has_error":true,"error":{}})"}) {
        EXPECT_EQ(apply(answer), OutcomeChange::none) << answer;
        EXPECT_EQ(body(), before);
    }
}

TEST_F(PostCodecTest, LaysAPartialResponseOverTheWhole) {
    EXPECT_EQ(
        apply(
            R"({"response":{"ChatResponse":{"choices":[{"index":0,"message":{"content":"***"}}]}},"has_error":false})"),
        OutcomeChange::applied);
    EXPECT_EQ(
        body(),
        R"({"id":"1","choices":[{"index":0,"message":{"role":"assistant","content":"***","tool_calls":[]}}]})");
}

TEST_F(PostCodecTest, InvalidatesAResponse) {
    EXPECT_EQ(
        apply(
            R"({"response":null,"error":{"error":{"message":"bad words"},"status_code":451},"has_error":true})"),
        OutcomeChange::applied);
    EXPECT_EQ(error().status, 451);
    EXPECT_EQ(error().message, "bad words");
}

TEST_F(PostCodecTest, RecoversFromAnError) {
    outcome_ = slow_;
    EXPECT_EQ(apply(R"({"response":{"chat_response":{"id":"r"}},"error":{},"has_error":false})"),
              OutcomeChange::applied);
    EXPECT_EQ(body(), R"({"id":"r"})");
}

TEST_F(PostCodecTest, TakesAPassThroughOfAnErrorForNoRecovery) {
    outcome_ = slow_;
    for (const auto* answer : {R"({"response":null,"error":null,"has_error":false})",
                               R"({"response":{},"has_error":false})",
                               R"({"response":{"chat_response":null},"has_error":false})", "{}"}) {
        EXPECT_EQ(apply(answer), OutcomeChange::none) << answer;
        EXPECT_EQ(error().body, slow_.body);
    }
}

TEST_F(PostCodecTest, KeepsAnErrorThatIsReturnedAsItWas) {
    outcome_ = slow_;
    EXPECT_EQ(apply("{\"has_error\":true,\"error\":" + llm::to_json(slow_) + "}"),
              OutcomeChange::none);
    EXPECT_EQ(apply(R"({"has_error":true,"error":{"error":{"message":"slow"}}})"),
              OutcomeChange::none);
    EXPECT_EQ(error().body, slow_.body);
    EXPECT_EQ(apply(R"({"has_error":true,"error":{"error":{"message":"later"}}})"),
              OutcomeChange::applied);
    EXPECT_EQ(error().message, "later");
    EXPECT_EQ(error().status, 429);
    EXPECT_EQ(error().body, "");
}

}  // namespace
}  // namespace sluice::gateway
