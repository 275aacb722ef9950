;; Hazard: free traps. The answer before it is sound all the same.
(module
  (memory (export "memory") 1)
  (data (i32.const 1024) "{\"error\":\"\"}")
  (func (export "malloc") (param i32) (result i32) (i32.const 4096))
  (func (export "free") (param $block i32)
    (if (i32.eq (local.get $block) (i32.const 1024)) (then (unreachable))))
  (func (export "pre_hook") (param i32 i32) (result i64) (i64.const 0x00000400_0000000C)))
