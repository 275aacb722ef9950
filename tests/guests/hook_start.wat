;; Hazard: traps in every export until `_initialize` has run; `init` answers with the first byte of
;; its configuration less that of `{`, and prints to both outputs.
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 1024) "hello\nworld")
  (data (i32.const 1040) "\00\04\00\00\0b\00\00\00")
  (global $ready (mut i32) (i32.const 0))
  (func $check (if (i32.eqz (global.get $ready)) (then (unreachable))))
  (func (export "_initialize") (global.set $ready (i32.const 1)))
  (func (export "malloc") (param i32) (result i32) (call $check) (i32.const 4096))
  (func (export "get_name") (result i64) (call $check) (i64.const 0x00000400_00000005))
  (func (export "init") (param $at i32) (param $size i32) (result i32)
    (call $check)
    (drop (call $write (i32.const 1) (i32.const 1040) (i32.const 1) (i32.const 1056)))
    (if (i32.eqz (local.get $size)) (then (return (i32.const 0))))
    (i32.sub (i32.load8_u (local.get $at)) (i32.const 0x7B)))
  (func (export "pre_hook") (param i32 i32) (result i64) (call $check) (i64.const 0)))
