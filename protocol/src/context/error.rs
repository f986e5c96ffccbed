//! Why a sealed value is refused.

/// Why a route proof or a context is not accepted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ContextError {
    /// The header is not there.
    #[error("missing")]
    Missing,
    /// Not `v1.` and base64url, or not the JSON it should hold.
    #[error("malformed")]
    Malformed,
    /// No configured plugin key opens it.
    #[error("does not open under the plugin key")]
    DoesNotOpen,
    /// Sealed for another method.
    #[error("sealed for another method")]
    WrongMethod,
    /// Sealed for another host.
    #[error("sealed for another host")]
    WrongHost,
    /// Sealed for another path.
    #[error("sealed for another path")]
    WrongPath,
    /// Sealed more than a minute away from now: stale, or the clocks disagree.
    #[error("clock_skew: sealed more than 60 s away from this clock")]
    ClockSkew,
    /// Its tenant id is not that of its settings.
    #[error("the tenant id does not belong to the settings")]
    TenantMismatch,
}
