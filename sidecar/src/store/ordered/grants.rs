//! Codes, grants and refresh tokens.

use super::clients;
use super::keys::{
    BY_EXPIRY, Expiring, FAMILIES_BY_CLIENT, REVOKED, TOKENS_BY_FAMILY, client_key, expiry_key, grant_key,
    id_in, key, revoked_key, token_key,
};
use super::{Read, Write};
use crate::store::decide::{self, CodeUse, EXISTS};
use crate::store::records::{
    ClientRecord, CodeRecord, FamilyId, FamilyRecord, Hash, RefreshRecord, RefreshState, RevokeReason, Spent,
};
use crate::store::{
    FamilyUpdate, NewGrant, ROTATED_KEPT, Redeem, Rotate, Rotation, StoreError, UpstreamTurn,
};
use protocol::server::refresh::Decision;
use protocol::tenant::Tenant;
use protocol::time::UnixTime;

pub(super) fn put_new_code(tx: &impl Write, code: &CodeRecord) -> Result<(), StoreError> {
    if tx.record::<CodeRecord>(&code.code)?.is_some() {
        return Err(EXISTS);
    }
    put_code(tx, code)
}

pub(super) fn find_code(
    tx: &impl Read,
    tenant: &Tenant,
    code: &Hash,
    now: UnixTime,
) -> Result<Option<CodeRecord>, StoreError> {
    let code = tx.record::<CodeRecord>(code)?;
    Ok(code.filter(|code| decide::code_use(code, tenant, now) != CodeUse::Gone))
}

pub(super) fn redeem(
    tx: &impl Write,
    tenant: &Tenant,
    code: &Hash,
    grant: &NewGrant,
    now: UnixTime,
) -> Result<Redeem, StoreError> {
    decide::check_grant(grant, tenant)?;
    let family = &grant.family;
    let record = tx.record::<CodeRecord>(code)?.filter(|code| code.client_id == family.client_id);
    let Some(record) = record else { return Ok(Redeem::Unknown) };
    match decide::code_use(&record, tenant, now) {
        CodeUse::Gone => return Ok(Redeem::Unknown),
        CodeUse::Spent(family) => {
            if let Some(spent_for) = tx.record::<FamilyRecord>(&family.0)? {
                end(tx, spent_for, RevokeReason::CodeReused, now)?;
            }
            return Ok(Redeem::AlreadySpent { family });
        }
        CodeUse::Live => {}
    }
    if tx.record::<FamilyRecord>(&family.id.0)?.is_some() {
        return Err(EXISTS);
    }
    remove_code(tx, &record)?;
    put_code(tx, &CodeRecord { spent: Some(Spent { family: family.id, at: now }), ..record })?;
    put_new_family(tx, family)?;
    if let Some(token) = &grant.refresh {
        put_new_token(tx, &decide::refresh_record(family, token, 0, now))?;
    }
    clients::touch(tx, tenant, &family.client_id, now)?;
    Ok(Redeem::Done)
}

pub(super) fn find_refresh(
    tx: &impl Read,
    tenant: &Tenant,
    token: &Hash,
    now: UnixTime,
) -> Result<Option<(RefreshRecord, FamilyRecord)>, StoreError> {
    let Some(token) = tx.record::<RefreshRecord>(token)? else { return Ok(None) };
    let family = tx.record::<FamilyRecord>(&token.family.0)?;
    let family = family.filter(|family| decide::refresh_visible(&token, family, tenant, now));
    Ok(family.map(|family| (token, family)))
}

pub(super) fn rotate(
    tx: &impl Write,
    tenant: &Tenant,
    presented: &Hash,
    client_id: &str,
    rotate: &Rotate,
    now: UnixTime,
) -> Result<Rotation, StoreError> {
    let Some(token) = tx.record::<RefreshRecord>(presented)? else { return Ok(Rotation::Gone) };
    let family = tx.record::<FamilyRecord>(&token.family.0)?;
    let family = family.filter(|family| token.tenant == *tenant && family.tenant == *tenant);
    let Some(mut family) = family else { return Ok(Rotation::Gone) };
    let decision = decide::rotation(&token, &family, client_id, rotate.grace_secs, now, |successor| {
        let successor = tx.record::<RefreshRecord>(successor)?;
        Ok(successor.is_some_and(|token| decide::is_unused(&token, now)))
    })?;
    let (answer, family_changed) = match decision {
        Decision::WrongClient => (Rotation::WrongClient, false),
        Decision::Gone => (Rotation::Gone, false),
        Decision::Reuse => {
            let id = family.id;
            end(tx, family, RevokeReason::RefreshReused, now)?;
            return Ok(Rotation::ReuseDetected { family: id });
        }
        Decision::Repeat => (decide::repeat(&token), decide::update(&mut family, &rotate.update)),
        Decision::Rotate => {
            let generation = token.generation + 1;
            let successor = decide::refresh_record(&family, &rotate.successor, generation, now);
            put_new_token(tx, &successor)?;
            let state = RefreshState::Rotated {
                successor: successor.token,
                sealed_successor: rotate.sealed_successor.clone(),
                at: now,
            };
            tx.put(presented, &RefreshRecord { state, ..token })?;
            forget_old(tx, &family.id, generation)?;
            clients::touch(tx, tenant, client_id, now)?;
            (Rotation::Rotated, decide::update(&mut family, &rotate.update))
        }
    };
    if family_changed {
        tx.put(&family.id.0, &family)?;
    }
    Ok(answer)
}

pub(super) fn begin_upstream(
    tx: &impl Write,
    tenant: &Tenant,
    family: &FamilyId,
    secs: u64,
    now: UnixTime,
) -> Result<UpstreamTurn, StoreError> {
    let Some(mut family) = find_family(tx, tenant, family, now)? else { return Ok(UpstreamTurn::Gone) };
    let turn = decide::begin_upstream(&mut family, secs, now);
    if turn == UpstreamTurn::Taken {
        tx.put(&family.id.0, &family)?;
    }
    Ok(turn)
}

pub(super) fn end_upstream(
    tx: &impl Write,
    tenant: &Tenant,
    family: &FamilyId,
    update: &FamilyUpdate,
    now: UnixTime,
) -> Result<bool, StoreError> {
    let Some(mut family) = find_family(tx, tenant, family, now)? else { return Ok(false) };
    family.asking = None;
    decide::update(&mut family, update);
    tx.put(&family.id.0, &family)?;
    Ok(true)
}

pub(super) fn revoke(
    tx: &impl Write,
    tenant: &Tenant,
    family: &FamilyId,
    reason: RevokeReason,
    now: UnixTime,
) -> Result<bool, StoreError> {
    let family = tx.record::<FamilyRecord>(&family.0)?;
    let family = family.filter(|family| family.tenant == *tenant && decide::family_live(family, now));
    family.map_or(Ok(false), |family| end(tx, family, reason, now))
}

/// Removes the rotated tokens that lie too far behind `generation`.
fn forget_old(tx: &impl Write, family: &FamilyId, generation: u64) -> Result<(), StoreError> {
    let Some(oldest_kept) = generation.checked_sub(ROTATED_KEPT) else { return Ok(()) };
    let from = key(&[&family.0, &0_u64.to_be_bytes()]);
    let to = key(&[&family.0, &oldest_kept.to_be_bytes()]);
    for entry in tx.keys(TOKENS_BY_FAMILY, &from, &to, usize::MAX)? {
        if let Some(token) = tx.record::<RefreshRecord>(&id_in::<32>(TOKENS_BY_FAMILY, &entry)?)? {
            remove_token(tx, &token)?;
        }
    }
    Ok(())
}

/// Revokes the grant unless that happened before, and remembers it; `true` if this call did.
fn end(
    tx: &impl Write,
    mut family: FamilyRecord,
    reason: RevokeReason,
    now: UnixTime,
) -> Result<bool, StoreError> {
    let first = decide::revoke(&mut family, reason, now);
    if first {
        tx.put(&family.id.0, &family)?;
        tx.index(REVOKED, &revoked_key(now, &family.id.0))?;
    }
    Ok(first)
}

/// Revokes what `which` says of a client's live grants; how many.
pub(super) fn revoke_of(
    tx: &impl Write,
    client: &ClientRecord,
    reason: RevokeReason,
    now: UnixTime,
    which: &dyn Fn(&FamilyRecord) -> bool,
) -> Result<usize, StoreError> {
    let mut revoked = 0;
    for family in of_client(tx, client, now)? {
        if which(&family) {
            revoked += usize::from(end(tx, family, reason, now)?);
        }
    }
    Ok(revoked)
}

/// The live grants of a client.
pub(super) fn of_client(
    tx: &impl Write,
    client: &ClientRecord,
    now: UnixTime,
) -> Result<Vec<FamilyRecord>, StoreError> {
    let prefix = key(&[&client_key(&client.tenant, &client.client_id), &[0]]);
    let mut live = Vec::new();
    for entry in tx.keys_under(FAMILIES_BY_CLIENT, &prefix, usize::MAX)? {
        let family = tx.record::<FamilyRecord>(&id_in::<16>(FAMILIES_BY_CLIENT, &entry)?)?;
        live.extend(family.filter(|family| {
            family.tenant == client.tenant
                && family.client_id == client.client_id
                && decide::family_live(family, now)
        }));
    }
    Ok(live)
}

pub(super) fn find_family(
    tx: &impl Read,
    tenant: &Tenant,
    family: &FamilyId,
    now: UnixTime,
) -> Result<Option<FamilyRecord>, StoreError> {
    let family = tx.record::<FamilyRecord>(&family.0)?;
    Ok(family.filter(|family| family.tenant == *tenant && decide::family_live(family, now)))
}

pub(super) fn revoked_since(
    tx: &impl Read,
    since: UnixTime,
    limit: usize,
) -> Result<Vec<(UnixTime, FamilyId)>, StoreError> {
    let from = revoked_key(since, &[]);
    let mut found = Vec::new();
    for entry in tx.keys(REVOKED, &from, &[0xff; 8], usize::MAX)? {
        let at = entry.first_chunk::<8>().map_or(0, |bytes| u64::from_be_bytes(*bytes));
        found.push((UnixTime::new(at), FamilyId(id_in::<16>(REVOKED, &entry)?)));
    }
    found.reverse();
    found.truncate(limit);
    Ok(found)
}

fn put_code(tx: &impl Write, code: &CodeRecord) -> Result<(), StoreError> {
    tx.put(&code.code, code)?;
    tx.index(BY_EXPIRY, &expiry_key(Expiring::Code, decide::code_gone_at(code), &code.code))
}

pub(super) fn remove_code(tx: &impl Write, code: &CodeRecord) -> Result<(), StoreError> {
    tx.remove::<CodeRecord>(&code.code)?;
    tx.unindex(BY_EXPIRY, &expiry_key(Expiring::Code, decide::code_gone_at(code), &code.code))
}

fn put_new_family(tx: &impl Write, family: &FamilyRecord) -> Result<(), StoreError> {
    tx.put(&family.id.0, family)?;
    tx.index(BY_EXPIRY, &expiry_key(Expiring::Family, family.expires, &family.id.0))?;
    tx.index(FAMILIES_BY_CLIENT, &grant_key(&family.tenant, &family.client_id, &family.id))
}

/// Removes a grant with all its tokens.
pub(super) fn remove_family(tx: &impl Write, family: &FamilyRecord) -> Result<(), StoreError> {
    for entry in tx.keys_under(TOKENS_BY_FAMILY, &family.id.0, usize::MAX)? {
        if let Some(token) = tx.record::<RefreshRecord>(&id_in::<32>(TOKENS_BY_FAMILY, &entry)?)? {
            remove_token(tx, &token)?;
        }
    }
    tx.remove::<FamilyRecord>(&family.id.0)?;
    tx.unindex(BY_EXPIRY, &expiry_key(Expiring::Family, family.expires, &family.id.0))?;
    tx.unindex(FAMILIES_BY_CLIENT, &grant_key(&family.tenant, &family.client_id, &family.id))
}

fn put_new_token(tx: &impl Write, token: &RefreshRecord) -> Result<(), StoreError> {
    if tx.record::<RefreshRecord>(&token.token)?.is_some() {
        return Err(EXISTS);
    }
    tx.put(&token.token, token)?;
    tx.index(BY_EXPIRY, &expiry_key(Expiring::Refresh, token.expires, &token.token))?;
    tx.index(TOKENS_BY_FAMILY, &token_key(&token.family, token.generation, &token.token))
}

pub(super) fn remove_token(tx: &impl Write, token: &RefreshRecord) -> Result<(), StoreError> {
    tx.remove::<RefreshRecord>(&token.token)?;
    tx.unindex(BY_EXPIRY, &expiry_key(Expiring::Refresh, token.expires, &token.token))?;
    tx.unindex(TOKENS_BY_FAMILY, &token_key(&token.family, token.generation, &token.token))
}
