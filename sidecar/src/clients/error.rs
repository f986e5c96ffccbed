//! Why a client cannot be found or authenticated, and the one map of those reasons to the OAuth wire.

use protocol::error::OAuthError;
use protocol::server::registration::RegistrationError;
use protocol::server::token::TokenRequestError;

use super::fetch::FetchError;
use crate::budget::Exhausted;
use crate::compact_jws::Malformed;
use crate::wire::Failure;
use store::StoreError;

/// Why the look for a client failed. That there is no such client is not a failure.
#[derive(Debug)]
pub enum FindError {
    /// The metadata of the stored client cannot be read.
    Record {
        /// `client_id`.
        client_id: String,
        /// What is wrong with them.
        error: RegistrationError,
    },
    /// The document that describes the client cannot be fetched, or is not accepted.
    Document {
        /// `client_id`, which is the document's address.
        client_id: String,
        /// What is wrong.
        error: DocumentError,
    },
    /// The store failed.
    Store(StoreError),
}

/// Why a client document is of no use; opaque outside `clients`.
#[derive(Debug)]
pub struct DocumentError(pub(super) FetchError);

/// Why a request is not authenticated as a client's.
#[derive(Debug)]
pub struct AuthenticationError {
    pub(super) reason: Reason,
    /// Whether the credentials came in the `Authorization` header, so that the response needs a challenge.
    pub(super) used_header: bool,
}

#[derive(Debug)]
pub(super) enum Reason {
    /// The credentials are malformed, or the request authenticates in several ways.
    Credentials(TokenRequestError),
    /// There is no such client at this tenant.
    Unknown { client_id: Option<String> },
    /// The secret or the assertion is missing or wrong; the detail of an assertion is for the log.
    NotProven { client_id: Option<String>, assertion: Option<AssertionError> },
    /// The client's keys cannot be fetched now, so that its assertion cannot be verified.
    Keys { client_id: String, error: AssertionError },
    /// An allowance is used up.
    Exhausted(Exhausted),
    /// The look for the client failed.
    Find(FindError),
}

/// Why an assertion does not prove anything. For the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum AssertionError {
    #[error("the assertion is not a compact JWS with a header and claims that can be read")]
    Malformed,
    #[error("its algorithm is not EdDSA, ES256 or RS256")]
    Algorithm,
    #[error("no key of the client verifies its signature")]
    Signature,
    #[error("the claim {0} is missing or another than it must be")]
    Claim(&'static str),
    #[error("it has expired, is not valid yet, or is good for more than ten minutes")]
    Time,
    #[error("it was used before")]
    Used,
    #[error("the client's keys cannot be had: {0}")]
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
    /// A store that fails is 503 and a document that cannot be used is 400 with its own reason, so that neither looks
    /// like an unknown client.
    fn from(error: FindError) -> Self {
        match error {
            FindError::Record { client_id, error } => {
                Self::unavailable("client_record", error).client(client_id)
            }
            FindError::Document { client_id, error } => document(error.0).client(client_id),
            FindError::Store(error) => error.into(),
        }
    }
}

/// The page that a person sees when a document cannot be used; the reason is for the operator.
fn document(error: FetchError) -> Failure {
    let reason = if error.is_passing() { "client_document_unreachable" } else { "client_document" };
    let description = match &error {
        FetchError::Budget(exhausted) => return (*exhausted).into(),
        FetchError::Unreachable { host, .. } => format!(
            "This server cannot reach {host}, where the application describes itself. Try to connect again in a moment. If it stays like this, tell the operator of this server."
        ),
        _ => "This server could not read, or does not accept, the document with which the application describes itself."
            .to_owned(),
    };
    Failure::oauth(OAuthError::InvalidRequest, reason).detail(error).describe(description)
}

impl From<AuthenticationError> for Failure {
    /// Clients delete everything they hold at `invalid_client`, so that code means exactly: unknown here, or not proven.
    fn from(AuthenticationError { reason, used_header }: AuthenticationError) -> Self {
        let failure = match reason {
            Reason::Credentials(TokenRequestError::TooLong(limit)) => return limit.into(),
            Reason::Credentials(error) => {
                Self::oauth(error.code(), "client_credentials").describe(error.to_string()).detail(error)
            }
            Reason::Unknown { client_id } => named("client_unknown", client_id),
            Reason::NotProven { client_id, assertion } => {
                let failure = named("client_not_proven", client_id);
                match assertion {
                    Some(error) => failure.detail(error),
                    None => failure,
                }
            }
            Reason::Keys { client_id, error } => {
                return Self::unavailable("client_keys", error).client(client_id);
            }
            Reason::Exhausted(exhausted) => return exhausted.into(),
            Reason::Find(error) => return error.into(),
        };
        // RFC 6749 §5.2: a client that used the header learns which scheme it takes.
        if used_header && failure.oauth_error() == Some(OAuthError::InvalidClient) {
            failure.challenge("Basic")
        } else {
            failure
        }
    }
}

fn named(reason: &'static str, client_id: Option<String>) -> Failure {
    let failure = Failure::oauth(OAuthError::InvalidClient, reason);
    match client_id {
        Some(client_id) => failure.client(client_id),
        None => failure,
    }
}
