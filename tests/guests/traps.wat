;; Hazard: every way to trap, below named functions, so that messages can be read.
(module $broken_guest
  (memory (export "memory") 1)
  (table 1 funcref)
  (type $nothing (func))
  (func $innermost_rule (unreachable))
  (func $check_words (call $innermost_rule))
  (func (export "unreachable") (call $check_words))
  (func (export "out_of_bounds") (result i32)
    (i32.load (i32.const 65536)))
  (func (export "divide") (param i32 i32) (result i32)
    (i32.div_s (local.get 0) (local.get 1)))
  (func (export "null_call")
    (call_indirect (type $nothing) (i32.const 0))))
