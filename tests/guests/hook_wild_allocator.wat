;; Hazard: an allocator whose blocks lie outside the guest's memory.
(module
  (memory (export "memory") 1 1)
  (func (export "malloc") (param i32) (result i32) (i32.const 0x7fffff00))
  (func (export "pre_hook") (param $input i32) (param $size i32) (result i64)
    (i64.const 0)))
