//! The public signing keys (RFC 7517 §5) at `/oauth/jwks.json`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};

use crate::app::App;

/// `GET /oauth/jwks.json`
pub async fn jwks(State(app): State<Arc<App>>) -> Response {
    ([(CONTENT_TYPE, "application/jwk-set+json")], app.keys.jwks().to_string()).into_response()
}
