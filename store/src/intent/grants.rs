//! Grants: finding and revoking them, and taking turns at asking the provider about a grant.

use super::{ReadIntent, WriteIntent};
use crate::decide;
use crate::error::StoreError;
use crate::outcome::{GrantUpdate, Revocation, UpstreamTurn};
use crate::record::{GrantId, GrantRecord, RevokeReason};
use crate::rows::{grants, sessions};
use crate::tables::keys::{REVOKED, read_revoked_key, read_revoked_value, revoked_from};
use crate::tables::{Damaged, Read, Write};
use protocol::tenant::Tenant;
use protocol::time::UnixTime;

/// Returns a grant under which tokens may be issued; `None` if it is expired, revoked or unknown at this tenant.
#[derive(Clone, Debug)]
pub struct FindGrant {
    /// The tenant.
    pub tenant: Tenant,
    /// The grant's id.
    pub grant: GrantId,
    /// The time.
    pub now: UnixTime,
}

impl ReadIntent for FindGrant {
    type Output = Option<GrantRecord>;

    fn run(&self, tx: &impl Read) -> Result<Option<GrantRecord>, StoreError> {
        grants::find_live(tx, &self.tenant, &self.grant, self.now)
    }
}

/// Returns the revoked grants of all tenants whose access tokens may not all have expired, in no particular order.
#[derive(Clone, Copy, Debug)]
pub struct ListRevocations {
    /// The time.
    pub now: UnixTime,
}

impl ReadIntent for ListRevocations {
    type Output = Vec<Revocation>;

    fn run(&self, tx: &impl Read) -> Result<Vec<Revocation>, StoreError> {
        let entries = tx.entries(REVOKED, &revoked_from(self.now), usize::MAX)?;
        let read = |(entry, value): (Vec<u8>, Vec<u8>)| {
            let (end, at, grant) = read_revoked_key(&entry)?;
            let (issuer, personal) = read_revoked_value(value)?;
            Some(Revocation { end, at, grant, issuer, personal })
        };
        // An entry that cannot be read does not identify a grant; the sweep deletes it.
        Ok(entries.into_iter().filter_map(read).collect())
    }
}

/// Revokes a grant; `true` if it was live. Its refresh tokens become invalid immediately.
#[derive(Clone, Debug)]
pub struct RevokeGrant {
    /// The tenant.
    pub tenant: Tenant,
    /// The grant's id.
    pub grant: GrantId,
    /// The reason.
    pub reason: RevokeReason,
    /// The time.
    pub now: UnixTime,
}

impl WriteIntent for RevokeGrant {
    type Output = bool;

    fn run(&self, tx: &impl Write) -> Result<bool, StoreError> {
        let grant = grants::find_live(tx, &self.tenant, &self.grant, self.now)?;
        grant.map_or(Ok(false), |grant| grants::revoke(tx, grant, self.reason, self.now))
    }
}

/// Revokes these grants and ends all sessions of these users, in one transaction; returns the grants that this call
/// revoked. Leaves out a grant that is not live, cannot be read, or belongs to another tenant than the one given with
/// it.
#[derive(Clone, Debug)]
pub struct EndGrants {
    /// The grants, each with its tenant.
    pub grants: Vec<(Tenant, GrantId)>,
    /// The users whose sessions end: the tenant and `sub` of each.
    pub users: Vec<(Tenant, String)>,
    /// The reason.
    pub reason: RevokeReason,
    /// The time.
    pub now: UnixTime,
}

impl WriteIntent for EndGrants {
    type Output = Vec<GrantRecord>;

    fn run(&self, tx: &impl Write) -> Result<Vec<GrantRecord>, StoreError> {
        for (tenant, subject) in &self.users {
            sessions::remove_of(tx, tenant, subject, None)?;
        }
        let mut ended = Vec::new();
        for (tenant, id) in &self.grants {
            let grant = tx.readable::<GrantRecord>(&id.0, &mut Damaged::new())?;
            let live = |grant: &GrantRecord| grant.tenant == *tenant && decide::grant_live(grant, self.now);
            if let Some(grant) = grant.filter(live)
                && grants::revoke(tx, grant.clone(), self.reason, self.now)?
            {
                ended.push(grant);
            }
        }
        Ok(ended)
    }
}

/// Reserves the turn to ask the provider about a grant, for `secs` seconds or until [`EndUpstream`]. Presenting a
/// refresh token to the provider twice may end the user's session there, so only one sidecar at a time asks: of
/// parallel calls, exactly one returns [`UpstreamTurn::Taken`]. A reservation that ends later than `secs` and a minute
/// from now is ignored, because the clock was set back.
#[derive(Clone, Debug)]
pub struct BeginUpstream {
    /// The tenant.
    pub tenant: Tenant,
    /// The grant's id.
    pub grant: GrantId,
    /// How long the reservation lasts, in seconds.
    pub secs: u64,
    /// The time.
    pub now: UnixTime,
}

impl WriteIntent for BeginUpstream {
    type Output = UpstreamTurn;

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

/// Ends the reservation and stores the information from the provider's response. Returns `false`, without writing
/// anything, if the tenant has no such live grant.
#[derive(Clone, Debug)]
pub struct EndUpstream {
    /// The tenant.
    pub tenant: Tenant,
    /// The grant's id.
    pub grant: GrantId,
    /// The new information.
    pub update: GrantUpdate,
    /// The time.
    pub now: UnixTime,
}

impl WriteIntent for EndUpstream {
    type Output = bool;

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
