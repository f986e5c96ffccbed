//! Measures the cost of the plugin inside real Traefik in comparison with a plugin that does nothing, and the
//! throughput of the sidecar on each of its stores.
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

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
