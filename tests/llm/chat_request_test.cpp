#include "llm/chat_request.hpp"

#include "expect_error.hpp"
#include "padded.hpp"

namespace sluice::llm {
namespace {

using testing::HasSubstr;

std::string refusal(std::string_view text) {
    const tests::Padded body(text);
    ChatRequestReader reader;
    ChatRequestView view;
    try {
        reader.read(body.view(), view);
    } catch (const Error& error) {
        EXPECT_EQ(static_cast<int>(error.code()), static_cast<int>(ErrorCode::invalid_input));
        return error.what();
    }
    return "";
}

TEST(ChatRequestReader, FindsWhatTheGatewayLooksAtInAnyOrder) {
    const tests::Padded body(
        " { \"stream\" : true , \"temperature\":1.50,\n"
        "\"stream_options\": {\"include_obfuscation\":false, \"include_usage\": true } ,\n"
        "\"messages\" : [ {\"role\":\"user\",\"content\":\"a ] }\"} ] ,\n"
        "\"fallbacks\":[\"openai/gpt-4o\"], \"model\" : \"mock/echo\" } ");
    ChatRequestReader reader;
    ChatRequestView view;
    reader.read(body.view(), view);

    EXPECT_EQ(view.model, "mock/echo");
    EXPECT_EQ(view.model_slice, "\"mock/echo\"");
    EXPECT_TRUE(view.stream);
    EXPECT_TRUE(view.include_usage);
    EXPECT_EQ(view.messages_slice, R"([ {"role":"user","content":"a ] }"} ])");
    EXPECT_EQ(view.fallbacks_slice, R"(["openai/gpt-4o"])");
    ASSERT_EQ(view.members.size(), 6U);
    EXPECT_EQ(view.members[1].key, "temperature");
    EXPECT_EQ(view.members[1].value, "1.50");
    EXPECT_EQ(view.members[2].value, R"({"include_obfuscation":false, "include_usage": true })");
    EXPECT_EQ(view.members[5].key, "model");
}

TEST(ChatRequestReader, ForgetsTheRequestBefore) {
    const tests::Padded first(
        R"({"model":"a","messages":[1],"stream":true,"fallbacks":[],"stream_options":{"include_usage":true}})");
    const tests::Padded second(R"({"model":"b","messages":[2]})");
    ChatRequestReader reader;
    ChatRequestView view;
    reader.read(first.view(), view);
    reader.read(second.view(), view);

    EXPECT_EQ(view.model, "b");
    EXPECT_FALSE(view.stream);
    EXPECT_FALSE(view.include_usage);
    EXPECT_EQ(view.messages_slice, "[2]");
    EXPECT_TRUE(view.fallbacks_slice.empty());
    EXPECT_EQ(view.members.size(), 2U);
}

TEST(ChatRequestReader, UnescapesKeysAndTheModel) {
    const tests::Padded body(R"({"m\u006fdel":"openai\/gpt-4\u00f6","messages":[{}],"\"":"\\"})");
    ChatRequestReader reader;
    ChatRequestView view;
    reader.read(body.view(), view);

    EXPECT_EQ(view.model, "openai/gpt-4ö");
    EXPECT_EQ(view.model_slice, R"("openai\/gpt-4\u00f6")");
    EXPECT_EQ(view.members[0].key, R"(m\u006fdel)");
    EXPECT_EQ(view.members[2].key, R"(\")");
    EXPECT_EQ(view.members[2].value, R"("\\")");
}

TEST(ChatRequestReader, KeepsAViewsModelWhenTheNextRequestIsRead) {
    const tests::Padded first(R"({"model":"one\u0021","messages":[1]})");
    const tests::Padded second(R"({"model":"two\u0021","messages":[1]})");
    ChatRequestReader reader;
    ChatRequestView one;
    ChatRequestView two;
    reader.read(first.view(), one);
    reader.read(second.view(), two);
    EXPECT_EQ(one.model, "one!");
}

TEST(ChatRequestReader, TakesNullForAnOptionThatIsNotWanted) {
    const tests::Padded body(
        R"({"model":"a","messages":[{}],"stream":null,"stream_options":null})");
    ChatRequestReader reader;
    ChatRequestView view;
    reader.read(body.view(), view);
    EXPECT_FALSE(view.stream);
    EXPECT_EQ(view.members[3].value, "null");
}

TEST(ChatRequestReader, SaysWhatIsMissingOrWrong) {
    EXPECT_EQ(refusal(R"({"model":"a"})"), "messages is required for chat completion");
    EXPECT_EQ(refusal(R"({"model":"a","messages":[ ]})"),
              "messages is required for chat completion");
    EXPECT_EQ(refusal(R"({"model":"a","messages":null})"),
              "messages is required for chat completion");
    EXPECT_EQ(refusal(R"({"model":"a","messages":{}})"), "messages must be a list");
    EXPECT_EQ(refusal(R"({"messages":[{}]})"), "model is required");
    EXPECT_EQ(refusal(R"({"model":"","messages":[{}]})"), "model is required");
    EXPECT_EQ(refusal(R"({"model":7,"messages":[{}]})"), "model must be a text");
    EXPECT_EQ(refusal(R"({"model":"a","messages":[{}],"stream":"yes"})"),
              "stream must be true or false");
    EXPECT_EQ(refusal(R"({"model":"a","messages":[{}],"stream_options":[]})"),
              "stream_options must be an object");
    EXPECT_EQ(refusal(R"({"model":"a","messages":[{}],"stream_options":{"include_usage":1}})"),
              "stream_options.include_usage must be true or false");
}

TEST(ChatRequestReader, RefusesAModelThatStandsTwiceHoweverItIsSpelled) {
    EXPECT_EQ(refusal(R"({"model":"a","messages":[{}],"model":"b"})"),
              "model stands in the request twice");
    EXPECT_EQ(refusal(R"({"model":"a","messages":[{}],"mod\u0065l":"b"})"),
              R"(mod\u0065l stands in the request twice)");
}

TEST(ChatRequestReader, RefusesWhatIsNotOneJsonObject) {
    for (const char* text :
         {"", " ", "[]", "7", "\"x\"", "null", "{", "{\"model\"",
          "{\"model\":", R"({"model":"a","messages":[{}]}})", R"({"model":"a","messages":[{}]} 7})",
          R"({"model":"a","messages":[{}])", R"({"model":"a" "messages":[{}]})",
          R"({"model":"a","messages":[{})", R"({"model":"a","messages":[{}],})",
          // A string with a colon on either side: the parser must not take it for a key.
          R"({"model":"a","s":"x":true,"o":[0]},"messages":[1]})",
          R"({"messages":[1],"model":"a","s":"x":true},"t":[2]})",
          R"({"model":"a","messages":[1],"stream_options":{"a":"b":[2]},"":"c":"d":1]},"":"b"})",
          "{\"model\":\"a\xFF\",\"messages\":[{}]}", R"({"model":"\q","messages":[{}]})"})
        EXPECT_THAT(refusal(text), HasSubstr("invalid request format: ")) << text;
}

TEST(ChatRequestReader, SurvivesEveryCutOfARequest) {
    const std::string text =
        R"({"model":"a","messages":[{"role":"user","content":"x\"y"}],"stream":true,)"
        R"("stream_options":{"include_usage":true},"n":1})";
    EXPECT_EQ(refusal(text), "");
    for (std::size_t cut = 0; cut < text.size(); ++cut)
        EXPECT_NE(refusal(text.substr(0, cut)), "") << "cut at " << cut;
}

TEST(ChatRequestReader, ReadsALargeBodyAndThenASmallOne) {
    std::string text = R"({"messages":[{"content":")" + std::string(6 << 20, 'x');
    text += R"("}],"model":"a"})";
    const tests::Padded large(text);
    const tests::Padded small(R"({"model":"b","messages":[{}]})");
    ChatRequestReader reader;
    ChatRequestView view;
    reader.read(large.view(), view);
    EXPECT_EQ(view.model, "a");
    EXPECT_GT(view.messages_slice.size(), 6U << 20);
    reader.read(small.view(), view);
    EXPECT_EQ(view.model, "b");
}

TEST(ChatRequestReader, SurvivesDeepNesting) {
    const std::string open(100'000, '[');
    EXPECT_NE(refusal(R"({"model":"a","messages":)" + open), "");
    const std::string close(100'000, ']');
    EXPECT_EQ(refusal(R"({"model":"a","messages":)" + open + close + "}"), "");
}

TEST(SplitModel, SplitsAtTheFirstSlashOfAKnownProvider) {
    const std::vector<std::string> known{"openai", "mock"};
    EXPECT_EQ(split_model("openai/gpt-4o", known).provider, "openai");
    EXPECT_EQ(split_model("openai/gpt-4o", known).model, "gpt-4o");
    EXPECT_EQ(split_model("openai/org/m", known).model, "org/m");
    EXPECT_EQ(split_model("meta-llama/Llama-3", known).provider, "");
    EXPECT_EQ(split_model("meta-llama/Llama-3", known).model, "meta-llama/Llama-3");
    EXPECT_EQ(split_model("gpt-4o", known).model, "gpt-4o");
    EXPECT_EQ(split_model("", known).model, "");
    EXPECT_EQ(split_model("openai/", known).model, "");
}

}  // namespace
}  // namespace sluice::llm
