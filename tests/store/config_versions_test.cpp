#include "store/config.hpp"

#include "config_reading.hpp"

#include <gmock/gmock.h>

#include <string>

namespace sluice::store {
namespace {

using testing::HasSubstr;

/// The one plug-in of a configuration, with these members besides a name and a path.
PluginConfig plugin_with(const std::string& members) {
    return read_config("folder/config.json",
                       R"({"plugins": [{"name": "a", "path": "a.wasm", )" + members + "}]}")
        .plugins.at(0);
}

std::string said(const std::string& members) {
    return tests::refusal(R"({"plugins": [{"name": "a", "path": "a.wasm", )" + members + "}]}");
}

TEST(ConfigOfVersions, ReadsACanary) {
    const PluginConfig plugin = plugin_with(R"("config": {"x": 1}, "order": 4,
        "limits": {"cpu_ms": 3}, "canary": {"path": "b.wasm", "percent": 2.5, "config": {"x": 2},
        "limits": {"cpu_ms": 4}, "breaker": {}, "header": {"name": "X-Canary", "value": "yes"}})");
    ASSERT_TRUE(plugin.canary);
    EXPECT_EQ(plugin.canary->percent, 2.5);
    EXPECT_EQ(plugin.canary->header_name, "X-Canary");
    EXPECT_EQ(plugin.canary->header_value, "yes");
    const PluginConfig other = in_version(plugin, plugin.canary->version);
    EXPECT_EQ(other.path, "folder/b.wasm");
    EXPECT_EQ(other.config_json, R"({"x": 2})");
    EXPECT_EQ(other.limits.cpu.count(), 4);
    EXPECT_TRUE(other.breaker);
    EXPECT_EQ(other.order, 4);
    EXPECT_FALSE(other.canary);
}

TEST(ConfigOfVersions, TakesFromThePlugInWhatTheCanaryDoesNotSay) {
    const PluginConfig plugin = plugin_with(R"("config": {"x": 1}, "limits": {"cpu_ms": 3},
        "hooks": ["pre_hook"], "breaker": {"failures": 9},
        "canary": {"path": "b.wasm", "percent": 1})");
    const PluginConfig other = in_version(plugin, plugin.canary->version);
    EXPECT_EQ(other.config_json, R"({"x": 1})");
    EXPECT_EQ(other.limits.cpu.count(), 3);
    EXPECT_EQ(other.hooks, std::vector<std::string>{"pre_hook"});
    EXPECT_EQ(other.breaker->failures, 9U);
}

TEST(ConfigOfVersions, RefusesACanaryThatNoRequestMeets) {
    EXPECT_EQ(said(R"("canary": {"path": "b.wasm"})"),
              "config.json:1: plugins[0].canary: needs \"percent\", \"header\" or both: which "
              "requests meet it");
    EXPECT_THAT(said(R"("canary": {"path": "b.wasm", "percent": 101})"),
                HasSubstr("plugins[0].canary.percent: must be "));
    EXPECT_THAT(said(R"("canary": {"percent": 1})"),
                HasSubstr("plugins[0].canary: needs \"path\""));
    EXPECT_THAT(said(R"("canary": {"path": "b.wasm", "header": {"name": "", "value": "x"}})"),
                HasSubstr("plugins[0].canary.header.name: must not be empty"));
    EXPECT_THAT(said(R"("canary": {"path": "b.wasm", "percent": 1, "order": 3})"),
                HasSubstr("plugins[0].canary.order: unknown key"));
}

TEST(ConfigOfVersions, ReadsAShadow) {
    const PluginConfig plugin = plugin_with(R"("config": {"x": 1}, "breaker": {},
        "shadow": {"path": "b.wasm", "queue": 7, "limits": {"cpu_ms": 4}})");
    ASSERT_TRUE(plugin.shadow);
    EXPECT_EQ(plugin.shadow->queue, 7U);
    const PluginConfig other = in_version(plugin, plugin.shadow->version);
    EXPECT_EQ(other.path, "folder/b.wasm");
    EXPECT_EQ(other.config_json, R"({"x": 1})");
    EXPECT_EQ(other.limits.cpu.count(), 4);
    EXPECT_FALSE(other.breaker) << "a shadow that fails costs nobody anything";
    EXPECT_FALSE(other.shadow);
    EXPECT_EQ(plugin_with(R"("shadow": {"path": "b.wasm"})").shadow->queue, 256U);
}

TEST(ConfigOfVersions, RefusesWhatAShadowCannotHave) {
    EXPECT_THAT(said(R"("shadow": {"path": "b.wasm", "percent": 1})"),
                HasSubstr("plugins[0].shadow.percent: unknown key"));
    EXPECT_THAT(said(R"("shadow": {"path": "b.wasm", "breaker": {}})"),
                HasSubstr("plugins[0].shadow.breaker: unknown key"));
    EXPECT_THAT(said(R"("shadow": {"path": "b.wasm", "queue": 0})"),
                HasSubstr("plugins[0].shadow.queue: must be "));
}

}  // namespace
}  // namespace sluice::store
