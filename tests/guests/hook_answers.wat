;; Hazard: answers that are no answers: outside memory, longer than it, zero, the input itself.
(module
  (memory (export "memory") 1)
  (func (export "malloc") (param i32) (result i32) (i32.const 4096))
  ;; One byte too long: [65535, 65537).
  (func (export "pre_hook") (param i32 i32) (result i64) (i64.const 0x0000FFFF_00000002))
  ;; The sum of pointer and length wraps in 32 bits.
  (func (export "post_hook") (param i32 i32) (result i64) (i64.const 0x00001000_FFFFFFFF))
  ;; "No opinion".
  (func (export "http_pre_hook") (param i32 i32) (result i64) (i64.const 0))
  ;; No length, with a pointer to nowhere.
  (func (export "http_post_hook") (param i32 i32) (result i64) (i64.const 0xFFFFFFFF_00000000))
  ;; Its own input.
  (func (export "http_stream_chunk_hook") (param $at i32) (param $size i32) (result i64)
    (i64.or (i64.shl (i64.extend_i32_u (local.get $at)) (i64.const 32))
            (i64.extend_i32_u (local.get $size)))))
