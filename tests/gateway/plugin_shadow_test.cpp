#include "gateway/plugin_shadow.hpp"

#include "expect_error.hpp"
#include "hook_guests.hpp"

#include <gmock/gmock.h>
#include <boost/json/parse.hpp>

#include <chrono>
#include <thread>

namespace sluice::gateway {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

TEST(AnswerDifferences, AreNoneWhereTwoSpellingsMeanTheSame) {
    EXPECT_THAT(answer_differences("", "{}"), IsEmpty());
    EXPECT_THAT(answer_differences("", R"({"context":{},"error":"","has_response":false})"),
                IsEmpty());
    EXPECT_THAT(answer_differences("null", R"({"response":null})"), IsEmpty());
    EXPECT_THAT(
        answer_differences(R"({"context":{"a":1,"b":2}})", R"({"context":{"b":2,"a":1.0}})"),
        IsEmpty());
}

TEST(AnswerDifferences, NameEachPlace) {
    const auto found = answer_differences(R"({"context":{"a":1}})", R"({"error":"no"})");
    ASSERT_THAT(found, SizeIs(2));
    EXPECT_EQ(in_words(found[0]), R"(context: expected {"a":1}, was nothing)");
    EXPECT_EQ(in_words(found[1]), R"(error: expected nothing, was "no")");
}

TEST(AnswerDifferences, SayWhoseAnswerCannotBeRead) {
    EXPECT_ERROR_SAYING(answer_differences("{}", "{"), ErrorCode::guest_error,
                        HasSubstr("the shadow's answer is no JSON object"));
    EXPECT_ERROR_SAYING(answer_differences("[1]", ""), ErrorCode::guest_error,
                        HasSubstr("the plug-in's answer is no JSON object"));
}

/// A shadow whose pre_hook always answers the same.
class PluginShadowTest : public testing::Test {
  protected:
    PluginShadow& start(const std::string& wat, std::size_t most_waiting = 2) {
        auto plugin = host_.load(wat, {.name = "b", .call_timeout = std::chrono::minutes(10)});
        pool_ = std::make_unique<hooks::InstancePool>(plugin);
        const auto phases = plugin->phases();
        shadow_ = std::make_unique<PluginShadow>(std::move(plugin), phases, most_waiting);
        return *shadow_;
    }
    PluginShadow& answering(const std::string& answer) {
        return start(tests::guest_answering({{"pre_hook", answer}}));
    }
    ShadowResult run(const ShadowCall& call, ShownValues values = ShownValues::kept) {
        return shadow_->run(*pool_, call, values, {});
    }
    static ShadowCall call(const std::string& answer) {
        return {.phase = hooks::Phase::pre,
                .input = {R"({"context":{"request_id":"r-1"}})"},
                .answer = answer};
    }

    tests::HookHost host_;
    std::unique_ptr<hooks::InstancePool> pool_;
    std::unique_ptr<PluginShadow> shadow_;
};

TEST_F(PluginShadowTest, ComparesItsAnswerWithThePlugIns) {
    answering(R"({"context":{"a":1}})");
    EXPECT_EQ(run(call(R"({"context":{"a":1},"error":""})")), ShadowResult::same);
    EXPECT_THAT(shadow_->differences(), IsEmpty());
    EXPECT_EQ(run(call(R"({"context":{"a":"x"}})")), ShadowResult::different);
    ASSERT_THAT(shadow_->differences(), SizeIs(1));
    EXPECT_EQ(shadow_->differences()[0].request_id, "r-1");
    EXPECT_EQ(in_words(shadow_->differences()[0].places.at(0)),
              R"(context.a: expected "x", was 1)");
}

TEST_F(PluginShadowTest, KeepsNoValuesWhereTheLogKeepsNone) {
    answering(R"({"context":{"a":"secret"}})");
    EXPECT_EQ(run(call(""), ShownValues::left_out), ShadowResult::different);
    EXPECT_EQ(in_words(shadow_->differences()[0].places.at(0)),
              R"(context: expected nothing, was "<redacted>")");
}

TEST_F(PluginShadowTest, KeepsOnlyTheBeginningOfLongValues) {
    std::string text;
    for (int i = 0; i < 600; ++i) text += "ä";
    answering(R"({"error":")" + text + R"("})");
    EXPECT_EQ(run(call("")), ShadowResult::different);
    EXPECT_EQ(shadow_->differences()[0].places.at(0).actual->as_string(),
              text.substr(0, 1000) + "…");
}

TEST_F(PluginShadowTest, CountsForHooksItLacksAsWithoutAnOpinion) {
    answering("{}");
    ShadowCall post = call("");
    post.phase = hooks::Phase::post;
    EXPECT_EQ(run(post), ShadowResult::same);
    post.answer = R"({"context":{"a":1}})";
    EXPECT_EQ(run(post), ShadowResult::different);
}

TEST_F(PluginShadowTest, TellsItsOwnFailuresFromThePlugIns) {
    answering("{}");
    ShadowCall failed = call("");
    failed.fault = "it trapped";
    EXPECT_EQ(run(failed), ShadowResult::different);
    EXPECT_EQ(shadow_->differences()[0].fault,
              "the plug-in failed and the shadow did not: it trapped");
    answering("no JSON");
    EXPECT_EQ(run(call("")), ShadowResult::failed);
    EXPECT_EQ(shadow_->differences()[0].fault, "the shadow's answer is no JSON object");
}

TEST_F(PluginShadowTest, EndsWhenItIsStopped) {
    start(R"((module (memory (export "memory") 1)
      (func (export "malloc") (param i32) (result i32) (i32.const 4096))
      (func (export "pre_hook") (param i32 i32) (result i64) (loop $again (br $again))
        (unreachable))))");
    std::stop_source stop;
    std::jthread other([&] { stop.request_stop(); });
    EXPECT_ERROR_SAYING(shadow_->run(*pool_, call(""), ShownValues::kept, stop.get_token()),
                        ErrorCode::cancelled, HasSubstr("stopped"));
}

TEST_F(PluginShadowTest, LetsSoManyCallsWaitAndNoMore) {
    answering("{}");
    EXPECT_TRUE(shadow_->admit(10));
    EXPECT_TRUE(shadow_->admit(10));
    EXPECT_FALSE(shadow_->admit(10));
    shadow_->leave(10);
    EXPECT_FALSE(shadow_->admit(PluginShadow::most_waiting_bytes));
    EXPECT_TRUE(shadow_->admit(10));
}

TEST_F(PluginShadowTest, KeepsTheLastFewDifferences) {
    answering("{}");
    for (int i = 0; i < 12; ++i) {
        ShadowCall each = call(R"({"error":"x"})");
        each.input = {R"({"context":{"request_id":"r-)" + std::to_string(i) + R"("}})"};
        run(each);
    }
    const auto kept = shadow_->differences();
    ASSERT_THAT(kept, SizeIs(10));
    EXPECT_EQ(kept.front().request_id, "r-2");
    EXPECT_EQ(kept.back().request_id, "r-11");
}

}  // namespace
}  // namespace sluice::gateway
