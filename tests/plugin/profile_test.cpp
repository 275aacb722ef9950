#include <sluice/profile.hpp>

#include "plugins.hpp"

#include <gmock/gmock.h>

#include <numeric>

namespace sluice {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using namespace std::chrono_literals;

/// Two functions that work, of which one does so twice as long.
constexpr std::string_view busy = R"((module
  (func $spin (param i32)
    (loop $again
      (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
      (br_if $again (local.get 0))))
  (func $little (call $spin (i32.const 2000000)))
  (func $much (call $spin (i32.const 4000000)))
  (func $run (export "run") (result i32) (call $little) (call $much) (i32.const 0))))";

const Profile::Node* find(const Profile::Node& node, std::string_view name) {
    for (const Profile::Node& called : node.called)
        if (called.name == name) return &called;
    return nullptr;
}

TEST(Profile, SeesInWhichFunctionsAGuestIs) {
    const auto profile = std::make_shared<Profile>();
    Plugin plugin(Manifest::bytes(as_bytes(busy)), {.profile = profile});
    while (profile->samples() < 30) plugin.call("run");

    const Profile::Node root = profile->tree();
    ASSERT_EQ(root.called.size(), 1U);
    const Profile::Node& run = root.called[0];
    EXPECT_EQ(run.name, "run");
    EXPECT_EQ(run.samples, root.samples);
    const Profile::Node* much = find(run, "much");
    ASSERT_NE(much, nullptr);
    ASSERT_EQ(much->called.size(), 1U);
    EXPECT_EQ(much->called[0].name, "spin");
    EXPECT_GT(run.time, 0ns);
    const auto below = std::accumulate(
        run.called.begin(), run.called.end(), std::size_t{0},
        [](std::size_t sum, const Profile::Node& node) { return sum + node.samples; });
    EXPECT_LE(below, run.samples);
}

TEST(Profile, AddsSamplesUpByTheWayThatLedThere) {
    Profile profile;
    profile.add(std::vector<std::string>{"c", "b", "a"}, 3ms);
    profile.add(std::vector<std::string>{"b", "a"}, 2ms);
    profile.add(std::vector<std::string>{"c", "a"}, 1ms);
    profile.add({}, 1ms);

    const Profile::Node root = profile.tree();
    EXPECT_EQ(root.samples, 4U);
    EXPECT_EQ(root.time, 7ms);
    const Profile::Node& a = root.called.at(0);
    EXPECT_EQ(a.samples, 3U);
    EXPECT_EQ(a.time, 6ms);
    ASSERT_EQ(a.called.size(), 2U);
    EXPECT_EQ(a.called[0].name, "b");
    EXPECT_EQ(a.called[0].time, 5ms);
    EXPECT_EQ(a.called[0].called.at(0).time, 3ms);
    EXPECT_EQ(a.called[1].name, "c");
}

TEST(Profile, BoundsWhatGuestsCanMakeItKeep) {
    Profile profile;
    const std::vector<std::string> deep(10'000, "again");
    profile.add(deep, 1ms);
    std::size_t depth = 0;
    const Profile::Node root = profile.tree();
    for (const Profile::Node* node = &root; !node->called.empty(); node = &node->called[0]) ++depth;
    EXPECT_EQ(depth, 256U);
    for (int i = 0; i < 110'000; ++i) profile.add(std::vector<std::string>{std::to_string(i)}, 1ms);
    EXPECT_EQ(profile.samples(), 110'001U);
    EXPECT_LE(profile.tree().called.size(), 100'000U);
}

TEST(Profile, WritesAPageThatNamesCannotBreakOutOf) {
    Profile profile;
    profile.add(std::vector<std::string>{"</script><script>alert(1)</script>", "\"a\\b\""}, 1500us);

    const std::string page = profile.flame_graph("</title>\"of mine\"");

    EXPECT_THAT(page, HasSubstr("\"\\u003c/title>\\\"of mine\\\"\""));
    EXPECT_THAT(page, HasSubstr("[\"\",1500,1,[[\"\\\"a\\\\b\\\"\",1500,1,[[\"\\u003c/script>"));
    EXPECT_THAT(page, AllOf(Not(HasSubstr("{{")), Not(HasSubstr("alert(1)</script>"))));
}

}  // namespace
}  // namespace sluice
