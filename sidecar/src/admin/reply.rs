//! Makes the response to a request from its result.

use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;

use super::error::AdminError;
use crate::journal::Journal;
use crate::wire::json::json;

/// Makes the response to a request with this result. Records the event of an error, if it has one.
pub(super) fn answer(journal: &Journal, result: Result<impl Serialize, AdminError>) -> Response {
    match result {
        Ok(value) => json(StatusCode::OK, &value),
        Err(error) => {
            if let Some(event) = error.event() {
                journal.record(event);
            }
            error.into_response()
        }
    }
}
