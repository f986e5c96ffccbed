//! Logins in progress, with their indexes by upstream state and by expiry.

use crate::error::StoreError;
use crate::record::LoginRecord;
use crate::tables::Write;
use crate::tables::keys::{BY_EXPIRY, Expiring, LOGINS_BY_STATE, expiry_key, key};

pub(crate) fn put(tx: &impl Write, login: &LoginRecord) -> Result<(), StoreError> {
    tx.put(&login.flow, login)?;
    tx.index(BY_EXPIRY, &expiry_key(Expiring::Login, login.expires, &login.flow))?;
    login.upstream_state().map_or(Ok(()), |state| tx.index(LOGINS_BY_STATE, &key(&[state, &login.flow])))
}

pub(crate) fn remove(tx: &impl Write, login: &LoginRecord) -> Result<(), StoreError> {
    tx.remove::<LoginRecord>(&login.flow)?;
    tx.unindex(BY_EXPIRY, &expiry_key(Expiring::Login, login.expires, &login.flow))?;
    login.upstream_state().map_or(Ok(()), |state| tx.unindex(LOGINS_BY_STATE, &key(&[state, &login.flow])))
}
