//! Clients and their index by last use.

use super::grants;
use super::keys::{CLIENTS_BY_USE, UNAPPROVED, client_key, use_key};
use super::{Damaged, Read, Write};
use crate::records::{ClientRecord, GrantRecord, RevokeReason};
use crate::{Registered, StoreError, UNAPPROVED_CLIENTS, decide};
use protocol::tenant::Tenant;
use protocol::time::UnixTime;

pub(super) fn find(
    tx: &impl Read,
    tenant: &Tenant,
    client_id: &str,
) -> Result<Option<ClientRecord>, StoreError> {
    tx.record(&client_key(tenant, client_id))
}

pub(super) fn register(
    tx: &impl Write,
    record: &ClientRecord,
    now: UnixTime,
) -> Result<Registered, StoreError> {
    if let Some(existing) = find(tx, &record.tenant, &record.client_id)? {
        let record = change(tx, existing, |client| decide::touch(client, now))?;
        return Ok(Registered { record, created: false });
    }
    add(tx, record)?;
    Ok(Registered { record: record.clone(), created: true })
}

/// Writes a client that is new. If too many that nobody approved are there, the longest unused of them goes.
fn add(tx: &impl Write, record: &ClientRecord) -> Result<(), StoreError> {
    if decide::is_unapproved(record) && tx.count(UNAPPROVED)? >= UNAPPROVED_CLIENTS {
        let oldest = tx.keys(UNAPPROVED, &[], &u64::MAX.to_be_bytes(), 1)?;
        remove_unapproved(tx, &oldest, &mut Damaged::new())?;
    }
    put(tx, record)
}

/// Removes the clients of these entries of the index of those that nobody approved.
pub(super) fn remove_unapproved(
    tx: &impl Write,
    entries: &[Vec<u8>],
    damaged: &mut Damaged,
) -> Result<(), StoreError> {
    for entry in entries {
        let key = entry.get(8..).unwrap_or_default();
        if let Some(client) = tx.readable::<ClientRecord>(key, damaged)? {
            remove(tx, &client)?;
        } else {
            // An entry without its record, or with one that cannot be read, would come up for ever.
            tx.remove::<ClientRecord>(key)?;
            tx.unindex(UNAPPROVED, entry)?;
        }
    }
    Ok(())
}

/// Writes what changed and revokes the grants whose redirect URI is no longer named.
pub(super) fn replace(
    tx: &impl Write,
    record: &ClientRecord,
    still_named: &dyn Fn(&str) -> bool,
    now: UnixTime,
) -> Result<usize, StoreError> {
    let dropped = |grant: &GrantRecord| !still_named(&grant.redirect_uri);
    let revoked = grants::revoke_of(tx, record, RevokeReason::RedirectDropped, now, &dropped)?;
    match find(tx, &record.tenant, &record.client_id)? {
        Some(existing) => {
            let new = decide::replaced(&existing, record.clone());
            if new != existing {
                // Whether it has a short life follows from its source, which may be another now.
                unindex(tx, &existing)?;
                put(tx, &new)?;
            }
        }
        None => add(tx, record)?,
    }
    Ok(revoked)
}

/// Removes a client and revokes its grants.
pub(super) fn end(
    tx: &impl Write,
    tenant: &Tenant,
    client_id: &str,
    now: UnixTime,
) -> Result<bool, StoreError> {
    let Some(client) = find(tx, tenant, client_id)? else { return Ok(false) };
    grants::revoke_of(tx, &client, RevokeReason::ClientRemoved, now, &|_| true)?;
    remove(tx, &client)?;
    Ok(true)
}

/// [`decide::touch`] for a client that may be gone.
pub(super) fn touch(
    tx: &impl Write,
    tenant: &Tenant,
    client_id: &str,
    now: UnixTime,
) -> Result<(), StoreError> {
    if let Some(client) = find(tx, tenant, client_id)? {
        change(tx, client, |client| decide::touch(client, now))?;
    }
    Ok(())
}

/// Applies `change` and writes the client, if it says that there is something to write.
pub(super) fn change(
    tx: &impl Write,
    mut client: ClientRecord,
    change: impl FnOnce(&mut ClientRecord) -> bool,
) -> Result<ClientRecord, StoreError> {
    let before = client.clone();
    if change(&mut client) {
        unindex(tx, &before)?;
        put(tx, &client)?;
    }
    Ok(client)
}

fn put(tx: &impl Write, client: &ClientRecord) -> Result<(), StoreError> {
    tx.put(&client_key(&client.tenant, &client.client_id), client)?;
    let entry = use_key(client.last_used, &client.tenant, &client.client_id);
    tx.index(CLIENTS_BY_USE, &entry)?;
    if decide::is_unapproved(client) { tx.index(UNAPPROVED, &entry) } else { Ok(()) }
}

fn unindex(tx: &impl Write, client: &ClientRecord) -> Result<(), StoreError> {
    let entry = use_key(client.last_used, &client.tenant, &client.client_id);
    tx.unindex(CLIENTS_BY_USE, &entry)?;
    if decide::is_unapproved(client) { tx.unindex(UNAPPROVED, &entry) } else { Ok(()) }
}

pub(super) fn remove(tx: &impl Write, client: &ClientRecord) -> Result<(), StoreError> {
    tx.remove::<ClientRecord>(&client_key(&client.tenant, &client.client_id))?;
    unindex(tx, client)
}
