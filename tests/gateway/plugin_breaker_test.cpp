#include "gateway/plugin_breaker.hpp"

#include <gtest/gtest.h>

namespace sluice::gateway {
namespace {

using namespace std::chrono_literals;
using Outcome = PluginBreaker::Outcome;

/// A breaker that three failures open for a second, and a clock in the test's hand.
class BreakerTest : public testing::Test {
  protected:
    bool fail() {
        EXPECT_TRUE(breaker.admits(now));
        return breaker.record(Outcome::failure, now);
    }
    void succeed() {
        EXPECT_TRUE(breaker.admits(now));
        EXPECT_FALSE(breaker.record(Outcome::success, now));
    }
    void open() {
        fail();
        fail();
        EXPECT_TRUE(fail());
    }

    PluginBreaker breaker{3, 1s};
    PluginBreaker::Clock::time_point now{100s};
};

TEST_F(BreakerTest, OpensAfterSoManyFailuresInARow) {
    EXPECT_FALSE(fail());
    EXPECT_FALSE(fail());
    EXPECT_EQ(breaker.state(now), "closed");
    EXPECT_TRUE(fail());
    EXPECT_EQ(breaker.state(now), "open");
    EXPECT_FALSE(breaker.admits(now));
    EXPECT_FALSE(breaker.admits(now + 999ms));
    EXPECT_EQ(breaker.trips(), 1U);
    EXPECT_EQ(breaker.refused(), 2U);
}

TEST_F(BreakerTest, StartsToCountAnewAtASuccess) {
    for (int round = 0; round < 5; ++round) {
        fail();
        fail();
        succeed();
    }
    EXPECT_EQ(breaker.state(now), "closed");
    EXPECT_EQ(breaker.trips(), 0U);
}

TEST_F(BreakerTest, LetsOneCallTryAfterThePause) {
    open();
    now += 1s;
    EXPECT_EQ(breaker.state(now), "half_open");
    EXPECT_TRUE(breaker.admits(now));
    EXPECT_FALSE(breaker.admits(now)) << "one";
    EXPECT_EQ(breaker.state(now), "half_open");
}

TEST_F(BreakerTest, ClosesWhenTheTryingCallSucceeds) {
    open();
    now += 1s;
    succeed();
    EXPECT_EQ(breaker.state(now), "closed");
    EXPECT_TRUE(breaker.admits(now));
}

TEST_F(BreakerTest, OpensAgainWhenTheTryingCallFails) {
    open();
    now += 1s;
    EXPECT_TRUE(fail());
    EXPECT_EQ(breaker.state(now), "open");
    EXPECT_EQ(breaker.trips(), 2U);
    EXPECT_FALSE(breaker.admits(now + 999ms));
    EXPECT_TRUE(breaker.admits(now + 1s));
}

TEST_F(BreakerTest, IsNotHeldUpByATryingCallThatNeverEnds) {
    open();
    now += 1s;
    EXPECT_TRUE(breaker.admits(now));
    EXPECT_TRUE(breaker.admits(now + 1s));
}

TEST_F(BreakerTest, IsOpenedOnceByCallsThatFailTogether) {
    for (int call = 0; call < 6; ++call) EXPECT_TRUE(breaker.admits(now));
    int opened = 0;
    for (int call = 0; call < 6; ++call)
        if (breaker.record(Outcome::failure, now)) ++opened;
    EXPECT_EQ(opened, 1);
}

}  // namespace
}  // namespace sluice::gateway
