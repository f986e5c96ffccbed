//! Why a sealed header value is refused.

/// Why a route proof or a context is refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ContextError {
    /// The header is missing or empty.
    #[error("missing")]
    Missing,
    /// The value is not `v1.` and base64url, or its plaintext is malformed.
    #[error("malformed")]
    Malformed,
    /// No configured plugin key opens the value.
    #[error("does not open under the plugin key")]
    DoesNotOpen,
    /// The value was sealed for another method.
    #[error("sealed for another method")]
    WrongMethod,
    /// The route proof was sealed for another host.
    #[error("sealed for another host")]
    WrongHost,
    /// The value was sealed for another path.
    #[error("sealed for another path")]
    WrongPath,
    /// The value was sealed more than a minute before or after now: it is stale, or the clocks disagree.
    #[error("clock_skew: sealed more than 60 s away from this clock")]
    ClockSkew,
    /// The context's tenant id does not belong to its settings.
    #[error("the tenant id does not belong to the settings")]
    TenantMismatch,
}
