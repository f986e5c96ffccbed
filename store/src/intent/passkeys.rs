//! The passkeys of local users. They belong to the user at every tenant, so callers compare the host of a passkey.

use super::{ReadIntent, WriteIntent};
use crate::decide;
use crate::error::StoreError;
use crate::outcome::{PasskeyAdded, PasskeyUse};
use crate::record::{Hash, Passkey, PasskeysRecord, Stored as _};
use crate::rows::passkeys;
use crate::tables::keys::passkeys_key;
use crate::tables::{Read, Write};
use protocol::server::passkey::Presented;
use protocol::time::UnixTime;

/// Returns the passkeys of a user; `None` if the user has none.
#[derive(Clone, Debug)]
pub struct FindPasskeys {
    /// The user's name.
    pub user: String,
}

impl ReadIntent for FindPasskeys {
    type Output = Option<PasskeysRecord>;

    fn run(&self, tx: &impl Read) -> Result<Option<PasskeysRecord>, StoreError> {
        tx.record(&passkeys_key(&self.user))
    }
}

/// Returns the passkeys of the user whom authenticators know by this handle; `None` if no user has it.
#[derive(Clone, Debug)]
pub struct FindPasskeysByHandle {
    /// The user's handle ([`PasskeysRecord::handle`]).
    pub handle: Hash,
}

impl ReadIntent for FindPasskeysByHandle {
    type Output = Option<PasskeysRecord>;

    fn run(&self, tx: &impl Read) -> Result<Option<PasskeysRecord>, StoreError> {
        passkeys::by_handle(tx, &self.handle)
    }
}

/// Adds a passkey if the user has no passkey with the same credential id and fewer than
/// [`PASSKEYS_PER_USER`](crate::limits::PASSKEYS_PER_USER), and has this handle or no passkey yet.
#[derive(Clone, Debug)]
pub struct AddPasskey {
    /// The user's name.
    pub user: String,
    /// The handle by which the authenticator knows the user.
    pub handle: Hash,
    /// The new passkey.
    pub passkey: Passkey,
}

impl WriteIntent for AddPasskey {
    type Output = PasskeyAdded;

    fn run(&self, tx: &impl Write) -> Result<PasskeyAdded, StoreError> {
        let found = tx.record(&passkeys_key(&self.user))?;
        let (added, next) = decide::add_passkey(found, (&self.user, &self.handle), &self.passkey);
        if let Some(next) = next {
            passkeys::put(tx, &next)?;
        }
        Ok(added)
    }
}

/// Uses a passkey. [`protocol::server::passkey`] decides inside the transaction, so a signature is accepted only once:
/// of parallel calls with the same signature, only one succeeds.
#[derive(Clone, Debug)]
pub struct UsePasskey {
    /// The user's name.
    pub user: String,
    /// The credential id.
    pub id: Vec<u8>,
    /// The signature that the authenticator has made.
    pub presented: Presented,
    /// The time.
    pub now: UnixTime,
}

impl WriteIntent for UsePasskey {
    type Output = PasskeyUse;

    fn run(&self, tx: &impl Write) -> Result<PasskeyUse, StoreError> {
        let found = tx.record(&passkeys_key(&self.user))?;
        let (used, next) = decide::use_passkey(found, &self.id, &self.presented, self.now);
        if let Some(next) = next {
            passkeys::put(tx, &next)?;
        }
        Ok(used)
    }
}

/// Removes one passkey of a user. Returns it; `None` if the user has no passkey with this credential id.
#[derive(Clone, Debug)]
pub struct RemovePasskey {
    /// The user's name.
    pub user: String,
    /// The credential id.
    pub id: Vec<u8>,
}

impl WriteIntent for RemovePasskey {
    type Output = Option<Passkey>;

    fn run(&self, tx: &impl Write) -> Result<Option<Passkey>, StoreError> {
        let Some(found) = tx.record(&passkeys_key(&self.user))? else { return Ok(None) };
        let (removed, next) = decide::remove_passkey(found, &self.id);
        if removed.is_some() {
            passkeys::put(tx, &next)?;
        }
        Ok(removed)
    }
}

/// Removes all passkeys of a user. Returns `true` if there was a record, even one that cannot be read.
#[derive(Clone, Debug)]
pub struct RemovePasskeys {
    /// The user's name.
    pub user: String,
}

impl WriteIntent for RemovePasskeys {
    type Output = bool;

    fn run(&self, tx: &impl Write) -> Result<bool, StoreError> {
        let found = tx.bytes(PasskeysRecord::TABLE, &passkeys_key(&self.user))?.is_some();
        if found {
            passkeys::remove(tx, &self.user)?;
        }
        Ok(found)
    }
}
