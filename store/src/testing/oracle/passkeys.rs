//! The passkeys of local users.

use super::{OnOracle, Tables};
use crate::decide;
use crate::error::StoreError;
use crate::intent::passkeys::{
    AddPasskey, FindPasskeys, FindPasskeysByHandle, RemovePasskey, RemovePasskeys, UsePasskey,
};
use crate::outcome::{PasskeyAdded, PasskeyUse};
use crate::record::{Passkey, PasskeysRecord};

impl OnOracle<Option<PasskeysRecord>> for FindPasskeys {
    fn on(&self, tables: &mut Tables) -> Result<Option<PasskeysRecord>, StoreError> {
        Ok(tables.passkeys.get(&self.user).cloned())
    }
}

impl OnOracle<Option<PasskeysRecord>> for FindPasskeysByHandle {
    fn on(&self, tables: &mut Tables) -> Result<Option<PasskeysRecord>, StoreError> {
        Ok(tables.passkeys.values().find(|record| record.handle == self.handle).cloned())
    }
}

impl OnOracle<PasskeyAdded> for AddPasskey {
    fn on(&self, tables: &mut Tables) -> Result<PasskeyAdded, StoreError> {
        let found = tables.passkeys.get(&self.user).cloned();
        let (added, next) = decide::add_passkey(found, (&self.user, &self.handle), &self.passkey);
        if let Some(next) = next {
            tables.passkeys.insert(self.user.clone(), next);
        }
        Ok(added)
    }
}

impl OnOracle<PasskeyUse> for UsePasskey {
    fn on(&self, tables: &mut Tables) -> Result<PasskeyUse, StoreError> {
        let found = tables.passkeys.get(&self.user).cloned();
        let (used, next) = decide::use_passkey(found, &self.id, &self.presented, self.now);
        if let Some(next) = next {
            tables.passkeys.insert(self.user.clone(), next);
        }
        Ok(used)
    }
}

impl OnOracle<Option<Passkey>> for RemovePasskey {
    fn on(&self, tables: &mut Tables) -> Result<Option<Passkey>, StoreError> {
        let Some(found) = tables.passkeys.remove(&self.user) else { return Ok(None) };
        let (removed, next) = decide::remove_passkey(found, &self.id);
        if !next.passkeys.is_empty() {
            tables.passkeys.insert(self.user.clone(), next);
        }
        Ok(removed)
    }
}

impl OnOracle<bool> for RemovePasskeys {
    fn on(&self, tables: &mut Tables) -> Result<bool, StoreError> {
        Ok(tables.passkeys.remove(&self.user).is_some())
    }
}
