//! The plugin through a recording host: what it asks, what it does to the request and the answer, and
//! that nothing passes when the host fails.

#![expect(clippy::unwrap_used, reason = "a failure here is a failed test")]

mod failures;
mod fake_host;
mod key_file;
mod mcp;
mod oauth;
mod options;
mod sample;
#[path = "../tenant/mod.rs"]
mod tenant;
