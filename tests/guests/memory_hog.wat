;; Hazard: takes memory until it gets no more, in one memory and in two.
(module
  (memory $first (export "memory") 1)
  (memory $second 1)
  (func (export "grow") (param $pages i32) (result i32)
    (memory.grow $first (local.get $pages)))
  (func (export "grow_second") (param $pages i32) (result i32)
    (memory.grow $second (local.get $pages)))
  (func $abort
    (unreachable))
  (func (export "hog")
    (loop $again
      (br_if $again (i32.ne (memory.grow $first (i32.const 16)) (i32.const -1))))
    (call $abort)))
