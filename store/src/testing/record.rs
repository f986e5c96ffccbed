//! Records in their stored form.

use crate::error::StoreError;
use crate::record::Stored;
use crate::tables::keys;

/// Encodes a record.
pub fn encode<R: Stored>(record: &R) -> Result<Vec<u8>, StoreError> {
    keys::encode(record)
}

/// Decodes a record.
pub fn decode<R: Stored>(bytes: &[u8]) -> Result<R, StoreError> {
    keys::decode(&[], bytes)
}
