//! The functions under their C names. The linker uses these instead of the C library's.
//!
//! These functions are in assembly, because Rust functions with such names would also be exported from the plugin,
//! which should export only what the host must call.

use core::arch::global_asm;

global_asm!(
    ".functype {copy_apart} (i32, i32, i32) -> ()",
    ".functype {copy} (i32, i32, i32) -> ()",
    ".functype {fill} (i32, i32, i32) -> ()",
    ".functype {compare} (i32, i32, i32) -> (i32)",
    // The three functions that change memory return their target.
    ".section .text.memcpy,\"\",@",
    ".globl memcpy",
    ".type memcpy,@function",
    "memcpy:",
    ".functype memcpy (i32, i32, i32) -> (i32)",
    "local.get 0",
    "local.get 1",
    "local.get 2",
    "call {copy_apart}",
    "local.get 0",
    "end_function",
    ".section .text.memmove,\"\",@",
    ".globl memmove",
    ".type memmove,@function",
    "memmove:",
    ".functype memmove (i32, i32, i32) -> (i32)",
    "local.get 0",
    "local.get 1",
    "local.get 2",
    "call {copy}",
    "local.get 0",
    "end_function",
    ".section .text.memset,\"\",@",
    ".globl memset",
    ".type memset,@function",
    "memset:",
    ".functype memset (i32, i32, i32) -> (i32)",
    "local.get 0",
    "local.get 1",
    "local.get 2",
    "call {fill}",
    "local.get 0",
    "end_function",
    ".section .text.memcmp,\"\",@",
    ".globl memcmp",
    ".type memcmp,@function",
    "memcmp:",
    ".functype memcmp (i32, i32, i32) -> (i32)",
    "local.get 0",
    "local.get 1",
    "local.get 2",
    "call {compare}",
    "end_function",
    ".section .text.bcmp,\"\",@",
    ".globl bcmp",
    ".type bcmp,@function",
    "bcmp:",
    ".functype bcmp (i32, i32, i32) -> (i32)",
    "local.get 0",
    "local.get 1",
    "local.get 2",
    "call {compare}",
    "end_function",
    copy_apart = sym copy_apart,
    copy = sym copy,
    fill = sym fill,
    compare = sym compare,
);

unsafe extern "C" fn copy_apart(to: *mut u8, from: *const u8, length: usize) {
    // SAFETY: C's contract of `memcpy` is that of the function.
    unsafe { super::copy_apart(to, from, length) }
}

unsafe extern "C" fn copy(to: *mut u8, from: *const u8, length: usize) {
    // SAFETY: C's contract of `memmove` is that of the function.
    unsafe { super::copy(to, from, length) }
}

/// Fills memory. As in C, only the lowest byte of `value` is used.
unsafe extern "C" fn fill(to: *mut u8, value: i32, length: usize) {
    let [value, ..] = value.to_le_bytes();
    // SAFETY: C's contract of `memset` is that of the function.
    unsafe { super::fill(to, value, length) }
}

unsafe extern "C" fn compare(one: *const u8, other: *const u8, length: usize) -> i32 {
    // SAFETY: C's contract of `memcmp` and `bcmp` is that of the function.
    unsafe { super::compare(one, other, length) }
}
