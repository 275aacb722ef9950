#include "expect_error.hpp"
#include "plugins.hpp"

#include <chrono>
#include <stop_token>
#include <string>

namespace sluice {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using tests::call;
using tests::plugin_of;

Manifest manifest_of_text(std::string_view text) {
    return Manifest::bytes(as_bytes(text), "guest");
}

TEST(Limits, OfTablesAreToldToTheGuestThatPassesThem) {
    Plugin plugin = plugin_of(R"((module
        (table 1 funcref)
        (func (export "grow") (result i32)
          (table.grow (ref.null func) (i32.const 1000000)))
        (func (export "grow_a_little") (result i32)
          (table.grow (ref.null func) (i32.const 10)))))");

    EXPECT_EQ(plugin.try_call("grow").status, -1);
    EXPECT_EQ(plugin.try_call("grow_a_little").status, 1);
}

TEST(Limits, OfTheStackEndTheCallThatPassesThem) {
    Plugin plugin = plugin_of(R"((module
        (func $deep (export "deep") (call $deep))
        (func (export "flat"))))");

    EXPECT_ERROR_SAYING(plugin.call("deep"), ErrorCode::trap, HasSubstr("call stack exhausted"));
    EXPECT_ERROR(plugin.call("flat"), ErrorCode::poisoned);
    plugin.reset();
    EXPECT_NO_THROW(plugin.call("flat"));
}

TEST(Limits, OfTimeEndALoopOfCallsToTheHost) {
    PluginOptions options;
    options.functions.push_back(host_function("ask", [] { return std::int32_t{1}; }));
    Plugin plugin = plugin_of(R"((module
        (import "extism:host/user" "ask" (func $ask (result i32)))
        (func (export "run") (loop $again (br_if $again (call $ask))))))",
                              std::move(options));

    EXPECT_ERROR(plugin.call("run", {}, {.timeout = 20ms}), ErrorCode::timeout);
}

TEST(Limits, OfTimeReachAPluginThatAHostFunctionCalls) {
    Plugin inner = plugin_of(R"((module (func (export "spin") (loop $again (br $again)))))");
    PluginOptions options;
    options.functions.push_back(host_function("ask", [&](CurrentPlugin& caller) {
        const auto left = caller.deadline() - std::chrono::steady_clock::now();
        inner.call("spin", {},
                   {.timeout = std::chrono::ceil<std::chrono::milliseconds>(left),
                    .cancel = caller.cancel()});
    }));
    Plugin outer = plugin_of(R"((module
        (import "extism:host/user" "ask" (func $ask))
        (func (export "run") (call $ask))))",
                             std::move(options));

    EXPECT_ERROR_SAYING(outer.call("run", {}, {.timeout = 30ms}), ErrorCode::timeout,
                        HasSubstr("host function extism:host/user.ask"));
    EXPECT_TRUE(inner.is_poisoned());
}

TEST(Limits, OfMemoryHoldInAFloodOfMessagesThatItsCallerEnds) {
    Manifest manifest = manifest_of_text(R"((module
        (import "extism:host/env" "alloc" (func $alloc (param i64) (result i64)))
        (import "extism:host/env" "log_error" (func $log (param i64)))
        (func (export "run") (loop $again
          (call $log (call $alloc (i64.const 100000)))
          (br $again)))))");
    manifest.memory.max_pages = 16;  // for ten of a thousand messages, were they kept
    std::stop_source source;
    std::size_t messages = 0;
    Plugin plugin(manifest, {.log = [&](LogLevel, std::string_view message) {
                      EXPECT_EQ(message.size(), 100'000U);
                      if (++messages == 1'000) source.request_stop();
                  }});

    EXPECT_ERROR(plugin.call("run", {}, {.cancel = source.get_token()}), ErrorCode::cancelled);
    EXPECT_GE(messages, 1'000U);
}

TEST(Limits, OfVariablesEndAFloodOfThem) {
    Manifest manifest = manifest_of_text(R"((module
        (import "extism:host/env" "alloc" (func $alloc (param i64) (result i64)))
        (import "extism:host/env" "store_u64" (func $store (param i64 i64)))
        (import "extism:host/env" "var_set" (func $set (param i64 i64)))
        (func $number (param $n i64) (result i64) (local $h i64)
          (local.set $h (call $alloc (i64.const 8)))
          (call $store (local.get $h) (local.get $n))
          (local.get $h))
        (func (export "run") (local $n i64) (loop $again
          (local.set $n (i64.add (local.get $n) (i64.const 0x0101010101010101)))
          (call $set (call $number (local.get $n)) (call $number (local.get $n)))
          (br $again)))))");
    manifest.memory.max_var_bytes = 640;  // of ten with 8 + 8 + 48 bytes each
    Plugin plugin(manifest);

    EXPECT_ERROR_SAYING(plugin.call("run"), ErrorCode::trap, HasSubstr("variable store is full"));
    EXPECT_TRUE(plugin.variable(std::string(8, '\x0a')));
    EXPECT_FALSE(plugin.variable(std::string(8, '\x0b')));
}

TEST(Limits, OfMemoryLeaveAPluginThatServesAgainAfterAReset) {
    Manifest manifest = manifest_of_text(R"((module
        (import "extism:host/env" "input_length" (func $size (result i64)))
        (memory 1)
        (func (export "hoard") (result i32)
          (loop $again
            (br_if $again (i32.ne (memory.grow (i32.const 16)) (i32.const -1))))
          (memory.grow (i32.const 1)))
        (func (export "die") (loop $again
          (br_if $again (i32.ne (memory.grow (i32.const 16)) (i32.const -1)))) (unreachable))
        (func (export "size") (result i32) (i32.wrap_i64 (call $size)))))");
    manifest.memory.max_pages = 100;
    Plugin plugin(manifest);

    EXPECT_NE(plugin.try_call("hoard").status, 0);
    EXPECT_EQ(plugin.try_call("size", as_bytes("four")).status, 4);
    EXPECT_ERROR(plugin.call("die"), ErrorCode::memory_limit);
    plugin.reset();
    EXPECT_EQ(plugin.try_call("size", as_bytes("four")).status, 4);
    EXPECT_NE(plugin.try_call("hoard").status, 0);
}

TEST(Limits, OfMemoryThatAModuleDeclaresCanBeReached) {
    for (const bool has_limit : {false, true}) {
        Manifest full = manifest_of_text("(module (memory 1 1) (func (export \"run\")))");
        Manifest growing = manifest_of_text(R"((module (memory 1 2)
            (func (export "run") (result i32) (memory.grow (i32.const 1)))))");
        for (Manifest* each : {&full, &growing})
            if (has_limit) each->memory.max_pages = 2;

        EXPECT_NO_THROW(Plugin(std::move(full)).call("run"));
        EXPECT_EQ(Plugin(std::move(growing)).try_call("run").status, 1);
    }
}

TEST(FreedBlocks, AreNoneForTheHost) {
    constexpr std::string_view guest = R"((module
        (import "extism:host/env" "alloc" (func $alloc (param i64) (result i64)))
        (import "extism:host/env" "free" (func $free (param i64)))
        (import "extism:host/env" "log_error" (func $log (param i64)))
        (import "extism:host/env" "config_get" (func $config (param i64) (result i64)))
        (import "extism:host/env" "var_set" (func $set (param i64 i64)))
        (import "extism:host/env" "error_set" (func $error (param i64)))
        (import "extism:host/env" "output_set" (func $output (param i64 i64)))
        (import "extism:host/user" "read" (func $read (param i64)))
        (func $freed (result i64) (local $h i64)
          (local.set $h (call $alloc (i64.const 64)))
          (call $free (local.get $h))
          (local.get $h))
        (func (export "log") (call $log (call $freed)))
        (func (export "config") (drop (call $config (call $freed))))
        (func (export "variable") (call $set (call $alloc (i64.const 1)) (call $freed)))
        (func (export "host") (call $read (call $freed)))
        (func (export "error") (call $error (call $freed)))))";
    PluginOptions options{.log = [](LogLevel, std::string_view) {}};
    options.functions.push_back(host_function("read", [](std::string_view) {}));
    const CompiledPlugin compiled(manifest_of_text(guest), std::move(options));

    for (const auto* function : {"log", "config", "variable", "host"})
        EXPECT_ERROR_SAYING(Plugin(compiled).call(function), ErrorCode::trap, HasSubstr("handle"));
    EXPECT_NO_THROW(Plugin(compiled).call("error"));  // no block, no error
}

TEST(Programs, KeepTheirVariablesWhenTheyAreStartedAnew) {
    Plugin plugin = plugin_of(R"((module
        (import "extism:host/env" "alloc" (func $alloc (param i64) (result i64)))
        (import "extism:host/env" "store_u8" (func $store (param i64 i32)))
        (import "extism:host/env" "length" (func $length (param i64) (result i64)))
        (import "extism:host/env" "var_get" (func $get (param i64) (result i64)))
        (import "extism:host/env" "var_set" (func $set (param i64 i64)))
        (import "extism:host/env" "output_set" (func $output (param i64 i64)))
        (global $runs (mut i32) (i32.const 0))
        (func $letter (param $c i32) (result i64) (local $h i64)
          (local.set $h (call $alloc (i64.const 1)))
          (call $store (local.get $h) (local.get $c))
          (local.get $h))
        (func (export "_start")
          (global.set $runs (i32.add (global.get $runs) (i32.const 1)))
          (call $set (call $letter (i32.const 107)) (call $letter (i32.const 118))))
        (func (export "recall") (result i32) (local $h i64)
          (local.set $h (call $get (call $letter (i32.const 107))))
          (call $output (local.get $h) (call $length (local.get $h)))
          (global.get $runs))))");

    EXPECT_NO_THROW(plugin.call("_start"));
    const CallResult result = plugin.try_call("recall");

    EXPECT_EQ(as_text(result.output), "v");
    EXPECT_EQ(result.status, 0);  // a fresh instance
}

TEST(Programs, MayAlsoBeLibraries) {
    std::string order;
    PluginOptions options;
    options.functions.push_back(
        host_function("say", [&](std::int32_t letter) { order += static_cast<char>(letter); }));
    Plugin plugin = plugin_of(R"((module
        (import "extism:host/user" "say" (func $say (param i32)))
        (global (export "answer") i32 (i32.const 42))
        (func (export "_initialize") (call $say (i32.const 105)))
        (func (export "_start") (call $say (i32.const 115)))
        (func (export "run") (call $say (i32.const 114)))))",
                              std::move(options));

    plugin.call("run");
    plugin.call("_start");
    plugin.call("run");

    EXPECT_EQ(order, "irsir");
}

TEST(Programs, ExitWithAnyStatus) {
    Plugin plugin = plugin_of(R"((module
        (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        (memory (export "memory") 1)
        (func (export "e126") (call $exit (i32.const 126)))
        (func (export "e255") (call $exit (i32.const 255)))
        (func (export "e500") (call $exit (i32.const 500)))
        (func (export "eminus") (call $exit (i32.const -1)))))");
    const auto status = [&](std::string_view function) {
        const CallResult result = plugin.try_call(function);
        EXPECT_EQ(result.end, CallResult::End::exited);
        return result.status;
    };

    EXPECT_EQ(status("e126"), 126);
    EXPECT_EQ(status("e255"), 255);
    EXPECT_EQ(status("e500"), 500);
    EXPECT_EQ(status("eminus"), -1);
}

}  // namespace
}  // namespace sluice
