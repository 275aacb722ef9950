;; Hazard: takes table elements until it gets no more.
(module
  (table $table 1 funcref)
  (func (export "grow") (param $elements i32) (result i32)
    (table.grow $table (ref.null func) (local.get $elements)))
  (func (export "hog")
    (loop $again
      (br_if $again
        (i32.ne (table.grow $table (ref.null func) (i32.const 10000)) (i32.const -1))))
    (unreachable)))
