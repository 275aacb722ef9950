;; Hazard: recurses until the stack is used up.
(module
  (func $deeper (export "recurse") (param i64) (result i64)
    (i64.add (call $deeper (i64.add (local.get 0) (i64.const 1))) (i64.const 1))))
