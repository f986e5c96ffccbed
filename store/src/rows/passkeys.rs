//! The passkeys of users, with an index by the handles by which authenticators know the users.

use crate::error::StoreError;
use crate::record::{Hash, PasskeysRecord};
use crate::tables::keys::{PASSKEYS_BY_HANDLE, id_in, passkeys_handle_key, passkeys_key};
use crate::tables::{Damaged, Read, Write};

/// Returns the passkeys of the user with this handle; `None` if there is no such user.
pub(crate) fn by_handle(tx: &impl Read, handle: &Hash) -> Result<Option<PasskeysRecord>, StoreError> {
    let Some(entry) = tx.keys_under(PASSKEYS_BY_HANDLE, handle, 1)?.pop() else { return Ok(None) };
    let found = tx.record::<PasskeysRecord>(&id_in::<32>(PASSKEYS_BY_HANDLE, &entry)?)?;
    Ok(found.filter(|found| found.handle == *handle))
}

/// Stores the passkeys of a user. Removes the record if no passkey is left.
pub(crate) fn put(tx: &impl Write, record: &PasskeysRecord) -> Result<(), StoreError> {
    if record.passkeys.is_empty() {
        return remove(tx, &record.user);
    }
    tx.index(PASSKEYS_BY_HANDLE, &passkeys_handle_key(record))?;
    tx.put(&passkeys_key(&record.user), record)
}

/// Removes all passkeys of a user. If the record cannot be read, its entry stays in the index and leads to no record.
pub(crate) fn remove(tx: &impl Write, user: &str) -> Result<(), StoreError> {
    let key = passkeys_key(user);
    if let Some(record) = tx.readable::<PasskeysRecord>(&key, &mut Damaged::new())? {
        tx.unindex(PASSKEYS_BY_HANDLE, &passkeys_handle_key(&record))?;
    }
    tx.remove::<PasskeysRecord>(&key)
}
