//! The second listener: `/healthz` says that the process runs, `/readyz` that it can serve, `/metrics` how much is
//! stored, and `/backup` gives a backup to who knows the encryption key.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;

use crate::backup;
use crate::clock::Clock;
use crate::keys::KeyRing;
use crate::store::StoreHandle;
use crate::store::records::{ClientRecord, RefreshRecord, Stored as _};

/// What the operations listener looks at.
pub struct Deps {
    /// Whether it answers, and how much is in it.
    pub store: StoreHandle,
    /// Whether there is a key to sign with.
    pub keys: KeyRing,
    /// Now.
    pub clock: Arc<dyn Clock>,
    /// The store's file, if it is one.
    pub file: Option<PathBuf>,
}

/// The routes of the operations listener. Nothing here needs a context or tells a secret in clear.
pub fn router(deps: Deps, backup: backup::Deps) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .with_state(Arc::new(deps))
        .merge(backup::routes(backup))
}

/// Ready means: the store answers and there is a key to sign with.
async fn ready(State(deps): State<Arc<Deps>>) -> (StatusCode, &'static str) {
    if let Err(error) = deps.store.ready().await {
        tracing::warn!(reason = "store", detail = %error, "not ready");
        return (StatusCode::SERVICE_UNAVAILABLE, "the store does not answer\n");
    }
    if let Err(error) = deps.keys.current(deps.clock.now()) {
        tracing::warn!(reason = "keys", detail = %error, "not ready");
        return (StatusCode::SERVICE_UNAVAILABLE, "there is no key to sign with\n");
    }
    (StatusCode::OK, "ready\n")
}

/// How much is stored, in the text format of Prometheus. The first two names are those of the earlier MCPBouncer.
async fn metrics(State(deps): State<Arc<Deps>>) -> Response {
    let sizes = match deps.store.sizes().await {
        Ok(sizes) => sizes,
        Err(error) => {
            tracing::warn!(reason = "store", detail = %error, "no metrics");
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
    };
    let of = |wanted: &str| sizes.iter().find(|(table, _)| *table == wanted).map_or(0, |(_, count)| *count);
    let mut text = String::new();
    let mut gauge = |name: &str, help: &str, lines: &[(String, u64)]| {
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
        for (labels, value) in lines {
            let _ = writeln!(text, "{name}{labels} {value}");
        }
    };
    gauge("bouncer_clients_in_db", "Registered clients.", &[(String::new(), of(ClientRecord::TABLE))]);
    gauge("bouncer_refresh_tokens_in_db", "Refresh tokens.", &[(String::new(), of(RefreshRecord::TABLE))]);
    let tables: Vec<(String, u64)> =
        sizes.iter().map(|(table, count)| (format!("{{table=\"{table}\"}}"), *count)).collect();
    gauge("bouncer_store_entries", "Entries in a table of the store.", &tables);
    if let Some(path) = &deps.file
        && let Ok(file) = std::fs::metadata(path)
    {
        gauge("bouncer_store_bytes", "Length of the file of the store.", &[(String::new(), file.len())]);
    }
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response()
}
