;; No hazard: passes bytes as (pointer << 32 | length). Counts its blocks, and traps when one is freed
;; twice or with another size.
(module
  (memory (export "memory") 1)
  (data (i32.const 0) "packed-guest")
  (data (i32.const 32) "no {")
  (global $next (mut i32) (i32.const 1024))
  (global $blocks (mut i32) (i32.const 0))
  (global $bracket (mut i32) (i32.const 0))

  ;; Each block has its size in the four bytes before it.
  (func $malloc (export "malloc") (param $size i32) (result i32)
    (local $at i32)
    (local.set $at (i32.add (global.get $next) (i32.const 8)))
    (i32.store (i32.sub (local.get $at) (i32.const 4)) (local.get $size))
    (global.set $next
      (i32.and (i32.add (i32.add (local.get $at) (local.get $size)) (i32.const 7))
        (i32.const -8)))
    (global.set $blocks (i32.add (global.get $blocks) (i32.const 1)))
    (local.get $at))
  (func (export "free") (param $at i32) (param $size i32)
    (if (i32.ne (i32.load (i32.sub (local.get $at) (i32.const 4))) (local.get $size))
      (then (unreachable)))
    (i32.store (i32.sub (local.get $at) (i32.const 4)) (i32.const -1))
    (global.set $blocks (i32.sub (global.get $blocks) (i32.const 1))))

  (func $packed (param $at i32) (param $size i32) (result i64)
    (i64.or
      (i64.shl (i64.extend_i32_u (local.get $at)) (i64.const 32))
      (i64.extend_i32_u (local.get $size))))

  ;; Accepts objects only: anything that starts with a bracket.
  (func (export "init") (param $at i32) (param $size i32) (result i32)
    (global.set $bracket (i32.load8_u offset=1 (local.get $at)))
    (i32.ne (i32.load8_u (local.get $at)) (i32.const 123)))
  ;; The second character of the configuration.
  (func (export "config_mark") (result i32) (global.get $bracket))

  (func (export "get_name") (result i64)
    (local $at i32)
    (local.set $at (call $malloc (i32.const 12)))
    (memory.copy (local.get $at) (i32.const 0) (i32.const 12))
    (call $packed (local.get $at) (i32.const 12)))
  (func (export "double") (param $at i32) (param $size i32) (result i64)
    (local $to i32)
    (local.set $to (call $malloc (i32.shl (local.get $size) (i32.const 1))))
    (memory.copy (local.get $to) (local.get $at) (local.get $size))
    (memory.copy (i32.add (local.get $to) (local.get $size)) (local.get $at) (local.get $size))
    (call $packed (local.get $to) (i32.shl (local.get $size) (i32.const 1))))
  (func (export "size") (param $at i32) (param $size i32) (result i32) (local.get $size))
  (func (export "swallow") (param $at i32) (param $size i32))
  (func (export "no_opinion") (param $at i32) (param $size i32) (result i64) (i64.const 0))
  (func (export "lie") (result i64) (call $packed (i32.const 65530) (i32.const 100)))
  (func (export "huge_lie") (result i64) (i64.const -1))
  (func (export "foreign_block") (result i64) (call $packed (i32.const 32) (i32.const 4)))
  (func (export "spin") (loop $again (br $again)))
  (func (export "grow") (result i32) (memory.grow (i32.const 100)))
  (func (export "odd") (param f64) (result i64) (i64.const 0)))
