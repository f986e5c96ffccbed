//! Clients (RFC 7591, RFC 7592), and the assertions with which they authenticate (RFC 7523).

use super::{ReadIntent, WriteIntent};
use crate::decide;
use crate::error::StoreError;
use crate::outcome::Registered;
use crate::record::{AssertionRecord, ClientRecord, GrantRecord, RevokeReason};
use crate::rows::{assertions, clients, grants};
use crate::tables::{Read, Write};
use protocol::tenant::Tenant;
use protocol::time::UnixTime;
use std::sync::Arc;

/// Whether a client's metadata still contain a redirect URI.
pub type StillNamed = Arc<dyn Fn(&str) -> bool + Send + Sync>;

/// Stores a client. If the tenant already has a client with this id, which is then a public client with the same
/// metadata, updates only its `last_used` and returns the existing record. Of parallel registrations of one id, exactly
/// one reports `created`.
///
/// If another unapproved client is added, here or by [`PutClient`], while
/// [`UNAPPROVED_CLIENTS`](crate::limits::UNAPPROVED_CLIENTS) and [`UNAPPROVED_BATCH`](crate::limits::UNAPPROVED_BATCH)
/// more of them are stored, the [`UNAPPROVED_BATCH`](crate::limits::UNAPPROVED_BATCH) that have been unused longest
/// are deleted. With PostgreSQL up to 768 more than this may be stored for a moment, and 256 for each further replica,
/// because their number is an estimate.
#[derive(Clone, Debug)]
pub struct RegisterClient {
    /// The client.
    pub record: ClientRecord,
    /// The time.
    pub now: UnixTime,
}

impl WriteIntent for RegisterClient {
    type Output = Registered;

    fn run(&self, tx: &impl Write) -> Result<Registered, StoreError> {
        let Self { record, now } = self;
        if let Some(existing) = clients::find(tx, &record.tenant, &record.client_id)? {
            let record = clients::change(tx, existing, |client| decide::touch(client, *now))?;
            return Ok(Registered { record, created: false });
        }
        clients::add(tx, record)?;
        Ok(Registered { record: record.clone(), created: true })
    }
}

/// Returns the client; `None` if it is unknown at this tenant.
#[derive(Clone, Debug)]
pub struct FindClient {
    /// The tenant.
    pub tenant: Tenant,
    /// The client's id.
    pub client_id: String,
}

impl ReadIntent for FindClient {
    type Output = Option<ClientRecord>;

    fn run(&self, tx: &impl Read) -> Result<Option<ClientRecord>, StoreError> {
        clients::find(tx, &self.tenant, &self.client_id)
    }
}

/// Stores a client that is new or whose metadata changed (RFC 7592 §2.2, a newer metadata document, the operator's
/// file). Keeps `issued_at`, `approved_at` and `last_used` of an existing record. Writes nothing if nothing changed.
///
/// In the same transaction, revokes the grants whose redirect URI `still_named` refuses; returns their number.
#[derive(Clone)]
pub struct PutClient {
    /// The client.
    pub record: ClientRecord,
    /// Tells which redirect URIs the client's metadata still contain.
    pub still_named: StillNamed,
    /// The time.
    pub now: UnixTime,
}

impl WriteIntent for PutClient {
    type Output = usize;

    fn run(&self, tx: &impl Write) -> Result<usize, StoreError> {
        let Self { record, still_named, now } = self;
        let dropped = |grant: &GrantRecord| !still_named(&grant.redirect_uri);
        let revoked = grants::revoke_of(tx, record, RevokeReason::RedirectDropped, *now, &dropped)?;
        match clients::find(tx, &record.tenant, &record.client_id)? {
            Some(existing) => {
                let new = decide::replaced(&existing, record.clone());
                if new != existing {
                    clients::replace(tx, &existing, &new)?;
                }
            }
            None => clients::add(tx, record)?,
        }
        Ok(revoked)
    }
}

/// Deletes a client and revokes all its grants (RFC 7592 §2.3); `true` if the client existed.
#[derive(Clone, Debug)]
pub struct RemoveClient {
    /// The tenant.
    pub tenant: Tenant,
    /// The client's id.
    pub client_id: String,
    /// The time.
    pub now: UnixTime,
}

impl WriteIntent for RemoveClient {
    type Output = bool;

    fn run(&self, tx: &impl Write) -> Result<bool, StoreError> {
        let Some(client) = clients::find(tx, &self.tenant, &self.client_id)? else { return Ok(false) };
        grants::revoke_of(tx, &client, RevokeReason::ClientRemoved, self.now, &|_| true)?;
        clients::remove(tx, &client)?;
        Ok(true)
    }
}

/// Marks a client assertion as used until it expires; `false` if it was used before. Of parallel calls, exactly one
/// returns `true`.
#[derive(Clone, Debug)]
pub struct UseAssertion {
    /// The assertion.
    pub record: AssertionRecord,
    /// The time.
    pub now: UnixTime,
}

impl WriteIntent for UseAssertion {
    type Output = bool;

    fn run(&self, tx: &impl Write) -> Result<bool, StoreError> {
        let fresh = assertions::is_fresh(tx, &self.record, self.now)?;
        if fresh {
            assertions::put(tx, &self.record)?;
        }
        Ok(fresh)
    }
}
