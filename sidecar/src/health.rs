//! The second listener: `/healthz` says that the process runs, `/readyz` that it can serve, and `/backup` gives a
//! backup to who knows the encryption key.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};

use crate::app::App;
use crate::backup;

/// The routes of the operations listener. Nothing here needs a context or tells a secret in clear.
pub fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route(backup::http::PATH, post(backup::http::serve))
        .with_state(app)
}

/// Ready means: the store answers and there is a key to sign with.
async fn ready(State(app): State<Arc<App>>) -> (StatusCode, &'static str) {
    if let Err(error) = app.store.ready().await {
        tracing::warn!(reason = "store", detail = %error, "not ready");
        return (StatusCode::SERVICE_UNAVAILABLE, "the store does not answer\n");
    }
    if let Err(error) = app.keys.current(app.clock.now()) {
        tracing::warn!(reason = "keys", detail = %error, "not ready");
        return (StatusCode::SERVICE_UNAVAILABLE, "there is no key to sign with\n");
    }
    (StatusCode::OK, "ready\n")
}
