//! Records as bytes, as they lie in their tables.

use crate::error::StoreError;
use crate::record::Stored;
use crate::tables::keys;

/// The bytes of a record.
pub fn encode<R: Stored>(record: &R) -> Result<Vec<u8>, StoreError> {
    keys::encode(record)
}

/// The record that these bytes are.
pub fn decode<R: Stored>(bytes: &[u8]) -> Result<R, StoreError> {
    keys::decode(&[], bytes)
}
