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
use crate::upstream_revocation::UpstreamRevocations;
use crate::users::Users;

/// The maximum number of records of a kind that are counted for one response.
pub const COUNTED: usize = 1_000;
/// The maximum number of clients or grants that are examined for a page.
pub(super) const EXAMINED: usize = 1_000;
/// The same for a page of grants that end, which all end in one transaction.
pub(super) const ENDED: usize = 200;
/// The maximum number of tenants on a page, and that are examined for a page of a user's grants.
pub(super) const TENANTS: usize = 16;

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
    /// Makes personal access tokens.
    pub personal: PersonalTokens,
    /// Says whether a local user has access.
    pub users: Users,
    /// The options of tenants with personal access tokens.
    pub known: KnownTenants,
    /// Revokes what grants that ended held of their providers.
    pub upstream_revocations: UpstreamRevocations,
}

/// The event of a change that this caller asked for.
pub(super) fn event(proven: &Proven, action: &'static str) -> Event {
    Event::new(Kind::Administration).actor(proven.actor()).with(Field::Action, action)
}
