//! Checks repeatedly whether users still have the access that their personal access tokens give, and counts the tokens
//! in force.
//!
//! Grants of clients are checked at each refresh. A personal access token is never refreshed. So the background task
//! goes through all grants, a bounded number at each tick, and starts again at the end. Local users are checked against
//! the users file. All users are checked against the tenant's rules and scopes that came with the tenant's last request
//! since the start ([`KnownTenants`]); if there was no such request, these are not checked.

use std::sync::{Mutex, PoisonError};

use events::{Event, Kind};
use protocol::settings::Identity;
use store::intent::grants::EndGrants;
use store::intent::listing::ListGrants;
use store::record::{GrantRecord, RevokeReason};
use store::{Cursor, StoreError, Within};

use super::in_force::InForce;
use crate::clock::Clock;
use crate::edge::{KnownTenants, Place, reason_of};
use crate::journal::Journal;
use crate::users::{NoLongerAllowed, Users};

/// The maximum number of grants that are examined at one tick.
const EXAMINED: usize = 1_000;

/// The check, and the place in the list of grants that it has reached.
pub struct Recheck {
    journal: Journal,
    users: Users,
    known: KnownTenants,
    in_force: InForce,
    next: Mutex<Option<Cursor>>,
}

impl Recheck {
    /// Makes a check that begins at the first grant. `known` are the tenants whose options the sidecar has
    /// learnt from requests.
    pub fn new(journal: Journal, users: Users, known: KnownTenants) -> Self {
        Self { journal, users, known, in_force: InForce::default(), next: Mutex::default() }
    }

    /// Returns the known tenants with personal access tokens, which requests add.
    pub const fn known(&self) -> &KnownTenants {
        &self.known
    }

    /// Returns the number of personal access tokens in force, which this check counts.
    pub const fn in_force(&self) -> &InForce {
        &self.in_force
    }

    /// Checks the next grants, and revokes the tokens of users who lost access. Returns how many were revoked.
    pub async fn tick(&self, clock: &dyn Clock) -> Result<usize, StoreError> {
        let now = clock.now();
        let after = self.next.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let list = ListGrants { within: Within::Everything, after, limit: EXAMINED, now };
        let page = self.journal.store().read(list).await?;
        let is_last = page.next.is_none();
        *self.next.lock().unwrap_or_else(PoisonError::into_inner) = page.next;
        let in_force =
            page.items.into_iter().filter(|grant| grant.personal.is_some() && grant.revoked.is_none());
        let (kept, theirs): (Vec<_>, Vec<_>) = in_force.partition(|grant| self.still_has_access(grant));
        self.in_force.count(kept.iter(), is_last);
        if theirs.is_empty() {
            return Ok(0);
        }
        let grants = theirs.iter().map(|grant| (grant.tenant.clone(), grant.id)).collect();
        let end = EndGrants { grants, users: Vec::new(), reason: RevokeReason::UserRefused, now };
        let events = |ended: &Vec<GrantRecord>| ended.iter().map(event).collect();
        Ok(self.journal.write_up_to(theirs.len(), end, events).await?.len())
    }

    /// Whether the user may still have a token with these scopes. Also true if this cannot be found out now.
    fn still_has_access(&self, grant: &GrantRecord) -> bool {
        let is_local = grant.personal.as_ref().is_some_and(|personal| personal.local);
        let identity = if is_local {
            match self.users.still_allowed(&grant.identity.sub, &grant.tenant.base) {
                Ok(identity) => identity,
                // A sidecar without a users file, beside other sidecars that have one, knows nothing about local users.
                Err(NoLongerAllowed::Refused(_)) => return !self.users.has_file(),
                Err(NoLongerAllowed::Unavailable(_)) => return true,
            }
        } else {
            grant.identity.clone()
        };
        self.known.of(&grant.tenant).is_none_or(|place| allows(&place, grant, &identity))
    }
}

/// Whether the tenant's rules allow the user, and the user is entitled to every scope of the token; true if the rules
/// are invalid.
fn allows(place: &Place, grant: &GrantRecord, identity: &Identity) -> bool {
    match place.settings.authorize(identity) {
        Ok(user) => place.settings.entitled(&user.identity().claims.groups).contains_all(&grant.scopes),
        // The tenant's settings are wrong, not the user.
        Err(refusal) => refusal.is_of_settings(),
    }
}

fn event(grant: &GrantRecord) -> Event {
    Event::because(Kind::GrantRevoked, reason_of(RevokeReason::UserRefused))
        .succeeded()
        .tenant(grant.tenant.key())
        .client(&grant.client_id)
        .subject(&grant.identity.sub)
        .grant(grant.id)
}
