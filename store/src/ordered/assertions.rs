//! Client assertions that were used.

use super::Write;
use super::keys::{BY_EXPIRY, Expiring, expiry_key};
use crate::StoreError;
use crate::records::AssertionRecord;
use protocol::time::UnixTime;

pub(super) fn mark(tx: &impl Write, record: &AssertionRecord, now: UnixTime) -> Result<bool, StoreError> {
    if let Some(before) = tx.record::<AssertionRecord>(&record.id)? {
        if now < before.expires {
            return Ok(false);
        }
        remove(tx, &before)?;
    }
    tx.put(&record.id, record)?;
    tx.index(BY_EXPIRY, &expiry_key(Expiring::Assertion, record.expires, &record.id))?;
    Ok(true)
}

pub(super) fn remove(tx: &impl Write, record: &AssertionRecord) -> Result<(), StoreError> {
    tx.remove::<AssertionRecord>(&record.id)?;
    tx.unindex(BY_EXPIRY, &expiry_key(Expiring::Assertion, record.expires, &record.id))
}
