#include <sluice/plugin.hpp>

#include "expect_error.hpp"
#include "plugins.hpp"

#include <initializer_list>
#include <utility>

namespace sluice {
namespace {

using testing::HasSubstr;
using tests::call;

/// A manifest of modules as (name, text).
Manifest of(std::initializer_list<std::pair<std::string, std::string>> modules) {
    Manifest manifest;
    for (const auto& [name, text] : modules)
        manifest.wasm.emplace_back(
            WasmBytes{.bytes = Bytes(as_bytes(text).begin(), as_bytes(text).end()), .name = name});
    return manifest;
}

/// Writes its counter, raised by one, as the output: one digit.
const std::string counter = R"((module
  (import "extism:host/env" "alloc" (func $alloc (param i64) (result i64)))
  (import "extism:host/env" "store_u8" (func $store (param i64 i32)))
  (import "extism:host/env" "output_set" (func $output (param i64 i64)))
  (memory (export "memory") 1)
  (global $seen (export "seen") (mut i32) (i32.const 0))
  (func (export "count") (result i32)
    (local $block i64)
    (global.set $seen (i32.add (global.get $seen) (i32.const 1)))
    (local.set $block (call $alloc (i64.const 1)))
    (call $store (local.get $block) (i32.add (global.get $seen) (i32.const 48)))
    (call $output (local.get $block) (i64.const 1))
    (i32.const 0))))";

const std::string counting = R"((module
  (import "counter" "count" (func $count (result i32)))
  (func (export "run") (result i32) (call $count))))";

TEST(Modules, AreLinkedByName) {
    Plugin plugin(of({{"counter", counter}, {"main", counting}}));
    EXPECT_EQ(call(plugin, "run"), "1");
    EXPECT_EQ(call(plugin, "run"), "2");
    EXPECT_FALSE(plugin.function_exists("count")) << "only the main module's functions are called";
}

TEST(Modules, HaveTheOneCalledMainOrElseTheLastForMain) {
    Plugin first(of({{"main", counting}, {"counter", counter}}));
    EXPECT_EQ(call(first, "run"), "1");
    Plugin last(of({{"counter", counter}, {"whatever", counting}}));
    EXPECT_EQ(call(last, "run"), "1");
    Plugin unnamed(of({{"counter", counter}, {"", counting}}));
    EXPECT_EQ(call(unnamed, "run"), "1");
}

TEST(Modules, ShareGlobalsAndMemories) {
    const std::string main = R"((module
      (import "counter" "count" (func $count (result i32)))
      (import "counter" "seen" (global $seen (mut i32)))
      (import "counter" "memory" (memory 1))
      (func (export "run") (result i32)
        (global.set $seen (i32.const 4))
        (i32.store (i32.const 0) (i32.const 9))
        (call $count))))";
    Plugin plugin(of({{"counter", counter}, {"main", main}}));
    EXPECT_EQ(call(plugin, "run"), "5");
}

TEST(Modules, AreMadeInTheOrderOfTheirImports) {
    const std::string middle = R"((module
      (import "z" "count" (func $count (result i32)))
      (func (export "count") (result i32) (drop (call $count)) (call $count))))";
    const std::string main = R"((module
      (import "a" "count" (func $count (result i32)))
      (func (export "run") (result i32) (call $count))))";
    Plugin plugin(of({{"main", main}, {"a", middle}, {"z", counter}}));
    EXPECT_EQ(call(plugin, "run"), "2");
}

TEST(Modules, AreInitialisedOnceBeforeTheMainOne) {
    const std::string part = R"((module
      (global $ready (mut i32) (i32.const 0))
      (func (export "_initialize") (global.set $ready (i32.add (global.get $ready) (i32.const 1))))
      (func (export "ready") (result i32) (global.get $ready))))";
    const std::string main = R"((module
      (import "part" "ready" (func $ready (result i32)))
      (global $seen (mut i32) (i32.const 0))
      (func (export "_initialize") (global.set $seen (call $ready)))
      (func (export "run") (result i32)
        (i32.sub (i32.add (global.get $seen) (call $ready)) (i32.const 2)))))";
    Plugin plugin(of({{"part", part}, {"main", main}}));
    EXPECT_NO_THROW(plugin.call("run"));
}

TEST(Modules, GoBeforeHostFunctionsOfTheSameName) {
    const std::string part = R"((module (func (export "answer") (result i32) (i32.const 0))))";
    const std::string main = R"((module
      (import "extism:host/user" "answer" (func $answer (result i32)))
      (func (export "run") (result i32) (call $answer))))";
    PluginOptions options;
    options.functions.push_back(host_function("answer", []() -> std::int32_t { return 1; }));
    Plugin linked(of({{"extism:host/user", part}, {"main", main}}), options);
    EXPECT_NO_THROW(linked.call("run"));
    Plugin alone(of({{"main", main}}), options);
    EXPECT_ERROR_SAYING(alone.call("run"), ErrorCode::guest_error, HasSubstr("returned 1"));
}

TEST(Modules, AreEachInstancesOwn) {
    const CompiledPlugin compiled(of({{"counter", counter}, {"main", counting}}));
    Plugin one(compiled);
    Plugin other(compiled);
    EXPECT_EQ(call(one, "run"), "1");
    EXPECT_EQ(call(other, "run"), "1");
    one.reset();
    EXPECT_EQ(call(one, "run"), "1");
}

TEST(Modules, ThatImportInACircleAreRefused) {
    const auto importing = [](const std::string& from) {
        return "(module (import \"" + from + "\" \"f\" (func)) (func (export \"f\")))";
    };
    EXPECT_ERROR_SAYING(
        Plugin(of({{"a", importing("b")}, {"b", importing("a")}, {"main", importing("a")}})),
        ErrorCode::invalid_input, HasSubstr("in a circle: a -> b -> a"));
    EXPECT_ERROR_SAYING(Plugin(of({{"a", importing("a")}, {"main", importing("a")}})),
                        ErrorCode::invalid_input, HasSubstr("in a circle: a -> a"));
    EXPECT_ERROR_SAYING(Plugin(of({{"a", importing("main")}, {"main", importing("a")}})),
                        ErrorCode::invalid_input, HasSubstr("imports from main"));
}

TEST(Modules, NeedNamesThatDiffer) {
    EXPECT_ERROR_SAYING(Plugin(of({{"", counter}, {"main", counting}})), ErrorCode::invalid_input,
                        HasSubstr("wasm[0] needs a name"));
    EXPECT_ERROR_SAYING(Plugin(of({{"a", counter}, {"a", counter}, {"main", counting}})),
                        ErrorCode::invalid_input,
                        HasSubstr("wasm[0] and wasm[1] are both called a"));
    EXPECT_ERROR_SAYING(Plugin(of({{"extism:host/env", counter}, {"main", counting}})),
                        ErrorCode::invalid_input, HasSubstr("Extism's own"));
    EXPECT_ERROR_SAYING(Plugin(Manifest{}), ErrorCode::invalid_input, HasSubstr("no module"));
}

TEST(Modules, NameWhatNobodyGives) {
    EXPECT_ERROR_SAYING(Plugin(of({{"counter", "(module)"}, {"main", counting}})),
                        ErrorCode::invalid_input, HasSubstr("`counter::count`"));
    const std::string other = R"((module (func (export "count") (param i32) (result i32)
      (local.get 0))))";
    EXPECT_ERROR_SAYING(Plugin(of({{"counter", other}, {"main", counting}})),
                        ErrorCode::invalid_input,
                        HasSubstr("`counter::count` is () -> i32, but a function (i32) -> i32"));
    const std::string global = R"((module (global (export "count") i32 (i32.const 0))))";
    EXPECT_ERROR_SAYING(Plugin(of({{"counter", global}, {"main", counting}})),
                        ErrorCode::invalid_input, HasSubstr("of another kind"));
}

TEST(Modules, ThatNeverStartAreStoppedInTime) {
    const std::string endless = R"((module (func $start (loop (br 0))) (start $start)))";
    Manifest manifest = of({{"endless", endless}, {"main", "(module (func (export \"run\")))"}});
    manifest.timeout = std::chrono::milliseconds(50);
    EXPECT_ERROR_SAYING(Plugin{manifest}, ErrorCode::timeout, HasSubstr("failed to instantiate"));
}

}  // namespace
}  // namespace sluice
