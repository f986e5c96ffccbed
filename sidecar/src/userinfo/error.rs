//! Why userinfo fails, and the mapping of these errors to OAuth responses.

use events::Reason;
use protocol::error::OAuthError;
use protocol::resource::bearer::BearerError;

use crate::dpop::NotProven;
use crate::wire::Failure;
use store::StoreError;

/// Why userinfo fails.
#[derive(Debug)]
pub(super) enum UserinfoError {
    /// The `Authorization` header is malformed.
    Bearer(BearerError),
    /// The request carries no bearer token.
    NoToken,
    /// The token does not belong to this tenant, has expired, or its grant no longer exists.
    NotInForce,
    /// The request does not prove possession of the key to which the token is bound.
    NotProven(NotProven),
    /// The store failed.
    Store(StoreError),
}

impl From<UserinfoError> for Failure {
    fn from(error: UserinfoError) -> Self {
        match error {
            UserinfoError::Bearer(error) => Self::oauth(OAuthError::InvalidRequest, Reason::Bearer)
                .detail(error)
                .challenge("Bearer error=\"invalid_request\""),
            // RFC 6750 §3.1: if the request carries no credentials, the challenge has no error code.
            UserinfoError::NoToken => {
                Self::oauth(OAuthError::InvalidToken, Reason::NoBearerToken).challenge("Bearer")
            }
            UserinfoError::NotInForce => Self::oauth(OAuthError::InvalidToken, Reason::TokenNotInForce)
                .challenge("Bearer error=\"invalid_token\""),
            // RFC 9449 §7.1.
            UserinfoError::NotProven(NotProven::Nonce(nonce)) => {
                Self::oauth(OAuthError::InvalidToken, Reason::DpopNonce)
                    .dpop_nonce(nonce)
                    .challenge("DPoP error=\"use_dpop_nonce\", algs=\"ES256 EdDSA\"")
            }
            UserinfoError::NotProven(error) => Self::oauth(OAuthError::InvalidToken, Reason::DpopProof)
                .detail(error)
                .challenge("DPoP error=\"invalid_dpop_proof\", algs=\"ES256 EdDSA\""),
            UserinfoError::Store(error) => error.into(),
        }
    }
}

impl From<NotProven> for UserinfoError {
    fn from(error: NotProven) -> Self {
        Self::NotProven(error)
    }
}

impl From<StoreError> for UserinfoError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}
