//! The second listener: `/healthz` says that the process runs, `/readyz` that it can serve, `/metrics` how much is
//! stored.

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

/// A series of `/metrics`; all are gauges.
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
    Metric { name: "bouncer_store_bytes", labels: "–", meaning: "Length of the file of the store." };

const TRAEFIK_PROBLEMS: Metric = Metric {
    name: "bouncer_traefik_problems",
    labels: "`kind`",
    meaning: "What is wrong with the routers of the Traefiks that poll, at their last polls.",
};

/// Every series, for the documentation.
pub const METRICS: &[Metric] = &[CLIENTS, REFRESH_TOKENS, STORE_ENTRIES, STORE_BYTES, TRAEFIK_PROBLEMS];

impl Metric {
    /// A row of the documentation's table.
    pub fn row(&self) -> String {
        format!("| `{}` | {} | {} |", self.name, self.labels, self.meaning)
    }
}

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
    /// What is wrong with Traefik's routers.
    pub reports: Arc<Reports>,
}

/// The routes of the operations listener. Nothing here needs a context or tells a secret in clear.
pub fn router(deps: Deps) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .with_state(Arc::new(deps))
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
    let sizes = match deps.store.read(Sizes).await {
        Ok(sizes) => sizes,
        Err(error) => {
            tracing::warn!(reason = "store", detail = %error, "no metrics");
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
