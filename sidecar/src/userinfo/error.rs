//! Why userinfo answers with an error, and the map of those reasons to the OAuth wire.

use protocol::error::OAuthError;
use protocol::resource::bearer::BearerError;

use crate::wire::Failure;
use store::StoreError;

/// The reason.
#[derive(Debug)]
pub(super) enum UserinfoError {
    /// The `Authorization` header cannot be read.
    Bearer(BearerError),
    /// There is no bearer token.
    NoToken,
    /// The token is not one of this tenant's, or it is no longer in force.
    NotInForce,
    /// The store failed.
    Store(StoreError),
    /// The claims cannot be written as JSON.
    Response(serde_json::Error),
}

impl From<UserinfoError> for Failure {
    fn from(error: UserinfoError) -> Self {
        match error {
            UserinfoError::Bearer(error) => Self::oauth(OAuthError::InvalidRequest, "bearer")
                .detail(error)
                .challenge("Bearer error=\"invalid_request\""),
            // RFC 6750 §3.1: a request without credentials gets a challenge that names no error.
            UserinfoError::NoToken => {
                Self::oauth(OAuthError::InvalidToken, "no_bearer_token").challenge("Bearer")
            }
            UserinfoError::NotInForce => Self::oauth(OAuthError::InvalidToken, "token_not_in_force")
                .challenge("Bearer error=\"invalid_token\""),
            UserinfoError::Store(error) => error.into(),
            UserinfoError::Response(error) => Self::unavailable("userinfo", error),
        }
    }
}

impl From<StoreError> for UserinfoError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}
