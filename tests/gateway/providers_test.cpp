#include "gateway/providers.hpp"

#include "expect_error.hpp"

#include <gtest/gtest.h>

namespace sluice::gateway {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

store::Config two_providers() {
    store::Config config;
    store::ProviderConfig mock{.name = "mock"};
    store::ProviderConfig openai{.name = "openai"};
    openai.keys.push_back({.name = "narrow", .value = "sk-narrow", .models = {"gpt-4o"}});
    openai.keys.push_back({.name = "wide", .value = "sk-wide"});
    openai.network.base_url = "http://127.0.0.1:9/gate/v1";
    openai.network.extra_headers = {{"X-Team", "blue"}};
    store::ProviderConfig other{.name = "other"};
    other.network.base_url = "http://127.0.0.1:10";
    other.models = {"meta-llama/Llama-3"};
    config.providers = {mock, openai, other};
    return config;
}

TEST(ProviderTable, SplitsOnlyAtTheNameOfAKnownProvider) {
    const ProviderTable table(two_providers());
    const Choice mock = table.choose("mock/echo");
    EXPECT_EQ(mock.provider->config.name, "mock");
    EXPECT_EQ(mock.model, "echo");
    const Choice whole = table.choose("meta-llama/Llama-3");
    EXPECT_EQ(whole.provider->config.name, "other");
    EXPECT_EQ(whole.model, "meta-llama/Llama-3");
}

TEST(ProviderTable, GivesUnknownModelsToTheFirstRealProvider) {
    const ProviderTable table(two_providers());
    EXPECT_EQ(table.choose("gpt-9").provider->config.name, "openai");
}

TEST(ProviderTable, TakesTheFirstKeyThatMayServeTheModel) {
    const ProviderTable table(two_providers());
    EXPECT_EQ(table.choose("openai/gpt-4o").key, 0U);
    EXPECT_EQ(table.choose("openai/gpt-4o-mini").key, 1U);
}

TEST(ProviderTable, RefusesAModelThatNoKeyMayServe) {
    store::Config config = two_providers();
    config.providers[1].keys.pop_back();
    const ProviderTable table(config);
    EXPECT_ERROR_SAYING(table.choose("openai/o3"), ErrorCode::invalid_input,
                        HasSubstr("no key of provider openai may be used for model \"o3\""));
}

TEST(ProviderTable, RefusesEveryModelWithoutProviders) {
    const ProviderTable table((store::Config()));
    EXPECT_ERROR(table.choose("gpt-4o"), ErrorCode::invalid_input);
}

TEST(ProviderTable, MakesTheHeadOfAChatCompletionOnce) {
    const ProviderTable table(two_providers());
    EXPECT_EQ(table.find("openai")->chat_heads[0],
              "POST /gate/v1/chat/completions HTTP/1.1\r\n"
              "Host: 127.0.0.1:9\r\n"
              "Authorization: Bearer sk-narrow\r\n"
              "X-Team: blue\r\n"
              "Content-Type: application/json\r\n");
    EXPECT_THAT(table.find("other")->chat_heads[0], Not(HasSubstr("Authorization")));
}

TEST(ProviderTable, NamesTheProviderWhoseAddressIsWrong) {
    store::Config config = two_providers();
    config.providers[2].network.base_url = "ftp://somewhere";
    EXPECT_ERROR_SAYING(ProviderTable{config}, ErrorCode::invalid_input,
                        HasSubstr("provider other: network_config.base_url"));
    config.providers[2].network.base_url.clear();
    EXPECT_ERROR_SAYING(ProviderTable{config}, ErrorCode::invalid_input, HasSubstr("is missing"));
}

}  // namespace
}  // namespace sluice::gateway
