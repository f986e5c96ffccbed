//! The Traefik plugin: decides about every request without a call over the network.
//!
//! `entry.rs` exports the functions that Traefik calls, and `protocol` makes the decisions. This crate contains what
//! needs Traefik, the plugin's host: it reads options and keys, passes a request's values to the gate in `protocol`,
//! and does what the gate decided.
#![cfg_attr(target_os = "wasi", feature(asm_experimental_arch))]

// No code of this crate names `guest_memory`, but the linker takes `memcpy` and similar functions from it.
#[cfg(target_os = "wasi")]
use guest_memory as _;

pub mod config;
#[cfg(target_os = "wasi")]
mod entry;
pub mod handler;
pub mod host;
pub mod log;
pub mod view;
