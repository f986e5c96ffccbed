//! The public signing keys (RFC 7517 §5) at `/oauth/jwks.json`.

use axum::Router;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::keys::KeyRing;

/// The dependencies of the JWKS endpoint.
#[derive(Clone)]
pub struct Deps {
    /// The signing keys.
    pub keys: KeyRing,
}

/// The route `/oauth/jwks.json`.
pub fn routes(deps: Deps) -> Router {
    Router::new().route("/oauth/jwks.json", get(jwks)).with_state(deps)
}

/// Handles `GET /oauth/jwks.json`.
async fn jwks(State(deps): State<Deps>) -> Response {
    ([(CONTENT_TYPE, "application/jwk-set+json")], deps.keys.jwks().to_string()).into_response()
}
