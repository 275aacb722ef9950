;; The least that a plug-in does with a body: allocate, copy, hand back. Its heap starts anew once all is freed.
(module
  (memory (export "memory") 8)
  (global $top (mut i32) (i32.const 1024))
  (global $live (mut i32) (i32.const 0))
  (func $malloc (export "malloc") (param $size i32) (result i32)
    (global.get $top)
    (global.set $live (i32.add (global.get $live) (i32.const 1)))
    (global.set $top
      (i32.and (i32.add (i32.add (global.get $top) (local.get $size)) (i32.const 15))
        (i32.const -16))))
  (func (export "free") (param $block i32) (param $size i32)
    (global.set $live (i32.sub (global.get $live) (i32.const 1)))
    (if (i32.eqz (global.get $live)) (then (global.set $top (i32.const 1024)))))
  ;; The address of a copy in the upper half, its length in the lower.
  (func (export "http_pre_hook") (param $block i32) (param $size i32) (result i64)
    (local $copy i32)
    (local.set $copy (call $malloc (local.get $size)))
    (memory.copy (local.get $copy) (local.get $block) (local.get $size))
    (i64.or
      (i64.shl (i64.extend_i32_u (local.get $copy)) (i64.const 32))
      (i64.extend_i32_u (local.get $size))))
  (func (export "nothing")))
