//! The signing-key ring: all keys and a version, replaced together.

use super::keys::RING_KEY;
use super::{META, Read, Write};
use crate::records::{SigningKeyRecord, Stored};
use crate::{KeyRingState, StoreError};

pub(super) fn find(tx: &impl Read) -> Result<KeyRingState, StoreError> {
    let mut keys = Vec::new();
    for kid in tx.keys_under(SigningKeyRecord::TABLE, &[], usize::MAX)? {
        keys.extend(tx.record::<SigningKeyRecord>(&kid)?);
    }
    Ok(KeyRingState { version: tx.number(RING_KEY)?, keys })
}

/// Compare and swap, by version.
pub(super) fn replace(tx: &impl Write, expected: u64, keys: &[SigningKeyRecord]) -> Result<bool, StoreError> {
    let before = find(tx)?;
    if before.version != expected {
        return Ok(false);
    }
    for key in &before.keys {
        tx.remove::<SigningKeyRecord>(key.kid.as_bytes())?;
    }
    for key in keys {
        tx.put(key.kid.as_bytes(), key)?;
    }
    tx.put_bytes(META, RING_KEY, &(expected + 1).to_be_bytes())?;
    Ok(true)
}
