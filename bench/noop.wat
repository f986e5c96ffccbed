;; The smallest possible guest of the http-wasm host: it forwards every request and ignores every response. It has two
;; pages of memory, like the plugin at its start: 64 KiB of stack and space for data.
(module
  (memory (export "memory") 2)
  (func (export "handle_request") (result i64) (i64.const 1))
  (func (export "handle_response") (param i32 i32)))
