//! The operations listener: `/healthz` reports that the process runs, `/readyz` that it can serve requests, and
//! `/metrics` what happened and how much is stored. Its other routes are in [`crate::admin`], [`crate::backup`] and [`crate::traefik`].

use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use events::{Event, Kind, Reason};
use store::StoreHandle;
use store::intent::copy::Sizes;

use crate::clock::Clock;
use crate::journal::Journal;
use crate::keys::KeyRing;
use crate::metrics::{MEDIA_TYPE, Snapshot};
use crate::traces::Traces;
use crate::traefik::Reports;

/// The dependencies of the operations listener.
pub struct Deps {
    /// Records why the server is not ready, and counts.
    pub journal: Journal,
    /// Must respond for the server to be ready; also counts its entries.
    pub store: StoreHandle,
    /// Must hold a signing key for the server to be ready.
    pub keys: KeyRing,
    /// The current time.
    pub clock: Arc<dyn Clock>,
    /// The database file; `None` with PostgreSQL.
    pub file: Option<PathBuf>,
    /// What is wrong with Traefik's routers.
    pub reports: Arc<Reports>,
    /// Counts the spans that could not be exported; `None` if there are none.
    pub traces: Option<Arc<Traces>>,
}

/// The routes `/healthz`, `/readyz` and `/metrics`. They need no context and return no secrets.
pub fn router(deps: Deps) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .with_state(Arc::new(deps))
}

/// Reports whether the server is ready: the store must respond, and there must be a signing key.
async fn ready(State(deps): State<Arc<Deps>>) -> (StatusCode, &'static str) {
    if let Err(error) = deps.store.ready().await {
        deps.journal.record(not_ready(error));
        return (StatusCode::SERVICE_UNAVAILABLE, "the store does not respond\n");
    }
    if let Err(error) = deps.keys.current(deps.clock.now()) {
        deps.journal.record(not_ready(error));
        return (StatusCode::SERVICE_UNAVAILABLE, "there is no signing key\n");
    }
    (StatusCode::OK, "ready\n")
}

fn not_ready(error: impl std::fmt::Display) -> Event {
    Event::because(Kind::Operation, Reason::NotReady).detail(error).saying("not ready")
}

/// Reports the metrics in the text format of `OpenMetrics`.
async fn metrics(State(deps): State<Arc<Deps>>) -> Response {
    let tables = match deps.store.read(Sizes).await {
        Ok(sizes) => sizes,
        Err(error) => {
            deps.journal.record(not_ready(error));
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
    };
    let bytes = deps.file.as_ref().and_then(|path| std::fs::metadata(path).ok()).map_or(0, |file| file.len());
    let snapshot = Snapshot {
        tables,
        bytes,
        writes_waiting: deps.store.writes_waiting(),
        keys: deps.keys.count(),
        key_age_secs: deps.keys.age(deps.clock.now()),
        spans_dropped: deps.traces.as_ref().map_or(0, |traces| traces.counts().dropped()),
        problems: deps.reports.counts().into_iter().collect(),
    };
    ([(header::CONTENT_TYPE, MEDIA_TYPE)], deps.journal.metrics().text(&snapshot)).into_response()
}
