//! What one listener bears.

use std::time::Duration;

/// What one listener bears.
#[derive(Debug, Clone, Copy)]
pub struct ConnectionLimits {
    /// Connections at a time.
    pub most: usize,
    /// From the first byte of a request, or the beginning of the connection, to the end of the request's head.
    pub head: Duration,
    /// Without a request, or without progress of an answer. Longer than proxies keep connections for later (Traefik: 90
    /// s), so that it is the proxy that closes them.
    pub idle: Duration,
}

impl ConnectionLimits {
    /// Of the listener for Traefik.
    pub const OAUTH: Self = Self { most: 2_048, head: Duration::from_secs(10), idle: Duration::from_mins(2) };
    /// Of the listener for operations.
    pub const OPERATIONS: Self = Self { most: 64, ..Self::OAUTH };
}
