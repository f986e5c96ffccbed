//! `memcpy`, `memmove`, `memset`, `memcmp` and `bcmp` for the plugin, without bulk memory instructions.
//!
//! The plugin's host implements `memory.copy`, `memory.fill` and the related instructions by a call that overwrites a
//! register on newer Intel processors (`docs/adr/0005-no-bulk-memory.md`). The C library's versions of these functions
//! use those instructions, so the plugin has its own, and the build rejects a plugin that contains any of them.
//!
//! `export.rs` gives the functions their C names in a WebAssembly build. The functions themselves are compiled for
//! every target, so that they are tested natively and as WebAssembly.
//!
//! Without `no_builtins` the compiler would recognise the loops here as copies and replace them by calls of `memmove`,
//! even in `memmove` itself.
#![no_std]
#![no_builtins]
#![cfg_attr(target_family = "wasm", feature(asm_experimental_arch))]
#![expect(unsafe_code, reason = "these functions copy raw memory")]

mod copy;
mod fill;
mod order;

#[cfg(target_family = "wasm")]
mod export;

pub use copy::{copy, copy_apart};
pub use fill::fill;
pub use order::compare;

/// The number of bytes moved at once. WebAssembly has loads and stores of this size, for any alignment.
const CHUNK: usize = 16;

/// A value of [`CHUNK`] bytes: one vector if the target has vectors, otherwise two words.
#[cfg(target_family = "wasm")]
type Chunk = core::arch::wasm32::v128;
#[cfg(not(target_family = "wasm"))]
type Chunk = u128;

/// Reads a value at an offset, whatever its alignment.
///
/// # Safety
/// As many bytes as the type has must be readable from `at` on.
const unsafe fn get<T: Copy>(from: *const u8, at: usize) -> T {
    // SAFETY: promised by the caller.
    unsafe { from.add(at).cast::<T>().read_unaligned() }
}

/// Writes a value at an offset, whatever its alignment.
///
/// # Safety
/// As many bytes as the type has must be writable from `at` on.
const unsafe fn put<T: Copy>(to: *mut u8, at: usize, value: T) {
    // SAFETY: promised by the caller.
    unsafe { to.add(at).cast::<T>().write_unaligned(value) }
}
