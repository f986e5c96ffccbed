//! JSON responses.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;

use crate::wire::headers::NO_STORE;

/// A response with this value as JSON.
pub(super) fn json(status: StatusCode, value: &impl Serialize) -> Response {
    let headers =
        [(header::CONTENT_TYPE, "application/json".parse().ok()), (header::CACHE_CONTROL, Some(NO_STORE))];
    match serde_json::to_vec(value) {
        Ok(body) => {
            let mut response = (status, body).into_response();
            response
                .headers_mut()
                .extend(headers.into_iter().filter_map(|(name, value)| Some((name, value?))));
            response
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
