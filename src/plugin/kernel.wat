;; The Extism kernel: the blocks of memory through which host and guest hand bytes to each other.
;;
;; Linked into the guest, or an instance a plug-in in the same store. Exports called sluice:kernel/...
;; are for the host, all others for guests. Small functions without locals, loops or branches out of
;; their middle are copied to where guests call them.
;;
;; $data holds nothing but the blocks: guests reach every byte of it from 16 up to `end`, so nothing
;; that is trusted lies there. What is trusted (the block table, the free lists, the registers) lies
;; in $meta, which guests never see. The host (kernel.cpp) begins a call and reads what it left by way
;; of $meta, without calling in here, and checks what it reads like any other foreign number.
;;
;; $meta: 0 output offset, 8 output length, 16 error offset, 24 error length, 32 bytes of $data in use
;; behind the first 16, 40 input offset, 48 input length (u64 each), 56 entries of the block table, 60
;; whether anything was freed (u32 each), 64 heads of the free lists (u32 an entry's address or 0, one
;; a size class), 1024 the block table. All zero at birth.
;; An entry of the table, 16 bytes, sorted by offset because blocks never move or merge:
;; 0 offset, 4 size class, 8 bytes in use, 12 link: -1 while in use, else the next free entry or 0.
;; The host's own input block has a class that alloc never looks into.
(module $extism
  (import "extism:host" "config_get" (func $config_get (param i64 i64) (result i64)))
  (import "extism:host" "var_get" (func $var_get (param i64 i64) (result i64)))
  (import "extism:host" "var_set" (func $var_set (param i64 i64 i64 i64)))
  (import "extism:host" "var_remove" (func $var_remove (param i64 i64)))
  (import "extism:host" "take" (func $take (param i64 i64)))
  (import "extism:host" "log" (func $log (param i32 i64 i64)))
  (import "extism:host" "log_level" (func $log_level (result i32)))
  (import "extism:host" "http_request" (func $http (param i64 i64 i64 i64) (result i64)))
  (import "extism:host" "http_status" (func $http_status (result i32)))
  (import "extism:host" "http_headers" (func $http_headers (result i64)))

  (memory $data (export "sluice:kernel/memory") 1)
  (memory $meta (export "sluice:kernel/meta") 1 4096)

  ;; Whether 16 - rest bytes at p (1 or 8) lie in the used area. Written so that nothing can wrap:
  ;; addresses below 16 belong to nobody.
  (func $inside (param $p i64) (param $rest i64) (result i32)
    (i32.and
      (i64.ge_u (local.get $p) (i64.const 16))
      (i64.le_u
        (i64.sub (local.get $p) (local.get $rest))
        (i64.load $meta offset=32 (i32.const 0)))))

  ;; Whether [p, p + n) lies in the used area, for any n. A p below 16 wraps to more than is in use.
  (func $range_inside (param $p i64) (param $n i64) (result i32)
    (i32.and
      (i64.le_u
        (i64.sub (local.get $p) (i64.const 16))
        (i64.load $meta offset=32 (i32.const 0)))
      (i64.le_u
        (local.get $n)
        (i64.sub
          (i64.load $meta offset=32 (i32.const 0))
          (i64.sub (local.get $p) (i64.const 16))))))

  ;; Behind the last byte in use.
  (func $end (result i64)
    (i64.add (i64.load $meta offset=32 (i32.const 0)) (i64.const 16)))

  ;; The table entry of the block in use that starts at h, or 0.
  (func $find (param $h i64) (result i32)
    (local $low i32) (local $high i32) (local $middle i32) (local $entry i32) (local $offset i32)
    (if (i64.ge_u (local.get $h) (call $end)) (then (return (i32.const 0))))
    (local.set $high (i32.load $meta offset=56 (i32.const 0)))
    (loop $again
      (if (i32.ge_u (local.get $low) (local.get $high)) (then (return (i32.const 0))))
      (local.set $middle
        (i32.shr_u (i32.add (local.get $low) (local.get $high)) (i32.const 1)))
      (local.set $entry
        (i32.add (i32.const 1024) (i32.shl (local.get $middle) (i32.const 4))))
      (local.set $offset (i32.load $meta (local.get $entry)))
      (if (i32.eq (local.get $offset) (i32.wrap_i64 (local.get $h)))
        (then
          (return
            (select (local.get $entry) (i32.const 0)
              (i32.eq (i32.load $meta offset=12 (local.get $entry)) (i32.const -1))))))
      (if (i32.lt_u (local.get $offset) (i32.wrap_i64 (local.get $h)))
        (then (local.set $low (i32.add (local.get $middle) (i32.const 1))))
        (else (local.set $high (local.get $middle))))
      (br $again))
    (unreachable))

  ;; Takes the first entry off the free list of a size class; 0 when it is empty.
  (func $pop (param $class i32) (result i32)
    (local $head i32) (local $entry i32)
    (local.set $head (i32.add (i32.const 64) (i32.shl (local.get $class) (i32.const 2))))
    (local.set $entry (i32.load $meta (local.get $head)))
    (if (local.get $entry)
      (then
        (i32.store $meta (local.get $head) (i32.load $meta offset=12 (local.get $entry)))))
    (local.get $entry))

  ;; A new block behind all others; 0 when one of the memories can't grow.
  (func $append (param $capacity i64) (param $class i32) (result i32)
    (local $top i64) (local $have i64) (local $entry i32)
    (local.set $top (i64.add (call $end) (local.get $capacity)))
    (local.set $have
      (i64.shl (i64.extend_i32_u (memory.size $data)) (i64.const 16)))
    (if (i64.gt_u (local.get $top) (local.get $have))
      (then
        (if (i32.eq (i32.const -1)
              (memory.grow $data
                (i32.wrap_i64
                  (i64.shr_u
                    (i64.add (i64.sub (local.get $top) (local.get $have)) (i64.const 65535))
                    (i64.const 16)))))
          (then (return (i32.const 0))))))
    (local.set $entry
      (i32.add (i32.const 1024) (i32.shl (i32.load $meta offset=56 (i32.const 0)) (i32.const 4))))
    (if (i32.ge_u
          (i32.shr_u (i32.add (local.get $entry) (i32.const 15)) (i32.const 16))
          (memory.size $meta))
      (then
        (if (i32.eq (i32.const -1) (memory.grow $meta (i32.const 1)))
          (then (return (i32.const 0))))))
    (i32.store $meta (local.get $entry) (i32.wrap_i64 (call $end)))
    (i32.store $meta offset=4 (local.get $entry) (local.get $class))
    (i32.store $meta offset=56 (i32.const 0)
      (i32.add (i32.load $meta offset=56 (i32.const 0)) (i32.const 1)))
    (i64.store $meta offset=32 (i32.const 0) (i64.sub (local.get $top) (i64.const 16)))
    (local.get $entry))

  ;; Size classes: four to each doubling, so that at most a quarter of a block is wasted. A freed
  ;; block serves its own class again, and larger ones' stand in when memory can't grow.
  (func $alloc (export "alloc") (export "sluice:kernel/alloc") (param $n i64) (result i64)
    (local $log i64) (local $step i64) (local $capacity i64) (local $class i32) (local $entry i32)
    (if (i64.eqz (local.get $n)) (then (return (i64.const 0))))
    (if (i64.gt_u (local.get $n) (i64.const 0xffff0000)) (then (return (i64.const 0))))
    (if (i64.le_u (local.get $n) (i64.const 16))
      (then (local.set $capacity (i64.const 16)))
      (else
        (local.set $log
          (i64.sub (i64.const 63) (i64.clz (i64.sub (local.get $n) (i64.const 1)))))
        (local.set $step
          (select (i64.const 8)
            (i64.shl (i64.const 1) (i64.sub (local.get $log) (i64.const 2)))
            (i64.lt_u (local.get $log) (i64.const 5))))
        (local.set $capacity
          (i64.and
            (i64.add (local.get $n) (i64.sub (local.get $step) (i64.const 1)))
            (i64.sub (i64.const 0) (local.get $step))))
        (local.set $class
          (i32.wrap_i64
            (i64.add
              (i64.shl (i64.sub (local.get $log) (i64.const 4)) (i64.const 2))
              (i64.div_u
                (i64.sub (local.get $capacity) (i64.shl (i64.const 1) (local.get $log)))
                (local.get $step)))))))
    (local.set $entry (call $pop (local.get $class)))
    (if (i32.eqz (local.get $entry))
      (then (local.set $entry (call $append (local.get $capacity) (local.get $class)))))
    (loop $larger
      (if (i32.and (i32.eqz (local.get $entry)) (i32.lt_u (local.get $class) (i32.const 112)))
        (then
          (local.set $class (i32.add (local.get $class) (i32.const 1)))
          (local.set $entry (call $pop (local.get $class)))
          (br $larger))))
    (if (i32.eqz (local.get $entry)) (then (return (i64.const 0))))
    (i32.store $meta offset=8 (local.get $entry) (i32.wrap_i64 (local.get $n)))
    (i32.store $meta offset=12 (local.get $entry) (i32.const -1))
    (i64.load32_u $meta (local.get $entry)))

  (func $free (export "free") (export "sluice:kernel/free") (param $h i64)
    (local $entry i32) (local $head i32)
    (local.set $entry (call $find (local.get $h)))
    (if (i32.eqz (local.get $entry)) (then (return)))
    (local.set $head
      (i32.add (i32.const 64)
        (i32.shl (i32.load $meta offset=4 (local.get $entry)) (i32.const 2))))
    (i32.store $meta offset=12 (local.get $entry) (i32.load $meta (local.get $head)))
    (i32.store $meta (local.get $head) (local.get $entry))
    (i32.store $meta offset=60 (i32.const 0) (i32.const 1))
    (if (i64.eq (local.get $h) (i64.load $meta offset=40 (i32.const 0)))
      (then (i64.store $meta offset=48 (i32.const 0) (i64.const 0)))))

  ;; Both exact: the table answers as fast as a header below the block would.
  (func $length (export "length") (export "length_unsafe")
    (export "sluice:kernel/length") (param $h i64) (result i64)
    (local $entry i32)
    (local.set $entry (call $find (local.get $h)))
    (if (result i64) (local.get $entry)
      (then (i64.load32_u $meta offset=8 (local.get $entry)))
      (else (i64.const 0))))

  (func (export "load_u8") (param $p i64) (result i32)
    (if (result i32) (call $inside (local.get $p) (i64.const 15))
      (then (i32.load8_u $data (i32.wrap_i64 (local.get $p))))
      (else (i32.const 0))))
  (func (export "load_u64") (param $p i64) (result i64)
    (if (result i64) (call $inside (local.get $p) (i64.const 8))
      (then (i64.load $data align=1 (i32.wrap_i64 (local.get $p))))
      (else (i64.const 0))))
  (func (export "store_u8") (param $p i64) (param $value i32)
    (if (call $inside (local.get $p) (i64.const 15))
      (then (i32.store8 $data (i32.wrap_i64 (local.get $p)) (local.get $value)))))
  (func (export "store_u64") (param $p i64) (param $value i64)
    (if (call $inside (local.get $p) (i64.const 8))
      (then (i64.store $data align=1 (i32.wrap_i64 (local.get $p)) (local.get $value)))))

  (func (export "input_length") (result i64) (i64.load $meta offset=48 (i32.const 0)))
  (func (export "input_offset") (result i64) (i64.load $meta offset=40 (i32.const 0)))
  ;; The input's place was checked when it was set, and what is in use never shrinks during a call.
  (func (export "input_load_u8") (param $at i64) (result i32)
    (if (result i32) (i64.lt_u (local.get $at) (i64.load $meta offset=48 (i32.const 0)))
      (then
        (i32.load8_u $data
          (i32.wrap_i64 (i64.add (i64.load $meta offset=40 (i32.const 0)) (local.get $at)))))
      (else (i32.const 0))))
  (func (export "input_load_u64") (param $at i64) (result i64)
    (if (result i64)
      (i32.and
        (i64.ge_u (i64.load $meta offset=48 (i32.const 0)) (i64.const 8))
        (i64.le_u (local.get $at) (i64.sub (i64.load $meta offset=48 (i32.const 0)) (i64.const 8))))
      (then
        (i64.load $data align=1
          (i32.wrap_i64 (i64.add (i64.load $meta offset=40 (i32.const 0)) (local.get $at)))))
      (else (i64.const 0))))
  (func (export "input_set") (param $p i64) (param $n i64)
    (if (call $range_inside (local.get $p) (local.get $n))
      (then
        (i64.store $meta offset=40 (i32.const 0) (local.get $p))
        (i64.store $meta offset=48 (i32.const 0) (local.get $n)))))

  (func (export "output_set") (param $p i64) (param $n i64)
    (if (call $range_inside (local.get $p) (local.get $n))
      (then
        (i64.store $meta (i32.const 0) (local.get $p))
        (i64.store $meta (i32.const 8) (local.get $n)))))
  (func (export "output_offset") (result i64) (i64.load $meta (i32.const 0)))
  (func (export "output_length") (result i64) (i64.load $meta (i32.const 8)))

  ;; The length is taken now, so that the host can read the message without calling in again.
  (func (export "error_set") (param $h i64)
    (if (i32.or (i64.eqz (local.get $h)) (call $inside (local.get $h) (i64.const 15)))
      (then
        (i64.store $meta (i32.const 16) (local.get $h))
        (i64.store $meta (i32.const 24) (call $length (local.get $h))))))
  (func (export "error_get") (result i64) (i64.load $meta (i32.const 16)))

  (func (export "memory_bytes") (result i64)
    (i64.shl (i64.extend_i32_u (memory.size $data)) (i64.const 16)))

  ;; Zeroes what was used, so that nothing of it is seen again. The host does the same between calls.
  (func (export "reset")
    (memory.fill $data (i32.const 16) (i32.const 0)
      (i32.wrap_i64 (i64.load $meta offset=32 (i32.const 0))))
    (memory.fill $meta (i32.const 0) (i32.const 0) (i32.const 516)))

  ;; A block with the value that the host found last, whose size it gave (negative: absent). The
  ;; host fails the call when there is no room for it.
  (func $found (param $size i64) (result i64)
    (local $h i64)
    (if (i64.le_s (local.get $size) (i64.const 0)) (then (return (i64.const 0))))
    (local.set $h (call $alloc (local.get $size)))
    (call $take (local.get $h) (local.get $size))
    (local.get $h))

  ;; Arguments go to the host as handle and length; it refuses handles without a block behind them.
  (func (export "config_get") (param $key i64) (result i64)
    (local $size i64)
    (local.set $size (call $config_get (local.get $key) (call $length (local.get $key))))
    (call $free (local.get $key))
    (call $found (local.get $size)))
  (func (export "var_get") (param $key i64) (result i64)
    (local $size i64)
    (local.set $size (call $var_get (local.get $key) (call $length (local.get $key))))
    (call $free (local.get $key))
    (call $found (local.get $size)))
  (func (export "var_set") (param $key i64) (param $value i64)
    (if (i64.eqz (local.get $value))
      (then (call $var_remove (local.get $key) (call $length (local.get $key))))
      (else
        (call $var_set (local.get $key) (call $length (local.get $key))
          (local.get $value) (call $length (local.get $value)))))
    (call $free (local.get $key))
    (call $free (local.get $value)))

  ;; A message below the level is freed unread.
  (func $log_at (param $level i32) (param $h i64)
    (if (i32.ge_s (local.get $level) (call $log_level))
      (then (call $log (local.get $level) (local.get $h) (call $length (local.get $h)))))
    (call $free (local.get $h)))
  (func (export "log_trace") (param $h i64) (call $log_at (i32.const 0) (local.get $h)))
  (func (export "log_debug") (param $h i64) (call $log_at (i32.const 1) (local.get $h)))
  (func (export "log_info") (param $h i64) (call $log_at (i32.const 2) (local.get $h)))
  (func (export "log_warn") (param $h i64) (call $log_at (i32.const 3) (local.get $h)))
  (func (export "log_error") (param $h i64) (call $log_at (i32.const 4) (local.get $h)))
  (func (export "get_log_level") (result i32) (call $log_level))

  (func (export "http_request") (param $request i64) (param $body i64) (result i64)
    (local $size i64)
    (local.set $size
      (call $http (local.get $request) (call $length (local.get $request))
        (local.get $body) (call $length (local.get $body))))
    (call $free (local.get $request))
    (call $free (local.get $body))
    (call $found (local.get $size)))
  (func (export "http_status_code") (result i32) (call $http_status))
  (func (export "http_headers") (result i64) (call $found (call $http_headers))))
