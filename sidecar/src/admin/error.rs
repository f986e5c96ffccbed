//! Why an administrator's request fails, and the response to it.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use events::{Event, Kind, Reason};
use store::StoreError;

use super::wire::Failed;
use crate::keys::KeyError;
use crate::personal_tokens::CreateError;
use crate::wire::json::json;

/// Why an administrator's request fails.
#[derive(Debug, thiserror::Error)]
pub(super) enum AdminError {
    /// The request cannot be read, or cannot be fulfilled as it is.
    #[error("{0}")]
    Malformed(String),
    /// A record that the request names does not exist.
    #[error("there is no {0}")]
    NotFound(String),
    /// A name in the request fits several records.
    #[error("{0}")]
    Ambiguous(String),
    /// The store failed.
    #[error("the store does not respond: {0}")]
    Store(#[from] StoreError),
    /// The signing keys cannot be read or changed.
    #[error("the signing keys cannot be changed: {0}")]
    Keys(#[from] KeyError),
    /// A personal access token cannot be created.
    #[error("no personal access token was made: {0}")]
    Token(#[from] CreateError),
    /// The users file cannot be read.
    #[error("the users file cannot be used: {0}")]
    Users(String),
    /// The user has no access to the tenant, or is not entitled to a requested scope.
    #[error("the user has no access there: {0}")]
    NoAccess(String),
    /// A background task of this server ended unexpectedly.
    #[error("a task ended unexpectedly")]
    Task,
}

impl From<serde_json::Error> for AdminError {
    fn from(error: serde_json::Error) -> Self {
        Self::Malformed(format!("the request cannot be read: {error}"))
    }
}

impl AdminError {
    fn map(&self) -> (StatusCode, &'static str) {
        match self {
            Self::Malformed(_) => (StatusCode::BAD_REQUEST, "malformed"),
            Self::NotFound(_) => (StatusCode::NOT_FOUND, "not_found"),
            Self::Ambiguous(_) => (StatusCode::CONFLICT, "ambiguous"),
            Self::Token(error) if error.reason().is_fault() => {
                (StatusCode::SERVICE_UNAVAILABLE, "unavailable")
            }
            // Not 403, which means that the command did not prove that it knows the encryption key.
            Self::NoAccess(_) | Self::Token(_) => (StatusCode::UNPROCESSABLE_ENTITY, "refused"),
            Self::Store(_) | Self::Keys(_) | Self::Users(_) | Self::Task => {
                (StatusCode::SERVICE_UNAVAILABLE, "unavailable")
            }
        }
    }

    /// Returns the event to record; `None` if the request itself was wrong.
    pub(super) fn event(&self) -> Option<Event> {
        let reason = match self {
            Self::Malformed(_) | Self::NotFound(_) | Self::Ambiguous(_) => return None,
            Self::NoAccess(_) => Reason::NotAdmitted,
            Self::Token(error) => error.reason(),
            Self::Store(_) => Reason::Store,
            Self::Keys(_) => Reason::KeysNotUpdated,
            Self::Users(_) => Reason::UsersFile,
            Self::Task => Reason::TaskLost,
        };
        Some(Event::because(Kind::Administration, reason).detail(self))
    }
}

impl IntoResponse for AdminError {
    fn into_response(self) -> Response {
        let (status, error) = self.map();
        json(status, &Failed { error: error.to_owned(), message: self.to_string() })
    }
}
