//! Measures what the plugin costs inside real Traefik, beside a guest that does nothing, in one run; and what the
//! sidecar does in a second, on each of its stores.
#![expect(clippy::disallowed_methods, reason = "to measure is to ask the clock")]

pub mod crowd;
pub mod load;
pub mod memory;
pub mod oauth;
pub mod provider;
pub mod report;
pub mod routes;
pub mod server;
pub mod sidecar;
pub mod stored;
pub mod tokens;
