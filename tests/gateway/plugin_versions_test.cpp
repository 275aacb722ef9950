#include "gateway/plugin_versions.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>

namespace sluice::gateway {
namespace {

std::optional<std::string_view> no_header(std::string_view /*name*/) {
    return std::nullopt;
}

TEST(PluginVersions, GiveEachIdOnePlaceThatIsTheSameEverywhere) {
    EXPECT_NEAR(place_in_hundred("guardrail", "r-1"), 84.5919, 0.00005);
    EXPECT_NEAR(place_in_hundred("guardrail", "r-2"), 80.9392, 0.00005);
    EXPECT_NEAR(place_in_hundred("tagger", "r-1"), 15.6857, 0.00005);
}

TEST(PluginVersions, SpreadIdsEvenly) {
    std::array<int, 10> tenths{};
    for (int i = 0; i < 10'000; ++i)
        ++tenths.at(static_cast<std::size_t>(place_in_hundred("a", fmt::format("{}", i)) / 10));
    for (const int requests : tenths) EXPECT_NEAR(requests, 1'000, 150);
}

TEST(PluginVersions, GiveTheCanaryItsPercentage) {
    const auto met = [](double percent) {
        int requests = 0;
        for (int i = 0; i < 10'000; ++i)
            requests += meets_canary({.percent = percent}, "a", fmt::format("{}", i), no_header);
        return requests;
    };
    EXPECT_EQ(met(0), 0);
    EXPECT_NEAR(met(5), 500, 100);
    EXPECT_EQ(met(100), 10'000);
}

TEST(PluginVersions, KnowTheCanarysHeader) {
    const store::PluginCanary canary{.header_name = "X-Canary", .header_value = "yes"};
    const auto header = [](std::string_view value) {
        return [value](std::string_view name) -> std::optional<std::string_view> {
            return name == "X-Canary" ? std::optional(value) : std::nullopt;
        };
    };
    EXPECT_TRUE(meets_canary(canary, "a", "r-1", header("yes")));
    EXPECT_FALSE(meets_canary(canary, "a", "r-1", header("yes, please")));
    EXPECT_FALSE(meets_canary(canary, "a", "r-1", no_header));
}

}  // namespace
}  // namespace sluice::gateway
