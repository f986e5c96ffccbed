//! The limits of one listener.

use std::time::Duration;

/// The limits of one listener.
#[derive(Debug, Clone, Copy)]
pub struct ConnectionLimits {
    /// The maximum number of open connections.
    pub most: usize,
    /// The maximum time for the head of a request to arrive, from its first byte.
    pub head: Duration,
    /// The maximum time without a request, or without progress of a response. This time is longer than proxies keep
    /// idle connections (Traefik: 90 s), so that the proxy closes them first: a proxy that sends a request while the
    /// other side closes the connection answers it with 502.
    pub idle: Duration,
}

impl ConnectionLimits {
    /// The limits of the OAuth listener, to which Traefik connects.
    pub const OAUTH: Self = Self { most: 2_048, head: Duration::from_secs(10), idle: Duration::from_mins(2) };
    /// The limits of the operations listener.
    pub const OPERATIONS: Self = Self { most: 64, ..Self::OAUTH };
}
