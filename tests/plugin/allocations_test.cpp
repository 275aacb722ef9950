#include "allocation_count.hpp"

#include <sluice/plugin.hpp>
#include <sluice/plugin_pool.hpp>

#include <gtest/gtest.h>

#include <string_view>

namespace sluice {
namespace {

using tests::allocations_of;

constexpr std::string_view guest = R"((module
  (import "extism:host/env" "alloc" (func $alloc (param i64) (result i64)))
  (import "extism:host/env" "input_length" (func $input_length (result i64)))
  (import "extism:host/env" "input_load_u8" (func $input_load_u8 (param i64) (result i32)))
  (import "extism:host/env" "store_u8" (func $store_u8 (param i64 i32)))
  (import "extism:host/env" "output_set" (func $output_set (param i64 i64)))
  (import "extism:host/user" "twice" (func $twice (param i64) (result i64)))
  (func (export "nothing") (result i32) (i32.const 0))
  (func (export "ask") (result i32) (i32.wrap_i64 (i64.sub (call $twice (i64.const 4)) (i64.const 8))))
  (func (export "first_byte_of_the_input") (result i32)
    (local $out i64)
    (local.set $out (call $alloc (call $input_length)))
    (call $store_u8 (local.get $out) (call $input_load_u8 (i64.const 0)))
    (call $output_set (local.get $out) (i64.const 1))
    (i32.const 0))))";

class Allocations : public testing::TestWithParam<bool> {
  protected:
    CompiledPlugin compiled{
        Manifest::bytes(as_bytes(guest), "guest"),
        {.functions = {host_function("twice", [](std::int64_t number) { return 2 * number; })},
         .fusion = GetParam()}};
    Plugin plugin{compiled};

    /// Of the tenth call: the first ones look up what later ones use again.
    std::size_t of_calls(std::string_view function, ByteView input = {}) {
        for (int i = 0; i < 9; ++i) plugin.call(function, input);
        return allocations_of([&] { plugin.call(function, input); });
    }
};

TEST_P(Allocations, AreCounted) {
    EXPECT_GT(allocations_of([&] { const Plugin another(compiled); }), 0U);
}

TEST_P(Allocations, AreNoneInACall) {
    EXPECT_EQ(of_calls("nothing"), 0U);
}

TEST_P(Allocations, AreNoneForInputAndOutput) {
    const Bytes input(64, std::byte{'x'});
    EXPECT_EQ(of_calls("first_byte_of_the_input", input), 0U);
}

TEST_P(Allocations, AreNoneForAHostFunction) {
    EXPECT_EQ(of_calls("ask"), 0U);
}

TEST_P(Allocations, AreNoneForACallThatCanBeCancelled) {
    const std::stop_source source;
    plugin.call("nothing", {}, {.cancel = source.get_token()});
    EXPECT_EQ(allocations_of([&] { plugin.call("nothing", {}, {.cancel = source.get_token()}); }),
              0U);
}

TEST_P(Allocations, AreNoneWhenFunctionsTakeTurns) {
    const Bytes input(64, std::byte{'x'});
    of_calls("first_byte_of_the_input", input);
    of_calls("nothing");
    EXPECT_EQ(allocations_of([&] {
                  plugin.call("first_byte_of_the_input", input);
                  plugin.call("nothing");
              }),
              0U);
}

TEST_P(Allocations, AreNoneOfAPool) {
    PluginPool pool(compiled, 2);
    pool.take()->call("nothing");
    EXPECT_EQ(allocations_of([&] { pool.take()->call("nothing"); }), 0U);
}

INSTANTIATE_TEST_SUITE_P(Fused, Allocations, testing::Values(true));
INSTANTIATE_TEST_SUITE_P(Unfused, Allocations, testing::Values(false));

}  // namespace
}  // namespace sluice
