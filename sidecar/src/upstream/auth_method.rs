//! How this server authenticates to a provider.

use super::error::UpstreamError;

/// The client authentication method with which this server is registered at the provider (RFC 7591 §2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientAuthMethod {
    /// `client_secret_basic`: HTTP Basic.
    Basic,
    /// `client_secret_post`: the secret in the body.
    Post,
}

impl ClientAuthMethod {
    /// Parses the option `clientAuthMethod`; `None` if it is empty. Fails if the method is not supported.
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

    /// Returns the other method.
    pub(super) const fn other(self) -> Self {
        match self {
            Self::Basic => Self::Post,
            Self::Post => Self::Basic,
        }
    }
}
