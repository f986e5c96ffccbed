//! The type of an endpoint that may be called, and the errors of calls.

use url::Url;

use super::error::UpstreamError;

/// A URL that has been checked. The HTTP client calls no other URLs.
#[derive(Debug, Clone)]
pub struct Endpoint {
    pub(super) url: Url,
    pub(super) internal: bool,
}

impl Endpoint {
    /// Returns the endpoint of the proxy's API: the proxy in front of this server, at a URL that the operator
    /// configured or at the address from which the proxy calls. It may use http or a private address.
    pub const fn of_the_proxy(url: Url) -> Self {
        Self { url, internal: true }
    }

    /// The URL.
    pub fn as_str(&self) -> &str {
        self.url.as_str()
    }

    /// Whether the URL may use http or a private address.
    pub const fn is_internal(&self) -> bool {
        self.internal
    }
}

/// Why a call returned no usable response.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// No connection could be made: the name was not found, or its addresses do not respond.
    #[error("{0}")]
    Unreachable(String),
    /// Any other failure.
    #[error(transparent)]
    Failed(#[from] UpstreamError),
}

impl From<CallError> for UpstreamError {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Unreachable(text) => Self::Unavailable(text),
            CallError::Failed(error) => error,
        }
    }
}
