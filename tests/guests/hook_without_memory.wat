;; Hazard: a hook and an allocator, but no exported memory to write the input to.
(module
  (memory 1)
  (func (export "malloc") (param i32) (result i32) (i32.const 1024))
  (func (export "pre_hook") (param i32 i32) (result i64) (i64.const 0)))
