#include <sluice/plugin.hpp>

#include "expect_error.hpp"
#include "plugins.hpp"

#include <memory>
#include <stdexcept>

namespace sluice {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using tests::call;

/// A guest whose `run` hands its input to the host function `f` and gives what that returns.
constexpr std::string_view through_f = R"((module
  (import "extism:host/env" "input_offset" (func $input (result i64)))
  (import "extism:host/env" "length" (func $length (param i64) (result i64)))
  (import "extism:host/env" "output_set" (func $output (param i64 i64)))
  (import "extism:host/user" "f" (func $f (param i64) (result i64)))
  (func (export "run")
    (local $answer i64)
    (local.set $answer (call $f (call $input)))
    (if (i64.ne (local.get $answer) (i64.const 0))
      (then (call $output (local.get $answer) (call $length (local.get $answer))))))))";

Plugin with(HostFunction function, std::string_view guest = through_f) {
    PluginOptions options;
    options.functions.push_back(std::move(function));
    return tests::plugin_of(guest, std::move(options));
}

TEST(HostFunctions, TakeAndGiveTexts) {
    Plugin plugin = with(host_function(
        "f", [](std::string_view name) { return "Hello, " + std::string(name) + "!"; }));
    EXPECT_EQ(call(plugin, "run", "Ada"), "Hello, Ada!");
    EXPECT_EQ(call(plugin, "run", ""), "Hello, !");
    const std::string large(1 << 20, 'x');
    EXPECT_EQ(call(plugin, "run", large).size(), large.size() + 8);
}

TEST(HostFunctions, TakeAndGiveBytesAndNothing) {
    Plugin echo = with(host_function("f", [](ByteView bytes) { return bytes; }));
    EXPECT_EQ(call(echo, "run", std::string("a\0b", 3)), std::string("a\0b", 3));
    Plugin absent = with(host_function(
        "f", [](const std::optional<std::string>& text) -> std::optional<std::string> {
            if (!text) return "no input";
            return std::nullopt;
        }));
    EXPECT_EQ(call(absent, "run", "x"), "");
    EXPECT_EQ(call(absent, "run", ""), "no input");
}

TEST(HostFunctions, TakeAndGiveNumbersOfEveryType) {
    constexpr std::string_view guest = R"((module
      (import "extism:host/user" "mix"
        (func $mix (param i32 i64 f32 f64 i32 i64) (result f64)))
      (func (export "run") (result i32)
        (i32.trunc_f64_s
          (call $mix (i32.const -1) (i64.const -2) (f32.const 0.5) (f64.const 0.25)
            (i32.const -1) (i64.const 3))))))";
    double seen = 0;
    Plugin plugin = with(host_function("mix",
                                       [&](std::int32_t a, std::int64_t b, float c, double d,
                                           std::uint32_t e, std::uint64_t f) {
                                           seen = a + static_cast<double>(b) + c + d + e +
                                                  static_cast<double>(f);
                                           return 0.0;
                                       }),
                         guest);
    plugin.call("run");
    EXPECT_EQ(seen, -1.0 - 2 + 0.5 + 0.25 + 4294967295.0 + 3);
}

TEST(HostFunctions, MayBePlainFunctions) {
    struct Local {
        static std::string twice(std::string_view text) {
            return std::string(text) + std::string(text);
        }
    };
    Plugin plugin = with(host_function("f", &Local::twice));
    EXPECT_EQ(call(plugin, "run", "ab"), "abab");
}

TEST(HostFunctions, KnowThePluginThatCallsThem) {
    std::vector<std::string> logged;
    PluginOptions options;
    options.log = [&](LogLevel, std::string_view message) { logged.emplace_back(message); };
    options.functions.push_back(
        host_function("f", [](CurrentPlugin& plugin, std::string_view key) -> std::string {
            plugin.log(LogLevel::warn, "asked for " + std::string(key));
            plugin.log(LogLevel::debug, "not heard");
            plugin.set_variable("last", as_bytes(key));
            const MemoryHandle block = plugin.write("temporary");
            EXPECT_EQ(plugin.length(block), 9U);
            EXPECT_EQ(plugin.text(block), "temporary");
            plugin.free(block);
            EXPECT_EQ(plugin.length(block), 0U);
            EXPECT_EQ(plugin.alloc(0), 0U);
            EXPECT_GT(plugin.deadline(), std::chrono::steady_clock::now());
            return plugin.name() + *plugin.host_context<std::string>();
        }));
    Plugin plugin = tests::plugin_of(through_f, std::move(options));
    std::string context = "-7";
    EXPECT_EQ(as_text(plugin.call("run", as_bytes("k"), {.host_context = &context})), "guest-7");
    EXPECT_EQ(logged, std::vector<std::string>{"asked for k"});
    EXPECT_EQ(as_text(plugin.variable("last").value()), "k");
}

TEST(HostFunctions, ThatThrowEndTheCallWithTheirText) {
    Plugin plugin = with(host_function("f", [](std::string_view) -> std::string {
        throw std::runtime_error("the cupboard is bare");
    }));
    EXPECT_ERROR_SAYING(
        plugin.call("run"), ErrorCode::trap,
        testing::AllOf(HasSubstr("plug-in guest"), HasSubstr("`run`"),
                       HasSubstr("extism:host/user.f"), HasSubstr("the cupboard is bare")));
}

TEST(HostFunctions, RefuseHandlesThatAreNoBlocks) {
    constexpr std::string_view guest = R"((module
      (import "extism:host/env" "alloc" (func $alloc (param i64) (result i64)))
      (import "extism:host/user" "f" (func $f (param i64) (result i64)))
      (func (export "inside") (drop (call $f (i64.add (call $alloc (i64.const 9)) (i64.const 1)))))
      (func (export "far") (drop (call $f (i64.const 0x7fffffffffffffff))))
      (func (export "negative") (drop (call $f (i64.const -8))))))";
    const CompiledPlugin compiled(
        Manifest::bytes(as_bytes(guest), "guest"),
        {.functions = {host_function("f", [](ByteView bytes) { return bytes; })}});
    for (const auto* function : {"inside", "far", "negative"}) {
        Plugin plugin(compiled);
        EXPECT_ERROR_SAYING(plugin.call(function), ErrorCode::trap,
                            HasSubstr("invalid memory handle"));
    }
}

TEST(HostFunctions, AreToldWhenThereIsNoRoomForTheirAnswer) {
    Manifest manifest = Manifest::bytes(as_bytes(through_f), "guest");
    manifest.memory.max_pages = 2;
    const CompiledPlugin compiled(
        manifest,
        {.functions = {host_function("f", [](ByteView) { return std::string(1 << 20, 'x'); })}});
    Plugin plugin(compiled);
    EXPECT_ERROR_SAYING(plugin.call("run"), ErrorCode::memory_limit,
                        HasSubstr("no room for a block of 1048576 bytes"));
}

TEST(HostFunctions, LiveInTheModuleTheyAreGiven) {
    constexpr std::string_view guest = R"((module
      (import "env" "f" (func $f (result i32)))
      (import "extism:host/user" "f" (func $g (result i32)))
      (func (export "run") (result i32) (i32.sub (call $f) (call $g)))))";
    PluginOptions options;
    options.functions = {host_function(
                             "f", []() -> std::int32_t { return 4; }, "env"),
                         host_function("f", []() -> std::int32_t { return 9; }),
                         host_function("f", []() -> std::int32_t { return 4; })};
    Plugin plugin = tests::plugin_of(guest, options);
    EXPECT_NO_THROW(plugin.call("run")) << "of two with one name the last counts";
}

TEST(HostFunctions, MayReplaceWasis) {
    constexpr std::string_view guest = R"((module
      (import "wasi_snapshot_preview1" "sched_yield" (func $yield (result i32)))
      (func (export "run") (result i32) (call $yield))))";
    PluginOptions options;
    options.functions = {
        host_function("sched_yield", []() -> std::int32_t { return 3; }, "wasi_snapshot_preview1")};
    Plugin plugin = tests::plugin_of(guest, options);
    EXPECT_ERROR_SAYING(plugin.call("run"), ErrorCode::guest_error, HasSubstr("returned 3"));
}

TEST(HostFunctions, WorkWhileTheGuestStarts) {
    constexpr std::string_view guest = R"((module
      (import "extism:host/env" "alloc" (func $alloc (param i64) (result i64)))
      (import "extism:host/user" "f" (func $f (param i64) (result i64)))
      (func $start (drop (call $f (call $alloc (i64.const 3)))))
      (start $start)
      (func (export "run"))))";
    std::size_t seen = 0;
    Plugin plugin = with(host_function("f",
                                       [&](ByteView bytes) {
                                           seen = bytes.size();
                                           return std::string("answer");
                                       }),
                         guest);
    EXPECT_EQ(seen, 3U);
}

TEST(HostFunctions, WorkOnAFiberThatMayBeCancelled) {
    std::stop_source stop;
    Plugin plugin = with(host_function("f", [&](CurrentPlugin& current, std::string_view text) {
        EXPECT_TRUE(current.cancel().stop_possible());
        return std::string(text) + std::to_string(current.length(current.write("12345")));
    }));
    EXPECT_EQ(as_text(plugin.call("run", as_bytes("n"), {.cancel = stop.get_token()})), "n5");
}

TEST(HostFunctions, AreKeptAsLongAsThePluginsNeedThem) {
    auto owned = std::make_shared<int>(7);
    const std::weak_ptr<int> watch = owned;
    {
        std::optional<Plugin> plugin;
        {
            const CompiledPlugin compiled(
                Manifest::bytes(as_bytes(through_f), "guest"),
                {.functions = {host_function("f", [owned = std::move(owned)](std::string_view) {
                     return std::to_string(*owned);
                 })}});
            plugin.emplace(compiled);
        }
        EXPECT_EQ(call(*plugin, "run"), "7");
    }
    EXPECT_TRUE(watch.expired());
}

TEST(HostFunctions, WithVectorsOrReferencesAreRefused) {
    PluginOptions options;
    options.functions.push_back({.name = "f",
                                 .type = {.parameters = {ValueType::v128}, .results = {}},
                                 .function = [](CurrentPlugin&, std::span<Value>) {}});
    EXPECT_ERROR_SAYING(tests::plugin_of("(module)", options), ErrorCode::invalid_input,
                        HasSubstr("extism:host/user::f: (v128)"));
    options.functions[0] = {.name = "g"};
    EXPECT_ERROR_SAYING(tests::plugin_of("(module)", options), ErrorCode::invalid_input,
                        HasSubstr("extism:host/user::g: nothing is to be called"));
}

TEST(HostFunctions, OfAnotherTypeThanTheImportAreRefused) {
    EXPECT_ERROR_SAYING(with(host_function("f", [](std::int32_t) -> std::int64_t { return 0; })),
                        ErrorCode::invalid_input,
                        HasSubstr("`extism:host/user::f` is (i64) -> i64, but a function (i32) -> "
                                  "i64 is offered"));
}

TEST(HostFunctions, MayCallOtherPlugins) {
    Plugin inner = with(
        host_function("f", [](std::string_view text) { return std::string(text) + " inside"; }));
    Plugin outer = with(host_function("f", [&](ByteView bytes) {
        return std::string(as_text(inner.call("run", bytes))) + " and out";
    }));
    EXPECT_EQ(call(outer, "run", "in"), "in inside and out");
}

TEST(Wasi, IsRefusedByNameWhenItIsOff) {
    constexpr std::string_view guest = R"((module
      (import "wasi_snapshot_preview1" "sched_yield" (func (result i32)))))";
    EXPECT_NO_THROW(tests::plugin_of(guest));
    EXPECT_ERROR_SAYING(tests::plugin_of(guest, {.wasi = false}), ErrorCode::invalid_input,
                        HasSubstr("wasi_snapshot_preview1::sched_yield"));
}

TEST(CompiledPlugin, ListsItsExportedFunctions) {
    const CompiledPlugin compiled(
        Manifest::bytes(as_bytes(through_f), "guest"),
        {.functions = {host_function("f", [](ByteView b) { return b; })}});
    const auto functions = compiled.exported_functions();
    ASSERT_EQ(functions.size(), 1U);
    EXPECT_EQ(functions[0].name, "run");
    EXPECT_EQ(to_string(functions[0].type), "()");
}

}  // namespace
}  // namespace sluice
