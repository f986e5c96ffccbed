//! Clients and their index by last use.

use super::grants;
use super::keys::{CLIENTS_BY_USE, client_key, use_key};
use super::{Read, Write};
use crate::store::records::{ClientRecord, FamilyRecord, RevokeReason};
use crate::store::{Registered, StoreError, decide};
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
    put(tx, record)?;
    Ok(Registered { record: record.clone(), created: true })
}

/// Writes what changed and revokes the grants whose redirect URI is no longer named.
pub(super) fn replace(
    tx: &impl Write,
    record: &ClientRecord,
    still_named: &dyn Fn(&str) -> bool,
    now: UnixTime,
) -> Result<usize, StoreError> {
    let dropped = |family: &FamilyRecord| !still_named(&family.redirect_uri);
    let revoked = grants::revoke_of(tx, record, RevokeReason::RedirectDropped, now, &dropped)?;
    match find(tx, &record.tenant, &record.client_id)? {
        Some(existing) => {
            let new = decide::replaced(&existing, record.clone());
            if new != existing {
                tx.put(&client_key(&new.tenant, &new.client_id), &new)?;
            }
        }
        None => put(tx, record)?,
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
    let before = client.last_used;
    if change(&mut client) {
        if client.last_used != before {
            tx.unindex(CLIENTS_BY_USE, &use_key(before, &client.tenant, &client.client_id))?;
        }
        put(tx, &client)?;
    }
    Ok(client)
}

fn put(tx: &impl Write, client: &ClientRecord) -> Result<(), StoreError> {
    tx.put(&client_key(&client.tenant, &client.client_id), client)?;
    tx.index(CLIENTS_BY_USE, &use_key(client.last_used, &client.tenant, &client.client_id))
}

pub(super) fn remove(tx: &impl Write, client: &ClientRecord) -> Result<(), StoreError> {
    tx.remove::<ClientRecord>(&client_key(&client.tenant, &client.client_id))?;
    tx.unindex(CLIENTS_BY_USE, &use_key(client.last_used, &client.tenant, &client.client_id))
}
