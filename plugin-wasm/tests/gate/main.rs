//! Tests the plugin with a host that records calls: which calls the plugin makes, what it does to the request and the
//! response, and that it forwards nothing if the host fails.

#![expect(clippy::unwrap_used, reason = "a failure here is a failed test")]

mod failures;
mod fake_host;
mod key_file;
mod lists;
mod mcp;
mod oauth;
mod options;
mod sample;
#[path = "../tenant/mod.rs"]
mod tenant;
