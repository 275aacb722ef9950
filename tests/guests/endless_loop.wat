;; Hazard: never returns, never allocates, never calls the host. Only the epoch clock can stop it.
(module
  (func $forever (export "spin") (result i32)
    (loop $again (br $again))
    (unreachable))
  (func (export "quick") (result i32)
    (i32.const 7))
  (func (export "count") (param $rounds i32) (result i32)
    (local $done i32)
    (loop $again
      (local.set $done (i32.add (local.get $done) (i32.const 1)))
      (br_if $again (i32.lt_u (local.get $done) (local.get $rounds))))
    (local.get $done)))
