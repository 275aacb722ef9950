;; No hazard: an Extism guest that sends HTTP requests as a plug-in kit would.
(module
  (import "extism:host/env" "alloc" (func $alloc (param i64) (result i64)))
  (import "extism:host/env" "length" (func $length (param i64) (result i64)))
  (import "extism:host/env" "store_u8" (func $store_u8 (param i64 i32)))
  (import "extism:host/env" "input_length" (func $input_length (result i64)))
  (import "extism:host/env" "input_load_u8" (func $input_load_u8 (param i64) (result i32)))
  (import "extism:host/env" "output_set" (func $output_set (param i64 i64)))
  (import "extism:host/env" "var_get" (func $var_get (param i64) (result i64)))
  (import "extism:host/env" "http_request" (func $http (param i64 i64) (result i64)))
  (import "extism:host/env" "http_status_code" (func $http_status (result i32)))
  (import "extism:host/env" "http_headers" (func $http_headers (result i64)))

  (func $input (result i64)
    (local $h i64) (local $i i64)
    (local.set $h (call $alloc (call $input_length)))
    (loop $next
      (if (i64.lt_u (local.get $i) (call $input_length))
        (then
          (call $store_u8 (i64.add (local.get $h) (local.get $i))
            (call $input_load_u8 (local.get $i)))
          (local.set $i (i64.add (local.get $i) (i64.const 1)))
          (br $next))))
    (local.get $h))
  (func $answer (param $h i64)
    (call $output_set (local.get $h) (call $length (local.get $h))))
  (func $answer_byte (param $byte i32)
    (local $h i64)
    (local.set $h (call $alloc (i64.const 1)))
    (call $store_u8 (local.get $h) (local.get $byte))
    (call $answer (local.get $h)))

  ;; The value of the variable `body`, or 0.
  (func $body (result i64)
    (local $key i64)
    (local.set $key (call $alloc (i64.const 4)))
    (call $store_u8 (local.get $key) (i32.const 98))
    (call $store_u8 (i64.add (local.get $key) (i64.const 1)) (i32.const 111))
    (call $store_u8 (i64.add (local.get $key) (i64.const 2)) (i32.const 100))
    (call $store_u8 (i64.add (local.get $key) (i64.const 3)) (i32.const 121))
    (call $var_get (local.get $key)))

  ;; Sends the request that the input is, with the variable `body`; gives the response's body.
  (func (export "send") (call $answer (call $http (call $input) (call $body))))

  ;; The same; gives 0 when the response is the handle 0, 1 when request and body are not freed,
  ;; else 2.
  (func (export "handles")
    (local $request i64) (local $body i64) (local $response i64)
    (local.set $request (call $input))
    (local.set $body (call $body))
    (local.set $response (call $http (local.get $request) (local.get $body)))
    (if (i64.eqz (local.get $response))
      (then (call $answer_byte (i32.const 48)) (return)))
    (call $answer_byte
      (select (i32.const 50) (i32.const 49)
        (i64.eqz
          (i64.or (call $length (local.get $request)) (call $length (local.get $body)))))))

  ;; Three decimal digits.
  (func (export "status")
    (local $h i64)
    (local.set $h (call $alloc (i64.const 3)))
    (call $store_u8 (local.get $h)
      (i32.add (i32.const 48) (i32.div_u (call $http_status) (i32.const 100))))
    (call $store_u8 (i64.add (local.get $h) (i64.const 1))
      (i32.add (i32.const 48)
        (i32.rem_u (i32.div_u (call $http_status) (i32.const 10)) (i32.const 10))))
    (call $store_u8 (i64.add (local.get $h) (i64.const 2))
      (i32.add (i32.const 48) (i32.rem_u (call $http_status) (i32.const 10))))
    (call $answer (local.get $h)))

  ;; A minus sign for the handle 0.
  (func (export "headers")
    (local $h i64)
    (local.set $h (call $http_headers))
    (if (i64.eqz (local.get $h)) (then (call $answer_byte (i32.const 45)) (return)))
    (call $answer (local.get $h)))

  (func (export "bad_request") (drop (call $http (i64.const 5) (i64.const 0))))
  (func (export "no_request") (drop (call $http (i64.const 0) (i64.const 0))))
  (func (export "bad_body") (drop (call $http (call $input) (i64.const 7)))))
