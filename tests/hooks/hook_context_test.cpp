#include "hooks/hook_context.hpp"

#include <gtest/gtest.h>

namespace sluice::hooks {
namespace {

class HookContextTest : public testing::Test {
  protected:
    bool merge(std::string_view json) { return context_.merge(returned_.read(json), scratch_); }
    HookContext context_{"r-1"};
    JsonDocument returned_;
    JsonDocument scratch_;
};

TEST_F(HookContextTest, StartsWithTheRequestId) {
    EXPECT_EQ(context_.json(), R"({"request_id":"r-1"})");
    EXPECT_EQ(HookContext("a\"b").json(), R"({"request_id":"a\"b"})");
}

TEST_F(HookContextTest, MergesKeyByKey) {
    EXPECT_TRUE(merge(R"({"tier":"gold","n":1.50})"));
    EXPECT_TRUE(merge(R"({"n": 2,"seen":[1, 2]})"));
    EXPECT_EQ(context_.json(), R"({"request_id":"r-1","tier":"gold","n":2,"seen":[1, 2]})");
}

TEST_F(HookContextTest, TakesNothingForNoChange) {
    merge(R"({"a":1})");
    for (const auto* json : {"{}", "null", "[]", R"({"request_id":"r-1"})"})
        EXPECT_TRUE(merge(json));
    EXPECT_TRUE(context_.merge({}, scratch_));
    EXPECT_EQ(context_.json(), R"({"request_id":"r-1","a":1})");
}

TEST_F(HookContextTest, IgnoresWhatTypedGuestsSendForKeysTheyDoNotKnow) {
    EXPECT_TRUE(merge(R"({"request_id":"","plugin_name":"","other":null,"zero":0,"no":false})"));
    EXPECT_EQ(context_.json(), R"({"request_id":"r-1","zero":0,"no":false})");
}

TEST_F(HookContextTest, ProtectsReservedKeys) {
    merge(
        R"({"request_id":"x","bifrost-a":1,"x-bf-vk":"k","governance-b":2,"stream_end":true,"mine":3})");
    EXPECT_EQ(context_.json(), R"({"request_id":"r-1","mine":3})");
}

TEST_F(HookContextTest, SetsKeysOfItsOwn) {
    merge(R"({"a":1})");
    context_.set("stream_end", "true", scratch_);
    context_.set("stream_end", "false", scratch_);
    EXPECT_EQ(context_.json(), R"({"request_id":"r-1","a":1,"stream_end":false})");
}

TEST_F(HookContextTest, RefusesToGrowWithoutBound) {
    EXPECT_FALSE(merge("{\"big\":\"" + std::string(HookContext::max_bytes, 'x') + "\"}"));
    EXPECT_EQ(context_.json(), R"({"request_id":"r-1"})");
}

}  // namespace
}  // namespace sluice::hooks
