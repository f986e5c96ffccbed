//! Grants, with their indexes by client, user and expiry, and the revocations that are remembered.

use crate::decide::{self, PersonalRoom, Room};
use crate::ended::EndedGrant;
use crate::error::StoreError;
use crate::limits::{ENDED_PER_USER, GRANTS_PER_USER, PERSONAL_ENDED_PER_USER, PERSONAL_PER_USER};
use crate::record::{ClientRecord, GrantId, GrantRecord, RevokeReason};
use crate::rows::tokens;
use crate::tables::keys::{
    BY_EXPIRY, Expiring, GRANTS_BY_CLIENT, GRANTS_BY_USER, Mark, REVOKED, client_key, expiry_key, grant_key,
    id_in, key, read_revoked_key, revoked_key, revoked_value, user_digest, user_digest_of, user_key,
};
use crate::tables::{Damaged, Read, Write};
use protocol::personal_token::CLIENT_ID;
use protocol::tenant::Tenant;
use protocol::time::UnixTime;

/// Returns the grant, if it belongs to this tenant and tokens may be issued under it.
pub(crate) fn find_live(
    tx: &impl Read,
    tenant: &Tenant,
    grant: &GrantId,
    now: UnixTime,
) -> Result<Option<GrantRecord>, StoreError> {
    let grant = tx.record::<GrantRecord>(&grant.0)?;
    Ok(grant.filter(|grant| grant.tenant == *tenant && decide::grant_live(grant, now)))
}

/// Stores a new grant.
pub(crate) fn put_new(tx: &impl Write, grant: &GrantRecord) -> Result<(), StoreError> {
    tx.put(&grant.id.0, grant)?;
    tx.index(BY_EXPIRY, &expiry_key(Expiring::Grant, grant.expires, &grant.id.0))?;
    tx.index(GRANTS_BY_USER, &user_key(grant, false))?;
    tx.index(GRANTS_BY_CLIENT, &grant_key(&grant.tenant, &grant.client_id, &grant.id))
}

/// Returns the live grant without a redirect URI of the same tenant, user and client as `new`; the oldest if there are
/// several.
pub(crate) fn find_direct(
    tx: &impl Read,
    new: &GrantRecord,
    now: UnixTime,
) -> Result<Option<GrantRecord>, StoreError> {
    let live = Mark::Live.under(&user_digest(new));
    for entry in tx.keys_under(GRANTS_BY_USER, &live, GRANTS_PER_USER)? {
        let id = id_in::<16>(GRANTS_BY_USER, &entry)?;
        let found = tx.readable::<GrantRecord>(&id, &mut Damaged::new())?;
        if let Some(found) = found.filter(|found| decide::continues(found, new, now)) {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// Returns the live grants of a user at a tenant that have one of these marks. They are in the order of the marks;
/// those with the same mark are sorted by age, the oldest first. Unreadable grants are left out. A user has a limited
/// number of live grants, and the sweep removes the expired ones.
pub(crate) fn live_of_user(
    tx: &impl Read,
    (tenant, subject): (&Tenant, &str),
    marks: &[Mark],
    now: UnixTime,
) -> Result<Vec<GrantRecord>, StoreError> {
    let user = user_digest_of(tenant, subject);
    let mut live = Vec::new();
    for mark in marks {
        for entry in tx.keys_under(GRANTS_BY_USER, &mark.under(&user), usize::MAX)? {
            let id = id_in::<16>(GRANTS_BY_USER, &entry)?;
            let grant = tx.readable::<GrantRecord>(&id, &mut Damaged::new())?;
            live.extend(grant.filter(|grant| decide::grant_of_user(grant, tenant, subject, now)));
        }
    }
    Ok(live)
}

/// Replaces a live grant by one with the same id, user, client and time of creation.
pub(crate) fn replace(tx: &impl Write, old: &GrantRecord, new: &GrantRecord) -> Result<(), StoreError> {
    tx.put(&new.id.0, new)?;
    if old.expires == new.expires {
        return Ok(());
    }
    tx.unindex(BY_EXPIRY, &expiry_key(Expiring::Grant, old.expires, &old.id.0))?;
    tx.index(BY_EXPIRY, &expiry_key(Expiring::Grant, new.expires, &new.id.0))
}

/// Stores a grant whose user may have changed; `before` is its entry in [`GRANTS_BY_USER`] so far.
pub(crate) fn rewrite(tx: &impl Write, grant: &GrantRecord, before: &[u8]) -> Result<(), StoreError> {
    tx.put(&grant.id.0, grant)?;
    let after = user_key(grant, false);
    if after == *before {
        return Ok(());
    }
    tx.unindex(GRANTS_BY_USER, before)?;
    tx.index(GRANTS_BY_USER, &after)
}

/// Makes room for one more grant of a user: if the user has the maximum number of live grants, revokes the oldest one.
/// Makes no room if too many of the user's grants were revoked recently.
pub(crate) fn make_room(tx: &impl Write, new: &GrantRecord, now: UnixTime) -> Result<Room, StoreError> {
    let user = user_digest(new);
    // The entries of personal access tokens are sorted behind those of other grants.
    let theirs = tx.keys_under(GRANTS_BY_USER, &user, GRANTS_PER_USER + ENDED_PER_USER + 1)?;
    if theirs.iter().filter(|entry| Mark::Ended.is_in(entry)).count() >= ENDED_PER_USER {
        return Ok(Room::None);
    }
    let live: Vec<_> = theirs.into_iter().filter(|entry| Mark::Live.is_in(entry)).collect();
    let mut crowded_out = None;
    // The entries are in order of age, the oldest first. The limit is exceeded by one grant at most.
    for entry in live.iter().take((live.len() + 1).saturating_sub(GRANTS_PER_USER)) {
        let id = id_in::<16>(GRANTS_BY_USER, entry)?;
        match tx.readable::<GrantRecord>(&id, &mut Damaged::new())? {
            Some(oldest) => {
                revoke(tx, oldest, RevokeReason::CrowdedOut, now)?;
                crowded_out = Some(GrantId(id));
            }
            // If an entry without a record were kept, it would be counted forever.
            None => tx.unindex(GRANTS_BY_USER, entry)?,
        }
    }
    Ok(Room::Made { crowded_out })
}

/// Decides whether a user may have one more personal access token.
pub(crate) fn room_for_personal(tx: &impl Read, new: &GrantRecord) -> Result<PersonalRoom, StoreError> {
    let user = user_digest(new);
    let has = |mark: Mark, most: usize| {
        tx.keys_under(GRANTS_BY_USER, &mark.under(&user), most).map(|entries| entries.len() >= most)
    };
    if has(Mark::PersonalLive, PERSONAL_PER_USER)? {
        return Ok(PersonalRoom::TooMany);
    }
    let ended = has(Mark::PersonalEnded, PERSONAL_ENDED_PER_USER)?;
    Ok(if ended { PersonalRoom::TooManyEnded } else { PersonalRoom::Free })
}

/// Revokes the grant unless it is revoked already, and remembers the revocation; `true` if this call revoked it. Notes
/// a grant with tokens of a provider among those that the operation ended ([`Write::ended`]).
pub(crate) fn revoke(
    tx: &impl Write,
    mut grant: GrantRecord,
    reason: RevokeReason,
    now: UnixTime,
) -> Result<bool, StoreError> {
    let ended = if grant.revoked.is_none() { EndedGrant::of(&grant, reason) } else { None };
    let first = decide::revoke(&mut grant, reason, now);
    if first {
        tx.ended().borrow_mut().extend(ended);
        tx.put(&grant.id.0, &grant)?;
        tx.unindex(GRANTS_BY_USER, &user_key(&grant, false))?;
        tx.index(GRANTS_BY_USER, &user_key(&grant, true))?;
        let personal = grant.personal.is_some().then_some(grant.created);
        remember(tx, &grant.tenant, &grant.id, (now, decide::revocation_end(&grant, now)), personal)?;
    }
    Ok(first)
}

/// Revokes each of these grants; no grant may occur twice. Returns those that this call revoked.
pub(crate) fn revoke_each(
    tx: &impl Write,
    grants: Vec<GrantRecord>,
    reason: RevokeReason,
    now: UnixTime,
) -> Result<Vec<GrantRecord>, StoreError> {
    let mut revoked = Vec::new();
    for grant in grants {
        if revoke(tx, grant.clone(), reason, now)? {
            revoked.push(grant);
        }
    }
    Ok(revoked)
}

/// Remembers until `end` that the grant was revoked at `now`. `personal` is the `iat` of a personal access token.
fn remember(
    tx: &impl Write,
    tenant: &Tenant,
    grant: &GrantId,
    (now, end): (UnixTime, UnixTime),
    personal: Option<UnixTime>,
) -> Result<(), StoreError> {
    let value = revoked_value(tenant.base.as_str(), personal);
    tx.put_bytes(REVOKED, &revoked_key(end, now, grant), &value)
}

/// Deletes a revocation that is no longer needed. `entry` is its key in [`REVOKED`]. The grant no longer counts among
/// the recently revoked grants of its user.
pub(crate) fn forget(tx: &impl Write, entry: &[u8]) -> Result<(), StoreError> {
    tx.unindex(REVOKED, entry)?;
    let Some((_, _, id)) = read_revoked_key(entry) else { return Ok(()) };
    match tx.readable::<GrantRecord>(&id.0, &mut Damaged::new())? {
        Some(grant) => tx.unindex(GRANTS_BY_USER, &user_key(&grant, true)),
        None => Ok(()),
    }
}

/// Revokes those live grants of a client that `which` selects, and every grant of the client that cannot be read.
/// Returns the number of both.
pub(crate) fn revoke_of(
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
            revoked += usize::from(revoke(tx, grant, reason, now)?);
        }
    }
    // Nobody knows whether `which` would select a damaged grant, so it is deleted. Its revocation is remembered for the
    // longest lifetime that an access token can have, because its own is not known.
    for grant in unreadable {
        tx.remove::<GrantRecord>(&grant.0)?;
        tx.unindex(GRANTS_BY_CLIENT, &grant_key(&client.tenant, &client.client_id, &grant))?;
        let end = decide::revocation_end_unread(&client.client_id, now);
        let personal = (client.client_id == CLIENT_ID).then_some(now);
        remember(tx, &client.tenant, &grant, (now, end), personal)?;
        revoked += 1;
    }
    Ok(revoked)
}

/// Returns the live grants of a client, and the grants of the client that cannot be read. Deletes index entries
/// without a grant.
pub(crate) fn of_client(
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

/// Deletes a grant and all its tokens.
pub(crate) fn remove(tx: &impl Write, grant: &GrantRecord) -> Result<(), StoreError> {
    tokens::remove_of(tx, &grant.id)?;
    tx.remove::<GrantRecord>(&grant.id.0)?;
    tx.unindex(GRANTS_BY_USER, &user_key(grant, grant.revoked.is_some()))?;
    tx.unindex(BY_EXPIRY, &expiry_key(Expiring::Grant, grant.expires, &grant.id.0))?;
    tx.unindex(GRANTS_BY_CLIENT, &grant_key(&grant.tenant, &grant.client_id, &grant.id))
}
