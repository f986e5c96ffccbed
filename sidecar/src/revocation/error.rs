//! Why revocation fails, and the mapping of these errors to OAuth responses.

use events::Reason;
use protocol::error::OAuthError;
use protocol::limits::TooLong;
use protocol::server::token::TokenRequestError;

use crate::clients::AuthenticationError;
use crate::wire::Failure;
use store::StoreError;

/// Why revocation fails.
#[derive(Debug)]
pub(super) enum RevocationError {
    /// A parameter is too long.
    TooLong(TooLong),
    /// The client is not authenticated (RFC 7009 §2.1).
    Client(AuthenticationError),
    /// The parameter `token` is missing (RFC 7009 §2.1).
    NoToken {
        /// The client that sent the request.
        client_id: String,
    },
    /// The token was issued to another client (RFC 7009 §2.1).
    OtherClient {
        /// The client that sent the request.
        client_id: String,
    },
    /// The store failed.
    Store(StoreError),
}

impl From<RevocationError> for Failure {
    fn from(error: RevocationError) -> Self {
        match error {
            RevocationError::TooLong(limit) => limit.into(),
            RevocationError::Client(error) => error.into(),
            RevocationError::NoToken { client_id } => {
                Self::oauth(OAuthError::InvalidRequest, Reason::TokenMissing)
                    .client(client_id)
                    .describe(TokenRequestError::Parameter("token").to_string())
            }
            RevocationError::OtherClient { client_id } => {
                Self::oauth(OAuthError::InvalidGrant, Reason::RevokeWrongClient).client(client_id)
            }
            RevocationError::Store(error) => error.into(),
        }
    }
}

impl From<StoreError> for RevocationError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}
