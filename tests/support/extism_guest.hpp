#pragma once

#include <string>
#include <string_view>

namespace sluice::tests {

/// A guest of Extism's ABI: its imports, a memory, and short ways for what all of them do. `fields`
/// are its exports, and data from address 1024.
///
/// `$block` makes a block of bytes in its memory, `$say` answers with such, `$echo` with the input,
/// `$fail` sets the error.
inline std::string extism_guest(std::string_view fields) {
    constexpr std::string_view start = R"((module
  (import "extism:host/env" "alloc" (func $alloc (param i64) (result i64)))
  (import "extism:host/env" "length" (func $length (param i64) (result i64)))
  (import "extism:host/env" "load_u8" (func $load_u8 (param i64) (result i32)))
  (import "extism:host/env" "store_u8" (func $store_u8 (param i64 i32)))
  (import "extism:host/env" "input_length" (func $input_length (result i64)))
  (import "extism:host/env" "input_offset" (func $input_offset (result i64)))
  (import "extism:host/env" "input_load_u8" (func $input_load_u8 (param i64) (result i32)))
  (import "extism:host/env" "output_set" (func $output_set (param i64 i64)))
  (import "extism:host/env" "error_set" (func $error_set (param i64)))
  (import "extism:host/env" "config_get" (func $config_get (param i64) (result i64)))
  (import "extism:host/env" "var_get" (func $var_get (param i64) (result i64)))
  (import "extism:host/env" "var_set" (func $var_set (param i64 i64)))
  (import "extism:host/env" "log_debug" (func $log_debug (param i64)))
  (import "extism:host/env" "log_warn" (func $log_warn (param i64)))
  (import "extism:host/env" "get_log_level" (func $log_level (result i32)))
  (import "extism:host/env" "http_request" (func $http (param i64 i64) (result i64)))
  (import "extism:host/env" "http_status_code" (func $http_status (result i32)))
  (import "extism:host/env" "http_headers" (func $http_headers (result i64)))
  (memory (export "memory") 1)
  (func $block (param $at i32) (param $size i32) (result i64)
    (local $block i64) (local $i i32)
    (local.set $block (call $alloc (i64.extend_i32_u (local.get $size))))
    (loop $next
      (if (i32.lt_u (local.get $i) (local.get $size))
        (then
          (call $store_u8 (i64.add (local.get $block) (i64.extend_i32_u (local.get $i)))
                          (i32.load8_u (i32.add (local.get $at) (local.get $i))))
          (local.set $i (i32.add (local.get $i) (i32.const 1)))
          (br $next))))
    (local.get $block))
  (func $answer (param $block i64)
    (call $output_set (local.get $block) (call $length (local.get $block))))
  (func $say (param $at i32) (param $size i32)
    (call $answer (call $block (local.get $at) (local.get $size))))
  (func $echo (call $output_set (call $input_offset) (call $input_length)))
  (func $fail (param $at i32) (param $size i32)
    (call $error_set (call $block (local.get $at) (local.get $size))))
)";
    return std::string(start) + std::string(fields) + ")\n";
}

}  // namespace sluice::tests
