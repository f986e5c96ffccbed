//! The Traefik plugin: decides about every request with what it has in memory.
//!
//! `entry.rs` exports the functions that Traefik calls, and `protocol` makes the decisions. This crate has what needs the
//! host: it reads options and keys, passes a request's values to the gate, and does what the gate decided.
#![cfg_attr(target_os = "wasi", feature(asm_experimental_arch))]

// Linked for the functions that it gives to the linker: memcpy and the like.
#[cfg(target_os = "wasi")]
use guest_memory as _;

pub mod config;
#[cfg(target_os = "wasi")]
mod entry;
pub mod handler;
pub mod host;
pub mod log;
pub mod view;
