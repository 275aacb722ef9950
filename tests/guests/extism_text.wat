;; No hazard: an Extism guest that uses every service of its host once, as a plug-in kit would.
(module
  (import "extism:host/env" "alloc" (func $alloc (param i64) (result i64)))
  (import "extism:host/env" "free" (func $free (param i64)))
  (import "extism:host/env" "length" (func $length (param i64) (result i64)))
  (import "extism:host/env" "load_u8" (func $load_u8 (param i64) (result i32)))
  (import "extism:host/env" "store_u8" (func $store_u8 (param i64 i32)))
  (import "extism:host/env" "load_u64" (func $load_u64 (param i64) (result i64)))
  (import "extism:host/env" "store_u64" (func $store_u64 (param i64 i64)))
  (import "extism:host/env" "input_length" (func $input_length (result i64)))
  (import "extism:host/env" "input_offset" (func $input_offset (result i64)))
  (import "extism:host/env" "input_load_u8" (func $input_load_u8 (param i64) (result i32)))
  (import "extism:host/env" "input_load_u64" (func $input_load_u64 (param i64) (result i64)))
  (import "extism:host/env" "output_set" (func $output_set (param i64 i64)))
  (import "extism:host/env" "error_set" (func $error_set (param i64)))
  (import "extism:host/env" "config_get" (func $config_get (param i64) (result i64)))
  (import "extism:host/env" "var_get" (func $var_get (param i64) (result i64)))
  (import "extism:host/env" "var_set" (func $var_set (param i64 i64)))
  (import "extism:host/env" "log_debug" (func $log_debug (param i64)))
  (import "extism:host/env" "log_info" (func $log_info (param i64)))
  (import "extism:host/env" "log_error" (func $log_error (param i64)))
  (import "extism:host/env" "get_log_level" (func $log_level (result i32)))
  (import "extism:host/env" "http_request" (func $http (param i64 i64) (result i64)))
  (import "extism:host/env" "http_status_code" (func $http_status (result i32)))
  (import "extism:host/env" "http_headers" (func $http_headers (result i64)))
  (memory (export "memory") 1)
  (data (i32.const 0) "key")
  (data (i32.const 16) "aeiouAEIOU")

  ;; A block with `size` bytes of our own memory.
  (func $block (param $at i32) (param $size i32) (result i64)
    (local $h i64) (local $i i32)
    (local.set $h (call $alloc (i64.extend_i32_u (local.get $size))))
    (loop $next
      (if (i32.lt_u (local.get $i) (local.get $size))
        (then
          (call $store_u8
            (i64.add (local.get $h) (i64.extend_i32_u (local.get $i)))
            (i32.load8_u (i32.add (local.get $at) (local.get $i))))
          (local.set $i (i32.add (local.get $i) (i32.const 1)))
          (br $next))))
    (local.get $h))
  (func $key (result i64) (call $block (i32.const 0) (i32.const 3)))

  ;; A block with the input.
  (func $input (result i64)
    (local $h i64) (local $i i64)
    (local.set $h (call $alloc (call $input_length)))
    (loop $next
      (if (i64.lt_u (local.get $i) (call $input_length))
        (then
          (call $store_u8 (i64.add (local.get $h) (local.get $i))
            (call $input_load_u8 (local.get $i)))
          (local.set $i (i64.add (local.get $i) (i64.const 1)))
          (br $next))))
    (local.get $h))
  (func $answer (param $h i64)
    (call $output_set (local.get $h) (call $length (local.get $h))))

  (func $is_vowel (param $c i32) (result i32)
    (local $at i32)
    (local.set $at (i32.const 16))
    (loop $next
      (if (i32.eq (i32.load8_u (local.get $at)) (local.get $c)) (then (return (i32.const 1))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $at) (i32.const 26))))
    (i32.const 0))
  ;; The number of vowels, as two decimal digits.
  (func (export "count_vowels") (result i32)
    (local $i i64) (local $count i32) (local $h i64)
    (loop $next
      (if (i64.lt_u (local.get $i) (call $input_length))
        (then
          (local.set $count
            (i32.add (local.get $count)
              (call $is_vowel (call $input_load_u8 (local.get $i)))))
          (local.set $i (i64.add (local.get $i) (i64.const 1)))
          (br $next))))
    (local.set $h (call $alloc (i64.const 2)))
    (call $store_u8 (local.get $h)
      (i32.add (i32.const 48) (i32.div_u (local.get $count) (i32.const 10))))
    (call $store_u8 (i64.add (local.get $h) (i64.const 1))
      (i32.add (i32.const 48) (i32.rem_u (local.get $count) (i32.const 10))))
    (call $answer (local.get $h))
    (i32.const 0))

  (func (export "echo") (call $answer (call $input)))
  ;; Eight bytes at a time, the rest one by one, as the plug-in kits copy.
  (func (export "echo_words") (result i32)
    (local $h i64) (local $i i64) (local $size i64)
    (local.set $size (call $input_length))
    (local.set $h (call $alloc (local.get $size)))
    (loop $words
      (if (i64.le_u (i64.add (local.get $i) (i64.const 8)) (local.get $size))
        (then
          (call $store_u64 (i64.add (local.get $h) (local.get $i))
            (call $input_load_u64 (local.get $i)))
          (local.set $i (i64.add (local.get $i) (i64.const 8)))
          (br $words))))
    (loop $bytes
      (if (i64.lt_u (local.get $i) (local.get $size))
        (then
          (call $store_u8 (i64.add (local.get $h) (local.get $i))
            (call $load_u8 (i64.add (call $input_offset) (local.get $i))))
          (local.set $i (i64.add (local.get $i) (i64.const 1)))
          (br $bytes))))
    (call $output_set (local.get $h) (local.get $size))
    (i32.const 0))
  (func (export "input_as_output")
    (call $output_set (call $input_offset) (call $input_length)))

  (func (export "config") (call $answer (call $config_get (call $input))))
  (func (export "remember") (call $var_set (call $key) (call $input)))
  (func (export "recall") (call $answer (call $var_get (call $key))))
  (func (export "forget") (call $var_set (call $key) (i64.const 0)))

  (func (export "fail") (result i32) (call $error_set (call $input)) (i32.const 1))
  (func (export "fail_with_zero") (result i32) (call $error_set (call $input)) (i32.const 0))
  (func (export "fail_silently") (result i32) (i32.const 3))
  (func (export "fail_and_trap") (call $error_set (call $input)) (unreachable))
  (func (export "fail_and_recover")
    (call $error_set (call $input))
    (call $error_set (i64.const 0)))
  (func (export "trap") (unreachable))
  (func (export "spin") (loop $again (br $again)))

  (func (export "log") (call $log_debug (call $input)) (call $log_info (call $input))
    (call $log_error (call $input)))
  ;; 7 stands for "off".
  (func (export "level") (result i32)
    (select (i32.const 7) (call $log_level)
      (i32.eq (call $log_level) (i32.const 2147483647))))

  (func (export "http") (drop (call $http (call $input) (i64.const 0))))
  (func (export "http_status") (result i32)
    (i32.or (call $http_status) (i32.wrap_i64 (call $http_headers))))

  (func (export "takes_arguments") (param i32 i32) (result i64) (i64.const 0))
  (func (export "gives_i64") (result i64) (i64.const 0)))
