#include "extism.hpp"
#include "guests.hpp"

#include <atomic>
#include <thread>

namespace extism_tests {
namespace {

using testing::StartsWith;

/// Cancels once the guest has told that it runs, and then spins.
constexpr std::string_view spinner = R"((module
  (import "extism:host/user" "begun" (func $begun))
  (func (export "spin") (call $begun) (loop $again (br $again)))
  (func (export "quick"))))";

TEST(Cancel, EndsARunningCallFromAnotherThread) {
    std::atomic<bool> begun = false;
    const Function told(extism_function_new(
        "begun", nullptr, 0, nullptr, 0,
        [](ExtismCurrentPlugin*, const ExtismVal*, ExtismSize, ExtismVal*, ExtismSize, void* data) {
            auto& flag = *static_cast<std::atomic<bool>*>(data);
            flag = true;
            flag.notify_one();
        },
        &begun, nullptr));
    const Plugin plugin = plugin_of(spinner, {.functions = {told.get()}});

    const std::jthread canceller([&] {
        begun.wait(false);
        EXPECT_TRUE(extism_plugin_cancel(extism_plugin_cancel_handle(plugin.get())));
    });

    EXPECT_EQ(call(plugin, "spin"), 134);
    EXPECT_THAT(error(plugin), StartsWith("timeout: plug-in main: `spin`: cancelled"));
    EXPECT_EQ(call(plugin, "quick"), 0);
}

TEST(Cancel, WakesASleepingGuest) {
    const Plugin plugin = plugin_of(R"((module
        (import "wasi_snapshot_preview1" "poll_oneoff"
          (func $poll (param i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 1)
        (func (export "sleep") (result i32)
          (i32.store (i32.const 16) (i32.const 1))
          (i64.store (i32.const 24) (i64.const 60000000000))
          (call $poll (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 128)))))",
                                    {.wasi = true});
    std::atomic<bool> done = false;
    const std::jthread canceller([&] {
        while (!done) extism_plugin_cancel(extism_plugin_cancel_handle(plugin.get()));
    });

    EXPECT_EQ(call(plugin, "sleep"), 134);
    EXPECT_THAT(error(plugin), StartsWith("timeout: plug-in main: `sleep`: "));
    done = true;
}

TEST(Cancel, DoesNothingWhileNoCallRuns) {
    const Plugin plugin = plugin_of(guests::endings);

    EXPECT_TRUE(extism_plugin_cancel(extism_plugin_cancel_handle(plugin.get())));

    EXPECT_EQ(call(plugin, "zero"), 0);
}

TEST(Cancel, LeavesThePluginsTwinAlone) {
    const std::string_view wasm = guests::endings;
    const Compiled compiled(
        extism_compiled_plugin_new(data_of(wasm), wasm.size(), nullptr, 0, false, nullptr));
    const Plugin one(extism_plugin_new_from_compiled(compiled.get(), nullptr));
    const Plugin other(extism_plugin_new_from_compiled(compiled.get(), nullptr));
    std::atomic<bool> done = false;
    std::jthread spinning([&] {
        EXPECT_EQ(call(one, "spin"), 134);
        done = true;
    });

    // The call may not have begun when it is cancelled for the first time.
    while (!done) {
        extism_plugin_cancel(extism_plugin_cancel_handle(one.get()));
        EXPECT_EQ(call(other, "zero"), 0);
    }
}

TEST(Threads, TakeTurnsWithOnePlugin) {
    const Plugin plugin = plugin_of(guests::endings);
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i)
            threads.emplace_back([&] {
                for (int j = 0; j < 100; ++j) EXPECT_GT(call(plugin, "count"), 0);
            });
    }
    EXPECT_EQ(call(plugin, "count"), 401);
}

}  // namespace
}  // namespace extism_tests
