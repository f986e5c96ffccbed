//! Why a registration is refused, and the map of those reasons to the OAuth wire.

use protocol::error::OAuthError;
use protocol::server::registration::RegistrationError as MetadataError;

use crate::budget::Exhausted;
use crate::wire::Failure;
use store::StoreError;
use store::entropy::EntropyError;

/// The reason.
#[derive(Debug)]
pub(super) enum RegistrationError {
    /// The operator requires an initial access token (RFC 7591 §3), and the request has none or another.
    InitialToken,
    /// The registration access token is missing or wrong, or there is no such client: the response is the same, so that
    /// nobody can find out which ids exist (RFC 7592 §3).
    RegistrationToken {
        /// `client_id`, as the path names it.
        client_id: Option<String>,
    },
    /// The metadata are not accepted; client and log learn which member, and why.
    Metadata {
        /// What is wrong.
        error: MetadataError,
        /// The client that changes its registration.
        client_id: Option<String>,
    },
    /// An allowance is used up.
    Exhausted(Exhausted),
    /// There is no randomness for an id or a secret.
    Entropy(EntropyError),
    /// The store failed.
    Store(StoreError),
    /// The body cannot be read, or is too large.
    Body(Box<Failure>),
}

impl From<RegistrationError> for Failure {
    fn from(error: RegistrationError) -> Self {
        let (failure, client_id) = match error {
            RegistrationError::InitialToken => {
                let failure = Self::oauth(OAuthError::InvalidToken, "initial_token")
                    .describe("registration needs an initial access token")
                    .challenge("Bearer");
                (failure, None)
            }
            RegistrationError::RegistrationToken { client_id } => {
                let failure = Self::oauth(OAuthError::InvalidToken, "registration_token")
                    .challenge("Bearer error=\"invalid_token\"");
                (failure, client_id)
            }
            RegistrationError::Metadata { error, client_id } => {
                let failure =
                    Self::oauth(error.code(), "client_metadata").describe(error.to_string()).detail(error);
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
