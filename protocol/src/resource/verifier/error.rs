//! Why a token is not verified.

use crate::jose::key_certificate::KeyCertificateError;
use crate::jose::token::TokenError;

/// Why there is no proof.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum VerifyError {
    /// The token or its signature is wrong.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The token's key certificate is wrong.
    #[error(transparent)]
    Certificate(#[from] KeyCertificateError),
    /// The token carries no key certificate, and no key file is configured.
    #[error("no key certificate, and no jwksFile to look its key up in")]
    NoKeySource,
    /// No key is there to verify with: 503, not the client's fault.
    #[error("jwksFile cannot be used: {0}")]
    KeysUnavailable(String),
}
