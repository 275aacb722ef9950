#include <sluice/plugin_pool.hpp>

#include "plugins.hpp"
#include "resident_memory.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <string>

namespace sluice {
namespace {

using tests::expect_no_growth;
using tests::manifest_of;

// The smallest allocation takes 32 bytes, so that one lost in each call passes its bound; a life
// makes many, and may lose none of 64.
constexpr int calls = 100'000;
constexpr std::ptrdiff_t calls_bound = 2 << 20;
constexpr int lives = 10'000;
constexpr std::ptrdiff_t lives_bound = 512 << 10;

TEST(Leaks, AreNotInCalls) {
    SLUICE_SKIP_WITHOUT_MEMORY_COUNTS();
    std::size_t logged = 0;
    Manifest manifest = manifest_of("extism_text");
    manifest.config["key"] = "a value that is longer than a short string";
    Plugin plugin(manifest,
                  {.log = [&](LogLevel, std::string_view text) { logged += text.size(); }});

    expect_no_growth(calls, calls_bound, [&] {
        plugin.call("config", as_bytes("key"));
        plugin.call("remember", as_bytes("a text that is longer than a short string"));
        plugin.try_call("fail", as_bytes("an error that is longer than a short string"));
    });
}

TEST(Leaks, AreNotInCallsOfHostFunctions) {
    SLUICE_SKIP_WITHOUT_MEMORY_COUNTS();
    PluginOptions options;
    options.functions.push_back(
        host_function("f", [](std::string_view text) { return std::string(text) + " again"; }));
    Plugin plugin = tests::plugin_of(R"((module
        (import "extism:host/env" "input_offset" (func $input (result i64)))
        (import "extism:host/env" "length" (func $length (param i64) (result i64)))
        (import "extism:host/env" "output_set" (func $output (param i64 i64)))
        (import "extism:host/user" "f" (func $f (param i64) (result i64)))
        (func (export "run") (local $h i64)
          (local.set $h (call $f (call $input)))
          (call $output (local.get $h) (call $length (local.get $h))))))",
                                     std::move(options));

    expect_no_growth(calls, calls_bound, [&] {
        plugin.call("run", as_bytes("a text that is longer than a short string"));
    });
}

TEST(Leaks, AreNotInLives) {
    SLUICE_SKIP_WITHOUT_MEMORY_COUNTS();
    const CompiledPlugin compiled(manifest_of("extism_text"));

    expect_no_growth(lives, lives_bound, [&] {
        Plugin plugin(compiled);
        plugin.call("remember", as_bytes("a text that is longer than a short string"));
    });
}

TEST(Leaks, AreNotInLivesThatEndInATrap) {
    SLUICE_SKIP_WITHOUT_MEMORY_COUNTS();
    Plugin plugin(manifest_of("extism_text"));

    expect_no_growth(lives, lives_bound, [&] {
        plugin.try_call("trap");
        plugin.reset();
    });
}

TEST(Leaks, AreNotInPools) {
    SLUICE_SKIP_WITHOUT_MEMORY_COUNTS();
    const CompiledPlugin compiled(manifest_of("extism_text"));
    PluginPool kept(compiled, 2);

    expect_no_growth(calls, calls_bound, [&] {
        const auto plugin = kept.take();
        plugin->call("echo", as_bytes("a text that is longer than a short string"));
    });
    expect_no_growth(lives, lives_bound, [&] {
        PluginPool pool(compiled, 2);
        const auto plugin = pool.take();
        plugin->call("echo", as_bytes("a text that is longer than a short string"));
    });
}

}  // namespace
}  // namespace sluice
