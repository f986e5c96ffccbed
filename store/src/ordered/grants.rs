//! Codes, grants and refresh tokens.

use super::clients;
use super::keys::{
    BY_EXPIRY, ENDED, Expiring, GRANTS_BY_CLIENT, GRANTS_BY_USER, REVOKED, TOKENS_BY_GRANT, client_key,
    expiry_key, grant_key, id_in, key, read_revoked_key, revoked_from, revoked_key, token_key, user_digest,
    user_key,
};
use super::{Damaged, Read, Write};
use crate::decide::{self, CodeUse, EXISTS};
use crate::records::{
    ClientRecord, CodeRecord, GrantId, GrantRecord, Hash, RefreshRecord, RefreshState, RevokeReason, Spent,
};
use crate::{
    ENDED_PER_USER, GRANTS_PER_USER, GrantUpdate, LONGEST_TOKEN_SECS, NewGrant, ROTATED_KEPT, Redeem,
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
    new: &NewGrant,
    now: UnixTime,
) -> Result<Redeem, StoreError> {
    decide::check_grant(new, tenant)?;
    let grant = &new.grant;
    let record = tx.record::<CodeRecord>(code)?.filter(|code| code.client_id == grant.client_id);
    let Some(record) = record else { return Ok(Redeem::Unknown) };
    match decide::code_use(&record, tenant, now) {
        CodeUse::Gone => return Ok(Redeem::Unknown),
        CodeUse::Spent(grant) => {
            if let Some(spent_for) = tx.record::<GrantRecord>(&grant.0)? {
                end(tx, spent_for, RevokeReason::CodeReused, now)?;
            }
            return Ok(Redeem::AlreadySpent { grant });
        }
        CodeUse::Live => {}
    }
    if tx.record::<GrantRecord>(&grant.id.0)?.is_some() {
        return Err(EXISTS);
    }
    let answer = make_room(tx, grant, now)?;
    if answer == Redeem::TooMany {
        return Ok(answer);
    }
    remove_code(tx, &record)?;
    put_code(tx, &CodeRecord { spent: Some(Spent { grant: grant.id, at: now }), ..record })?;
    put_new_grant(tx, grant)?;
    if let Some(token) = &new.refresh {
        put_new_token(tx, &decide::refresh_record(grant, token, 0, now))?;
    }
    clients::touch(tx, tenant, &grant.client_id, now)?;
    Ok(answer)
}

/// Sees that the user of a new grant has room for it; the answer if it is made.
fn make_room(tx: &impl Write, new: &GrantRecord, now: UnixTime) -> Result<Redeem, StoreError> {
    let user = user_digest(new);
    let theirs = tx.keys_under(GRANTS_BY_USER, &user, GRANTS_PER_USER + ENDED_PER_USER + 1)?;
    let (ended, live): (Vec<_>, Vec<_>) =
        theirs.into_iter().partition(|entry| entry.get(user.len()) == Some(&ENDED));
    if ended.len() >= ENDED_PER_USER {
        return Ok(Redeem::TooMany);
    }
    let mut crowded_out = None;
    // Oldest first. One at a time: more there never are.
    for entry in live.iter().take((live.len() + 1).saturating_sub(GRANTS_PER_USER)) {
        let id = id_in::<16>(GRANTS_BY_USER, entry)?;
        match tx.readable::<GrantRecord>(&id, &mut Damaged::new())? {
            Some(oldest) => {
                end(tx, oldest, RevokeReason::CrowdedOut, now)?;
                crowded_out = Some(GrantId(id));
            }
            // An entry without its record would count for ever.
            None => tx.unindex(GRANTS_BY_USER, entry)?,
        }
    }
    Ok(Redeem::Done { crowded_out })
}

pub(super) fn find_refresh(
    tx: &impl Read,
    tenant: &Tenant,
    token: &Hash,
    now: UnixTime,
) -> Result<Option<(RefreshRecord, GrantRecord)>, StoreError> {
    let Some(token) = tx.record::<RefreshRecord>(token)? else { return Ok(None) };
    let grant = tx.record::<GrantRecord>(&token.grant.0)?;
    let grant = grant.filter(|grant| decide::refresh_visible(&token, grant, tenant, now));
    Ok(grant.map(|grant| (token, grant)))
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
    let grant = tx.record::<GrantRecord>(&token.grant.0)?;
    let grant = grant.filter(|grant| token.tenant == *tenant && grant.tenant == *tenant);
    let Some(mut grant) = grant else { return Ok(Rotation::Gone) };
    let before = user_key(&grant, false);
    let decision = decide::rotation(&token, &grant, client_id, rotate.grace_secs, now, |successor| {
        let successor = tx.record::<RefreshRecord>(successor)?;
        Ok(successor.is_some_and(|token| decide::is_unused(&token, now)))
    })?;
    let (answer, grant_changed) = match decision {
        Decision::WrongClient => (Rotation::WrongClient, false),
        Decision::Gone => (Rotation::Gone, false),
        Decision::Reuse => {
            let id = grant.id;
            end(tx, grant, RevokeReason::RefreshReused, now)?;
            return Ok(Rotation::ReuseDetected { grant: id });
        }
        Decision::Repeat => (decide::repeat(&token), decide::refreshed(&mut grant, rotate)),
        Decision::Rotate => {
            let generation = token.generation + 1;
            let successor = decide::refresh_record(&grant, &rotate.successor, generation, now);
            put_new_token(tx, &successor)?;
            let state = RefreshState::Rotated {
                successor: successor.token,
                sealed_successor: rotate.sealed_successor.clone(),
                at: now,
            };
            tx.put(presented, &RefreshRecord { state, ..token })?;
            forget_old(tx, &grant.id, generation)?;
            clients::touch(tx, tenant, client_id, now)?;
            (Rotation::Rotated, decide::refreshed(&mut grant, rotate))
        }
    };
    if grant_changed {
        tx.put(&grant.id.0, &grant)?;
        let after = user_key(&grant, false);
        if after != before {
            tx.unindex(GRANTS_BY_USER, &before)?;
            tx.index(GRANTS_BY_USER, &after)?;
        }
    }
    Ok(answer)
}

pub(super) fn begin_upstream(
    tx: &impl Write,
    tenant: &Tenant,
    grant: &GrantId,
    secs: u64,
    now: UnixTime,
) -> Result<UpstreamTurn, StoreError> {
    let Some(mut grant) = find_grant(tx, tenant, grant, now)? else { return Ok(UpstreamTurn::Gone) };
    let turn = decide::begin_upstream(&mut grant, secs, now);
    if turn == UpstreamTurn::Taken {
        tx.put(&grant.id.0, &grant)?;
    }
    Ok(turn)
}

pub(super) fn end_upstream(
    tx: &impl Write,
    tenant: &Tenant,
    grant: &GrantId,
    update: &GrantUpdate,
    now: UnixTime,
) -> Result<bool, StoreError> {
    let Some(mut grant) = find_grant(tx, tenant, grant, now)? else { return Ok(false) };
    grant.asking = None;
    decide::update(&mut grant, update);
    tx.put(&grant.id.0, &grant)?;
    Ok(true)
}

pub(super) fn revoke(
    tx: &impl Write,
    tenant: &Tenant,
    grant: &GrantId,
    reason: RevokeReason,
    now: UnixTime,
) -> Result<bool, StoreError> {
    let grant = tx.record::<GrantRecord>(&grant.0)?;
    let grant = grant.filter(|grant| grant.tenant == *tenant && decide::grant_live(grant, now));
    grant.map_or(Ok(false), |grant| end(tx, grant, reason, now))
}

/// Removes the rotated tokens that lie too far behind `generation`.
fn forget_old(tx: &impl Write, grant: &GrantId, generation: u64) -> Result<(), StoreError> {
    let Some(oldest_kept) = generation.checked_sub(ROTATED_KEPT) else { return Ok(()) };
    let from = key(&[&grant.0, &0_u64.to_be_bytes()]);
    let to = key(&[&grant.0, &oldest_kept.to_be_bytes()]);
    for entry in tx.keys(TOKENS_BY_GRANT, &from, &to, usize::MAX)? {
        remove_token_at(tx, &entry)?;
    }
    Ok(())
}

/// Removes the token of an entry of [`TOKENS_BY_GRANT`], be it readable or not.
fn remove_token_at(tx: &impl Write, entry: &[u8]) -> Result<(), StoreError> {
    let id = id_in::<32>(TOKENS_BY_GRANT, entry)?;
    if let Some(token) = tx.readable::<RefreshRecord>(&id, &mut Damaged::new())? {
        return remove_token(tx, &token);
    }
    // Its entry by expiry goes in its time.
    tx.remove::<RefreshRecord>(&id)?;
    tx.unindex(TOKENS_BY_GRANT, entry)
}

/// Revokes the grant unless that happened before, and remembers it; `true` if this call did.
fn end(
    tx: &impl Write,
    mut grant: GrantRecord,
    reason: RevokeReason,
    now: UnixTime,
) -> Result<bool, StoreError> {
    let first = decide::revoke(&mut grant, reason, now);
    if first {
        tx.put(&grant.id.0, &grant)?;
        tx.unindex(GRANTS_BY_USER, &user_key(&grant, false))?;
        tx.index(GRANTS_BY_USER, &user_key(&grant, true))?;
        remember(tx, &grant.tenant, &grant.id, grant.token_secs, now)?;
    }
    Ok(first)
}

/// Remembers a revocation as long as access tokens of this life may be accepted.
fn remember(
    tx: &impl Write,
    tenant: &Tenant,
    grant: &GrantId,
    token_secs: u64,
    now: UnixTime,
) -> Result<(), StoreError> {
    let end = decide::revocation_end(token_secs, now);
    tx.put_bytes(REVOKED, &revoked_key(end, now, grant), tenant.base.as_str().as_bytes())
}

/// Forgets a revocation whose time has come: an entry of [`REVOKED`].
pub(super) fn forget(tx: &impl Write, entry: &[u8]) -> Result<(), StoreError> {
    tx.unindex(REVOKED, entry)?;
    let Some((_, _, id)) = read_revoked_key(entry) else { return Ok(()) };
    match tx.readable::<GrantRecord>(&id.0, &mut Damaged::new())? {
        Some(grant) => tx.unindex(GRANTS_BY_USER, &user_key(&grant, true)),
        None => Ok(()),
    }
}

/// Revokes what `which` says of a client's live grants; how many.
pub(super) fn revoke_of(
    tx: &impl Write,
    client: &ClientRecord,
    reason: RevokeReason,
    now: UnixTime,
    which: &dyn Fn(&GrantRecord) -> bool,
) -> Result<usize, StoreError> {
    let mut revoked = 0;
    let (live, unreadable) = of_client(tx, client, now)?;
    for grant in live {
        if which(&grant) {
            revoked += usize::from(end(tx, grant, reason, now)?);
        }
    }
    // Nobody can tell whether one that cannot be read should stay, so it ends. Its tokens may live as long as any.
    for grant in unreadable {
        tx.remove::<GrantRecord>(&grant.0)?;
        tx.unindex(GRANTS_BY_CLIENT, &grant_key(&client.tenant, &client.client_id, &grant))?;
        remember(tx, &client.tenant, &grant, LONGEST_TOKEN_SECS, now)?;
        revoked += 1;
    }
    Ok(revoked)
}

/// The live grants of a client, and those that cannot be read.
pub(super) fn of_client(
    tx: &impl Write,
    client: &ClientRecord,
    now: UnixTime,
) -> Result<(Vec<GrantRecord>, Vec<GrantId>), StoreError> {
    let prefix = key(&[&client_key(&client.tenant, &client.client_id), &[0]]);
    let (mut live, mut unreadable) = (Vec::new(), Vec::new());
    for entry in tx.keys_under(GRANTS_BY_CLIENT, &prefix, usize::MAX)? {
        let id = id_in::<16>(GRANTS_BY_CLIENT, &entry)?;
        match tx.record::<GrantRecord>(&id) {
            Ok(Some(grant)) => {
                if grant.tenant == client.tenant
                    && grant.client_id == client.client_id
                    && decide::grant_live(&grant, now)
                {
                    live.push(grant);
                }
            }
            Ok(None) => tx.unindex(GRANTS_BY_CLIENT, &entry)?,
            Err(StoreError::Damaged { .. }) => unreadable.push(GrantId(id)),
            Err(error) => return Err(error),
        }
    }
    Ok((live, unreadable))
}

pub(super) fn find_grant(
    tx: &impl Read,
    tenant: &Tenant,
    grant: &GrantId,
    now: UnixTime,
) -> Result<Option<GrantRecord>, StoreError> {
    let grant = tx.record::<GrantRecord>(&grant.0)?;
    Ok(grant.filter(|grant| grant.tenant == *tenant && decide::grant_live(grant, now)))
}

pub(super) fn revocations(tx: &impl Read, now: UnixTime) -> Result<Vec<Revocation>, StoreError> {
    let entries = tx.entries(REVOKED, &revoked_from(now), usize::MAX)?;
    let read = |(entry, issuer): (Vec<u8>, Vec<u8>)| {
        let (end, at, grant) = read_revoked_key(&entry)?;
        Some(Revocation { end, at, grant, issuer: String::from_utf8(issuer).ok()? })
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

fn put_new_grant(tx: &impl Write, grant: &GrantRecord) -> Result<(), StoreError> {
    tx.put(&grant.id.0, grant)?;
    tx.index(BY_EXPIRY, &expiry_key(Expiring::Grant, grant.expires, &grant.id.0))?;
    tx.index(GRANTS_BY_USER, &user_key(grant, false))?;
    tx.index(GRANTS_BY_CLIENT, &grant_key(&grant.tenant, &grant.client_id, &grant.id))
}

/// Removes a grant with all its tokens.
pub(super) fn remove_grant(tx: &impl Write, grant: &GrantRecord) -> Result<(), StoreError> {
    for entry in tx.keys_under(TOKENS_BY_GRANT, &grant.id.0, usize::MAX)? {
        remove_token_at(tx, &entry)?;
    }
    tx.remove::<GrantRecord>(&grant.id.0)?;
    tx.unindex(GRANTS_BY_USER, &user_key(grant, grant.revoked.is_some()))?;
    tx.unindex(BY_EXPIRY, &expiry_key(Expiring::Grant, grant.expires, &grant.id.0))?;
    tx.unindex(GRANTS_BY_CLIENT, &grant_key(&grant.tenant, &grant.client_id, &grant.id))
}

fn put_new_token(tx: &impl Write, token: &RefreshRecord) -> Result<(), StoreError> {
    if tx.record::<RefreshRecord>(&token.token)?.is_some() {
        return Err(EXISTS);
    }
    tx.put(&token.token, token)?;
    tx.index(BY_EXPIRY, &expiry_key(Expiring::Refresh, token.expires, &token.token))?;
    tx.index(TOKENS_BY_GRANT, &token_key(&token.grant, token.generation, &token.token))
}

pub(super) fn remove_token(tx: &impl Write, token: &RefreshRecord) -> Result<(), StoreError> {
    tx.remove::<RefreshRecord>(&token.token)?;
    tx.unindex(BY_EXPIRY, &expiry_key(Expiring::Refresh, token.expires, &token.token))?;
    tx.unindex(TOKENS_BY_GRANT, &token_key(&token.grant, token.generation, &token.token))
}
