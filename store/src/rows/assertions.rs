//! Used assertions of clients and identity providers, with their index by expiry.

use crate::error::StoreError;
use crate::record::AssertionRecord;
use crate::tables::Write;
use crate::tables::keys::{BY_EXPIRY, Expiring, expiry_key};
use protocol::time::UnixTime;

/// Whether the assertion has not been used yet. If a record of its use has expired, deletes the record.
pub(crate) fn is_fresh(tx: &impl Write, record: &AssertionRecord, now: UnixTime) -> Result<bool, StoreError> {
    match tx.record::<AssertionRecord>(&record.id)? {
        Some(before) if now < before.expires => Ok(false),
        Some(before) => remove(tx, &before).map(|()| true),
        None => Ok(true),
    }
}

pub(crate) fn put(tx: &impl Write, record: &AssertionRecord) -> Result<(), StoreError> {
    tx.put(&record.id, record)?;
    tx.index(BY_EXPIRY, &expiry_key(Expiring::Assertion, record.expires, &record.id))
}

pub(crate) fn remove(tx: &impl Write, record: &AssertionRecord) -> Result<(), StoreError> {
    tx.remove::<AssertionRecord>(&record.id)?;
    tx.unindex(BY_EXPIRY, &expiry_key(Expiring::Assertion, record.expires, &record.id))
}
