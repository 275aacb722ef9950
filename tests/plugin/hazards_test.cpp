#include <sluice/plugin.hpp>

#include "expect_error.hpp"
#include "plugins.hpp"

#include <future>
#include <thread>

namespace sluice {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using tests::call;
using tests::manifest_of;
using tests::plugin_of;

TEST(Plugin, StopsAnEndlessLoopAtItsTimeoutAndServesAgainAfterReset) {
    Plugin plugin(manifest_of("extism_text"));
    call(plugin, "remember", "me");

    EXPECT_ERROR(plugin.call("spin", {}, {.timeout = 20ms}), ErrorCode::timeout);
    EXPECT_ERROR_SAYING(call(plugin, "echo", "hello"), ErrorCode::poisoned,
                        "plug-in extism_text: an earlier call was cut short; reset() it first");

    plugin.reset();
    EXPECT_EQ(call(plugin, "echo", "hello"), "hello");
    EXPECT_EQ(call(plugin, "recall"), "me");
}

TEST(Plugin, TakesItsTimeoutFromTheManifestWhenTheCallGivesNone) {
    Manifest manifest = manifest_of("extism_text");
    manifest.timeout = 20ms;
    Plugin plugin(manifest);

    EXPECT_ERROR(plugin.call("spin"), ErrorCode::timeout);
}

TEST(Plugin, AcceptsTheLongestTimeout) {
    Plugin plugin(manifest_of("extism_text"));

    EXPECT_NO_THROW(plugin.call("echo", {}, {.timeout = std::chrono::milliseconds::max()}));
}

/// Calls `run`, cancels from another thread once the guest has called its host function `begun`,
/// and expects the call to end by that.
void expect_cancelled_while_running(std::string_view guest) {
    std::promise<void> begun;
    PluginOptions options;
    options.functions.push_back(host_function("begun", [&] { begun.set_value(); }));
    Plugin plugin = plugin_of(guest, std::move(options));
    std::stop_source source;
    const std::jthread canceller([&] {
        begun.get_future().wait();
        source.request_stop();
    });

    EXPECT_ERROR(plugin.call("run", {}, {.cancel = source.get_token()}), ErrorCode::cancelled);
    EXPECT_ERROR(plugin.call("run"), ErrorCode::poisoned);
}

TEST(Plugin, StopsWhenItsCallerGivesUp) {
    expect_cancelled_while_running(R"((module
        (import "extism:host/user" "begun" (func $begun))
        (func (export "run") (call $begun) (loop $again (br $again)))))");
}

TEST(Plugin, WakesASleepingGuestWhenItsCallerGivesUp) {
    expect_cancelled_while_running(R"((module
        (import "extism:host/user" "begun" (func $begun))
        (import "wasi_snapshot_preview1" "poll_oneoff"
          (func $poll (param i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 1)
        (func (export "run") (result i32)
          (call $begun)
          (i32.store (i32.const 16) (i32.const 1))
          (i64.store (i32.const 24) (i64.const 60000000000))
          (call $poll (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 128)))))");
}

TEST(Plugin, RunsNothingWhenItsCallerGaveUpBefore) {
    Plugin plugin(manifest_of("extism_text"));
    std::stop_source source;
    source.request_stop();

    EXPECT_ERROR(plugin.call("spin", {}, {.cancel = source.get_token()}), ErrorCode::cancelled);
    EXPECT_EQ(call(plugin, "echo", "hello"), "hello");
}

TEST(Plugin, GivesItsOutputWhenNobodyCancelled) {
    Plugin plugin(manifest_of("extism_text"));
    const std::stop_source source;

    const ByteView output = plugin.call("echo", as_bytes("hello"), {.cancel = source.get_token()});

    EXPECT_EQ(as_text(output), "hello");
    EXPECT_ERROR_SAYING(plugin.call("fail_silently", {}, {.cancel = source.get_token()}),
                        ErrorCode::guest_error, HasSubstr("returned 3"));
}

TEST(Plugin, IsPoisonedByATrapUntilReset) {
    Plugin plugin(manifest_of("extism_text"));

    EXPECT_ERROR_SAYING(call(plugin, "trap"), ErrorCode::trap,
                        AllOf(HasSubstr("plug-in extism_text: `trap`"), HasSubstr("unreachable")));
    EXPECT_ERROR(call(plugin, "echo"), ErrorCode::poisoned);

    plugin.reset();
    EXPECT_EQ(call(plugin, "echo", "hello"), "hello");
}

TEST(Plugin, TellsWhatTheGuestSaidBeforeItTrapped) {
    Plugin plugin(manifest_of("extism_text"));

    EXPECT_ERROR_SAYING(call(plugin, "fail_and_trap", "out of ideas"), ErrorCode::trap,
                        HasSubstr("(the guest said: out of ideas)"));
}

TEST(Plugin, StopsAnEndlessStartFunction) {
    Manifest manifest = manifest_of("endless_start");
    manifest.timeout = 20ms;

    EXPECT_ERROR_SAYING(Plugin(std::move(manifest)), ErrorCode::timeout,
                        HasSubstr("failed to instantiate WASM module"));
}

TEST(Plugin, StopsAnEndlessInitialiser) {
    Manifest manifest = Manifest::bytes(as_bytes(R"((module
        (func (export "_initialize") (loop $again (br $again)))))"));
    manifest.timeout = 20ms;

    EXPECT_ERROR(Plugin(std::move(manifest)), ErrorCode::timeout);
}

TEST(Plugin, KeepsTheGuestWithinItsPages) {
    Manifest manifest = Manifest::bytes(as_bytes(R"((module
        (import "extism:host/env" "input_length" (func (result i64)))
        (memory 1)
        (func (export "grow_to_ten") (result i32) (memory.grow (i32.const 9)))
        (func (export "grow_to_eleven") (result i32) (memory.grow (i32.const 10)))))"));
    manifest.memory.max_pages = 10;

    Plugin ten(manifest);
    EXPECT_ERROR_SAYING(ten.call("grow_to_ten"), ErrorCode::guest_error, HasSubstr("returned 1"));
    Plugin eleven(manifest);
    EXPECT_ERROR_SAYING(eleven.call("grow_to_eleven"), ErrorCode::guest_error,
                        HasSubstr("returned -1"));
}

TEST(Plugin, RefusesAGuestThatIsBornTooBig) {
    Manifest manifest = Manifest::bytes(as_bytes("(module (memory 11))"));
    manifest.memory.max_pages = 10;

    EXPECT_ERROR(Plugin(std::move(manifest)), ErrorCode::memory_limit);
}

TEST(Plugin, FailsTheCallThatPassesTheBoundOfVariables) {
    Manifest manifest = manifest_of("extism_text");
    manifest.memory.max_var_bytes = 100;
    Plugin plugin(manifest);
    call(plugin, "remember", "small");

    EXPECT_ERROR_SAYING(call(plugin, "remember", std::string(100, 'x')), ErrorCode::trap,
                        HasSubstr("variable store is full"));
    plugin.reset();
    EXPECT_EQ(call(plugin, "recall"), "small");
}

TEST(Plugin, ServesItsTwinWhileItSpins) {
    const CompiledPlugin compiled(manifest_of("extism_text"));
    Plugin spinning(compiled);
    Plugin other(compiled);
    std::stop_source source;
    std::jthread thread([&] {
        EXPECT_ERROR(spinning.call("spin", {}, {.cancel = source.get_token()}),
                     ErrorCode::cancelled);
    });

    for (int i = 0; i < 100; ++i) EXPECT_EQ(call(other, "echo", "hello"), "hello");
    source.request_stop();
}

}  // namespace
}  // namespace sluice
