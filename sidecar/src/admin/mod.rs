//! Administration of a running sidecar through its operations listener: what is stored, and ending it.
//!
//! Every endpoint is a `POST` with a JSON body ([`wire`]), stands behind [`crate::ops::layer`], and demands
//! [`Proven`](crate::ops::Proven). A listing examines a bounded number of records for each page. Every change is
//! recorded with the name that the caller gave, in the transaction of the change where there is one.

mod clients;
mod error;
mod grants;
mod keys;
mod names;
mod reply;
mod status;
mod tenants;
mod users;
pub mod wire;

use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::routing::post;
use events::{Event, Field, Kind};
use protocol::time::UnixTime;
use store::StoreHandle;

use crate::clock::Clock;
use crate::journal::Journal;
use crate::keys::KeyRing;
use crate::ops::Proven;
use crate::providers::Providers;
use crate::traefik::Reports;

/// The maximum number of records of a kind that are counted for one response.
pub const COUNTED: usize = 1_000;
/// The maximum number of clients or grants that are examined for a page.
const EXAMINED: usize = 1_000;
/// The same for a page of grants that end, which all end in one transaction.
const ENDED: usize = 200;
/// The maximum number of tenants on a page, and that are examined for a page of a user's grants.
const TENANTS: usize = 16;

/// The dependencies of the administration endpoints.
pub struct Deps {
    /// Records changes.
    pub journal: Journal,
    /// What is administered.
    pub store: StoreHandle,
    /// The signing keys.
    pub keys: KeyRing,
    /// The current time.
    pub clock: Arc<dyn Clock>,
    /// The identity providers of the settings.
    pub providers: Arc<Providers>,
    /// What is wrong with Traefik's routers.
    pub reports: Arc<Reports>,
    /// The database file; `None` with PostgreSQL.
    pub file: Option<PathBuf>,
    /// Whether the plugin learns of ended grants.
    pub tells_revocations: bool,
    /// When the server started.
    pub started: UnixTime,
}

/// The routes, which must stand behind [`crate::ops::layer`].
pub fn routes(deps: Deps) -> Router {
    Router::new()
        .route("/admin/status", post(status::status))
        .route("/admin/tenants", post(tenants::list))
        .route("/admin/clients/list", post(clients::list))
        .route("/admin/clients/show", post(clients::show))
        .route("/admin/clients/remove", post(clients::remove))
        .route("/admin/grants/list", post(grants::list))
        .route("/admin/grants/show", post(grants::show))
        .route("/admin/grants/end", post(grants::end))
        .route("/admin/users/changed", post(users::changed))
        .route("/admin/keys/list", post(keys::list))
        .route("/admin/keys/rotate", post(keys::rotate))
        .with_state(Arc::new(deps))
}

/// The event of a change that this caller asked for.
fn event(proven: &Proven, action: &'static str) -> Event {
    Event::new(Kind::Administration).actor(proven.actor()).with(Field::Action, action)
}
