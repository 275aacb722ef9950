#include "gateway/plugin_metrics.hpp"

#include "gateway/metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/metric_family.h>

namespace sluice::gateway {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using Kind = hooks::MetricUpdate::Kind;

class PluginMetricsTest : public testing::Test {
  protected:
    PluginMetricsTest() {
        metrics_.collect([this](auto& families) { own_.collect(families); });
    }
    std::string add(std::string_view name, double value,
                    std::vector<std::pair<std::string, std::string>> labels = {}) {
        return own_.update({.kind = Kind::add,
                            .plugin = "guard",
                            .name = std::string(name),
                            .labels = std::move(labels),
                            .value = value});
    }
    std::string set(std::string_view name, double value) {
        return own_.update(
            {.kind = Kind::set, .plugin = "guard", .name = std::string(name), .value = value});
    }

    Metrics metrics_;
    PluginMetrics own_;
};

TEST_F(PluginMetricsTest, ShowsCountersAndGaugesUnderAPrefixWithThePlugInsName) {
    EXPECT_EQ(add("blocked", 1, {{"word", "swordfish"}, {"by", "rule"}}), "");
    EXPECT_EQ(add("blocked", 2, {{"by", "rule"}, {"word", "swordfish"}}), "");
    EXPECT_EQ(set("rules", 7), "");
    EXPECT_EQ(set("rules", -3), "");
    EXPECT_THAT(
        metrics_.scrape(),
        AllOf(
            HasSubstr("# TYPE sluice_plugin_own_blocked counter\n"
                      "sluice_plugin_own_blocked{plugin=\"guard\",by=\"rule\",word=\"swordfish\"} "
                      "3\n"),
            HasSubstr("# TYPE sluice_plugin_own_rules gauge\n"
                      "sluice_plugin_own_rules{plugin=\"guard\"} -3\n")));
}

TEST_F(PluginMetricsTest, RefusesWhatPrometheusWouldNotTake) {
    EXPECT_THAT(add("no name", 1), HasSubstr("letters, digits and _"));
    EXPECT_THAT(add("", 1), HasSubstr("letters, digits and _"));
    EXPECT_THAT(add("ok", -1), HasSubstr("only grows"));
    EXPECT_THAT(set("ok", 1.0 / 0.0), HasSubstr("finite"));
    EXPECT_THAT(add("ok", 1, {{"plugin", "another"}}), HasSubstr("label's name"));
    EXPECT_THAT(add("ok", 1, {{"a", "1"}, {"a", "2"}}), HasSubstr("stands twice"));
    EXPECT_THAT(add("ok", 1, {{"a", std::string(200, 'x')}}), HasSubstr("longer than 128"));
    add("ok", 1);
    EXPECT_EQ(set("ok", 1), "`ok` is a counter already");
}

TEST_F(PluginMetricsTest, KeepsSoManySeriesOfAPlugInAndNoMore) {
    for (std::size_t i = 0; i < PluginMetrics::most_series; ++i)
        EXPECT_EQ(add("seen", 1, {{"user", std::to_string(i)}}), "");
    EXPECT_EQ(add("seen", 1, {{"user", "one more"}}), "a plug-in keeps at most 200 series");
    EXPECT_EQ(add("seen", 1, {{"user", "7"}}), "") << "those that are there go on";
    EXPECT_EQ(own_.update({.kind = Kind::add, .plugin = "other", .name = "seen", .value = 1}), "");
}

}  // namespace
}  // namespace sluice::gateway
