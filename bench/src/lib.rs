//! Measures what the plugin costs inside real Traefik, beside a guest that does nothing, in one run.
#![expect(clippy::disallowed_methods, reason = "to measure is to ask the clock")]

pub mod load;
pub mod memory;
pub mod report;
pub mod routes;
pub mod server;
pub mod tokens;
