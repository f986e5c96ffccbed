//! Grants: found, revoked, and the turn to ask the provider about one.

use super::{ReadIntent, WriteIntent};
use crate::answer::{GrantUpdate, Revocation, UpstreamTurn};
use crate::decide;
use crate::error::StoreError;
use crate::record::{GrantId, GrantRecord, RevokeReason};
use crate::rows::grants;
use crate::tables::keys::{REVOKED, read_revoked_key, revoked_from};
use crate::tables::{Read, Write};
use protocol::tenant::Tenant;
use protocol::time::UnixTime;

/// Returns a grant that gives tokens: not expired, not revoked.
#[derive(Clone, Debug)]
pub struct FindGrant {
    /// Where it was granted.
    pub tenant: Tenant,
    /// Which.
    pub grant: GrantId,
    /// The time.
    pub now: UnixTime,
}

impl ReadIntent for FindGrant {
    type Answer = Option<GrantRecord>;

    fn run(&self, tx: &impl Read) -> Result<Option<GrantRecord>, StoreError> {
        grants::find_live(tx, &self.tenant, &self.grant, self.now)
    }
}

/// Returns the revoked grants of all tenants of which an access token may still be accepted somewhere, in no certain
/// order.
#[derive(Clone, Copy, Debug)]
pub struct ListRevocations {
    /// The time.
    pub now: UnixTime,
}

impl ReadIntent for ListRevocations {
    type Answer = Vec<Revocation>;

    fn run(&self, tx: &impl Read) -> Result<Vec<Revocation>, StoreError> {
        let entries = tx.entries(REVOKED, &revoked_from(self.now), usize::MAX)?;
        let read = |(entry, issuer): (Vec<u8>, Vec<u8>)| {
            let (end, at, grant) = read_revoked_key(&entry)?;
            Some(Revocation { end, at, grant, issuer: String::from_utf8(issuer).ok()? })
        };
        // An entry that cannot be read names no grant; the sweep removes it.
        Ok(entries.into_iter().filter_map(read).collect())
    }
}

/// Revokes a grant; `true` if it was live. Its refresh tokens stop working at once.
#[derive(Clone, Debug)]
pub struct RevokeGrant {
    /// Where it was granted.
    pub tenant: Tenant,
    /// Which.
    pub grant: GrantId,
    /// Why.
    pub reason: RevokeReason,
    /// The time.
    pub now: UnixTime,
}

impl WriteIntent for RevokeGrant {
    type Answer = bool;

    fn run(&self, tx: &impl Write) -> Result<bool, StoreError> {
        let grant = grants::find_live(tx, &self.tenant, &self.grant, self.now)?;
        grant.map_or(Ok(false), |grant| grants::revoke(tx, grant, self.reason, self.now))
    }
}

/// Reserves asking the provider about a grant for the caller, for `secs` seconds or until [`EndUpstream`]. A refresh
/// token of the provider that is presented twice may end the user's session there, so of all sidecars one asks at a
/// time; of parallel calls exactly one is [`UpstreamTurn::Taken`]. A reservation whose end lies more than `secs` and a
/// minute ahead counts for nothing: the clock was set back.
#[derive(Clone, Debug)]
pub struct BeginUpstream {
    /// Where it was granted.
    pub tenant: Tenant,
    /// Which.
    pub grant: GrantId,
    /// How long the reservation lasts, seconds.
    pub secs: u64,
    /// The time.
    pub now: UnixTime,
}

impl WriteIntent for BeginUpstream {
    type Answer = UpstreamTurn;

    fn run(&self, tx: &impl Write) -> Result<UpstreamTurn, StoreError> {
        let Some(mut grant) = grants::find_live(tx, &self.tenant, &self.grant, self.now)? else {
            return Ok(UpstreamTurn::Gone);
        };
        let turn = decide::begin_upstream(&mut grant, self.secs, self.now);
        if turn == UpstreamTurn::Taken {
            tx.put(&grant.id.0, &grant)?;
        }
        Ok(turn)
    }
}

/// Ends the reservation and writes what the provider's response brought; `false`: no such live grant, nothing is
/// written.
#[derive(Clone, Debug)]
pub struct EndUpstream {
    /// Where it was granted.
    pub tenant: Tenant,
    /// Which.
    pub grant: GrantId,
    /// What was learnt.
    pub update: GrantUpdate,
    /// The time.
    pub now: UnixTime,
}

impl WriteIntent for EndUpstream {
    type Answer = bool;

    fn run(&self, tx: &impl Write) -> Result<bool, StoreError> {
        let Some(mut grant) = grants::find_live(tx, &self.tenant, &self.grant, self.now)? else {
            return Ok(false);
        };
        grant.asking = None;
        decide::update(&mut grant, &self.update);
        tx.put(&grant.id.0, &grant)?;
        Ok(true)
    }
}
