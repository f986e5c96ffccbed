//! The built `plugin.wasm` under hosts that lie, trap, forget and starve it.
//!
//! Whatever the host does, a request is forwarded only with the identity of a verified token that the host passed in
//! this request; nothing of another request is revealed; and the next request from an honest host is decided right.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that ends is a test that fails"
)]

mod bodies;
mod config;
mod lies;
mod memory;
mod sources;
mod strings;
#[path = "../tenant/mod.rs"]
mod tenant;
mod traps;
mod values;
mod world;
