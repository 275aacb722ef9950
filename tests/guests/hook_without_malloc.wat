;; Hazard: a hook and a memory, but no allocator.
(module
  (memory (export "memory") 1)
  (func (export "pre_hook") (param i32 i32) (result i64) (i64.const 0)))
