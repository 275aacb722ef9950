#include "hooks/instance_pool.hpp"

#include "expect_error.hpp"
#include "hook_guests.hpp"

#include <optional>

namespace sluice::hooks {
namespace {

using tests::call_hook;

TEST(InstancePool, UsesAnInstanceAgainAndAgain) {
    tests::HookHost host;
    InstancePool pool(host.load_guest("hook_echo"));
    for (int i = 0; i < 10; ++i) EXPECT_EQ(call_hook(pool, Phase::pre, "{}"), "{}");
    EXPECT_EQ(pool.made(), 1U);
    EXPECT_EQ(pool.in_use(), 0U);
}

TEST(InstancePool, HandsOutAnotherInstanceWhileOneIsInUse) {
    tests::HookHost host;
    InstancePool pool(host.load_guest("hook_echo", {.instances_per_thread = 2}));
    std::optional<InstancePool::Lease> first = pool.take();
    EXPECT_FALSE(pool.exhausted());
    const auto second = pool.take();
    EXPECT_TRUE(pool.exhausted());
    EXPECT_NE(&**first, &*second);
    first.reset();
    EXPECT_FALSE(pool.exhausted());
    EXPECT_EQ(pool.made(), 2U);
}

TEST(InstancePool, ReplacesAnInstanceThatFailed) {
    tests::HookHost host;
    InstancePool pool(host.load_guest("hook_faults"));
    EXPECT_ERROR(call_hook(pool, Phase::http_pre), ErrorCode::trap);
    EXPECT_ERROR(call_hook(pool, Phase::http_pre), ErrorCode::trap);
    EXPECT_EQ(pool.made(), 2U);
}

TEST(InstancePool, ReplacesAnInstanceWhoseMemoryPassedItsBound) {
    tests::HookHost host;
    InstancePool pool(host.load_guest("hook_echo", {.recycle_bytes = 1 << 20}));
    call_hook(pool, Phase::pre, "{}");
    call_hook(pool, Phase::pre, std::string(2 << 20, ' '));
    EXPECT_EQ(pool.made(), 1U);
    call_hook(pool, Phase::pre, "{}");
    EXPECT_EQ(pool.made(), 2U);
}

TEST(InstancePool, SaysWhyAnInstanceCannotBeMade) {
    tests::HookHost host;
    // The second instance fails where the first did not: `init` runs for each.
    InstancePool pool(host.load_guest("hook_echo", {.memory_bytes = 2 << 16}));
    EXPECT_NO_THROW(pool.take());
    EXPECT_ERROR(call_hook(pool, Phase::pre, std::string(1 << 20, ' ')), ErrorCode::guest_error);
}

}  // namespace
}  // namespace sluice::hooks
