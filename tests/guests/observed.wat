;; Tells its host what it does: calls, as a tool would have it do, and spans, tags, metrics and log lines.
(module
  (import "dylibso:observe/instrument" "enter" (func $enter (param i32)))
  (import "dylibso:observe/instrument" "exit" (func $exit (param i32)))
  (import "dylibso:observe/instrument" "memory-grow" (func $grown (param i32)))
  (import "dylibso:observe/api" "span-enter" (func $span_enter (param i32 i32)))
  (import "dylibso:observe/api" "span-exit" (func $span_exit))
  (import "dylibso:observe/api" "span-tags" (func $span_tags (param i32 i32)))
  (import "dylibso:observe/api" "metric" (func $metric (param i32 i32 i32)))
  (import "dylibso:observe/api" "log" (func $log (param i32 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "look up\00user:7,zone:eu\00hits:1|c\00not there\00")

  (func $_ZN5store4findEi
    (call $enter (i32.const 8))
    (call $span_enter (i32.const 0) (i32.const 7))
    (call $span_tags (i32.const 8) (i32.const 14))
    (call $metric (i32.const 1) (i32.const 23) (i32.const 8))
    (call $log (i32.const 2) (i32.const 32) (i32.const 9))
    (call $span_exit)
    (call $grown (i32.const 3))
    (call $exit (i32.const 8)))

  (func $run (export "run") (result i32)
    (call $enter (i32.const 9))
    (call $_ZN5store4findEi)
    (call $exit (i32.const 9))
    (i32.const 0))

  (func (export "trap")
    (call $enter (i32.const 10))
    (call $span_enter (i32.const 0) (i32.const 7))
    (unreachable))

  ;; Ends what never began, and what began before it.
  (func (export "lie")
    (call $span_exit)
    (call $exit (i32.const 9))
    (call $enter (i32.const 9))
    (call $exit (i32.const 8))
    (call $span_exit)
    (call $exit (i32.const 9)))

  (func (export "flood") (local $i i32)
    (loop $again
      (call $span_enter (i32.const 0) (i32.const 7))
      (call $metric (i32.const 1) (i32.const 23) (i32.const 8))
      (call $log (i32.const 3) (i32.const 0) (i32.const 7))
      (call $span_exit)
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $again (i32.lt_u (local.get $i) (i32.const 1000)))))

  ;; Two tags in each of a thousand spans.
  (func (export "tag") (local $i i32)
    (loop $again
      (call $span_enter (i32.const 0) (i32.const 7))
      (call $span_tags (i32.const 8) (i32.const 14))
      (call $span_exit)
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $again (i32.lt_u (local.get $i) (i32.const 1000)))))

  (func (export "nest") (local $i i32)
    (loop $again
      (call $span_enter (i32.const 0) (i32.const 7))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $again (i32.lt_u (local.get $i) (i32.const 1000))))
    (loop $back
      (call $span_exit)
      (local.set $i (i32.sub (local.get $i) (i32.const 1)))
      (br_if $back (local.get $i))))

  (func (export "point_outside") (call $span_enter (i32.const 65530) (i32.const 7)))
  (func (export "point_far_outside") (call $log (i32.const 1) (i32.const -1) (i32.const -1))))
