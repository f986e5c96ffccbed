//! Grants: room for them, their end, rotation, and the turn to ask the provider.

use super::Tables;
use crate::decide::{self, EXISTS};
use crate::records::{ClientRecord, FamilyId, FamilyRecord, Hash, RefreshState, RevokeReason};
use crate::{
    ENDED_PER_USER, FamilyUpdate, GRANTS_PER_USER, ROTATED_KEPT, Redeem, Revocation, Rotate, Rotation,
    StoreError, UpstreamTurn,
};
use protocol::server::refresh::Decision;
use protocol::tenant::Tenant;
use protocol::time::UnixTime;

impl Tables {
    /// Revokes the grant unless that happened before; `true` if this call did.
    pub(super) fn revoke(&mut self, family: &FamilyId, reason: RevokeReason, now: UnixTime) -> bool {
        let Some(record) = self.families.get_mut(family) else { return false };
        let first = decide::revoke(record, reason, now);
        if first {
            let end = decide::revocation_end(record.token_secs, now);
            let issuer = record.tenant.base.as_str().to_owned();
            self.revoked.insert(Revocation { end, at: now, family: *family, issuer });
        }
        first
    }

    /// Sees that the user of a new grant has room for it; the answer if it is made.
    pub(super) fn make_room(&mut self, new: &FamilyRecord, now: UnixTime) -> Redeem {
        let theirs =
            |family: &&FamilyRecord| family.tenant == new.tenant && family.identity.sub == new.identity.sub;
        let remembered = |id: FamilyId| self.revoked.iter().any(|revoked| revoked.family == id);
        let all = || self.families.values().filter(theirs);
        let ended = all().filter(|family| family.revoked.is_some() && remembered(family.id)).count();
        if ended >= ENDED_PER_USER {
            return Redeem::TooMany;
        }
        let live = all().filter(|family| family.revoked.is_none());
        let (count, oldest) = (live.clone().count(), live.map(|family| (family.created, family.id)).min());
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
        which: &dyn Fn(&FamilyRecord) -> bool,
    ) -> usize {
        let theirs: Vec<FamilyId> = self
            .families
            .values()
            .filter(|family| {
                family.tenant == client.tenant
                    && family.client_id == client.client_id
                    && decide::family_live(family, now)
                    && which(family)
            })
            .map(|family| family.id)
            .collect();
        theirs.iter().filter(|family| self.revoke(family, reason, now)).count()
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
        let Some(mut family) = self.families.get(&token.family).cloned() else { return Ok(Rotation::Gone) };
        if token.tenant != *tenant || family.tenant != *tenant {
            return Ok(Rotation::Gone);
        }
        let decision = decide::rotation(&token, &family, client_id, rotate.grace_secs, now, |successor| {
            Ok(self.tokens.get(successor).is_some_and(|token| decide::is_unused(token, now)))
        })?;
        let answer = match decision {
            Decision::WrongClient => return Ok(Rotation::WrongClient),
            Decision::Gone => return Ok(Rotation::Gone),
            Decision::Reuse => {
                self.revoke(&family.id, RevokeReason::RefreshReused, now);
                return Ok(Rotation::ReuseDetected { family: family.id });
            }
            Decision::Repeat => {
                decide::refreshed(&mut family, rotate);
                decide::repeat(&token)
            }
            Decision::Rotate => {
                let generation = token.generation + 1;
                let successor = decide::refresh_record(&family, &rotate.successor, generation, now);
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
                    .retain(|_, old| old.family != family.id || old.generation + ROTATED_KEPT >= generation);
                decide::refreshed(&mut family, rotate);
                self.touch_client(tenant, client_id, now);
                Rotation::Rotated
            }
        };
        self.families.insert(family.id, family);
        Ok(answer)
    }

    pub(super) fn begin_upstream(
        &mut self,
        tenant: &Tenant,
        family: &FamilyId,
        secs: u64,
        now: UnixTime,
    ) -> UpstreamTurn {
        let family = self.live_family_mut(tenant, family, now);
        family.map_or(UpstreamTurn::Gone, |family| decide::begin_upstream(family, secs, now))
    }

    pub(super) fn end_upstream(
        &mut self,
        tenant: &Tenant,
        family: &FamilyId,
        update: &FamilyUpdate,
        now: UnixTime,
    ) -> bool {
        let Some(family) = self.live_family_mut(tenant, family, now) else { return false };
        family.asking = None;
        decide::update(family, update);
        true
    }

    fn live_family_mut(
        &mut self,
        tenant: &Tenant,
        family: &FamilyId,
        now: UnixTime,
    ) -> Option<&mut FamilyRecord> {
        let family = self.families.get_mut(family)?;
        (family.tenant == *tenant && decide::family_live(family, now)).then_some(family)
    }
}
