;; Hazard: a pre hook that never returns once its input is longer than 4,000 bytes.
(module
  (memory (export "memory") 32)
  (func (export "malloc") (param i32) (result i32) (i32.const 65536))
  (func (export "pre_hook") (param $input i32) (param $size i32) (result i64)
    (if (i32.gt_u (local.get $size) (i32.const 4000))
      (then (loop $again (br $again))))
    (i64.const 0)))
