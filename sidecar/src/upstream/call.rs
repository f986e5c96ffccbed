//! An address that may be called, and what comes of a call.

use url::Url;

use super::error::UpstreamError;

/// An address that was judged: the only thing the client dials.
#[derive(Debug, Clone)]
pub struct Endpoint {
    pub(super) url: Url,
    pub(super) internal: bool,
}

impl Endpoint {
    /// The API of the proxy in front of us, at an address that the operator gave or the proxy itself called from. It may be
    /// http, and on a private address.
    pub const fn of_the_proxy(url: Url) -> Self {
        Self { url, internal: true }
    }

    /// Its address.
    pub fn as_str(&self) -> &str {
        self.url.as_str()
    }

    /// Whether the operator listed its origin as internal.
    pub const fn is_internal(&self) -> bool {
        self.internal
    }
}

/// Why a call brought no answer of use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// No connection came about: the name was not found, or nothing answers at its addresses.
    #[error("{0}")]
    Unreachable(String),
    /// Something else.
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
