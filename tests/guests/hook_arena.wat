;; Hazard: an arena of 8 KiB that only `plugin_reset` empties. Its `plugin_malloc` and `plugin_free`
;; are a pair; the `malloc` and `free` beside them, a runtime's own as in TinyGo, trap.
(module
  (memory (export "memory") 1)
  (global $top (mut i32) (i32.const 4096))
  (func (export "malloc") (param i32) (result i32) (unreachable))
  (func (export "free") (param i32) (unreachable))
  (func (export "plugin_malloc") (param $size i32) (result i32)
    (local $block i32)
    (local.set $block (global.get $top))
    (if (i32.gt_u (i32.add (local.get $block) (local.get $size)) (i32.const 12288))
      (then (unreachable)))
    (global.set $top (i32.add (local.get $block) (local.get $size)))
    (local.get $block))
  (func (export "plugin_free") (param i32))
  (func (export "plugin_reset") (global.set $top (i32.const 4096)))
  (func (export "pre_hook") (param $at i32) (param $size i32) (result i64)
    (i64.or (i64.shl (i64.extend_i32_u (local.get $at)) (i64.const 32))
            (i64.extend_i32_u (local.get $size)))))
