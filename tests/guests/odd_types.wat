;; Hazard: exports types that the engine's own reading of types ends the process for.
(module
  (func (export "vector") (param v128) (result v128) (local.get 0))
  (func (export "reference") (param externref) (result (ref func)) (unreachable))
  (func (export "pair") (param i64 f32) (result f64 i32)
    (f64.const 2.5) (i32.const 3))
  (tag (export "tag") (param i32))
  (memory (export "memory") 1 3)
  (table (export "table") 1 funcref)
  (global (export "global") i32 (i32.const 0)))
