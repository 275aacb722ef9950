;; Extism guests as the PDKs' loops make them: nothing, an echo by words, vowels by bytes.
(module
  (import "extism:host/env" "alloc" (func $alloc (param i64) (result i64)))
  (import "extism:host/env" "input_length" (func $input_length (result i64)))
  (import "extism:host/env" "input_load_u8" (func $input_load_u8 (param i64) (result i32)))
  (import "extism:host/env" "input_load_u64" (func $input_load_u64 (param i64) (result i64)))
  (import "extism:host/env" "load_u8" (func $load_u8 (param i64) (result i32)))
  (import "extism:host/env" "store_u8" (func $store_u8 (param i64 i32)))
  (import "extism:host/env" "store_u64" (func $store_u64 (param i64 i64)))
  (import "extism:host/env" "output_set" (func $output_set (param i64 i64)))
  (memory (export "memory") 16)

  (func (export "nothing") (result i32) (i32.const 0))

  ;; Through the guest's own memory, as a PDK that gives its user a slice.
  (func (export "echo") (result i32)
    (local $n i64) (local $i i64) (local $out i64)
    (local.set $n (call $input_length))
    (block $loaded (loop $words
      (br_if $loaded (i64.gt_u (i64.add (local.get $i) (i64.const 8)) (local.get $n)))
      (i64.store (i32.wrap_i64 (local.get $i)) (call $input_load_u64 (local.get $i)))
      (local.set $i (i64.add (local.get $i) (i64.const 8)))
      (br $words)))
    (block $loaded (loop $bytes
      (br_if $loaded (i64.ge_u (local.get $i) (local.get $n)))
      (i32.store8 (i32.wrap_i64 (local.get $i)) (call $input_load_u8 (local.get $i)))
      (local.set $i (i64.add (local.get $i) (i64.const 1)))
      (br $bytes)))
    (local.set $out (call $alloc (local.get $n)))
    (local.set $i (i64.const 0))
    (block $stored (loop $words
      (br_if $stored (i64.gt_u (i64.add (local.get $i) (i64.const 8)) (local.get $n)))
      (call $store_u64 (i64.add (local.get $out) (local.get $i))
        (i64.load (i32.wrap_i64 (local.get $i))))
      (local.set $i (i64.add (local.get $i) (i64.const 8)))
      (br $words)))
    (block $stored (loop $bytes
      (br_if $stored (i64.ge_u (local.get $i) (local.get $n)))
      (call $store_u8 (i64.add (local.get $out) (local.get $i))
        (i32.load8_u (i32.wrap_i64 (local.get $i))))
      (local.set $i (i64.add (local.get $i) (i64.const 1)))
      (br $bytes)))
    (call $output_set (local.get $out) (local.get $n))
    (i32.const 0))

  (func $is_vowel (param $c i32) (result i32)
    (local.set $c (i32.or (local.get $c) (i32.const 32)))
    (i32.or
      (i32.or (i32.eq (local.get $c) (i32.const 97)) (i32.eq (local.get $c) (i32.const 101)))
      (i32.or (i32.eq (local.get $c) (i32.const 105))
        (i32.or (i32.eq (local.get $c) (i32.const 111)) (i32.eq (local.get $c) (i32.const 117))))))

  ;; The number of vowels, eight bytes little-endian.
  (func (export "count_vowels") (result i32)
    (local $n i64) (local $i i64) (local $vowels i64) (local $out i64)
    (local.set $n (call $input_length))
    (block $done (loop $bytes
      (br_if $done (i64.ge_u (local.get $i) (local.get $n)))
      (local.set $vowels
        (i64.add (local.get $vowels)
          (i64.extend_i32_u (call $is_vowel (call $input_load_u8 (local.get $i))))))
      (local.set $i (i64.add (local.get $i) (i64.const 1)))
      (br $bytes)))
    (local.set $out (call $alloc (i64.const 8)))
    (call $store_u64 (local.get $out) (local.get $vowels))
    (call $output_set (local.get $out) (i64.const 8))
    (i32.const 0)))
