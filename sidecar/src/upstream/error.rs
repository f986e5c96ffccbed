//! Why a provider gives nothing of use.

use protocol::error::OAuthError;

/// Why there is no answer, by whose fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UpstreamError {
    /// The provider refuses this code or refresh token: the session there is over.
    #[error("the provider refused the grant: {0}")]
    GrantRefused(String),
    /// The provider cannot be reached or does not answer properly; trying again may help.
    #[error("the provider is not available: {0}")]
    Unavailable(String),
    /// Settings stand in the way: issuer, endpoint or credentials.
    #[error("the provider's settings are wrong: {0}")]
    Misconfigured(String),
    /// The answer came but cannot be believed.
    #[error("the provider's answer cannot be believed: {0}")]
    Unverifiable(String),
}

impl UpstreamError {
    /// What a client and the log learn of it. The provider's own words are for the log alone.
    pub const fn on_wire(&self) -> (OAuthError, &'static str) {
        match self {
            Self::GrantRefused(_) => (OAuthError::AccessDenied, "upstream_refused"),
            Self::Unavailable(_) => (OAuthError::TemporarilyUnavailable, "upstream_unavailable"),
            Self::Misconfigured(_) => (OAuthError::ServerError, "upstream_misconfigured"),
            Self::Unverifiable(_) => (OAuthError::AccessDenied, "upstream_unverifiable"),
        }
    }
}
