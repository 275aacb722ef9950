#include "store/config.hpp"
#include "store/plugin_entries.hpp"

#include "config_reading.hpp"

#include <gmock/gmock.h>

#include <string>
#include <vector>

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

const std::string digest = std::string(62, '0') + "aF";

TEST(ConfigOfModules, ReadsAnAddressWithItsDigest) {
    const std::string signature(86, 'A');
    for (const char* key : {"path", "url"}) {
        const PluginConfig plugin = read_plugin_entry(
            R"({"name": "a", ")" + std::string(key) + R"(": "https://h/a.wasm", "sha256": ")" +
                digest + R"(", "signature": ")" + signature + R"(=="})",
            ".");
        ASSERT_TRUE(plugin.remote);
        EXPECT_EQ(plugin.remote->url, "https://h/a.wasm");
        EXPECT_EQ(plugin.remote->sha256, std::string(62, '0') + "af");
        EXPECT_EQ(plugin.remote->signature, std::string(64, '\0'));
        EXPECT_TRUE(plugin.path.empty());
    }
}

TEST(ConfigOfModules, TakesAnAddressForAnotherVersionToo) {
    const PluginConfig plugin = plugin_with(R"("canary": {"url": "https://h/b.wasm", "sha256": ")" +
                                            digest + R"(", "percent": 1})");
    const PluginConfig other = in_version(plugin, plugin.canary->version);
    EXPECT_EQ(other.remote->url, "https://h/b.wasm");
    EXPECT_TRUE(other.path.empty());
    EXPECT_FALSE(plugin.remote);
}

TEST(ConfigOfModules, RefusesWhatWouldNotBeKnownToBeTheModule) {
    const auto said = [](const std::string& members) {
        return tests::refusal(R"({"plugins": [{"name": "a", )" + members + "}]}");
    };
    const std::string with_digest = R"(, "sha256": ")" + digest + "\"";
    EXPECT_THAT(said(R"("path": "http://h/a.wasm")" + with_digest),
                HasSubstr("plugins[0].path: must begin with https://"));
    EXPECT_THAT(said(R"("url": "ftp://h/a.wasm")" + with_digest),
                HasSubstr("plugins[0].url: must begin with https://"));
    EXPECT_THAT(said(R"("url": "https://h/a.wasm")"),
                HasSubstr("plugins[0]: needs \"sha256\" beside \"url\""));
    EXPECT_THAT(said(R"("url": "https://h/a.wasm", "sha256": "abc")"),
                HasSubstr("plugins[0].sha256: must be 64 hexadecimal digits"));
    EXPECT_THAT(said(R"("url": "https://h/a.wasm", "signature": "abc")" + with_digest),
                HasSubstr("plugins[0].signature: must be an ed25519 signature"));
    EXPECT_THAT(said(R"("path": "a.wasm", "url": "https://h/a.wasm")" + with_digest),
                HasSubstr("plugins[0].url: stands beside \"path\""));
    EXPECT_THAT(said(R"("path": "a.wasm")" + with_digest),
                HasSubstr("plugins[0].sha256: belongs to modules that are fetched"));
}

TEST(ConfigOfModules, ReadsTrustedKeysAsOpensslPrintsThem) {
    const Config config = read_config("c", R"({"plugin_downloads": {"trusted_keys":
        ["MCowBQYDK2VwAyEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="], "max_mb": 2,
        "timeout_ms": 7, "private_hosts": ["modules.internal"], "folder": "modules"}})");
    EXPECT_EQ(config.plugin_downloads.trusted_keys,
              std::vector<std::string>{std::string(32, '\0')});
    EXPECT_EQ(config.plugin_downloads.module_bytes, 2U << 20);
    EXPECT_EQ(config.plugin_downloads.timeout.count(), 7);
    EXPECT_EQ(config.plugin_downloads.private_hosts, std::vector<std::string>{"modules.internal"});
    EXPECT_EQ(config.plugin_downloads.folder, "modules");
    EXPECT_THAT(tests::refusal(R"({"plugin_downloads": {"trusted_keys": ["MCowBQYDK2VwAyEA"]}})"),
                HasSubstr("plugin_downloads.trusted_keys: \"MCowBQYDK2VwAyEA\" is no ed25519 "
                          "public key"));
}

}  // namespace
}  // namespace sluice::store
