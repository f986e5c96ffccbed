//! Authorization codes, with their index by time of deletion.

use crate::decide::{self, EXISTS};
use crate::error::StoreError;
use crate::record::CodeRecord;
use crate::tables::Write;
use crate::tables::keys::{BY_EXPIRY, Expiring, expiry_key};

/// Stores a code; its id must be new.
pub(crate) fn put_new(tx: &impl Write, code: &CodeRecord) -> Result<(), StoreError> {
    if tx.record::<CodeRecord>(&code.code)?.is_some() {
        return Err(EXISTS);
    }
    put(tx, code)
}

/// Replaces `old` by `new`.
pub(crate) fn replace(tx: &impl Write, old: &CodeRecord, new: &CodeRecord) -> Result<(), StoreError> {
    remove(tx, old)?;
    put(tx, new)
}

fn put(tx: &impl Write, code: &CodeRecord) -> Result<(), StoreError> {
    tx.put(&code.code, code)?;
    tx.index(BY_EXPIRY, &expiry_key(Expiring::Code, decide::code_gone_at(code), &code.code))
}

pub(crate) fn remove(tx: &impl Write, code: &CodeRecord) -> Result<(), StoreError> {
    tx.remove::<CodeRecord>(&code.code)?;
    tx.unindex(BY_EXPIRY, &expiry_key(Expiring::Code, decide::code_gone_at(code), &code.code))
}
