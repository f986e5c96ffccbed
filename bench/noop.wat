;; The least a guest of the http-wasm host can be: every request goes on, no answer is looked at.
;; Two pages of memory, as the plugin starts with: 64 KiB of stack and room for data.
(module
  (memory (export "memory") 2)
  (func (export "handle_request") (result i64) (i64.const 1))
  (func (export "handle_response") (param i32 i32)))
