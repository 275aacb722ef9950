#include <sluice/plugin.hpp>

#include "expect_error.hpp"
#include "plugins.hpp"

namespace sluice {
namespace {

using testing::HasSubstr;
using tests::call;
using tests::plugin_of;

/// A guest that logs the name of each of its `functions` when it runs, and does nothing else.
std::string logging_guest(std::initializer_list<std::string_view> functions) {
    std::string text = R"((module
        (import "extism:host/env" "alloc" (func $alloc (param i64) (result i64)))
        (import "extism:host/env" "store_u8" (func $store_u8 (param i64 i32)))
        (import "extism:host/env" "log_info" (func $log_info (param i64)))
        (func $say (param $letter i32)
          (local $h i64)
          (local.set $h (call $alloc (i64.const 1)))
          (call $store_u8 (local.get $h) (local.get $letter))
          (call $log_info (local.get $h)))
        (func $start (call $say (i32.const 115)))
        (start $start)
        (func (export "run") (call $say (i32.const 114)))
    )";
    for (const std::string_view function : functions)
        text += "(func (export \"" + std::string(function) + "\") " +
                (function == "hs_init" ? "(param i32 i32) " : "") + "(call $say (i32.const " +
                std::to_string(function == "_initialize" ? 'i' : function[0]) + ")))\n";
    return text + ")";
}

std::string letters_of(std::string_view guest, std::initializer_list<std::string_view> calls) {
    std::string said;
    Plugin plugin =
        plugin_of(guest, {.log = [&said](LogLevel, std::string_view letter) { said += letter; }});
    for (const std::string_view function : calls) call(plugin, function);
    return said;
}

TEST(Start, RunsTheStartSectionAndTheInitialiserOnceBeforeAllCalls) {
    EXPECT_EQ(letters_of(logging_guest({}), {"run", "run"}), "srr");
    EXPECT_EQ(letters_of(logging_guest({"_initialize"}), {"run", "run"}), "sirr");
    EXPECT_EQ(letters_of(logging_guest({"__wasm_call_ctors"}), {"run", "run"}), "s_rr");
}

TEST(Start, RunsConstructorsInPlaceOfTheInitialiserThatWouldCallThem) {
    EXPECT_EQ(letters_of(logging_guest({"_initialize", "__wasm_call_ctors"}), {"run"}), "s_r");
}

TEST(Start, StartsHaskellInTwoSteps) {
    EXPECT_EQ(letters_of(logging_guest({"_initialize", "hs_init"}), {"run"}), "sihr");
}

TEST(Start, MakesAFreshInstanceAfterAProgramHasRun) {
    EXPECT_EQ(letters_of(logging_guest({"_start"}), {"_start", "run", "run"}), "s_srr");
}

TEST(Start, TakesTheExitStatusZeroForSuccessAndNamesAnyOther) {
    Plugin plugin = plugin_of(R"((module
        (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        (import "extism:host/env" "input_length" (func $size (result i64)))
        (memory (export "memory") 1)
        (func (export "_start") (call $exit (i32.wrap_i64 (call $size))))))");

    EXPECT_NO_THROW(call(plugin, "_start"));
    EXPECT_ERROR_SAYING(call(plugin, "_start", "three"), ErrorCode::guest_error,
                        "plug-in guest: `_start`: exited with status 5");
    EXPECT_NO_THROW(call(plugin, "_start"));
}

TEST(Start, HandsOnWhatTheGuestPrints) {
    std::string printed;
    Plugin plugin = plugin_of(
        R"((module
        (import "wasi_snapshot_preview1" "fd_write"
          (func $write (param i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 1)
        (data (i32.const 0) "\10\00\00\00\03\00\00\00")
        (data (i32.const 16) "hi\n")
        (func (export "print") (result i32)
          (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))",
        {.output = [&printed](int fd, std::string_view text) {
            printed += std::to_string(fd) + std::string(text);
        }});

    call(plugin, "print");

    EXPECT_EQ(printed, "1hi\n");
}

TEST(Start, RunsGuestsThatUseNothingOfExtism) {
    Plugin plugin = plugin_of(R"((module
        (func (export "fine") (result i32) (i32.const 0))
        (func (export "wrong") (result i32) (i32.const 9))))");

    EXPECT_EQ(call(plugin, "fine", "input that it can't see"), "");
    EXPECT_ERROR_SAYING(call(plugin, "wrong"), ErrorCode::guest_error, HasSubstr("returned 9"));
}

}  // namespace
}  // namespace sluice
