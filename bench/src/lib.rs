//! Measures what the plugin costs inside real Traefik, beside a guest that does nothing, in one run.

pub mod load;
pub mod memory;
pub mod report;
pub mod routes;
pub mod server;
pub mod tokens;
