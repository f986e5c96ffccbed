//! The operations listener: `/healthz` reports that the process runs, `/readyz` that it can serve requests, and
//! `/metrics` what happened and how much is stored. The other routes of this listener are in [`crate::admin`],
//! [`crate::backup`] and [`crate::traefik`].

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use events::{Event, Kind, Reason};
use protocol::time::UnixTime;
use store::{StoreError, StoreHandle};
use tokio::time::timeout;

use crate::clock::Clock;
use crate::journal::Journal;
use crate::keys::{KeyError, KeyRing};
use crate::metrics::{MEDIA_TYPE, Snapshot};
use crate::personal_tokens::in_force::InForce;
use crate::revocation_file::RevocationFile;
use crate::share::Share;
use crate::traces::Traces;
use crate::traefik::Reports;

/// If the store takes longer than this, the server counts as not ready. Load balancers give up after a second or two,
/// while an operation on a silent PostgreSQL server takes longer to fail.
const PATIENCE: Duration = Duration::from_millis(1_500);
/// The maximum time that the store may take to count its entries for `/metrics`. If it takes longer, the response does
/// not have these numbers.
const METRICS_PATIENCE: Duration = Duration::from_secs(2);

/// The dependencies of the operations listener.
pub struct Deps {
    /// Records why the server is not ready, and holds the metrics.
    pub journal: Journal,
    /// The store, which must respond for the server to be ready, and which counts its entries.
    pub store: StoreHandle,
    /// The signing keys. The server is ready only if one of them may sign.
    pub keys: KeyRing,
    /// The current time.
    pub clock: Arc<dyn Clock>,
    /// The database file; `None` with PostgreSQL.
    pub file: Option<PathBuf>,
    /// The problems found in Traefik's routers.
    pub reports: Arc<Reports>,
    /// The folder that Traefik and its plugin read; `None` if there is none.
    pub share: Option<Arc<Share>>,
    /// The number of personal access tokens in force, by tenant.
    pub personal_tokens: InForce,
    /// The list of revoked grants in a file that the operator named; `None` if there is none.
    pub revocations: Option<Arc<RevocationFile>>,
    /// Counts the spans that could not be exported; `None` if traces are not exported.
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

/// Reports whether the server is ready ([`readiness`]).
async fn ready(State(deps): State<Arc<Deps>>) -> (StatusCode, &'static str) {
    match readiness(&deps.store, &deps.keys, deps.clock.now()).await {
        Ok(()) => (StatusCode::OK, "ready\n"),
        Err(error) => {
            let sentence = match &error {
                NotReady::Store(_) => "the store fails\n",
                NotReady::Silent(_) => "the store does not respond in time\n",
                NotReady::Keys(_) => "there is no signing key\n",
            };
            deps.journal.record(not_ready(error));
            (StatusCode::SERVICE_UNAVAILABLE, sentence)
        }
    }
}

/// Why the server cannot serve requests.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotReady {
    /// The store fails.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The store has not responded within this time: the database is silent, cannot be connected to, or all connections
    /// to it are in use.
    #[error("the store did not respond within {} ms", .0.as_millis())]
    Silent(Duration),
    /// There is no signing key.
    #[error(transparent)]
    Keys(#[from] KeyError),
}

/// Fails if the server cannot serve requests: the store must respond in time, and there must be a signing key.
pub(crate) async fn readiness(store: &StoreHandle, keys: &KeyRing, now: UnixTime) -> Result<(), NotReady> {
    in_time(PATIENCE, store.ready()).await?;
    keys.current(now)?;
    Ok(())
}

/// Waits for the store. Fails if it does not respond within `patience`.
async fn in_time<T>(
    patience: Duration,
    answer: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, NotReady> {
    Ok(timeout(patience, answer).await.map_err(|_| NotReady::Silent(patience))??)
}

fn not_ready(error: impl std::fmt::Display) -> Event {
    Event::because(Kind::Operation, Reason::NotReady).detail(error).saying("not ready")
}

/// Reports the metrics in the text format of `OpenMetrics`. If the store fails or does not respond in time, only the
/// numbers of entries are missing: the other metrics are needed most then.
async fn metrics(State(deps): State<Arc<Deps>>) -> Response {
    let counted = in_time(METRICS_PATIENCE, deps.store.sizes()).await;
    let tables = counted.map_err(|error| deps.journal.record(not_ready(error))).ok();
    let bytes = deps.file.as_ref().and_then(|path| std::fs::metadata(path).ok()).map_or(0, |file| file.len());
    let now = deps.clock.now();
    let snapshot = Snapshot {
        tables,
        bytes,
        writes_waiting: deps.store.writes_waiting(),
        personal_tokens: deps.personal_tokens.by_tenant(),
        keys: deps.keys.count(),
        key_age_secs: deps.keys.age(now),
        key_rotation_secs: deps.keys.rotation_secs(),
        spans_dropped: deps.traces.as_ref().map_or(0, |traces| traces.counts().dropped()),
        problems: deps.reports.counts(now).into_iter().collect(),
        polls: deps.reports.polls(now),
        not_written: not_written(&deps),
    };
    ([(header::CONTENT_TYPE, MEDIA_TYPE)], deps.journal.metrics().text(&snapshot)).into_response()
}

/// Returns which kinds of files are written for Traefik and its plugin, each with `true` if its file cannot be written
/// now.
fn not_written(deps: &Deps) -> Vec<(Reason, bool)> {
    let share = deps.share.as_deref();
    let list = deps.revocations.as_deref().or_else(|| share?.revocations());
    let share = share.map(|share| (Reason::ShareNotWritten, share.is_failing()));
    let list = list.map(|list| (Reason::RevocationsNotWritten, list.is_failing()));
    share.into_iter().chain(list).collect()
}
