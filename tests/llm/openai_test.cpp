#include "llm/openai/answer.hpp"
#include "llm/openai/request.hpp"

#include "padded.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::llm::openai {
namespace {

std::string sent(std::string_view client, std::string_view model) {
    const tests::Padded body(client);
    ChatRequestReader reader;
    ChatRequestView view;
    reader.read(body.view(), view);
    std::string scratch;
    const BodySlices slices = upstream_body(view, model, scratch);
    EXPECT_EQ(slices.bytes(), slices.joined().size());
    return slices.joined();
}

TEST(UpstreamBody, CutsTheProvidersPrefixAndKeepsEveryOtherByte) {
    EXPECT_EQ(sent(R"( {"n" : 1.0, "model" : "openai/gpt-4o" ,"messages":[ {} ]} )", "gpt-4o"),
              R"( {"n" : 1.0, "model" : "gpt-4o" ,"messages":[ {} ]} )");
    EXPECT_EQ(sent(R"({"model":"gpt-4o","messages":[{}]})", "gpt-4o"),
              R"({"model":"gpt-4o","messages":[{}]})");
}

TEST(UpstreamBody, WritesAnotherModelWhereThePlugInsChoseOne) {
    EXPECT_EQ(sent(R"({"model":"openai/gpt-4o","messages":[{}]})", "o\"3"),
              R"({"model":"o\"3","messages":[{}]})");
    EXPECT_EQ(sent(R"({"model":"openai\/gpt-4o","messages":[{}]})", "gpt-4o"),
              R"({"model":"gpt-4o","messages":[{}]})");
}

TEST(UpstreamBody, LeavesOutFallbacksWhereverTheyStand) {
    EXPECT_EQ(sent(R"({"fallbacks":["a/b"] , "model":"x/m","messages":[{}]})", "m"),
              R"({ "model":"m","messages":[{}]})");
    EXPECT_EQ(sent(R"({"model":"x/m" , "fallbacks" : ["a/b"],"messages":[{}]})", "m"),
              R"({"model":"m" ,"messages":[{}]})");
    EXPECT_EQ(sent(R"({"model":"x/m","messages":[{}],"fallbacks":null})", "m"),
              R"({"model":"m","messages":[{}]})");
    EXPECT_EQ(sent(R"({"messages":[{}],"fallbacks":[],"model":"x/m"})", "m"),
              R"({"messages":[{}],"model":"m"})");
}

TEST(EndpointPath, PutsTheVersionWhereTheBaseUrlHasNone) {
    EXPECT_EQ(endpoint_path("", "chat/completions"), "/v1/chat/completions");
    EXPECT_EQ(endpoint_path("/", "models"), "/v1/models");
    EXPECT_EQ(endpoint_path("/v1", "chat/completions"), "/v1/chat/completions");
    EXPECT_EQ(endpoint_path("/openai/v1/", "chat/completions"), "/openai/v1/chat/completions");
    EXPECT_EQ(endpoint_path("/v1beta/openai", "models"), "/v1beta/openai/models");
    EXPECT_EQ(endpoint_path("/proxy", "models"), "/proxy/v1/models");
    EXPECT_EQ(endpoint_path("/value", "models"), "/value/v1/models");
}

TEST(Authorization, IsEmptyWithoutAKey) {
    EXPECT_EQ(authorization("sk-1"), "Bearer sk-1");
    EXPECT_EQ(authorization(""), "");
}

AnswerFacts facts_of(std::string_view text) {
    const tests::Padded json(text);
    return AnswerReader().read(json.view());
}

TEST(AnswerReader, FindsUsageAndFinishReasonOfAUnaryAnswer) {
    const AnswerFacts facts = facts_of(
        R"({"id":"x","choices":[{"index":0,"message":{"role":"assistant","content":"\"usage\":1"},)"
        R"("finish_reason":"length"},{"index":1,"finish_reason":"stop"}],)"
        R"("usage":{"prompt_tokens":4,"completion_tokens":1,"total_tokens":5,)"
        R"("prompt_tokens_details":{"cached_tokens":2}}})");
    EXPECT_TRUE(facts.is_json);
    EXPECT_FALSE(facts.has_error);
    EXPECT_EQ(facts.finish_reason, "length");
    ASSERT_TRUE(facts.usage.has_value());
    EXPECT_EQ(facts.usage->prompt_tokens, 4U);
    EXPECT_EQ(facts.usage->completion_tokens, 1U);
    EXPECT_EQ(facts.usage->total_tokens, 5U);
}

TEST(AnswerReader, FindsThemInTheEventsOfAStream) {
    const auto word =
        facts_of(R"({"choices":[{"delta":{"content":"a"},"finish_reason":null}],"usage":null})");
    EXPECT_TRUE(word.is_json);
    EXPECT_EQ(word.finish_reason, "");
    EXPECT_FALSE(word.usage.has_value());
    EXPECT_EQ(facts_of(R"({"choices":[{"delta":{},"finish_reason":"stop"}]})").finish_reason,
              "stop");
    EXPECT_EQ(facts_of(R"({"choices":[],"usage":{"total_tokens":9}})").usage->total_tokens, 9U);
    EXPECT_TRUE(facts_of("[DONE]").is_json);
}

TEST(AnswerReader, SeesAnErrorInTheMiddleOfAStream) {
    EXPECT_TRUE(facts_of(R"({"error":{"message":"overloaded"}})").has_error);
    EXPECT_TRUE(facts_of(R"({"error":"overloaded"})").has_error);
    EXPECT_FALSE(facts_of(R"({"error":null,"choices":[]})").has_error);
}

TEST(AnswerReader, SaysWhenAnAnswerIsNoJsonAndSurvivesEveryCut) {
    EXPECT_FALSE(facts_of("").is_json);
    EXPECT_FALSE(facts_of("<html>").is_json);
    EXPECT_FALSE(facts_of("[1]").is_json);
    const std::string whole =
        R"({"choices":[{"message":{"content":"a"},"finish_reason":"stop"}],"usage":{"total_tokens":2}})";
    EXPECT_TRUE(facts_of(whole).is_json);
    for (std::size_t cut = 0; cut < whole.size(); ++cut)
        EXPECT_FALSE(facts_of(whole.substr(0, cut)).is_json) << "cut at " << cut;
}

TEST(AnswerReader, TakesOddTypesForAbsent) {
    const AnswerFacts facts =
        facts_of(R"({"choices":{"a":1},"usage":{"prompt_tokens":-1,"total_tokens":"9"}})");
    EXPECT_TRUE(facts.is_json);
    EXPECT_EQ(facts.usage->prompt_tokens, 0U);
    EXPECT_EQ(facts.usage->total_tokens, 0U);
    EXPECT_EQ(facts_of(R"({"choices":[7,{"finish_reason":"stop"}],"usage":[]})").finish_reason, "");
}

TEST(AnswerReader, CollectsTheTextOfTheFirstChoice) {
    AnswerReader reader;
    std::string text;
    const tests::Padded first(R"({"choices":[{"delta":{"role":"assistant","content":"a\n"}}]})");
    const tests::Padded second(
        R"({"choices":[{"delta":{"content":"b"}},{"delta":{"content":"c"}}]})");
    const tests::Padded third(R"({"choices":[{"message":{"content":null}}]})");
    const tests::Padded done("[DONE]");
    for (const auto* each : {&first, &second, &third, &done}) reader.read(each->view(), &text);
    EXPECT_EQ(text, "a\nb");
}

TEST(AnswerReader, KeepsAProvidersOwnErrorBody) {
    constexpr std::string_view body =
        R"({"error": {"message":"Slow \"down\"","type":"requests","param":null,"code":"rate_limit_exceeded"}})";
    const ApiError error = AnswerReader().read_error(429, body, std::chrono::seconds(3));
    EXPECT_EQ(error.status, 429);
    EXPECT_EQ(error.message, "Slow \"down\"");
    EXPECT_EQ(error.type, "requests");
    EXPECT_EQ(error.code, "rate_limit_exceeded");
    EXPECT_EQ(error.param, "");
    EXPECT_EQ(error.body, body);
    EXPECT_EQ(error.retry_after, std::chrono::seconds(3));
    EXPECT_FALSE(error.is_bifrost_error);
}

TEST(AnswerReader, MakesAnErrorOfAnyOtherBody) {
    const ApiError html = AnswerReader().read_error(502, "<html>Bad gateway</html>");
    EXPECT_EQ(html.message, "the provider answered 502: <html>Bad gateway</html>");
    EXPECT_EQ(html.type, "server_error");
    EXPECT_EQ(html.body, "");
    EXPECT_EQ(AnswerReader().read_error(401, "").message,
              "the provider answered 401 without a body");
    EXPECT_EQ(AnswerReader().read_error(400, R"({"error":"no such model"})").message,
              "no such model");
    EXPECT_EQ(AnswerReader().read_error(400, R"({"error":"no such model"})").body, "");
    EXPECT_EQ(AnswerReader().read_error(400, R"({"error":{"message":"x","code":1113}})").code,
              "1113");
}

}  // namespace
}  // namespace sluice::llm::openai
