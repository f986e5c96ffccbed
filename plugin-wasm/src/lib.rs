//! The Traefik plugin: judges every request with what it holds itself.
//!
//! What Traefik calls is exported by `entry.rs`; what is decided is decided in `protocol`. Here
//! lies what has to ask the host: reading options and keys, handing a request's values to the gate,
//! and doing to the request what the gate decided.
#![cfg_attr(target_os = "wasi", feature(asm_experimental_arch))]

// Linked for the functions it exports to the linker: memcpy and its kin.
#[cfg(target_os = "wasi")]
use guest_memory as _;

pub mod config;
#[cfg(target_os = "wasi")]
mod entry;
pub mod handler;
pub mod host;
pub mod log;
pub mod view;
