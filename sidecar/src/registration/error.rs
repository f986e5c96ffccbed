//! Why a registration is refused, and the mapping of these errors to OAuth responses.

use events::Reason;
use protocol::error::OAuthError;
use protocol::server::registration::RegistrationError as MetadataError;

use crate::budget::Exhausted;
use crate::wire::Failure;
use store::StoreError;
use store::entropy::EntropyError;

/// Why a registration is refused.
#[derive(Debug)]
pub(super) enum RegistrationError {
    /// The operator requires an initial access token (RFC 7591 §3), and the request has none or a wrong one.
    InitialToken,
    /// The registration access token is missing or wrong, or the client is unknown. All three get the same response, so
    /// that client ids cannot be probed (RFC 7592 §3).
    RegistrationToken {
        /// The `client_id` in the path; `None` if the request carries no usable bearer token.
        client_id: Option<String>,
    },
    /// The metadata are not accepted. The response and the log say which member is wrong, and why.
    Metadata {
        /// What is wrong.
        error: MetadataError,
        /// The client whose registration is being updated; `None` for a new client.
        client_id: Option<String>,
    },
    /// The rate limit for registrations is exceeded.
    Exhausted(Exhausted),
    /// No randomness is available for an id or a secret.
    Entropy(EntropyError),
    /// The store failed.
    Store(StoreError),
    /// The body cannot be read or is too large.
    Body(Box<Failure>),
}

impl From<RegistrationError> for Failure {
    fn from(error: RegistrationError) -> Self {
        let (failure, client_id) = match error {
            RegistrationError::InitialToken => {
                let failure = Self::oauth(OAuthError::InvalidToken, Reason::InitialToken)
                    .describe("registration requires an initial access token")
                    .challenge("Bearer");
                (failure, None)
            }
            RegistrationError::RegistrationToken { client_id } => {
                let failure = Self::oauth(OAuthError::InvalidToken, Reason::RegistrationToken)
                    .challenge("Bearer error=\"invalid_token\"");
                (failure, client_id)
            }
            RegistrationError::Metadata { error, client_id } => {
                let failure = Self::oauth(error.code(), Reason::ClientMetadata)
                    .describe(error.to_string())
                    .detail(error);
                (failure, client_id)
            }
            RegistrationError::Exhausted(exhausted) => (exhausted.into(), None),
            RegistrationError::Entropy(error) => (error.into(), None),
            RegistrationError::Store(error) => (error.into(), None),
            RegistrationError::Body(failure) => (*failure, None),
        };
        match client_id {
            Some(client_id) => failure.client(client_id),
            None => failure,
        }
    }
}

impl From<Exhausted> for RegistrationError {
    fn from(error: Exhausted) -> Self {
        Self::Exhausted(error)
    }
}

impl From<EntropyError> for RegistrationError {
    fn from(error: EntropyError) -> Self {
        Self::Entropy(error)
    }
}

impl From<StoreError> for RegistrationError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}
