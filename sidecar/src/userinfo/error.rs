//! Why userinfo fails, and the mapping of these errors to OAuth responses.

use events::Reason;
use protocol::error::OAuthError;
use protocol::resource::bearer::BearerError;

use crate::wire::Failure;
use store::StoreError;

/// Why userinfo fails.
#[derive(Debug)]
pub(super) enum UserinfoError {
    /// The `Authorization` header is malformed.
    Bearer(BearerError),
    /// The request carries no bearer token.
    NoToken,
    /// The token does not belong to this tenant, or has expired, or its grant no longer exists.
    NotInForce,
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
            UserinfoError::Store(error) => error.into(),
        }
    }
}

impl From<StoreError> for UserinfoError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}
