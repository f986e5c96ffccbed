//! The operations listener: `/healthz` reports that the process runs, `/readyz` that it can serve requests, and
//! `/metrics` how much is stored. Its other routes are in [`crate::backup`] and [`crate::traefik`].

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use store::StoreHandle;
use store::intent::copy::Sizes;
use store::record::{ClientRecord, RefreshRecord, Stored as _};

use crate::clock::Clock;
use crate::keys::KeyRing;
use crate::traefik::Reports;

/// A metric that `/metrics` reports; all are gauges.
#[derive(Debug, Clone, Copy)]
pub struct Metric {
    name: &'static str,
    labels: &'static str,
    meaning: &'static str,
}

const CLIENTS: Metric =
    Metric { name: "bouncer_clients_in_db", labels: "–", meaning: "Registered clients." };
const REFRESH_TOKENS: Metric =
    Metric { name: "bouncer_refresh_tokens_in_db", labels: "–", meaning: "Refresh tokens." };
const STORE_ENTRIES: Metric =
    Metric { name: "bouncer_store_entries", labels: "`table`", meaning: "Entries in a table of the store." };
const STORE_BYTES: Metric =
    Metric { name: "bouncer_store_bytes", labels: "–", meaning: "Size of the database file in bytes." };

const TRAEFIK_PROBLEMS: Metric = Metric {
    name: "bouncer_traefik_problems",
    labels: "`kind`",
    meaning: "Problems found in the routers of each polling Traefik at its last poll.",
};

/// Every metric, for the generated documentation.
pub const METRICS: &[Metric] = &[CLIENTS, REFRESH_TOKENS, STORE_ENTRIES, STORE_BYTES, TRAEFIK_PROBLEMS];

impl Metric {
    /// The metric as a row of the documentation's table.
    pub fn row(&self) -> String {
        format!("| `{}` | {} | {} |", self.name, self.labels, self.meaning)
    }
}

/// The dependencies of the operations listener.
pub struct Deps {
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
        tracing::warn!(reason = "store", detail = %error, "not ready");
        return (StatusCode::SERVICE_UNAVAILABLE, "the store does not respond\n");
    }
    if let Err(error) = deps.keys.current(deps.clock.now()) {
        tracing::warn!(reason = "keys", detail = %error, "not ready");
        return (StatusCode::SERVICE_UNAVAILABLE, "there is no signing key\n");
    }
    (StatusCode::OK, "ready\n")
}

/// Reports how much is stored, in Prometheus text format. The first two names are those that the earlier MCPBouncer
/// used.
async fn metrics(State(deps): State<Arc<Deps>>) -> Response {
    let sizes = match deps.store.read(Sizes).await {
        Ok(sizes) => sizes,
        Err(error) => {
            tracing::warn!(reason = "store", detail = %error, "the metrics could not be read");
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
    };
    let of = |wanted: &str| sizes.iter().find(|(table, _)| *table == wanted).map_or(0, |(_, count)| *count);
    let mut text = String::new();
    let mut gauge = |metric: &Metric, lines: &[(String, u64)]| {
        let Metric { name, meaning, .. } = metric;
        let _ = writeln!(text, "# HELP {name} {meaning}\n# TYPE {name} gauge");
        for (labels, value) in lines {
            let _ = writeln!(text, "{name}{labels} {value}");
        }
    };
    gauge(&CLIENTS, &[(String::new(), of(ClientRecord::TABLE))]);
    gauge(&REFRESH_TOKENS, &[(String::new(), of(RefreshRecord::TABLE))]);
    let tables: Vec<(String, u64)> =
        sizes.iter().map(|(table, count)| (format!("{{table=\"{table}\"}}"), *count)).collect();
    gauge(&STORE_ENTRIES, &tables);
    if let Some(path) = &deps.file
        && let Ok(file) = std::fs::metadata(path)
    {
        gauge(&STORE_BYTES, &[(String::new(), file.len())]);
    }
    let problems: Vec<(String, u64)> = deps
        .reports
        .counts()
        .into_iter()
        .map(|(kind, count)| (format!("{{kind=\"{kind}\"}}"), count))
        .collect();
    gauge(&TRAEFIK_PROBLEMS, &problems);
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response()
}
