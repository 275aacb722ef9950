#include "hooks/json_overlay.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace sluice::hooks {
namespace {

/// The overlaid text, or "(unchanged)".
std::string laid(std::string_view sent, std::string_view returned,
                 Additions additions = Additions::not_blank) {
    JsonDocument left;
    JsonDocument right;
    std::string out = "before";
    const JsonSlice a = left.read(sent);
    if (!overlay(a, right.read(returned), additions, out)) {
        EXPECT_EQ(out, "before");
        return "(unchanged)";
    }
    EXPECT_NO_THROW(left.read(std::string_view(out).substr(6)));
    return out.substr(6);
}

TEST(JsonOverlay, PairsRepeatedKeysInTheirOrderInLargeObjectsToo) {
    std::string many;
    for (char key = 'a'; key < 'u'; ++key) many += std::string(",\"") + key + "\":0";
    EXPECT_EQ(laid(R"({"x":1,"x":2)" + many + "}", R"({"x":1,"x":2 )" + many + "}"), "(unchanged)");
    EXPECT_EQ(laid(R"({"x":1,"x":2)" + many + "}", R"({"x":1,"x":3)" + many + "}"),
              R"({"x":1,"x":3)" + many + "}");
}

TEST(JsonOverlay, TakesWhatSaysTheSameForUnchanged) {
    for (const auto* returned :
         {R"({"model":"m","n":1.0,"list":[{"a":1,"b":"é"}],"deep":{"x":null}})",
          R"({"deep":{"x":null},"list":[{"b":"\u00e9","a":1e0}],"n":1,"model":"m"})", R"({"n":1})",
          "{}", R"({"model":"m","unknown":"","zero":0,"none":null,"empty":[],"hollow":{"a":""}})"})
        EXPECT_EQ(
            laid(R"({"model":"m","n":1.0,"list":[{"a":1,"b":"é"}],"deep":{"x":null}})", returned),
            "(unchanged)")
            << returned;
}

TEST(JsonOverlay, KeepsMembersThatTheGuestLeftOut) {
    EXPECT_EQ(laid(R"({"id":"1","tools":[1, 2],"model":"a"})", R"({"model":"b"})"),
              R"({"id":"1","tools":[1, 2],"model":"b"})");
}

TEST(JsonOverlay, KeepsOrderAndSpellingAroundAChange) {
    EXPECT_EQ(
        laid(R"({ "z" : 1.50, "a" : "\u0041", "m" : "old" })", R"({"a":"A","m":"new","z":1.5})"),
        R"({"z":1.50,"a":"\u0041","m":"new"})");
}

TEST(JsonOverlay, AddsMembersThatCarrySomething) {
    EXPECT_EQ(laid(R"({"a":1})", R"({"a":1,"b":{"c":false},"d":""})"),
              R"({"a":1,"b":{"c":false}})");
    EXPECT_EQ(laid("{}", R"({"b":true})"), R"({"b":true})");
}

TEST(JsonOverlay, AddsZeroWhereItMayBeMeant) {
    EXPECT_EQ(laid(R"({"a":1})", R"({"temperature":0,"user":"","x":null})", Additions::not_null),
              R"({"a":1,"temperature":0,"user":""})");
}

TEST(JsonOverlay, ReplacesValuesOfAnotherKind) {
    EXPECT_EQ(laid(R"({"content":[{"type":"text"}]})", R"({"content":"short"})"),
              R"({"content":"short"})");
    EXPECT_EQ(laid(R"({"content":"x"})", R"({"content":null})"), R"({"content":null})");
    EXPECT_EQ(laid(R"({"content":null})", R"({"content":""})"), "(unchanged)");
    EXPECT_EQ(laid(R"({"content":null})", R"({"content":"x"})"), R"({"content":"x"})");
}

TEST(JsonOverlay, OverlaysElementsThatAreTheSameThing) {
    EXPECT_EQ(
        laid(
            R"([{"role":"user","name":"n","content":"a"},{"role":"tool","tool_call_id":"t","content":"b"}])",
            R"([{"role":"user","content":"A"},{"role":"tool","content":"b"}])"),
        R"([{"role":"user","name":"n","content":"A"},{"role":"tool","tool_call_id":"t","content":"b"}])");
}

TEST(JsonOverlay, DoesNotMixElementsThatAreNot) {
    EXPECT_EQ(laid(R"([{"role":"user","name":"n","content":"a"}])",
                   R"([{"role":"system","content":"s"}])"),
              R"([{"role":"system","content":"s"}])");
}

TEST(JsonOverlay, WritesUntouchedElementsAsTheyWereSentWhenTheNumberChanges) {
    EXPECT_EQ(
        laid(
            R"([{"role":"user", "name":"n", "content":"a"},{"role":"user","content":"b"}])",
            R"([{"content":"s","role":"system"},{"content":"a","role":"user"},{"content":"B","role":"user"}])"),
        R"([{"content":"s","role":"system"},{"role":"user", "name":"n", "content":"a"},{"content":"B","role":"user"}])");
    EXPECT_EQ(laid(R"([1.0,2.0,3.0])", "[1,3]"), "[1.0,3.0]");
    EXPECT_EQ(laid("[1]", "[]"), "[]");
}

TEST(JsonOverlay, ComparesNumbersAsGuestsCanHoldThem) {
    EXPECT_EQ(laid(R"({"n":9007199254740993})", R"({"n":9007199254740992})"), "(unchanged)");
    EXPECT_EQ(laid(R"({"n":1})", R"({"n":2})"), R"({"n":2})");
}

TEST(JsonOverlay, HandlesLargeObjectsInAnyOrder) {
    std::string sent = "{";
    std::string returned = "{";
    constexpr int members = 200'000;
    for (int i = 0; i < members; ++i) {
        sent += (i == 0 ? "\"k" : ",\"k") + std::to_string(i) + "\":" + std::to_string(i);
        const int j = members - 1 - i;
        returned += (i == 0 ? "\"k" : ",\"k") + std::to_string(j) + "\":" + std::to_string(j);
    }
    EXPECT_EQ(laid(sent + "}", returned + "}"), "(unchanged)");
}

TEST(JsonOverlay, TakesNoExponentialTimeOnNestedArrays) {
    // Each level has another length and several candidates.
    std::string sent = "1";
    std::string returned = "2";
    for (int depth = 0; depth < 200; ++depth) {
        sent = "[" + sent + ",[],[],[],[],[],[],[]]";
        returned = "[[],[]," + returned + "]";
    }
    EXPECT_NE(laid(sent, returned), "(unchanged)");
}

TEST(JsonOverlay, MatchesKeysWithoutCaseAndUnderscores) {
    JsonDocument document;
    const JsonSlice root = document.read(R"({"ChatRequest":1,"short_circuit":2})");
    EXPECT_EQ(find_key(root, "chatrequest").text(), "1");
    EXPECT_EQ(find_key(root, "shortcircuit").text(), "2");
    EXPECT_FALSE(find_key(root, "chat"));
    EXPECT_FALSE(find_key(root, "chatrequests"));
}

}  // namespace
}  // namespace sluice::hooks
