//! What the administration endpoints have in common.

use std::path::PathBuf;
use std::sync::Arc;

use events::{Event, Field, Kind};
use protocol::time::UnixTime;
use store::StoreHandle;

use crate::clock::Clock;
use crate::edge::KnownTenants;
use crate::journal::Journal;
use crate::keys::KeyRing;
use crate::ops::Proven;
use crate::personal_tokens::PersonalTokens;
use crate::providers::Providers;
use crate::traefik::Reports;
use crate::users::Users;

/// The maximum number of records of one kind that are counted for a client, for a tenant or for the status.
pub const COUNTED: usize = 1_000;
/// The maximum number of clients or grants that are examined for one page.
pub(super) const EXAMINED: usize = 1_000;
/// The maximum number of grants that are examined for one page of grants to end, unless the request names a user. The
/// grants of one page end in one transaction.
pub(super) const ENDED: usize = 200;
/// The maximum number of tenants on one page. A page of a user's grants covers at most as many tenants.
pub(super) const TENANTS: usize = 16;

/// The dependencies of the administration endpoints.
pub struct Deps {
    /// Records changes.
    pub journal: Journal,
    /// Holds the records that administrators see and change.
    pub store: StoreHandle,
    /// The signing keys.
    pub keys: KeyRing,
    /// The current time.
    pub clock: Arc<dyn Clock>,
    /// The identity providers of this server's settings.
    pub providers: Arc<Providers>,
    /// The problems found in Traefik's routers.
    pub reports: Arc<Reports>,
    /// The database file; `None` with PostgreSQL.
    pub file: Option<PathBuf>,
    /// Whether the plugin learns of revoked grants.
    pub tells_revocations: bool,
    /// When the server started.
    pub started: UnixTime,
    /// Creates personal access tokens.
    pub personal: PersonalTokens,
    /// Says whether a local user may still access a tenant.
    pub users: Users,
    /// The options of the tenants with personal access tokens.
    pub known: KnownTenants,
}

/// Makes the event of a change for which this caller asked.
pub(super) fn event(proven: &Proven, action: &'static str) -> Event {
    Event::new(Kind::Administration).actor(proven.actor()).with(Field::Action, action)
}
