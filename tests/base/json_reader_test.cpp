#include "base/json_reader.hpp"

#include "base/json_spots.hpp"
#include "expect_error.hpp"

namespace sluice {
namespace {

/// What a reader of one plug-in's settings says to `text`; empty when it is content.
std::string refusal(std::string_view text) {
    try {
        JsonFile document("config.json", text);
        JsonReader json = document.root();
        json.each("plugins", [](JsonReader item) {
            item.text("name");
            item.text("path", "");
            item.flag("enabled", true);
            item.whole("timeout_ms", 1'000, 1, 60'000);
            item.number("share", 0.5, 0, 1);
            item.choice("placement", {"post", "pre"});
            item.texts("tags");
            item.text_map("headers");
            item.raw("config");
            item.refuse_all({"version"}, "is not supported yet");
            item.finish();
        });
        json.finish();
        document.finish();
    } catch (const Error& error) {
        EXPECT_EQ(static_cast<int>(error.code()), static_cast<int>(ErrorCode::invalid_input));
        return error.what();
    }
    return "";
}

TEST(JsonReader, NamesTheFileTheLineThePathAndTheValueThatIsWrong) {
    EXPECT_EQ(refusal(R"({"plugins": [{"name": "a", "timeout_ms": "5s"}]})"),
              "config.json:1: plugins[0].timeout_ms: must be a whole number from 1 to 60000, not "
              "\"5s\"");
    EXPECT_EQ(refusal("{\n \"plugins\": [\n  {\"name\": 7}\n ]\n}"),
              "config.json:3: plugins[0].name: must be a text, not 7");
}

TEST(JsonReader, ReportsEveryProblemAtOnceInTheOrderOfTheText) {
    EXPECT_EQ(
        refusal(R"({
  "plugins": [
    {"enabled": "yes", "share": 2},
    {"name": "b", "placement": "middle",
     "tags": ["x", 1], "headers": {"A": true},
     "version": 3}
  ],
  "surplus": {}
})"),
        "config.json:3: plugins[0]: needs \"name\"\n"
        "config.json:3: plugins[0].enabled: must be true or false, not \"yes\"\n"
        "config.json:3: plugins[0].share: must be a number from 0 to 1, not 2\n"
        "config.json:4: plugins[1].placement: must be one of \"post\", \"pre\", not \"middle\"\n"
        "config.json:5: plugins[1].tags[1]: must be a text, not 1\n"
        "config.json:5: plugins[1].headers.A: must be a text, not true\n"
        "config.json:6: plugins[1].version: is not supported yet\n"
        "config.json:8: surplus: unknown key; known here: plugins");
}

TEST(JsonReader, HintsAtTheNearestKnownKey) {
    EXPECT_EQ(refusal(R"({"plugin": []})"),
              "config.json:1: plugin: unknown key; did you mean \"plugins\"?");
    EXPECT_EQ(refusal(R"({"plugins": [{"name": "a", "timeoutms": 5}]})"),
              "config.json:1: plugins[0].timeoutms: unknown key; did you mean \"timeout_ms\"?");
}

TEST(JsonReader, RefusesAKeyThatStandsTwice) {
    EXPECT_EQ(refusal("{\"plugins\": [\n{\"name\": \"a\",\n\"na\\u006de\": \"b\"}]}"),
              "config.json:3: plugins[0].name: stands here for the second time");
}

TEST(JsonReader, LetsNoKeyEndALineOrSteerATerminal) {
    const std::string message =
        refusal("{\"plugins\": [{\"name\": \"a\", \"x\\ny\\u001b[31m\": 1}]}");
    EXPECT_THAT(message,
                testing::StartsWith(R"(config.json:1: plugins[0].x\u000ay\u001b[31m: unknown)"));
    EXPECT_EQ(message.find_first_of("\n\x1b"), std::string::npos);
}

TEST(JsonReader, SeesNoRepetitionInKeysWithDots) {
    JsonFile document("f", R"({"a.b": 1, "a": {"b": 2}})");
    EXPECT_NO_THROW(document.finish());
}

TEST(JsonReader, RefusesWhatIsNoObjectOrNoList) {
    EXPECT_EQ(refusal("[]"), "config.json:1: must be an object, not a list");
    EXPECT_EQ(refusal(R"({"plugins": {}})"),
              "config.json:1: plugins: must be a list, not an object");
    EXPECT_EQ(refusal(R"({"plugins": [null]})"),
              "config.json:1: plugins[0]: must be an object, not null");
}

TEST(JsonReader, SaysWhereTheTextIsNoJson) {
    EXPECT_EQ(refusal("{\n  \"plugins\": [,]\n}"),
              "config.json:2:15: not valid JSON: syntax error");
    EXPECT_EQ(refusal(""), "config.json:1:1: not valid JSON: incomplete JSON");
    EXPECT_EQ(refusal("{} x"), "config.json:1:4: not valid JSON: extra data");
    EXPECT_EQ(refusal("{} \n"), "");
}

TEST(JsonReader, ShortensLongValuesBetweenCharacters) {
    std::string long_text;
    for (int i = 0; i < 100; ++i) long_text += "ü";
    const std::string message =
        refusal(R"({"plugins": [{"name": "a", "share": ")" + long_text + "\"}]}");
    EXPECT_THAT(message, testing::EndsWith("üüü..."));
    EXPECT_LT(message.size(), 160U);
}

TEST(JsonReader, NeverShowsASecret) {
    JsonFile document("f", R"({"key": 12345, "other": "x"})");
    JsonReader json = document.root();
    EXPECT_EQ(json.secret("key"), "");
    EXPECT_EQ(json.secret("other"), "x");
    json.finish();
    EXPECT_ERROR_SAYING(document.finish(), ErrorCode::invalid_input,
                        testing::StrEq("f:1: key: must be a text"));
}

TEST(JsonReader, ShowsNothingOfWhatStandsInThePlaceOfAnObjectOrAList) {
    EXPECT_EQ(refusal(R"({"plugins": ["sk-secret"]})"),
              "config.json:1: plugins[0]: must be an object, not a text");
    EXPECT_EQ(refusal(R"({"plugins": [{"name": {"key": "sk-secret"}}]})"),
              "config.json:1: plugins[0].name: must be a text, not an object");
}

TEST(JsonReader, TakesAWholeNumberThatIsSpelledWithAFraction) {
    EXPECT_EQ(refusal(R"({"plugins": [{"name": "a", "timeout_ms": 5.0}]})"), "");
    EXPECT_THAT(refusal(R"({"plugins": [{"name": "a", "timeout_ms": 5.5}]})"),
                testing::HasSubstr("must be a whole number"));
    EXPECT_THAT(refusal(R"({"plugins": [{"name": "a", "timeout_ms": 1e300}]})"),
                testing::HasSubstr("must be a whole number"));
}

TEST(JsonReader, GivesValuesAndFallbacks) {
    JsonFile document("f", R"({"t": "x", "n": 0.25, "w": 3, "b": false,
        "l": ["p", "q"], "m": {"k": "v"}, "c": "two"})");
    JsonReader json = document.root();
    EXPECT_EQ(json.text("t"), "x");
    EXPECT_EQ(json.text("none", "fallback"), "fallback");
    EXPECT_EQ(json.number("n", 1, 0, 1), 0.25);
    EXPECT_EQ(json.whole("w", 1, 0, 9), 3);
    EXPECT_FALSE(json.flag("b", true));
    EXPECT_EQ(json.choice("c", {"one", "two"}), "two");
    EXPECT_EQ(json.texts("l"), (std::vector<std::string>{"p", "q"}));
    EXPECT_EQ(json.text_map("m"), (std::vector<std::pair<std::string, std::string>>{{"k", "v"}}));
    json.finish();
    EXPECT_NO_THROW(document.finish());
}

TEST(JsonReader, KeepsRawBytesAndReplacesOnlyTheTextsItIsToldTo) {
    JsonFile document("f", R"({"config": {"b": 1.50, "a": ["env.X", "y\u0021"], "env.X": "z"}})");
    JsonReader json = document.root();
    EXPECT_EQ(json.raw("config"), R"({"b": 1.50, "a": ["env.X", "y\u0021"], "env.X": "z"})");

    std::string seen;
    const auto replaced = json.raw(
        "config", [&](std::string_view text, std::string_view path) -> std::optional<std::string> {
            if (text != "env.X") return std::nullopt;
            seen = path;
            return "se\"cret";
        });
    EXPECT_EQ(replaced, R"({"b": 1.50, "a": ["se\"cret", "y\u0021"], "env.X": "z"})");
    EXPECT_EQ(seen, "config.a[0]");
    EXPECT_EQ(json.raw("none"), std::nullopt);
}

TEST(NearestWord, WantsMoreThanAFewLettersInCommon) {
    const std::vector<std::string> known{"host", "port", "threads"};
    EXPECT_EQ(nearest_word("prot", known), "");
    EXPECT_EQ(nearest_word("ports", known), "port");
    EXPECT_EQ(nearest_word("thread", known), "threads");
    EXPECT_EQ(nearest_word("zzz", known), "");
}

TEST(JsonSpots, FindsEveryValueInAnyLayout) {
    const std::string text = "{\"a\" : [ 1 ,{\"b\":\"x\\\"]\"} ], \"c\":null }";
    const JsonSpots spots = find_spots(text);
    const auto at = [&](const char* path) {
        const JsonSpot spot = spots.by_path.at(path);
        return text.substr(spot.begin, spot.end - spot.begin);
    };
    EXPECT_EQ(at(""), text);
    EXPECT_EQ(at("a[0]"), "1");
    EXPECT_EQ(at("a[1].b"), "\"x\\\"]\"");
    EXPECT_EQ(at("c"), "null");
}

}  // namespace
}  // namespace sluice
