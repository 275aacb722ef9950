#include "expect_error.hpp"
#include "plugins.hpp"

#include <string>

namespace sluice {
namespace {

using testing::HasSubstr;
using tests::call;
using tests::plugin_of;

/// A guest of the tests as PDKs from before Extism 1.0 would have made it.
std::string aged(std::string_view guest) {
    constexpr std::string_view present = "\"extism:host/env\" \"";
    std::string text = tests::guest(guest);
    for (std::size_t at = text.find(present); at != std::string::npos; at = text.find(present))
        text.replace(at, present.size(), "\"env\" \"extism_");
    return text;
}

/// With every kind of import between the old names.
constexpr std::string_view many_kinds = R"((module
    (import "env" "extism_input_length" (func $length (result i64)))
    (import "other" "table" (table 1 10 funcref))
    (import "other" "memory" (memory 1 10))
    (import "other" "global" (global (mut i64)))
    (import "env" "extism_absent" (func $absent))
    (func (export "run") (result i32) (i32.wrap_i64 (call $length)))))";

TEST(OldImports, AreThoseOfToday) {
    for (const bool fusion : {true, false}) {
        Plugin plugin = plugin_of(aged("count_vowels"), {.fusion = fusion});

        EXPECT_EQ(call(plugin, "count_vowels", "Hello, World!"), "{\"count\":3}");
    }
}

TEST(OldImports, MayStandBesideNewOnesAndTheHostsOwn) {
    PluginOptions options;
    options.functions.push_back(
        host_function("extism_answer", [] { return std::int32_t{40}; }, "env"));
    Plugin plugin = plugin_of(R"((module
        (import "env" "extism_input_length" (func $length (result i64)))
        (import "extism:host/env" "input_load_u8" (func $load (param i64) (result i32)))
        (import "env" "extism_answer" (func $answer (result i32)))
        (func (export "run") (result i32)
          (i32.add (call $answer)
            (i32.add (i32.wrap_i64 (call $length)) (call $load (i64.const 0)))))))",
                              std::move(options));

    EXPECT_EQ(plugin.try_call("run", as_bytes("a")).status, 40 + 1 + 'a');
}

TEST(OldImports, AreFoundAmongOthersOfEveryKind) {
    EXPECT_ERROR_SAYING(plugin_of(many_kinds), ErrorCode::invalid_input,
                        HasSubstr("unknown import: `other::table` has not been defined"));
}

TEST(OldImports, HaveTheTypesOfToday) {
    EXPECT_ERROR_SAYING(
        plugin_of(R"((module (import "env" "extism_alloc" (func (param i32) (result i32)))))"),
        ErrorCode::invalid_input, HasSubstr("extism:host/env::alloc"));
}

TEST(OldImports, ThatNobodyKnowsAreNamedAsTheyStand) {
    EXPECT_ERROR_SAYING(plugin_of(R"((module (import "env" "extism_fly" (func))))"),
                        ErrorCode::invalid_input, HasSubstr("unknown import: `env::extism_fly`"));
}

}  // namespace
}  // namespace sluice
