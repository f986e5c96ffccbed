//! Sessions, with their indexes by user and by expiry.

use crate::decide::EXISTS;
use crate::error::StoreError;
use crate::limits::{SESSIONS_PER_PART, SESSIONS_PER_USER};
use crate::outcome::NewSession;
use crate::record::{Hash, SessionRecord, Stored as _};
use crate::tables::keys::{
    BY_EXPIRY, Expiring, SESSION_PART, SESSIONS_BY_USER, expiry_key, id_in, session_began, session_key,
    session_user_key,
};
use crate::tables::{Damaged, Read, Write};
use protocol::tenant::Tenant;
use protocol::time::UnixTime;

/// Returns the session, if it belongs to this tenant. A damaged session counts as absent: its user signs in again.
pub(crate) fn find(
    tx: &impl Read,
    tenant: &Tenant,
    session: &Hash,
) -> Result<Option<SessionRecord>, StoreError> {
    let found = tx.readable::<SessionRecord>(session, &mut Damaged::new())?;
    Ok(found.filter(|session| session.tenant == *tenant))
}

/// Whether this tenant has such a session, and it has not expired.
pub(crate) fn is_live(
    tx: &impl Read,
    tenant: &Tenant,
    session: &Hash,
    now: UnixTime,
) -> Result<bool, StoreError> {
    Ok(find(tx, tenant, session)?.is_some_and(|session| now < session.expires))
}

/// Deletes the oldest sessions if there are too many, and stores a new one. Its id must be new, or that of a session
/// of the same tenant, which is replaced.
pub(crate) fn begin(tx: &impl Write, new: &NewSession) -> Result<(), StoreError> {
    let session = &new.record;
    for old in new.replaces.iter().chain([&session.id]) {
        if let Some(old) = find(tx, &session.tenant, old)? {
            remove(tx, &old)?;
        }
    }
    if tx.bytes(SessionRecord::TABLE, &session.id)?.is_some() {
        return Err(EXISTS);
    }
    let user = session_user_key(&session.tenant, &session.identity.sub);
    drop_oldest(tx, &user, SESSIONS_PER_USER)?;
    drop_oldest(tx, user.get(..SESSION_PART).unwrap_or_default(), SESSIONS_PER_PART)?;
    put(tx, session)
}

/// Deletes the oldest sessions whose index keys begin with `prefix`, so that there is room for one more.
fn drop_oldest(tx: &impl Write, prefix: &[u8], most: usize) -> Result<(), StoreError> {
    let mut entries = tx.keys_under(SESSIONS_BY_USER, prefix, most + 1)?;
    entries.sort_by(|one, other| session_began(one).cmp(session_began(other)));
    for entry in entries.iter().take((entries.len() + 1).saturating_sub(most)) {
        remove_at(tx, entry)?;
    }
    Ok(())
}

fn put(tx: &impl Write, session: &SessionRecord) -> Result<(), StoreError> {
    tx.put(&session.id, session)?;
    tx.index(BY_EXPIRY, &expiry_key(Expiring::Session, session.expires, &session.id))?;
    tx.index(SESSIONS_BY_USER, &session_key(session))
}

/// Replaces `old` by `new`.
pub(crate) fn replace(tx: &impl Write, old: &SessionRecord, new: &SessionRecord) -> Result<(), StoreError> {
    remove(tx, old)?;
    put(tx, new)
}

pub(crate) fn remove(tx: &impl Write, session: &SessionRecord) -> Result<(), StoreError> {
    tx.remove::<SessionRecord>(&session.id)?;
    tx.unindex(BY_EXPIRY, &expiry_key(Expiring::Session, session.expires, &session.id))?;
    tx.unindex(SESSIONS_BY_USER, &session_key(session))
}

/// Deletes the sessions of a user except the session `but`; returns their number.
pub(crate) fn remove_of(
    tx: &impl Write,
    tenant: &Tenant,
    subject: &str,
    but: Option<&Hash>,
) -> Result<usize, StoreError> {
    let mut removed = 0;
    for entry in tx.keys_under(SESSIONS_BY_USER, &session_user_key(tenant, subject), usize::MAX)? {
        if but != Some(&id_in::<32>(SESSIONS_BY_USER, &entry)?) {
            remove_at(tx, &entry)?;
            removed += 1;
        }
    }
    Ok(removed)
}

/// Returns the sessions of a user that can be read.
pub(crate) fn of_user(
    tx: &impl Read,
    tenant: &Tenant,
    subject: &str,
) -> Result<Vec<SessionRecord>, StoreError> {
    let mut found = Vec::new();
    for entry in tx.keys_under(SESSIONS_BY_USER, &session_user_key(tenant, subject), usize::MAX)? {
        let id = id_in::<32>(SESSIONS_BY_USER, &entry)?;
        found.extend(tx.readable::<SessionRecord>(&id, &mut Damaged::new())?);
    }
    Ok(found)
}

/// Deletes the session of an entry of [`SESSIONS_BY_USER`], even if its record cannot be read.
fn remove_at(tx: &impl Write, entry: &[u8]) -> Result<(), StoreError> {
    let id = id_in::<32>(SESSIONS_BY_USER, entry)?;
    if let Some(session) = tx.readable::<SessionRecord>(&id, &mut Damaged::new())? {
        remove(tx, &session)?;
    }
    // The sweep deletes the entry of a damaged record in the expiry index when it expires.
    tx.remove::<SessionRecord>(&id)?;
    tx.unindex(SESSIONS_BY_USER, entry)
}
