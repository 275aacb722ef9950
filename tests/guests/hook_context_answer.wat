;; Answers with what it was shown as the text of an error: {"error":{"in":INPUT}}.
(module
  (memory (export "memory") 16)
  (data (i32.const 1024) "{\"error\":{\"in\":  ")
  (data (i32.const 1056) "}}")
  (func (export "malloc") (param i32) (result i32) (i32.const 4096))
  (func (export "http_pre_hook") (param $at i32) (param $size i32) (result i64)
    (memory.copy (i32.const 524288) (i32.const 1024) (i32.const 17))
    (memory.copy (i32.const 524305) (local.get $at) (local.get $size))
    (memory.copy (i32.add (i32.const 524305) (local.get $size)) (i32.const 1056) (i32.const 2))
    (i64.or (i64.shl (i64.const 524288) (i64.const 32))
            (i64.extend_i32_u (i32.add (local.get $size) (i32.const 19))))))
