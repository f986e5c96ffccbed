//! The operations listener: `/healthz` reports that the process runs, `/readyz` that it can serve requests, and
//! `/metrics` what happened and how much is stored. Its other routes are in [`crate::admin`], [`crate::backup`] and
//! [`crate::traefik`].

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
use store::intent::copy::Sizes;
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

/// How long the store may take until the server counts as not ready. Load balancers give up after a second or two, while
/// an operation on a PostgreSQL server that is silent takes longer to fail.
const PATIENCE: Duration = Duration::from_millis(1_500);
/// How long the store may take to count its entries for `/metrics`. Prometheus gives up after ten seconds unless
/// `scrape_timeout` says otherwise.
const METRICS_PATIENCE: Duration = Duration::from_secs(5);

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
    /// The folder for Traefik, if there is one.
    pub share: Option<Arc<Share>>,
    /// How many personal access tokens are in force.
    pub personal_tokens: InForce,
    /// The list of revoked grants, if it is not in that folder.
    pub revocations: Option<Arc<RevocationFile>>,
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

/// Reports [`readiness`].
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
    /// The store has not responded within this time: the database is silent, it cannot be connected to, or all
    /// connections to it are in use.
    #[error("the store did not respond within {} ms", .0.as_millis())]
    Silent(Duration),
    /// There is no signing key.
    #[error(transparent)]
    Keys(#[from] KeyError),
}

/// Whether the server can serve requests: the store must respond in time, and there must be a signing key.
pub(crate) async fn readiness(store: &StoreHandle, keys: &KeyRing, now: UnixTime) -> Result<(), NotReady> {
    timeout(PATIENCE, store.ready()).await.map_err(|_| NotReady::Silent(PATIENCE))??;
    keys.current(now)?;
    Ok(())
}

fn not_ready(error: impl std::fmt::Display) -> Event {
    Event::because(Kind::Operation, Reason::NotReady).detail(error).saying("not ready")
}

/// Reports the metrics in the text format of `OpenMetrics`.
async fn metrics(State(deps): State<Arc<Deps>>) -> Response {
    let counted = timeout(METRICS_PATIENCE, deps.store.read(Sizes)).await;
    let tables = match counted.map_err(|_| NotReady::Silent(METRICS_PATIENCE)).and_then(|read| Ok(read?)) {
        Ok(sizes) => sizes,
        Err(error) => {
            deps.journal.record(not_ready(error));
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
    };
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

/// Which files for Traefik there are, and whether they cannot be written now.
fn not_written(deps: &Deps) -> Vec<(Reason, bool)> {
    let share = deps.share.as_deref();
    let list = deps.revocations.as_deref().or_else(|| share?.revocations());
    let share = share.map(|share| (Reason::ShareNotWritten, share.is_failing()));
    let list = list.map(|list| (Reason::RevocationsNotWritten, list.is_failing()));
    share.into_iter().chain(list).collect()
}
