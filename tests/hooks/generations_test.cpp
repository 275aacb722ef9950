#include "expect_error.hpp"
#include "hook_guests.hpp"
#include "hooks/hook_answer.hpp"

namespace sluice::hooks {
namespace {

/// Runs a hook over separate arguments, each in the pieces it is given.
std::string call_separate(InstancePool& pool, Phase phase,
                          std::initializer_list<std::string_view> pieces,
                          std::initializer_list<std::size_t> ends) {
    const InstancePool::Lease lease = pool.take(0);
    HookCall call(*lease, phase, std::span(pieces.begin(), pieces.size()),
                  std::span(ends.begin(), ends.size()));
    while (call.resume() != wasm::FiberCall::Progress::done) {
    }
    return std::string(call.answer());
}

/// A quirk of the allocators that guests have: their exports, and what free must have been told.
struct Quirk {
    const char* name;
    const char* allocator;
};

// Every allocator starts at `$first`, keeps what it gave and was given back in globals, and traps
// on a free of what it never gave. Three blocks of 8, 8 and 4 bytes are asked for, then freed.
constexpr Quirk quirks[] = {
    {"OneArgumentFree", R"(
      (func (export "malloc") (param i32) (result i32) (call $take (local.get 0)))
      (func (export "free") (param i32) (call $give (local.get 0) (i32.const -1))))"},
    {"TwoArgumentFree", R"(
      (func (export "malloc") (param i32) (result i32) (call $take (local.get 0)))
      (func (export "free") (param i32 i32) (call $give (local.get 0) (local.get 1))))"},
    {"FreeWithAResult", R"(
      (func (export "malloc") (param i32) (result i32) (call $take (local.get 0)))
      (func (export "free") (param i32 i32) (result i32)
        (call $give (local.get 0) (local.get 1)) (i32.const 1)))"},
    {"NoFree", R"(
      (func (export "malloc") (param i32) (result i32) (call $take (local.get 0))))"},
    {"TinyGoNames", R"(
      (func (export "malloc") (param i32) (result i32) (unreachable))
      (func (export "free") (param i32) (unreachable))
      (func (export "plugin_malloc") (param i32) (result i32) (call $take (local.get 0)))
      (func (export "plugin_free") (param i32) (call $give (local.get 0) (i32.const -1))))"},
    {"PointerZero", R"(
      (func (export "malloc") (param i32) (result i32)
        (i32.sub (call $take (local.get 0)) (i32.const 4096)))
      (func (export "free") (param i32) (call $give (i32.add (local.get 0) (i32.const 4096))
                                                    (i32.const -1))))"},
};

class GuestQuirk : public testing::TestWithParam<Quirk> {
  protected:
    /// Blocks lie every 64 bytes; the word before each keeps its size, -1 once it was freed. Its
    /// hooks answer with what they were given, one argument after the other.
    static std::string wat() {
        return std::string(R"((module
      (memory (export "memory") 1)
      (global $top (mut i32) (i32.const 4096))
      (func $take (param $size i32) (result i32)
        (local $block i32)
        (local.set $block (global.get $top))
        (global.set $top (i32.add (global.get $top) (i32.const 64)))
        (i32.store (i32.add (local.get $block) (i32.const 60)) (local.get $size))
        (local.get $block))
      (func $give (param $block i32) (param $size i32)
        (local $known i32)
        (local.set $known (i32.load (i32.add (local.get $block) (i32.const 60))))
        (if (i32.eq (local.get $known) (i32.const -1)) (then (unreachable)))
        (if (i32.and (i32.ne (local.get $size) (i32.const -1))
                     (i32.ne (local.get $size) (local.get $known))) (then (unreachable)))
        (i32.store (i32.add (local.get $block) (i32.const 60)) (i32.const -1)))
      (func $say (param $at i32) (param $size i32) (result i64)
        (i64.or (i64.shl (i64.extend_i32_u (local.get $at)) (i64.const 32))
                (i64.extend_i32_u (local.get $size))))
      (func $append (param $to i32) (param $at i32) (param $size i32) (result i32)
        (memory.copy (local.get $to) (local.get $at) (local.get $size))
        (i32.add (local.get $to) (local.get $size)))
      (func (export "http_intercept") (param i32 i32) (result i64)
        (call $say (local.get 0) (local.get 1)))
      (func (export "pre_hook") (param i32 i32 i32 i32) (result i64)
        (local $end i32)
        (local.set $end (call $append (i32.const 1024) (local.get 0) (local.get 1)))
        (local.set $end (call $append (local.get $end) (local.get 2) (local.get 3)))
        (call $say (i32.const 1024) (i32.sub (local.get $end) (i32.const 1024))))
      (func (export "post_hook") (param i32 i32 i32 i32 i32 i32) (result i64)
        (local $end i32)
        (local.set $end (call $append (i32.const 1024) (local.get 0) (local.get 1)))
        (local.set $end (call $append (local.get $end) (local.get 2) (local.get 3)))
        (local.set $end (call $append (local.get $end) (local.get 4) (local.get 5)))
        (call $say (i32.const 1024) (i32.sub (local.get $end) (i32.const 1024))))
)") + GetParam().allocator +
               ")";
    }
    tests::HookHost host_;
};

TEST_P(GuestQuirk, EveryArgumentGetsABlockOfItsOwnAndIsFreedAsItWasAsked) {
    InstancePool pool(host_.load(wat(), {.call_timeout = std::chrono::seconds(20)}));
    for (int again = 0; again < 3; ++again) {
        EXPECT_EQ(call_separate(pool, Phase::pre, {"{\"c\":1}", "{", "}"}, {1, 3}), "{\"c\":1}{}");
        EXPECT_EQ(call_separate(pool, Phase::post, {"{}", "{\"r\":", "2}", "null"}, {1, 3, 4}),
                  "{}{\"r\":2}null");
        EXPECT_EQ(tests::call_hook(pool, Phase::http_pre, "{\"b\":1}"), "{\"b\":1}");
    }
}

INSTANTIATE_TEST_SUITE_P(Allocators, GuestQuirk, testing::ValuesIn(quirks),
                         [](const auto& quirk) { return std::string(quirk.param.name); });

class SeparateAnswer : public testing::Test {
  protected:
    HookAnswer read(Phase phase, std::string_view json) {
        return read_answer(phase, json, document_, Convention::separate);
    }
    JsonDocument document_;
};

TEST_F(SeparateAnswer, WhatIsNotNullDecides) {
    EXPECT_TRUE(
        *read(Phase::http_pre, R"({"response":{"status_code":401},"error":""})").has_response);
    EXPECT_FALSE(*read(Phase::http_pre, R"({"response":null,"error":""})").has_response);
    EXPECT_TRUE(read(Phase::pre, R"({"short_circuit":{"response":{"id":"1"}}})").has_short_circuit);
    for (const char* nothing : {R"({"request":null,"short_circuit":null,"error":""})", "{}",
                                R"({"short_circuit":{}})", ""})
        EXPECT_FALSE(read(Phase::pre, nothing).has_short_circuit) << nothing;
}

TEST_F(SeparateAnswer, TellsTheProvidersErrorFromItsOwn) {
    const HookAnswer answer = read(
        Phase::post, R"({"response":null,"bifrost_error":{"error":{"message":"no"}},"error":""})");
    EXPECT_TRUE(answer.has_error.value_or(false));
    EXPECT_EQ(answer.error.find("error").find("message").string(), "no");
    EXPECT_EQ(answer.failure, "");
    EXPECT_EQ(read(Phase::post, R"({"response":null,"error":"broken"})").failure, "broken");
    EXPECT_FALSE(read(Phase::post, R"({"bifrost_error":null})").has_error.value_or(false));
}

TEST_F(SeparateAnswer, CannotChangeTheContextNorTheHttpRequest) {
    const HookAnswer answer =
        read(Phase::http_pre, R"({"context":{"a":1},"request":{"path":"/x"},"response":null})");
    EXPECT_FALSE(answer.context);
    EXPECT_FALSE(answer.request);
    EXPECT_TRUE(read(Phase::pre, R"({"request":{"model":"m"}})").request);
}

}  // namespace
}  // namespace sluice::hooks
