//! `memcpy`, `memmove`, `memset`, `memcmp` and `bcmp` for the plugin, without bulk memory instructions.
//!
//! The host of the plugin carries out `memory.copy`, `memory.fill` and their kin by a call that destroys a
//! register on newer Intel processors (`docs/adr/0005-no-bulk-memory.md`). The C library's versions of these
//! functions use those instructions, so the plugin brings its own, and the build refuses a plugin that holds
//! any of them.
//!
//! `export.rs` gives them their C names in a WebAssembly build. The functions themselves are
//! compiled for every target, so that they are tested natively and as WebAssembly.
//!
//! `no_builtins`: without it the compiler would recognise each loop here as a copy and call `memmove` for it,
//! from within `memmove`.
#![no_std]
#![no_builtins]
#![cfg_attr(target_family = "wasm", feature(asm_experimental_arch))]
#![expect(unsafe_code, reason = "these functions are what raw memory is copied with")]

mod copy;
mod fill;
mod order;

#[cfg(target_family = "wasm")]
mod export;

pub use copy::{copy, copy_apart};
pub use fill::fill;
pub use order::compare;

/// Bytes moved at once. WebAssembly has loads and stores of this size, for any alignment.
const CHUNK: usize = 16;

/// The value of that size: one vector where the target has them, else two words.
#[cfg(target_family = "wasm")]
type Chunk = core::arch::wasm32::v128;
#[cfg(not(target_family = "wasm"))]
type Chunk = u128;

/// Reads a value at an offset, whatever its alignment.
///
/// # Safety
/// The bytes from `at` on, as many as the type has, must be readable.
const unsafe fn get<T: Copy>(from: *const u8, at: usize) -> T {
    // SAFETY: promised by the caller.
    unsafe { from.add(at).cast::<T>().read_unaligned() }
}

/// Writes a value at an offset, whatever its alignment.
///
/// # Safety
/// The bytes from `at` on, as many as the type has, must be writable.
const unsafe fn put<T: Copy>(to: *mut u8, at: usize, value: T) {
    // SAFETY: promised by the caller.
    unsafe { to.add(at).cast::<T>().write_unaligned(value) }
}
