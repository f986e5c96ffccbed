//! Clients, with their indexes by last use.

use crate::decide;
use crate::error::StoreError;
use crate::limits::{UNAPPROVED_BATCH, UNAPPROVED_CLIENTS};
use crate::record::ClientRecord;
use crate::tables::keys::{CLIENTS_BY_USE, UNAPPROVED, client_key, use_key};
use crate::tables::{Damaged, Read, Write};
use protocol::tenant::Tenant;
use protocol::time::UnixTime;

pub(crate) fn find(
    tx: &impl Read,
    tenant: &Tenant,
    client_id: &str,
) -> Result<Option<ClientRecord>, StoreError> {
    tx.record(&client_key(tenant, client_id))
}

/// Stores a new client. If there are too many unapproved clients, deletes those that have been unused longest.
pub(crate) fn add(tx: &impl Write, record: &ClientRecord) -> Result<(), StoreError> {
    if decide::is_unapproved(record) && tx.must_trim(UNAPPROVED, UNAPPROVED_CLIENTS, UNAPPROVED_BATCH)? {
        for entry in tx.keys(UNAPPROVED, &[], &u64::MAX.to_be_bytes(), UNAPPROVED_BATCH)? {
            // The records of these clients are not read: that would be a round trip to PostgreSQL for each.
            tx.remove::<ClientRecord>(entry.get(8..).unwrap_or_default())?;
            tx.unindex(CLIENTS_BY_USE, &entry)?;
            tx.unindex(UNAPPROVED, &entry)?;
        }
    }
    put(tx, record)
}

/// Deletes the clients that these entries of [`UNAPPROVED`] refer to.
pub(crate) fn remove_unapproved(
    tx: &impl Write,
    entries: &[Vec<u8>],
    damaged: &mut Damaged,
) -> Result<(), StoreError> {
    for entry in entries {
        let key = entry.get(8..).unwrap_or_default();
        if let Some(client) = tx.readable::<ClientRecord>(key, damaged)? {
            remove(tx, &client)?;
        } else {
            // If an entry whose record is missing or damaged were kept, every sweep would find it again.
            tx.remove::<ClientRecord>(key)?;
            tx.unindex(UNAPPROVED, entry)?;
        }
    }
    Ok(())
}

/// Replaces `old` by `new`, with the index entries: `new` may have another source, on which it depends whether a client
/// counts as unapproved.
pub(crate) fn replace(tx: &impl Write, old: &ClientRecord, new: &ClientRecord) -> Result<(), StoreError> {
    unindex(tx, old)?;
    put(tx, new)
}

/// Marks the client as used ([`decide::touch`]), if it exists.
pub(crate) fn touch(
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

/// Applies `change`, and stores the client if `change` returns `true`.
pub(crate) fn change(
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

pub(crate) fn remove(tx: &impl Write, client: &ClientRecord) -> Result<(), StoreError> {
    tx.remove::<ClientRecord>(&client_key(&client.tenant, &client.client_id))?;
    unindex(tx, client)
}
