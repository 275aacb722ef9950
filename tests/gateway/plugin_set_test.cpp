#include "gateway/plugin_set.hpp"

#include "hook_guests.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace sluice::gateway {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

class PluginSetTest : public testing::Test {
  protected:
    std::shared_ptr<const PluginSet> load(const std::vector<store::PluginConfig>& configs) {
        return load_plugins(host_.engine(), host_.cache(), configs);
    }
    static std::filesystem::path file(const std::string& name) {
        return std::filesystem::path(SLUICE_TEST_GUESTS) / (name + ".wat");
    }
    tests::HookHost host_;
};

TEST_F(PluginSetTest, KeepsTheOrderAndKnowsThePhases) {
    const auto set = load(
        {{.name = "b", .path = file("hook_leaky")}, {.name = "a", .path = file("hook_start")}});
    ASSERT_EQ(set->plugins.size(), 2U);
    EXPECT_EQ(set->plugins[0].plugin->options().name, "b");
    EXPECT_EQ(set->plugins[0].status, "active");
    EXPECT_TRUE(set->any(hooks::Phase::pre));
    EXPECT_FALSE(set->any(hooks::Phase::post));
}

TEST_F(PluginSetTest, CallsOnlyTheHooksThatAreNamed) {
    using Names = std::vector<std::string>;
    const auto set =
        load({{.name = "some", .path = file("hook_echo"), .hooks = Names{"post_hook"}},
              {.name = "none", .path = file("hook_echo"), .hooks = Names{}},
              {.name = "wrong", .path = file("hook_leaky"), .hooks = Names{"http_post_hook"}}});
    EXPECT_TRUE(set->any(hooks::Phase::post));
    EXPECT_FALSE(set->any(hooks::Phase::pre));
    EXPECT_FALSE(set->any(hooks::Phase::http_pre));
    EXPECT_EQ(set->plugins[1].status, "active");
    EXPECT_THAT(set->plugins[2].logs,
                ElementsAre("plug-in wrong: \"hooks\" names http_post_hook, which the module does "
                            "not export; leave it out"));
}

TEST_F(PluginSetTest, SaysWhyAPlugInIsLeftOutAndGoesOn) {
    const auto set = load({{.name = "gone", .path = "/nowhere/plugin.wasm"},
                           {.name = "off", .path = file("hook_leaky"), .enabled = false},
                           {.name = "wrong", .path = file("traps")},
                           {.name = "strict", .path = file("hook_start"), .config_json = "~"},
                           {.name = "good", .path = file("hook_leaky")}});
    std::vector<std::string> states;
    for (const LoadedPlugin& loaded : set->plugins) states.push_back(loaded.status);
    EXPECT_THAT(states, ElementsAre("error", "disabled", "error", "error", "active"));
    EXPECT_THAT(set->plugins[0].logs, ElementsAre("/nowhere/plugin.wasm: cannot be read"));
    EXPECT_THAT(set->plugins[2].logs,
                ElementsAre(StartsWith("failed to instantiate WASM module: plug-in wrong")));
    EXPECT_THAT(set->plugins[3].logs, ElementsAre(HasSubstr("init answered 3")));
    EXPECT_EQ(set->plugins[3].plugin, nullptr);
}

}  // namespace
}  // namespace sluice::gateway
