//! Records as bytes, as they lie in their tables.

use crate::StoreError;
use crate::ordered::keys;
use crate::records::Stored;

/// The bytes of a record.
pub fn encode<R: Stored>(record: &R) -> Result<Vec<u8>, StoreError> {
    keys::encode(record)
}

/// The record that these bytes are.
pub fn decode<R: Stored>(bytes: &[u8]) -> Result<R, StoreError> {
    keys::decode(&[], bytes)
}
