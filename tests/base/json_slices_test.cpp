#include "base/json_slices.hpp"
#include "base/json_text.hpp"

#include "expect_error.hpp"

#include <string>

namespace sluice {
namespace {

using testing::StartsWith;

constexpr std::string_view sample =
    R"( {"id" : "c1","n":-1.50e+3, "list":[1,"two",null,{"deep":[[]]},true ],"empty":{}, "é\u0041\n":"\ud83d\ude00"} )";

TEST(JsonSlices, KeepsTheSpellingOfEveryValue) {
    JsonDocument document;
    const JsonSlice root = document.read(sample);
    EXPECT_TRUE(root.is(JsonKind::object));
    EXPECT_EQ(root.size(), 5U);
    EXPECT_EQ(root.find("n").text(), "-1.50e+3");
    EXPECT_EQ(root.find("list").text(), R"([1,"two",null,{"deep":[[]]},true ])");
    EXPECT_EQ(root.find("list").size(), 5U);
    EXPECT_EQ(root.find("empty").text(), "{}");
    EXPECT_FALSE(root.find("missing"));
    EXPECT_EQ(root.text(), sample.substr(1, sample.size() - 2));
}

TEST(JsonSlices, WalksMembersAndElementsInTheirOrder) {
    JsonDocument document;
    const JsonSlice root = document.read(sample);
    std::string seen;
    for (const auto [key, value] : root.members()) seen += key.string() + "|";
    for (const JsonSlice element : root.find("list").elements()) seen += element.text();
    EXPECT_EQ(seen, "id|n|list|empty|éA\n|1\"two\"null{\"deep\":[[]]}true");
    for ([[maybe_unused]] const JsonSlice element : root.elements()) ADD_FAILURE();
}

TEST(JsonSlices, UnescapesStringsAndFindsEscapedKeys) {
    JsonDocument document;
    const JsonSlice root = document.read(sample);
    EXPECT_EQ(root.find("éA\n").string(), "😀");
    EXPECT_EQ(root.find("id").plain_string(), "c1");
    EXPECT_EQ(root.find("éA\n").plain_string(), std::nullopt);
    EXPECT_TRUE(root.find("id").says("c1"));
    EXPECT_EQ(document.read(R"("a\ud800b\"\\\/\b\f\r\t")").string(),
              "a\xEF\xBF\xBD"
              "b\"\\/\b\f\r\t");
}

TEST(JsonSlices, ReadsWholeNumbersHoweverTheyAreSpelled) {
    JsonDocument document;
    for (const auto* three : {"3", "3.0", "3e0", "0.3e1"})
        EXPECT_EQ(document.read(three).whole(), 3);
    for (const auto* other : {"3.5", "\"3\"", "1e40", "null"})
        EXPECT_EQ(document.read(other).whole(), std::nullopt) << other;
    EXPECT_EQ(document.read("-9223372036854775808").whole(), INT64_MIN);
}

TEST(JsonSlices, RefusesATextCutAtAnyByte) {
    JsonDocument document;
    const std::string_view whole = sample.substr(0, sample.size() - 1);
    for (std::size_t cut = 0; cut < whole.size(); ++cut)
        EXPECT_ERROR_SAYING(document.read(whole.substr(0, cut)), ErrorCode::invalid_input,
                            StartsWith("invalid JSON"));
    EXPECT_NO_THROW(document.read(whole));
}

TEST(JsonSlices, RefusesWhatTheGrammarForbids) {
    JsonDocument document;
    for (const auto* text :
         {"",           " ",        "{",       "}",           "[1,]",      "[,1]",
          "{\"a\":1,}", "{\"a\"}",  "{a:1}",   "[1}",         "{\"a\":1]", "01",
          "1.",         ".5",       "+1",      "1e",          "-",         "tru",
          "nul",        "True",     "\"\\x\"", "\"\\u12g4\"", "\"\n\"",    "1 2",
          "{} {}",      "\"\x80\"", "[1]]",    "NaN",         "'a'",       "{\"a\":1 \"b\":2}",
          "[1 2]"})
        EXPECT_ERROR(document.read(text), ErrorCode::invalid_input);
}

TEST(JsonSlices, BoundsDepth) {
    JsonDocument document;
    const auto nested = [](std::size_t depth) {
        return std::string(depth, '[') + std::string(depth, ']');
    };
    EXPECT_NO_THROW(document.read(nested(JsonDocument::max_depth)));
    EXPECT_ERROR(document.read(nested(JsonDocument::max_depth + 1)), ErrorCode::invalid_input);
}

TEST(JsonSlices, NamesTheByteAtFault) {
    JsonDocument document;
    EXPECT_ERROR_SAYING(document.read(R"({"a":1,"b"=2})"), ErrorCode::invalid_input,
                        StartsWith("invalid JSON at byte 10: expected :"));
}

TEST(JsonSlices, ComparesStringsByWhatTheySay) {
    JsonDocument document;
    const JsonSlice list = document.read(R"(["aA","a\u0041","ab",1])");
    auto at = list.elements().begin();
    const JsonSlice plain = *at;
    const JsonSlice escaped = *++at;
    const JsonSlice other = *++at;
    const JsonSlice number = *++at;
    EXPECT_TRUE(same_string(plain, escaped));
    EXPECT_TRUE(same_string(escaped, plain));
    EXPECT_TRUE(same_string(escaped, escaped));
    EXPECT_FALSE(same_string(plain, other));
    EXPECT_FALSE(same_string(plain, number));
    EXPECT_FALSE(same_string(number, escaped));
}

TEST(JsonSlices, ReadsBackWhatJsonTextWrote) {
    JsonDocument document;
    std::string text;
    for (int c = 1; c < 128; ++c) {
        text.push_back(static_cast<char>(c));
        EXPECT_EQ(document.read(json_text(text)).string(), text);
    }
}

}  // namespace
}  // namespace sluice
