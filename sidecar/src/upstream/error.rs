//! Why a call to a provider fails.

use protocol::error::OAuthError;

/// Why a provider returned nothing usable, by the party at fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UpstreamError {
    /// The provider refuses the code, or no longer accepts the token that was stored for asking about the user.
    #[error("the provider refused the grant: {0}")]
    GrantRefused(String),
    /// The provider cannot be reached or does not respond properly; a retry may succeed.
    #[error("the provider is not available: {0}")]
    Unavailable(String),
    /// A setting is wrong: issuer, endpoint or credentials.
    #[error("the provider's settings are wrong: {0}")]
    Misconfigured(String),
    /// The provider's response cannot be verified.
    #[error("the provider's response cannot be verified: {0}")]
    Unverifiable(String),
}

impl UpstreamError {
    /// The error code for the client and the reason code for the log. The provider's own texts only go to the log.
    pub const fn on_wire(&self) -> (OAuthError, &'static str) {
        match self {
            Self::GrantRefused(_) => (OAuthError::AccessDenied, "upstream_refused"),
            Self::Unavailable(_) => (OAuthError::TemporarilyUnavailable, "upstream_unavailable"),
            Self::Misconfigured(_) => (OAuthError::ServerError, "upstream_misconfigured"),
            Self::Unverifiable(_) => (OAuthError::AccessDenied, "upstream_unverifiable"),
        }
    }
}
