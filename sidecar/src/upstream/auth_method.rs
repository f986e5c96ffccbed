//! How we prove ourselves at a provider.

use super::error::UpstreamError;

/// How the client registered at the provider proves itself (RFC 7591 §2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientAuthMethod {
    /// `client_secret_basic`: HTTP Basic.
    Basic,
    /// `client_secret_post`: in the body.
    Post,
}

impl ClientAuthMethod {
    /// Reads the option; empty: none is set.
    pub(super) fn read(option: &str) -> Result<Option<Self>, UpstreamError> {
        match option {
            "" => Ok(None),
            "client_secret_basic" => Ok(Some(Self::Basic)),
            "client_secret_post" => Ok(Some(Self::Post)),
            _ => Err(UpstreamError::Misconfigured(format!(
                "clientAuthMethod {option:?} is neither client_secret_basic nor client_secret_post"
            ))),
        }
    }

    /// The other one.
    pub(super) const fn other(self) -> Self {
        match self {
            Self::Basic => Self::Post,
            Self::Post => Self::Basic,
        }
    }
}
