//! Why introspection fails, and the mapping of these errors to OAuth responses.

use events::Reason;
use protocol::error::OAuthError;
use protocol::limits::TooLong;
use protocol::server::token::TokenRequestError;

use crate::clients::AuthenticationError;
use crate::wire::Failure;
use store::StoreError;

/// Why introspection fails.
#[derive(Debug)]
pub(super) enum IntrospectionError {
    /// A parameter is too long.
    TooLong(TooLong),
    /// The client is not authenticated (RFC 7662 §2.3).
    Client(AuthenticationError),
    /// The parameter `token` is missing (RFC 7662 §2.1).
    NoToken {
        /// The client that sent the request.
        client_id: String,
    },
    /// The store failed.
    Store(StoreError),
}

impl From<IntrospectionError> for Failure {
    fn from(error: IntrospectionError) -> Self {
        match error {
            IntrospectionError::TooLong(limit) => limit.into(),
            IntrospectionError::Client(error) => error.into(),
            IntrospectionError::NoToken { client_id } => {
                Self::oauth(OAuthError::InvalidRequest, Reason::TokenMissing)
                    .client(client_id)
                    .describe(TokenRequestError::Parameter("token").to_string())
            }
            IntrospectionError::Store(error) => error.into(),
        }
    }
}

impl From<StoreError> for IntrospectionError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}
