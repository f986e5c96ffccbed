;; Functions of type $f run one bulk instruction, then return their last five parameters.
;; These must be returned unchanged. wazero keeps the fifth in RDX while memmove runs.
(module
  (type $f (func (param i32 i32 i32 i64 i64 i64 i64 i64) (result i64 i64 i64 i64 i64)))
  (memory 4)
  (table $t 1024 funcref)
  (func (export "memory.copy") (type $f)
    (memory.copy (local.get 0) (local.get 1) (local.get 2))
    local.get 3 local.get 4 local.get 5 local.get 6 local.get 7)
  (func (export "memory.fill") (type $f)
    (memory.fill (local.get 0) (local.get 1) (local.get 2))
    local.get 3 local.get 4 local.get 5 local.get 6 local.get 7)
  (func (export "table.copy") (type $f)
    (table.copy (local.get 0) (local.get 1) (local.get 2))
    local.get 3 local.get 4 local.get 5 local.get 6 local.get 7)
  (func (export "table.fill") (type $f)
    (table.fill $t (local.get 0) (ref.null func) (local.get 2))
    local.get 3 local.get 4 local.get 5 local.get 6 local.get 7)
  ;; Here the fifth is an address.
  (func (export "memory.copy, load") (type $f)
    (memory.copy (local.get 0) (local.get 1) (local.get 2))
    local.get 3 local.get 4 local.get 5 local.get 6
    (i64.load (i32.wrap_i64 (local.get 7))))
  (func (export "memory.fill alone") (param i32 i32 i32)
    (memory.fill (local.get 0) (local.get 1) (local.get 2))))
