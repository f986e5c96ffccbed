//! Why a client cannot be found or authenticated, and the mapping of these errors to OAuth responses.

use events::Reason;
use protocol::error::OAuthError;
use protocol::server::registration::RegistrationError;
use protocol::server::token::TokenRequestError;

use super::fetch::FetchError;
use crate::budget::Exhausted;
use crate::compact_jws::Malformed;
use crate::locale::{Message, Value};
use crate::wire::Failure;
use store::StoreError;

/// Why the lookup of a client failed. An unknown client is not an error.
#[derive(Debug)]
pub enum FindError {
    /// The metadata in the stored record are invalid.
    Record {
        /// The `client_id`.
        client_id: String,
        /// What is wrong with the metadata.
        error: RegistrationError,
    },
    /// The client's metadata document cannot be fetched or is not accepted.
    Document {
        /// The `client_id`, which is the document's URL.
        client_id: String,
        /// What is wrong with the document.
        error: DocumentError,
    },
    /// The store failed.
    Store(StoreError),
}

/// Why a metadata document cannot be used. Code outside `clients` cannot read the cause.
#[derive(Debug)]
pub struct DocumentError(pub(super) FetchError);

/// Why client authentication failed.
#[derive(Debug)]
pub struct AuthenticationError {
    pub(super) reason: Unauthenticated,
    /// Whether the credentials were in the `Authorization` header, so that the response needs a challenge.
    pub(super) used_header: bool,
}

#[derive(Debug)]
pub(super) enum Unauthenticated {
    /// The credentials are missing, malformed or too long, or the request uses several authentication methods.
    Credentials(TokenRequestError),
    /// The client is unknown at this tenant.
    Unknown { client_id: Option<String> },
    /// The secret or the assertion is missing or wrong. The error of an assertion is only for the log.
    NotProven { client_id: Option<String>, assertion: Option<AssertionError> },
    /// The client's keys cannot be fetched now, so its assertion cannot be verified.
    Keys { client_id: String, error: AssertionError },
    /// A rate limit is exceeded.
    Exhausted(Exhausted),
    /// The lookup of the client failed.
    Find(FindError),
}

/// Why an assertion is invalid, or could not be verified; for the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum AssertionError {
    #[error("the assertion is not a compact JWS with a valid header and valid claims")]
    Malformed,
    #[error("its algorithm is not EdDSA, ES256 or RS256")]
    Algorithm,
    #[error("no key of the client verifies its signature")]
    Signature,
    #[error("the claim {0} is missing or has the wrong value")]
    Claim(&'static str),
    #[error("it has expired, is not valid yet, or is valid for more than ten minutes")]
    Time,
    #[error("it was used before")]
    Used,
    #[error("the client's keys cannot be fetched: {0}")]
    Keys(String),
}

impl From<Malformed> for AssertionError {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}

impl From<StoreError> for FindError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<FindError> for Failure {
    /// A failed store or an invalid stored record becomes 503, an exceeded rate limit 429, an unusable metadata
    /// document `invalid_request` (400). So none of them looks like an unknown client.
    fn from(error: FindError) -> Self {
        match error {
            FindError::Record { client_id, error } => {
                Self::unavailable(Reason::ClientRecord, error).client(client_id)
            }
            FindError::Document { client_id, error } => document(error.0).client(client_id),
            FindError::Store(error) => error.into(),
        }
    }
}

/// Makes the failure for a metadata document that cannot be used. Its reason and its detail tell the operator why.
fn document(error: FetchError) -> Failure {
    let reason = if error.is_passing() { Reason::ClientDocumentUnreachable } else { Reason::ClientDocument };
    let (description, words) = match &error {
        FetchError::Budget(exhausted) => return (*exhausted).into(),
        FetchError::Unreachable { host, .. } => (
            format!("this server cannot reach {host}, which publishes the description of the client"),
            Message::ClientUnreachable { host: Value::code(host) },
        ),
        _ => (
            "this server could not read the document that describes the client, or does not accept it"
                .to_owned(),
            Message::ClientUnreadable,
        ),
    };
    Failure::oauth(OAuthError::InvalidRequest, reason).detail(error).describe(description).explain(words)
}

impl From<AuthenticationError> for Failure {
    /// Returns `invalid_client` only if the client is unknown at this tenant, or its credentials are missing, malformed
    /// or wrong: clients discard all their credentials and tokens when they get this error.
    fn from(AuthenticationError { reason, used_header }: AuthenticationError) -> Self {
        let failure = match reason {
            Unauthenticated::Credentials(TokenRequestError::TooLong(limit)) => return limit.into(),
            Unauthenticated::Credentials(error) => {
                Self::oauth(error.code(), Reason::ClientCredentials).describe(error.to_string()).detail(error)
            }
            Unauthenticated::Unknown { client_id } => named(Reason::ClientUnknown, client_id),
            Unauthenticated::NotProven { client_id, assertion } => {
                let failure = named(Reason::ClientNotProven, client_id);
                match assertion {
                    Some(error) => failure.detail(error),
                    None => failure,
                }
            }
            Unauthenticated::Keys { client_id, error } => {
                return Self::unavailable(Reason::ClientKeys, error).client(client_id);
            }
            Unauthenticated::Exhausted(exhausted) => return exhausted.into(),
            Unauthenticated::Find(error) => return error.into(),
        };
        // RFC 6749 §5.2 requires this challenge if the client used the `Authorization` header.
        if used_header && failure.oauth_error() == Some(OAuthError::InvalidClient) {
            failure.challenge("Basic")
        } else {
            failure
        }
    }
}

fn named(reason: Reason, client_id: Option<String>) -> Failure {
    let failure = Failure::oauth(OAuthError::InvalidClient, reason);
    match client_id {
        Some(client_id) => failure.client(client_id),
        None => failure,
    }
}
