//! Grants: making room for them, revoking them, and the turn to ask the provider.

use super::{OnOracle, Tables};
use crate::decide::{self, Room};
use crate::ended::EndedGrant;
use crate::error::StoreError;
use crate::intent::grants::{BeginUpstream, EndGrants, EndUpstream, FindGrant, ListRevocations, RevokeGrant};
use crate::limits::{ENDED_PER_USER, GRANTS_PER_USER};
use crate::outcome::{Revocation, UpstreamTurn};
use crate::record::{ClientRecord, GrantId, GrantRecord, RevokeReason};
use protocol::tenant::Tenant;
use protocol::time::UnixTime;

impl OnOracle<Option<GrantRecord>> for FindGrant {
    fn on(&self, tables: &mut Tables) -> Result<Option<GrantRecord>, StoreError> {
        Ok(tables.live_grant_mut(&self.tenant, &self.grant, self.now).cloned())
    }
}

impl OnOracle<Vec<Revocation>> for ListRevocations {
    fn on(&self, tables: &mut Tables) -> Result<Vec<Revocation>, StoreError> {
        Ok(tables.revoked.iter().filter(|revoked| self.now < revoked.end).cloned().collect())
    }
}

impl OnOracle<bool> for RevokeGrant {
    fn on(&self, tables: &mut Tables) -> Result<bool, StoreError> {
        let live = tables.live_grant_mut(&self.tenant, &self.grant, self.now).is_some();
        Ok(live && tables.revoke(&self.grant, self.reason, self.now))
    }
}

impl OnOracle<Vec<GrantRecord>> for EndGrants {
    fn on(&self, tables: &mut Tables) -> Result<Vec<GrantRecord>, StoreError> {
        for (tenant, subject) in &self.users {
            tables.sessions.retain(|_, session| !session.is_of(tenant, subject));
        }
        let mut ended = Vec::new();
        for (tenant, id) in &self.grants {
            let live = tables.live_grant_mut(tenant, id, self.now).cloned();
            ended.extend(live.filter(|_| tables.revoke(id, self.reason, self.now)));
        }
        Ok(ended)
    }
}

impl OnOracle<UpstreamTurn> for BeginUpstream {
    fn on(&self, tables: &mut Tables) -> Result<UpstreamTurn, StoreError> {
        let grant = tables.live_grant_mut(&self.tenant, &self.grant, self.now);
        Ok(grant.map_or(UpstreamTurn::Gone, |grant| decide::begin_upstream(grant, self.secs, self.now)))
    }
}

impl OnOracle<bool> for EndUpstream {
    fn on(&self, tables: &mut Tables) -> Result<bool, StoreError> {
        let Some(grant) = tables.live_grant_mut(&self.tenant, &self.grant, self.now) else {
            return Ok(false);
        };
        grant.asking = None;
        decide::update(grant, &self.update);
        Ok(true)
    }
}

impl Tables {
    /// Revokes the grant, if it exists and is not revoked already, and remembers the revocation; `true` if this call
    /// revoked it.
    pub(super) fn revoke(&mut self, grant: &GrantId, reason: RevokeReason, now: UnixTime) -> bool {
        let Some(record) = self.grants.get_mut(grant) else { return false };
        let ended = EndedGrant::of(record, reason);
        let first = decide::revoke(record, reason, now);
        if first {
            self.ended.extend(ended);
            let end = decide::revocation_end(record, now);
            let issuer = record.tenant.base.as_str().to_owned();
            let personal = record.personal.is_some().then_some(record.created);
            self.revoked.insert(Revocation { end, at: now, grant: *grant, issuer, personal });
        }
        first
    }

    /// Makes room for one more grant of a client from a user at a tenant: at the maximum number of unrevoked grants,
    /// revokes the oldest. Makes no room if too many of the user's grants were revoked, for whatever reason, and their
    /// revocations are still remembered.
    pub(super) fn make_room(&mut self, new: &GrantRecord, now: UnixTime) -> Room {
        let theirs = |grant: &&GrantRecord| {
            grant.tenant == new.tenant && grant.identity.sub == new.identity.sub && grant.personal.is_none()
        };
        let remembered = |id: GrantId| self.revoked.iter().any(|revoked| revoked.grant == id);
        let all = || self.grants.values().filter(theirs);
        let ended = all().filter(|grant| grant.revoked.is_some() && remembered(grant.id)).count();
        if ended >= ENDED_PER_USER {
            return Room::None;
        }
        let live = all().filter(|grant| grant.revoked.is_none());
        let (count, oldest) = (live.clone().count(), live.map(|grant| (grant.created, grant.id)).min());
        let crowded_out = oldest.filter(|_| count >= GRANTS_PER_USER).map(|(_, id)| id);
        if let Some(id) = crowded_out {
            self.revoke(&id, RevokeReason::CrowdedOut, now);
        }
        Room::Made { crowded_out }
    }

    /// Revokes the live grants of a client that `which` selects; returns their number.
    pub(super) fn revoke_grants(
        &mut self,
        client: &ClientRecord,
        reason: RevokeReason,
        now: UnixTime,
        which: &dyn Fn(&GrantRecord) -> bool,
    ) -> usize {
        let theirs: Vec<GrantId> = self
            .grants
            .values()
            .filter(|grant| {
                grant.tenant == client.tenant
                    && grant.client_id == client.client_id
                    && decide::grant_live(grant, now)
                    && which(grant)
            })
            .map(|grant| grant.id)
            .collect();
        theirs.iter().filter(|grant| self.revoke(grant, reason, now)).count()
    }

    fn live_grant_mut(
        &mut self,
        tenant: &Tenant,
        grant: &GrantId,
        now: UnixTime,
    ) -> Option<&mut GrantRecord> {
        let grant = self.grants.get_mut(grant)?;
        (grant.tenant == *tenant && decide::grant_live(grant, now)).then_some(grant)
    }
}
