#include <sluice/plugin_pool.hpp>

#include "expect_error.hpp"
#include "plugins.hpp"

#include <atomic>
#include <future>
#include <thread>
#include <vector>

namespace sluice {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

/// `count` gives how often it was called, as its status; `trap` traps.
constexpr std::string_view counter = R"((module
  (global $calls (mut i32) (i32.const 0))
  (func (export "count") (result i32)
    (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
    (i32.const 0))
  (func (export "trap") (unreachable))))";

CompiledPlugin compiled(std::string_view text = counter) {
    return CompiledPlugin(Manifest::bytes(as_bytes(text), "guest"));
}

TEST(PluginPool, UsesItsPluginsAgain) {
    PluginPool pool(compiled(), 3);
    EXPECT_EQ(pool.size(), 0U) << "plug-ins are made when they are needed";
    const Plugin* first = nullptr;
    {
        const auto lease = pool.take();
        first = &*lease;
        lease->call("count");
        EXPECT_EQ(pool.size(), 1U);
        EXPECT_EQ(pool.idle(), 0U);
    }
    EXPECT_EQ(pool.idle(), 1U);
    EXPECT_EQ(&*pool.take(), first);
}

TEST(PluginPool, UsesAgainWhatOtherThreadsGaveBack) {
    PluginPool pool(compiled(), 4);
    for (int i = 0; i < 8; ++i) std::thread([&] { pool.take()->call("count"); }).join();
    EXPECT_EQ(pool.size(), 1U);
    EXPECT_EQ(pool.idle(), 1U);
}

TEST(PluginPool, HasNoMoreThanItsBound) {
    PluginPool pool(compiled(), 2);
    const auto one = pool.take();
    const auto other = pool.take();
    EXPECT_NE(&*one, &*other);
    EXPECT_FALSE(pool.take_within(10ms));
    EXPECT_EQ(pool.size(), 2U);
}

TEST(PluginPool, HandsWhatComesBackToTheFirstInLine) {
    PluginPool pool(compiled(), 1);
    std::optional<PluginPool::Lease> held = pool.take();
    const Plugin* plugin = &**held;
    std::promise<void> waiting;
    auto waiter = std::async(std::launch::async, [&] {
        waiting.set_value();
        const auto lease = pool.take();
        return &*lease == plugin;
    });
    waiting.get_future().wait();
    held.reset();
    EXPECT_TRUE(waiter.get());
}

TEST(PluginPool, ThrowsAwayWhatCameBackPoisonedAndMakesAnother) {
    PluginPool pool(compiled(), 1);
    {
        const auto lease = pool.take();
        EXPECT_ERROR_SAYING(lease->call("trap"), ErrorCode::trap, HasSubstr("unreachable"));
    }
    EXPECT_EQ(pool.size(), 0U);
    EXPECT_NO_THROW(pool.take()->call("count"));
}

TEST(PluginPool, LetsTheNextTryWhenOneCouldNotBeMade) {
    PluginPool pool(compiled(R"((module (func $s (unreachable)) (start $s)))"), 1);
    for (int round = 0; round < 3; ++round)
        EXPECT_ERROR_SAYING(pool.take(), ErrorCode::trap, HasSubstr("failed to instantiate"));
    EXPECT_EQ(pool.size(), 0U);
}

TEST(PluginPool, MayDieBeforeItsLeases) {
    std::optional<PluginPool> pool(std::in_place, compiled(), 1);
    const auto lease = pool->take();
    pool.reset();
    EXPECT_NO_THROW(lease->call("count"));
}

TEST(PluginPool, RefusesToBeEmpty) {
    EXPECT_ERROR_SAYING(PluginPool(compiled(), 0), ErrorCode::invalid_input, HasSubstr("guest"));
}

TEST(PluginPool, ServesManyThreads) {
    PluginPool pool(compiled(), 3);
    std::atomic<int> calls = 0;
    std::atomic<int> inside = 0;
    std::atomic<bool> too_many = false;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 8; ++i)
            threads.emplace_back([&] {
                for (int round = 0; round < 200; ++round) {
                    const auto lease = pool.take();
                    if (++inside > 3) too_many = true;
                    lease->call("count");
                    --inside;
                    ++calls;
                }
            });
    }
    EXPECT_EQ(calls, 1'600);
    EXPECT_FALSE(too_many);
    EXPECT_LE(pool.size(), 3U);
    EXPECT_EQ(pool.idle(), pool.size());
}

}  // namespace
}  // namespace sluice
