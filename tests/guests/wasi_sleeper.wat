;; Hazard: sleeps through poll_oneoff for as long as it likes.
(module
  (import "wasi_snapshot_preview1" "poll_oneoff"
    (func $poll (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "clock_time_get"
    (func $clock (param i32 i64 i32) (result i32)))
  (memory (export "memory") 1)
  (func $now (result i64)
    (drop (call $clock (i32.const 1) (i64.const 0) (i32.const 512)))
    (i64.load (i32.const 512)))
  ;; Sleeps on the monotonic clock and gives the nanoseconds that went by.
  (func (export "sleep") (param $nanoseconds i64) (result i64)
    (local $start i64)
    (local.set $start (call $now))
    (i64.store (i32.const 0) (i64.const 77))
    (i32.store8 (i32.const 8) (i32.const 0))
    (i32.store (i32.const 16) (i32.const 1))
    (i64.store (i32.const 24) (local.get $nanoseconds))
    (if (call $poll (i32.const 0) (i32.const 128) (i32.const 1) (i32.const 256))
      (then (unreachable)))
    (if (i32.ne (i32.load (i32.const 256)) (i32.const 1)) (then (unreachable)))
    (if (i64.ne (i64.load (i32.const 128)) (i64.const 77)) (then (unreachable)))
    (i64.sub (call $now) (local.get $start)))
  ;; Any pointers and count, any subscriptions: what the host was told to read.
  (func (export "poll") (param i32 i32 i32 i32) (result i32)
    (call $poll (local.get 0) (local.get 1) (local.get 2) (local.get 3)))
  (func (export "quick") (result i32) (i32.const 7)))
