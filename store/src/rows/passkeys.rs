//! Passkeys, with their index by what authenticators know their users by.

use crate::error::StoreError;
use crate::record::{Hash, PasskeysRecord};
use crate::tables::keys::{PASSKEYS_BY_HANDLE, id_in, passkeys_handle_key, passkeys_key};
use crate::tables::{Damaged, Read, Write};

/// The passkeys of the user with this handle.
pub(crate) fn by_handle(tx: &impl Read, handle: &Hash) -> Result<Option<PasskeysRecord>, StoreError> {
    let Some(entry) = tx.keys_under(PASSKEYS_BY_HANDLE, handle, 1)?.pop() else { return Ok(None) };
    let found = tx.record::<PasskeysRecord>(&id_in::<32>(PASSKEYS_BY_HANDLE, &entry)?)?;
    Ok(found.filter(|found| found.handle == *handle))
}

/// Stores the passkeys of a user; a user without any has no record.
pub(crate) fn put(tx: &impl Write, record: &PasskeysRecord) -> Result<(), StoreError> {
    if record.passkeys.is_empty() {
        return remove(tx, &record.user);
    }
    tx.index(PASSKEYS_BY_HANDLE, &passkeys_handle_key(record))?;
    tx.put(&passkeys_key(&record.user), record)
}

/// Removes all passkeys of a user. The entry of a record that cannot be read stays in the index, and leads nowhere.
pub(crate) fn remove(tx: &impl Write, user: &str) -> Result<(), StoreError> {
    let key = passkeys_key(user);
    if let Some(record) = tx.readable::<PasskeysRecord>(&key, &mut Damaged::new())? {
        tx.unindex(PASSKEYS_BY_HANDLE, &passkeys_handle_key(&record))?;
    }
    tx.remove::<PasskeysRecord>(&key)
}
