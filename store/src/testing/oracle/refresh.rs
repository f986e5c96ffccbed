//! Refresh tokens: rotation, grace period, reuse.

use super::{OnOracle, Tables};
use crate::decide::{self, EXISTS};
use crate::error::StoreError;
use crate::intent::refresh::{FindRefresh, RotateRefresh};
use crate::limits::ROTATED_KEPT;
use crate::outcome::{Rotated, Rotation};
use crate::record::{GrantRecord, RefreshRecord, RefreshState, RevokeReason};
use protocol::server::refresh::Decision;

impl OnOracle<Option<(RefreshRecord, GrantRecord)>> for FindRefresh {
    fn on(&self, tables: &mut Tables) -> Result<Option<(RefreshRecord, GrantRecord)>, StoreError> {
        let Some(token) = tables.tokens.get(&self.token) else { return Ok(None) };
        let grant = tables.grants.get(&token.grant);
        let grant = grant.filter(|grant| decide::refresh_visible(token, grant, &self.tenant, self.now));
        Ok(grant.map(|grant| (token.clone(), grant.clone())))
    }
}

impl OnOracle<Rotation> for RotateRefresh {
    fn on(&self, tables: &mut Tables) -> Result<Rotation, StoreError> {
        let Self { tenant, presented, client_id, rotate, now } = self;
        let Some(token) = tables.tokens.get(presented).cloned() else { return Ok(Rotation::Gone) };
        let Some(mut grant) = tables.grants.get(&token.grant).cloned() else { return Ok(Rotation::Gone) };
        if token.tenant != *tenant || grant.tenant != *tenant {
            return Ok(Rotation::Gone);
        }
        let decision = decide::rotation(&token, &grant, client_id, rotate.grace_secs, *now, |successor| {
            Ok(tables.tokens.get(successor).is_some_and(|token| decide::is_unused(token, *now)))
        })?;
        let rotation = match decision {
            Decision::WrongClient => return Ok(Rotation::WrongClient),
            Decision::Gone => return Ok(Rotation::Gone),
            Decision::Reuse => {
                tables.revoke(&grant.id, RevokeReason::RefreshReused, *now);
                return Ok(Rotation::ReuseDetected { grant: grant.id });
            }
            Decision::Repeat => decide::repeat(&token, &grant),
            Decision::Rotate => {
                self.put_successor_on(tables, token, &grant)?;
                Rotation::Rotated { rotated: Rotated::of(&grant) }
            }
        };
        decide::refreshed(&mut grant, rotate);
        tables.grants.insert(grant.id, grant);
        Ok(rotation)
    }
}

impl RotateRefresh {
    fn put_successor_on(
        &self,
        tables: &mut Tables,
        mut token: RefreshRecord,
        grant: &GrantRecord,
    ) -> Result<(), StoreError> {
        let generation = token.generation + 1;
        let successor = decide::refresh_record(grant, &self.rotate.successor, generation, self.now);
        if tables.tokens.contains_key(&successor.token) {
            return Err(EXISTS);
        }
        token.state = RefreshState::Rotated {
            successor: successor.token,
            sealed_successor: self.rotate.sealed_successor.clone(),
            at: self.now,
        };
        tables.tokens.insert(token.token, token);
        tables.tokens.insert(successor.token, successor);
        tables.tokens.retain(|_, old| old.grant != grant.id || old.generation + ROTATED_KEPT >= generation);
        tables.touch_client(&self.tenant, &self.client_id, self.now);
        Ok(())
    }
}
