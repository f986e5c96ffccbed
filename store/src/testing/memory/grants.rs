//! Grants: room for them, their end, rotation, and the turn to ask the provider.

use super::Tables;
use crate::decide::{self, EXISTS};
use crate::records::{ClientRecord, GrantId, GrantRecord, Hash, RefreshState, RevokeReason};
use crate::{
    ENDED_PER_USER, GRANTS_PER_USER, GrantUpdate, ROTATED_KEPT, Redeem, Revocation, Rotate, Rotation,
    StoreError, UpstreamTurn,
};
use protocol::server::refresh::Decision;
use protocol::tenant::Tenant;
use protocol::time::UnixTime;

impl Tables {
    /// Revokes the grant unless that happened before; `true` if this call did.
    pub(super) fn revoke(&mut self, grant: &GrantId, reason: RevokeReason, now: UnixTime) -> bool {
        let Some(record) = self.grants.get_mut(grant) else { return false };
        let first = decide::revoke(record, reason, now);
        if first {
            let end = decide::revocation_end(record.token_secs, now);
            let issuer = record.tenant.base.as_str().to_owned();
            self.revoked.insert(Revocation { end, at: now, grant: *grant, issuer });
        }
        first
    }

    /// Sees that the user of a new grant has room for it; the answer if it is made.
    pub(super) fn make_room(&mut self, new: &GrantRecord, now: UnixTime) -> Redeem {
        let theirs =
            |grant: &&GrantRecord| grant.tenant == new.tenant && grant.identity.sub == new.identity.sub;
        let remembered = |id: GrantId| self.revoked.iter().any(|revoked| revoked.grant == id);
        let all = || self.grants.values().filter(theirs);
        let ended = all().filter(|grant| grant.revoked.is_some() && remembered(grant.id)).count();
        if ended >= ENDED_PER_USER {
            return Redeem::TooMany;
        }
        let live = all().filter(|grant| grant.revoked.is_none());
        let (count, oldest) = (live.clone().count(), live.map(|grant| (grant.created, grant.id)).min());
        let crowded_out = oldest.filter(|_| count >= GRANTS_PER_USER).map(|(_, id)| id);
        if let Some(id) = crowded_out {
            self.revoke(&id, RevokeReason::CrowdedOut, now);
        }
        Redeem::Done { crowded_out }
    }

    /// Revokes what `which` says of a client's live grants; how many.
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

    pub(super) fn rotate(
        &mut self,
        tenant: &Tenant,
        presented: &Hash,
        client_id: &str,
        rotate: &Rotate,
        now: UnixTime,
    ) -> Result<Rotation, StoreError> {
        let Some(mut token) = self.tokens.get(presented).cloned() else { return Ok(Rotation::Gone) };
        let Some(mut grant) = self.grants.get(&token.grant).cloned() else { return Ok(Rotation::Gone) };
        if token.tenant != *tenant || grant.tenant != *tenant {
            return Ok(Rotation::Gone);
        }
        let decision = decide::rotation(&token, &grant, client_id, rotate.grace_secs, now, |successor| {
            Ok(self.tokens.get(successor).is_some_and(|token| decide::is_unused(token, now)))
        })?;
        let answer = match decision {
            Decision::WrongClient => return Ok(Rotation::WrongClient),
            Decision::Gone => return Ok(Rotation::Gone),
            Decision::Reuse => {
                self.revoke(&grant.id, RevokeReason::RefreshReused, now);
                return Ok(Rotation::ReuseDetected { grant: grant.id });
            }
            Decision::Repeat => {
                decide::refreshed(&mut grant, rotate);
                decide::repeat(&token)
            }
            Decision::Rotate => {
                let generation = token.generation + 1;
                let successor = decide::refresh_record(&grant, &rotate.successor, generation, now);
                if self.tokens.contains_key(&successor.token) {
                    return Err(EXISTS);
                }
                token.state = RefreshState::Rotated {
                    successor: successor.token,
                    sealed_successor: rotate.sealed_successor.clone(),
                    at: now,
                };
                self.tokens.insert(token.token, token);
                self.tokens.insert(successor.token, successor);
                self.tokens
                    .retain(|_, old| old.grant != grant.id || old.generation + ROTATED_KEPT >= generation);
                decide::refreshed(&mut grant, rotate);
                self.touch_client(tenant, client_id, now);
                Rotation::Rotated
            }
        };
        self.grants.insert(grant.id, grant);
        Ok(answer)
    }

    pub(super) fn begin_upstream(
        &mut self,
        tenant: &Tenant,
        grant: &GrantId,
        secs: u64,
        now: UnixTime,
    ) -> UpstreamTurn {
        let grant = self.live_grant_mut(tenant, grant, now);
        grant.map_or(UpstreamTurn::Gone, |grant| decide::begin_upstream(grant, secs, now))
    }

    pub(super) fn end_upstream(
        &mut self,
        tenant: &Tenant,
        grant: &GrantId,
        update: &GrantUpdate,
        now: UnixTime,
    ) -> bool {
        let Some(grant) = self.live_grant_mut(tenant, grant, now) else { return false };
        grant.asking = None;
        decide::update(grant, update);
        true
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
