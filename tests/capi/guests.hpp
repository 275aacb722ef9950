#pragma once

#include <string_view>

/// Guests of these tests, as WebAssembly text.
namespace extism_tests::guests {

/// Ends in every way that a call can end.
inline constexpr std::string_view endings = R"((module
  (import "extism:host/env" "alloc" (func $alloc (param i64) (result i64)))
  (import "extism:host/env" "store_u8" (func $store_u8 (param i64 i32)))
  (import "extism:host/env" "input_load_u8" (func $input (param i64) (result i32)))
  (import "extism:host/env" "output_set" (func $output_set (param i64 i64)))
  (import "extism:host/env" "error_set" (func $error_set (param i64)))
  (import "extism:host/env" "config_get" (func $config_get (param i64) (result i64)))
  (import "extism:host/env" "var_get" (func $var_get (param i64) (result i64)))
  (import "extism:host/env" "var_set" (func $var_set (param i64 i64)))
  (import "extism:host/env" "length" (func $length (param i64) (result i64)))
  (memory (export "memory") 1)
  (global $count (mut i32) (i32.const 0))
  (func $letter (param $c i32) (result i64)
    (local $h i64)
    (local.set $h (call $alloc (i64.const 1)))
    (call $store_u8 (local.get $h) (local.get $c))
    (local.get $h))
  (func $say (call $error_set (call $letter (i32.const 101))))
  (func $answer (call $output_set (call $letter (i32.const 111)) (i64.const 1)))

  (func (export "nothing"))
  (func (export "zero") (result i32) (call $answer) (i32.const 0))
  (func (export "first_byte") (result i32) (call $answer) (call $input (i64.const 0)))
  (func (export "minus_two") (result i32) (i32.const -2))
  (func (export "error_zero") (result i32) (call $answer) (call $say) (i32.const 0))
  (func (export "error_seven") (result i32) (call $answer) (call $say) (i32.const 7))
  (func (export "error_void") (call $say))
  (func (export "error_nowhere") (result i32) (call $error_set (i64.const 5000)) (i32.const 4))
  (func (export "trap") (call $answer) (unreachable))
  (func (export "error_trap") (call $answer) (call $say) (unreachable))
  (func $deep (export "overflow") (call $deep))
  (func (export "bad_handle") (drop (call $config_get (i64.const 4096))))
  (func (export "spin") (loop $again (br $again)))
  (func (export "error_spin") (call $say) (loop $again (br $again)))
  (func (export "grow") (loop $again
    (br_if $again (i32.ne (memory.grow (i32.const 16)) (i32.const -1)))) (unreachable))

  (func (export "count") (result i32)
    (global.set $count (i32.add (global.get $count) (i32.const 1)))
    (global.get $count))
  (func (export "remember") (call $var_set (call $letter (i32.const 107))
    (call $letter (call $input (i64.const 0)))))
  (func (export "recall") (call $recall))
  (func $recall (local $h i64)
    (local.set $h (call $var_get (call $letter (i32.const 107))))
    (call $output_set (local.get $h) (call $length (local.get $h))))

  (func (export "i64") (result i64) (i64.const 0))
  (func (export "takes") (param i32))
  (func (export "pair") (result i32 i32) (i32.const 0) (i32.const 0))))";

/// Ends itself with the first byte of its input, and prints.
inline constexpr std::string_view wasi = R"((module
  (import "extism:host/env" "input_load_u8" (func $input (param i64) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (import "wasi_snapshot_preview1" "fd_write"
    (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\10\00\00\00\06\00\00\00")
  (data (i32.const 16) "hello\n")
  (func (export "exit") (call $exit (call $input (i64.const 0))))
  (func (export "exit_500") (call $exit (i32.const 500)))
  (func (export "print")
    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))))))";

/// Calls the host: `ask` hands its input over and gives back what comes.
inline constexpr std::string_view asker = R"((module
  (import "extism:host/env" "input_offset" (func $input (result i64)))
  (import "extism:host/env" "length" (func $length (param i64) (result i64)))
  (import "extism:host/env" "output_set" (func $output_set (param i64 i64)))
  (import "extism:host/user" "ask" (func $ask (param i64) (result i64)))
  (memory (export "memory") 1)
  (func (export "ask") (local $h i64)
    (local.set $h (call $ask (call $input)))
    (call $output_set (local.get $h) (call $length (local.get $h))))
  (func (export "quiet"))))";

}  // namespace extism_tests::guests
