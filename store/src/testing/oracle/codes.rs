//! Codes: redeemed once, before they expire, by their client.

use super::{OnOracle, Tables};
use crate::decide::{self, CodeUse, EXISTS, Room};
use crate::error::StoreError;
use crate::intent::codes::{FindCode, RedeemCode};
use crate::outcome::{NewGrant, Redeem, Redeemed};
use crate::record::{CodeRecord, RevokeReason};

impl OnOracle<Option<CodeRecord>> for FindCode {
    fn on(&self, tables: &mut Tables) -> Result<Option<CodeRecord>, StoreError> {
        let code = tables.codes.get(&self.code);
        Ok(code.filter(|code| decide::code_use(code, &self.tenant, self.now) != CodeUse::Gone).cloned())
    }
}

impl OnOracle<Redeem> for RedeemCode {
    fn on(&self, tables: &mut Tables) -> Result<Redeem, StoreError> {
        let Self { tenant, code, pkce, grant: NewGrant { grant, refresh }, now } = self;
        decide::check_grant(grant, tenant)?;
        let Some(record) = tables.codes.get(code) else { return Ok(Redeem::Unknown) };
        if record.client_id != grant.client_id {
            return Ok(Redeem::Unknown);
        }
        let found = decide::code_use(record, tenant, *now);
        if found == CodeUse::Gone {
            return Ok(Redeem::Unknown);
        }
        decide::check_pkce(record, pkce)?;
        if let CodeUse::Spent(grant) = found {
            tables.revoke(&grant, RevokeReason::CodeReused, *now);
            return Ok(Redeem::AlreadySpent { grant });
        }
        let token = refresh.as_ref().map(|token| decide::refresh_record(grant, token, 0, *now));
        if tables.grants.contains_key(&grant.id)
            || token.as_ref().is_some_and(|token| tables.tokens.contains_key(&token.token))
        {
            return Err(EXISTS);
        }
        let crowded_out = match tables.make_room(grant, *now) {
            Room::Made { crowded_out } => crowded_out,
            Room::None => return Ok(Redeem::TooMany),
        };
        if let Some(record) = tables.codes.get_mut(code) {
            *record = decide::spent(record.clone(), grant.id, *now);
        }
        tables.touch_client(tenant, &grant.client_id, *now);
        tables.grants.insert(grant.id, grant.clone());
        if let Some(token) = token {
            tables.tokens.insert(token.token, token);
        }
        Ok(Redeem::Done { redeemed: Redeemed::of(grant), crowded_out })
    }
}
