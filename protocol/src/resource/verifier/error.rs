//! Why a token is not verified.

use crate::jose::key_certificate::KeyCertificateError;
use crate::jose::token::TokenError;

/// Why a token is not verified.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum VerifyError {
    /// The token or its signature is invalid.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The token's key certificate is invalid.
    #[error(transparent)]
    Certificate(#[from] KeyCertificateError),
    /// The token carries no key certificate, and no key file is configured.
    #[error("no key certificate, and no jwksFile to look its key up in")]
    NoKeySource,
    /// The key file cannot be used, and the token's key is not known. That is not the client's fault: 503.
    #[error("jwksFile cannot be used: {0}")]
    KeysUnavailable(String),
}
