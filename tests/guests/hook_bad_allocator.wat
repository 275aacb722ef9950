;; Hazard: malloc answers 0 for small blocks, an address behind memory for larger ones, and never
;; returns for 5000 bytes.
(module
  (memory (export "memory") 1)
  (global $calls (mut i32) (i32.const 0))
  (func (export "malloc") (param $size i32) (result i32)
    (if (i32.eq (local.get $size) (i32.const 5000)) (then (loop $again (br $again))))
    (if (i32.ge_u (local.get $size) (i32.const 1000)) (then (return (i32.const 0x7FFFFFFF))))
    (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
    (if (i32.le_u (global.get $calls) (i32.const 2)) (then (return (i32.const 8192))))
    (i32.const 0))
  (func (export "pre_hook") (param i32 i32) (result i64) (i64.const 0)))
