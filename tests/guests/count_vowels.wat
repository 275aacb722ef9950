;; No hazard: the plug-in of the README. Counts the vowels of its input and answers {"count":N}.
(module
  (import "extism:host/env" "alloc" (func $alloc (param i64) (result i64)))
  (import "extism:host/env" "store_u8" (func $store_u8 (param i64 i32)))
  (import "extism:host/env" "input_length" (func $input_length (result i64)))
  (import "extism:host/env" "input_load_u8" (func $input_load_u8 (param i64) (result i32)))
  (import "extism:host/env" "output_set" (func $output_set (param i64 i64)))
  (memory 1)
  (data (i32.const 0) "aeiouAEIOU")
  (data (i32.const 16) "{\"count\":")
  (global $end i32 (i32.const 64))  ;; the answer's digits stand before it

  (func $is_vowel (param $c i32) (result i32) (local $i i32)
    (loop $next
      (if (i32.eq (local.get $c) (i32.load8_u (local.get $i))) (then (return (i32.const 1))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $i) (i32.const 10))))
    (i32.const 0))

  ;; Appends `size` bytes at `from` to the block at `to`; gives its new end.
  (func $append (param $to i64) (param $from i32) (param $size i32) (result i64)
    (loop $next
      (call $store_u8 (local.get $to) (i32.load8_u (local.get $from)))
      (local.set $to (i64.add (local.get $to) (i64.const 1)))
      (local.set $from (i32.add (local.get $from) (i32.const 1)))
      (local.set $size (i32.sub (local.get $size) (i32.const 1)))
      (br_if $next (local.get $size)))
    (local.get $to))

  (func (export "count_vowels") (result i32)
    (local $i i64) (local $count i32) (local $at i32) (local $h i64) (local $to i64)
    (block $done
      (loop $next
        (br_if $done (i64.ge_u (local.get $i) (call $input_length)))
        (local.set $count
          (i32.add (local.get $count) (call $is_vowel (call $input_load_u8 (local.get $i)))))
        (local.set $i (i64.add (local.get $i) (i64.const 1)))
        (br $next)))
    (local.set $at (global.get $end))
    (loop $digit
      (local.set $at (i32.sub (local.get $at) (i32.const 1)))
      (i32.store8 (local.get $at)
        (i32.add (i32.const 48) (i32.rem_u (local.get $count) (i32.const 10))))
      (local.set $count (i32.div_u (local.get $count) (i32.const 10)))
      (br_if $digit (local.get $count)))
    (local.set $h (call $alloc (i64.const 32)))
    (local.set $to (call $append (local.get $h) (i32.const 16) (i32.const 9)))
    (local.set $to (call $append (local.get $to) (local.get $at)
      (i32.sub (global.get $end) (local.get $at))))
    (call $store_u8 (local.get $to) (i32.const 125))
    (call $output_set (local.get $h)
      (i64.sub (i64.add (local.get $to) (i64.const 1)) (local.get $h)))
    (i32.const 0)))
