#include "extism.hpp"
#include "files.hpp"
#include "guests.hpp"

namespace extism_tests {
namespace {

using testing::HasSubstr;

bool update(const Plugin& plugin, std::string_view json) {
    return extism_plugin_config(plugin.get(), data_of(json), json.size());
}

class PluginTest : public testing::Test {
  protected:
    const Plugin plugin = plugin_of(sluice::tests::guest("extism_text"));
};

TEST_F(PluginTest, KeepsTheOutputUntilTheNextCall) {
    EXPECT_EQ(result(plugin, "echo", "hello"), "hello");
    EXPECT_TRUE(extism_plugin_function_exists(plugin.get(), "echo"));
    EXPECT_TRUE(update(plugin, "{}"));
    EXPECT_EQ(output(plugin), "hello");

    EXPECT_EQ(result(plugin, "forget"), "");
}

TEST_F(PluginTest, HasAnAddressForAnEmptyOutput) {
    EXPECT_EQ(extism_plugin_output_length(plugin.get()), 0U);
    EXPECT_NE(extism_plugin_output_data(plugin.get()), nullptr);
}

TEST_F(PluginTest, MergesUpdatesOfItsConfiguration) {
    EXPECT_TRUE(update(plugin, R"({"colour": "blue", "size": "big"})"));
    EXPECT_TRUE(update(plugin, R"({"colour": "r\u00f6d", "shape": "round"})"));

    EXPECT_EQ(result(plugin, "config", "colour"), "röd");
    EXPECT_EQ(result(plugin, "config", "size"), "big");
    EXPECT_EQ(result(plugin, "config", "shape"), "round");
    EXPECT_TRUE(update(plugin, R"({"colour": null, "absent": null})"));
    EXPECT_EQ(result(plugin, "config", "colour"), "");
    EXPECT_EQ(result(plugin, "config", "size"), "big");
}

TEST_F(PluginTest, KeepsItsConfigurationThroughATrap) {
    EXPECT_TRUE(update(plugin, R"({"colour": "blue"})"));
    EXPECT_EQ(call(plugin, "trap"), 134);

    EXPECT_EQ(result(plugin, "config", "colour"), "blue");
}

TEST_F(PluginTest, RefusesConfigurationsThatAreNoTexts) {
    EXPECT_TRUE(update(plugin, R"({"colour": "blue"})"));

    EXPECT_FALSE(update(plugin, "colour = blue"));
    EXPECT_FALSE(update(plugin, "[]"));
    EXPECT_FALSE(update(plugin, R"({"colour": "red", "size": 7})"));
    EXPECT_THAT(error(plugin), HasSubstr("`size` must be a text or null"));
    EXPECT_EQ(result(plugin, "config", "colour"), "blue");
}

TEST_F(PluginTest, KnowsWhichFunctionsCanBeCalled) {
    EXPECT_EQ(call(plugin, "trap"), 134);
    EXPECT_TRUE(extism_plugin_function_exists(plugin.get(), "echo"));
    EXPECT_EQ(error(plugin), "none");
    EXPECT_FALSE(extism_plugin_function_exists(plugin.get(), "missing"));
    EXPECT_FALSE(extism_plugin_function_exists(plugin.get(), "memory"));
    EXPECT_FALSE(extism_plugin_function_exists(plugin.get(), "takes_arguments"));
    EXPECT_FALSE(extism_plugin_function_exists(plugin.get(), "gives_i64"));
}

TEST_F(PluginTest, HasTwoNamesForItsError) {
    EXPECT_EQ(call(plugin, "fail", "oops"), 1);
    EXPECT_STREQ(extism_error(plugin.get()), "oops");
    EXPECT_STREQ(extism_plugin_error(plugin.get()), "oops");
}

TEST_F(PluginTest, ForgetsTheLastCallAtAResetButNoState) {
    result(plugin, "remember", "me");
    EXPECT_EQ(call(plugin, "fail", "oops"), 1);
    result(plugin, "echo", "hello");

    EXPECT_TRUE(extism_plugin_reset(plugin.get()));

    EXPECT_EQ(output(plugin), "");
    EXPECT_EQ(error(plugin), "none");
    EXPECT_EQ(result(plugin, "recall"), "me");
    const Plugin counter = plugin_of(guests::endings);
    EXPECT_EQ(call(counter, "count"), 1);
    EXPECT_TRUE(extism_plugin_reset(counter.get()));
    EXPECT_EQ(call(counter, "count"), 2);
}

TEST_F(PluginTest, CanBeResetAfterATrap) {
    EXPECT_EQ(call(plugin, "trap"), 134);
    EXPECT_TRUE(extism_plugin_reset(plugin.get()));
    EXPECT_EQ(result(plugin, "echo", "alive"), "alive");
}

TEST_F(PluginTest, ShowsResponseHeadersOnceItIsAllowed) {
    EXPECT_EQ(call(plugin, "http_status"), 0);
    extism_plugin_allow_http_response_headers(plugin.get());
    EXPECT_NE(call(plugin, "http_status"), 0) << "the handle of an empty object";
}

TEST_F(PluginTest, NamesTheHostThatAGuestMayNotAsk) {
    EXPECT_EQ(call(plugin, "http", R"({"url": "http://example.com/"})"), -1);
    EXPECT_THAT(error(plugin), HasSubstr("example.com"));
}

}  // namespace
}  // namespace extism_tests
