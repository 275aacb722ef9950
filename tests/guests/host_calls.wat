;; Hazard: calls a host function that may fail, in calls and in its start function.
(module
  (import "env" "seen" (func $seen (param i32 i64) (result i64)))
  (memory (export "memory") 1)
  (func $begin
    (drop (call $seen (i32.const 1) (i64.const 2))))
  (func (export "relay") (param i32 i64) (result i64)
    (call $seen (local.get 0) (local.get 1)))
  (start $begin))
