//! Why a call to a provider fails.

use events::Reason;
use protocol::error::OAuthError;

/// Why a provider returned nothing usable. Each variant stands for another party at fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UpstreamError {
    /// The provider refuses the code, or no longer accepts the token with which this server asks about the user.
    #[error("the provider refused the grant: {0}")]
    GrantRefused(String),
    /// The provider cannot be reached or does not respond properly; a retry may succeed.
    #[error("the provider is not available: {0}")]
    Unavailable(String),
    /// A setting is wrong: the issuer, an endpoint, the credentials or an option.
    #[error("the provider's settings are wrong: {0}")]
    Misconfigured(String),
    /// The provider's response cannot be verified.
    #[error("the provider's response cannot be verified: {0}")]
    Unverifiable(String),
}

impl UpstreamError {
    /// The kind of error, for the metrics.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::GrantRefused(_) => "refused",
            Self::Unavailable(_) => "unavailable",
            Self::Misconfigured(_) => "misconfigured",
            Self::Unverifiable(_) => "unverifiable",
        }
    }

    /// The error code for the client and the reason code for the log. The provider's own texts only go to the log.
    pub const fn on_wire(&self) -> (OAuthError, Reason) {
        match self {
            Self::GrantRefused(_) => (OAuthError::AccessDenied, Reason::UpstreamRefused),
            Self::Unavailable(_) => (OAuthError::TemporarilyUnavailable, Reason::UpstreamUnavailable),
            Self::Misconfigured(_) => (OAuthError::ServerError, Reason::UpstreamMisconfigured),
            Self::Unverifiable(_) => (OAuthError::AccessDenied, Reason::UpstreamUnverifiable),
        }
    }
}
