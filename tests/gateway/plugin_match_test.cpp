#include "gateway/plugin_match.hpp"

#include <gtest/gtest.h>

namespace sluice::gateway {
namespace {

constexpr MatchSubject subject{
    .route = "/v1/chat/completions", .provider = "openai", .model = "gpt-4o"};

TEST(PluginMatch, EveryListThatIsThereMustHaveAFittingPattern) {
    EXPECT_TRUE(matches({}, subject));
    EXPECT_TRUE(matches({.models = {"llama", "gpt-*"}, .providers = {"openai"}}, subject));
    EXPECT_FALSE(matches({.models = {"gpt-*"}, .providers = {"azure"}}, subject));
    EXPECT_TRUE(matches({.routes = {"/v1/*"}}, subject));
    EXPECT_FALSE(matches({.routes = {"/v1/embeddings"}}, subject));
}

TEST(PluginMatch, TakesModelsWithTheirProviderToo) {
    EXPECT_TRUE(matches({.models = {"openai/gpt-*"}}, subject));
    EXPECT_FALSE(matches({.models = {"azure/gpt-*"}}, subject));
}

TEST(PluginMatch, FitsNoModelWhereNoneIsKnown) {
    EXPECT_FALSE(matches({.models = {"gpt-*"}}, {.route = "/v1/chat/completions"}));
    EXPECT_FALSE(matches({.providers = {"openai"}}, {.route = "/v1/chat/completions"}));
}

}  // namespace
}  // namespace sluice::gateway
