//! Codes, grants and refresh tokens.

use super::clients;
use super::keys::{
    BY_EXPIRY, ENDED, Expiring, FAMILIES_BY_CLIENT, FAMILIES_BY_USER, REVOKED, TOKENS_BY_FAMILY, client_key,
    expiry_key, grant_key, id_in, key, read_revoked_key, revoked_from, revoked_key, token_key, user_digest,
    user_key,
};
use super::{Damaged, Read, Write};
use crate::decide::{self, CodeUse, EXISTS};
use crate::records::{
    ClientRecord, CodeRecord, FamilyId, FamilyRecord, Hash, RefreshRecord, RefreshState, RevokeReason, Spent,
};
use crate::{
    ENDED_PER_USER, FamilyUpdate, GRANTS_PER_USER, LONGEST_TOKEN_SECS, NewGrant, ROTATED_KEPT, Redeem,
    Revocation, Rotate, Rotation, StoreError, UpstreamTurn,
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
    let answer = make_room(tx, family, now)?;
    if answer == Redeem::TooMany {
        return Ok(answer);
    }
    remove_code(tx, &record)?;
    put_code(tx, &CodeRecord { spent: Some(Spent { family: family.id, at: now }), ..record })?;
    put_new_family(tx, family)?;
    if let Some(token) = &grant.refresh {
        put_new_token(tx, &decide::refresh_record(family, token, 0, now))?;
    }
    clients::touch(tx, tenant, &family.client_id, now)?;
    Ok(answer)
}

/// Sees that the user of a new grant has room for it; the answer if it is made.
fn make_room(tx: &impl Write, new: &FamilyRecord, now: UnixTime) -> Result<Redeem, StoreError> {
    let user = user_digest(new);
    let theirs = tx.keys_under(FAMILIES_BY_USER, &user, GRANTS_PER_USER + ENDED_PER_USER + 1)?;
    let (ended, live): (Vec<_>, Vec<_>) =
        theirs.into_iter().partition(|entry| entry.get(user.len()) == Some(&ENDED));
    if ended.len() >= ENDED_PER_USER {
        return Ok(Redeem::TooMany);
    }
    let mut crowded_out = None;
    // Oldest first. One at a time: more there never are.
    for entry in live.iter().take((live.len() + 1).saturating_sub(GRANTS_PER_USER)) {
        let id = id_in::<16>(FAMILIES_BY_USER, entry)?;
        match tx.readable::<FamilyRecord>(&id, &mut Damaged::new())? {
            Some(oldest) => {
                end(tx, oldest, RevokeReason::CrowdedOut, now)?;
                crowded_out = Some(FamilyId(id));
            }
            // An entry without its record would count for ever.
            None => tx.unindex(FAMILIES_BY_USER, entry)?,
        }
    }
    Ok(Redeem::Done { crowded_out })
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
    let before = user_key(&family, false);
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
        Decision::Repeat => (decide::repeat(&token), decide::refreshed(&mut family, rotate)),
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
            (Rotation::Rotated, decide::refreshed(&mut family, rotate))
        }
    };
    if family_changed {
        tx.put(&family.id.0, &family)?;
        let after = user_key(&family, false);
        if after != before {
            tx.unindex(FAMILIES_BY_USER, &before)?;
            tx.index(FAMILIES_BY_USER, &after)?;
        }
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
        remove_token_at(tx, &entry)?;
    }
    Ok(())
}

/// Removes the token of an entry of [`TOKENS_BY_FAMILY`], be it readable or not.
fn remove_token_at(tx: &impl Write, entry: &[u8]) -> Result<(), StoreError> {
    let id = id_in::<32>(TOKENS_BY_FAMILY, entry)?;
    if let Some(token) = tx.readable::<RefreshRecord>(&id, &mut Damaged::new())? {
        return remove_token(tx, &token);
    }
    // Its entry by expiry goes in its time.
    tx.remove::<RefreshRecord>(&id)?;
    tx.unindex(TOKENS_BY_FAMILY, entry)
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
        tx.unindex(FAMILIES_BY_USER, &user_key(&family, false))?;
        tx.index(FAMILIES_BY_USER, &user_key(&family, true))?;
        remember(tx, &family.tenant, &family.id, family.token_secs, now)?;
    }
    Ok(first)
}

/// Remembers a revocation as long as access tokens of this life may be accepted.
fn remember(
    tx: &impl Write,
    tenant: &Tenant,
    family: &FamilyId,
    token_secs: u64,
    now: UnixTime,
) -> Result<(), StoreError> {
    let end = decide::revocation_end(token_secs, now);
    tx.put_bytes(REVOKED, &revoked_key(end, now, family), tenant.base.as_str().as_bytes())
}

/// Forgets a revocation whose time has come: an entry of [`REVOKED`].
pub(super) fn forget(tx: &impl Write, entry: &[u8]) -> Result<(), StoreError> {
    tx.unindex(REVOKED, entry)?;
    let Some((_, _, id)) = read_revoked_key(entry) else { return Ok(()) };
    match tx.readable::<FamilyRecord>(&id.0, &mut Damaged::new())? {
        Some(family) => tx.unindex(FAMILIES_BY_USER, &user_key(&family, true)),
        None => Ok(()),
    }
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
    let (live, unreadable) = of_client(tx, client, now)?;
    for family in live {
        if which(&family) {
            revoked += usize::from(end(tx, family, reason, now)?);
        }
    }
    // Nobody can tell whether one that cannot be read should stay, so it ends. Its tokens may live as long as any.
    for family in unreadable {
        tx.remove::<FamilyRecord>(&family.0)?;
        tx.unindex(FAMILIES_BY_CLIENT, &grant_key(&client.tenant, &client.client_id, &family))?;
        remember(tx, &client.tenant, &family, LONGEST_TOKEN_SECS, now)?;
        revoked += 1;
    }
    Ok(revoked)
}

/// The live grants of a client, and those that cannot be read.
pub(super) fn of_client(
    tx: &impl Write,
    client: &ClientRecord,
    now: UnixTime,
) -> Result<(Vec<FamilyRecord>, Vec<FamilyId>), StoreError> {
    let prefix = key(&[&client_key(&client.tenant, &client.client_id), &[0]]);
    let (mut live, mut unreadable) = (Vec::new(), Vec::new());
    for entry in tx.keys_under(FAMILIES_BY_CLIENT, &prefix, usize::MAX)? {
        let id = id_in::<16>(FAMILIES_BY_CLIENT, &entry)?;
        match tx.record::<FamilyRecord>(&id) {
            Ok(Some(family)) => {
                if family.tenant == client.tenant
                    && family.client_id == client.client_id
                    && decide::family_live(&family, now)
                {
                    live.push(family);
                }
            }
            Ok(None) => tx.unindex(FAMILIES_BY_CLIENT, &entry)?,
            Err(StoreError::Damaged { .. }) => unreadable.push(FamilyId(id)),
            Err(error) => return Err(error),
        }
    }
    Ok((live, unreadable))
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

pub(super) fn revocations(tx: &impl Read, now: UnixTime) -> Result<Vec<Revocation>, StoreError> {
    let entries = tx.entries(REVOKED, &revoked_from(now), usize::MAX)?;
    let read = |(entry, issuer): (Vec<u8>, Vec<u8>)| {
        let (end, at, family) = read_revoked_key(&entry)?;
        Some(Revocation { end, at, family, issuer: String::from_utf8(issuer).ok()? })
    };
    // One that cannot be read has nothing to tell; it goes in its time.
    Ok(entries.into_iter().filter_map(read).collect())
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
    tx.index(FAMILIES_BY_USER, &user_key(family, false))?;
    tx.index(FAMILIES_BY_CLIENT, &grant_key(&family.tenant, &family.client_id, &family.id))
}

/// Removes a grant with all its tokens.
pub(super) fn remove_family(tx: &impl Write, family: &FamilyRecord) -> Result<(), StoreError> {
    for entry in tx.keys_under(TOKENS_BY_FAMILY, &family.id.0, usize::MAX)? {
        remove_token_at(tx, &entry)?;
    }
    tx.remove::<FamilyRecord>(&family.id.0)?;
    tx.unindex(FAMILIES_BY_USER, &user_key(family, family.revoked.is_some()))?;
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
