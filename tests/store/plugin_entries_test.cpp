#include "store/plugin_entries.hpp"

#include "expect_error.hpp"

#include <gtest/gtest.h>

namespace sluice::store {
namespace {

TEST(PluginEntries, ChangesMembersAndKeepsTheOthersAsTheyAreSpelled) {
    EXPECT_EQ(changed_entry(R"({ "name": "a",  "order": 1, "config": {"rate": 1.0} })",
                            R"({"order": 2, "enabled": false})"),
              R"({"name": "a", "order": 2, "config": {"rate": 1.0}, "enabled": false})");
}

TEST(PluginEntries, TakesAMemberAwayByNull) {
    EXPECT_EQ(changed_entry(R"({"name": "a", "order": 1})", R"({"order": null, "match": null})"),
              R"({"name": "a"})");
}

TEST(PluginEntries, KeepsSecretsThatNobodyWasShown) {
    EXPECT_EQ(
        changed_entry(R"({"config": {"api_key": "env.KEY", "list": [{"token": "t\"1"}]}})",
                      R"({"config": {"list": [{"token": "<redacted>"}, "<redacted>"],)"
                      R"( "api_key": "<redacted>", "limit": 3}})"),
        R"({"config": {"list": [{"token": "t\"1"}, "<redacted>"], "api_key": "env.KEY", "limit": 3}})");
}

TEST(PluginEntries, PutsTheCanaryInThePlugInsPlace) {
    EXPECT_EQ(changed_entry(R"({"name": "a", "path": "a.wasm", "order": 1.0, "config": {"x": 1},
        "canary": {"path": "b.wasm", "percent": 5, "config": {"x": 2}, "header": {}}})",
                            R"({"promote": true})"),
              R"({"name": "a", "path": "b.wasm", "order": 1.0, "config": {"x": 2}})");
}

TEST(PluginEntries, PutsTheAddressOfACanaryInPlaceOfAFile) {
    EXPECT_EQ(
        changed_entry(
            R"({"path": "a.wasm", "canary": {"url": "https://h", "sha256": "0", "percent": 5}})",
            R"({"promote": true})"),
        R"({"url": "https://h", "sha256": "0"})");
    EXPECT_EQ(changed_entry(
                  R"({"url": "https://h", "sha256": "0", "canary": {"path": "b", "percent": 5}})",
                  R"({"promote": true})"),
              R"({"path": "b"})");
}

TEST(PluginEntries, RefusesToPromoteWhatIsNotThere) {
    EXPECT_ERROR_SAYING(changed_entry(R"({"name": "a"})", R"({"promote": true})"),
                        ErrorCode::invalid_input, testing::HasSubstr("has no canary to promote"));
    EXPECT_ERROR_SAYING(changed_entry(R"({"canary": {}})", R"({"promote": false})"),
                        ErrorCode::invalid_input, testing::HasSubstr("promote: must be true"));
    EXPECT_ERROR_SAYING(changed_entry(R"({"canary": {}})", R"({"promote": true, "order": 1})"),
                        ErrorCode::invalid_input, testing::HasSubstr("order: unknown key"));
}

TEST(PluginEntries, KeepsTheSecretsOfACanary) {
    EXPECT_EQ(changed_entry(
                  R"({"canary": {"path": "b", "percent": 5, "config": {"key": "s"}}})",
                  R"({"canary": {"path": "b", "percent": 9, "config": {"key": "<redacted>"}}})"),
              R"({"canary": {"path": "b", "percent": 9, "config": {"key": "s"}}})");
}

TEST(PluginEntries, RefusesWhatIsNoObject) {
    EXPECT_ERROR_SAYING(changed_entry("{}", "[]"), ErrorCode::invalid_input,
                        testing::HasSubstr("the request:1: "));
    EXPECT_ERROR_SAYING(changed_entry("{}", R"({"order": 1, "order": 2})"),
                        ErrorCode::invalid_input, testing::HasSubstr("second time"));
    EXPECT_ERROR_SAYING(read_plugin_entry(R"({"name": "a", "path": "a.wasm", "oder": 1})", "."),
                        ErrorCode::invalid_input,
                        testing::HasSubstr("the request:1: oder: unknown key"));
}

TEST(PluginEntries, ReadsAnEntryAsTheFileWouldHaveIt) {
    const PluginConfig plugin =
        read_plugin_entry(R"({"name": "a", "path": "a.wasm", "config": {"x": 1}})", "folder");
    EXPECT_EQ(plugin.path, "folder/a.wasm");
    EXPECT_EQ(plugin.config_json, R"({"x": 1})");
    EXPECT_EQ(plugin.entry_json, R"({"name": "a", "path": "a.wasm", "config": {"x": 1}})");
}

TEST(PluginEntries, ReplacesTheListAndNothingElse) {
    constexpr std::string_view before =
        "{\n  \"server\": {\"port\": 1},\n  \"plugins\": [ {\"name\": \"a\"} ],\n  \"x\": 1.0\n}\n";
    EXPECT_EQ(plugin_entries(before), std::vector<std::string>{R"({"name": "a"})"});
    EXPECT_EQ(with_plugin_entries(before, {R"({"name": "a"})", R"({"name": "b"})"}),
              "{\n  \"server\": {\"port\": 1},\n  \"plugins\": [\n    {\"name\": \"a\"},\n"
              "    {\"name\": \"b\"}\n  ],\n  \"x\": 1.0\n}\n");
    EXPECT_EQ(with_plugin_entries(before, {}),
              "{\n  \"server\": {\"port\": 1},\n  \"plugins\": [],\n  \"x\": 1.0\n}\n");
}

TEST(PluginEntries, AddsTheListWhereThereIsNone) {
    EXPECT_EQ(with_plugin_entries("{\n  \"server\": {}\n}\n", {R"({"name": "a"})"}),
              "{\n  \"server\": {},\n  \"plugins\": [\n    {\"name\": \"a\"}\n  ]\n}\n");
    EXPECT_EQ(with_plugin_entries("{}", {}), "{\n  \"plugins\": []\n}");
    EXPECT_TRUE(plugin_entries("{}").empty());
}

}  // namespace
}  // namespace sluice::store
