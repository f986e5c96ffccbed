//! The signing key ring (all keys and a version, replaced together), and re-encryption with a new encryption key.

use super::{ReadIntent, WriteIntent};
use crate::decide;
use crate::error::StoreError;
use crate::outcome::{KeyRingState, Resealed};
use crate::record::{CodeRecord, GrantRecord, LoginRecord, SecondFactorRecord, SigningKeyRecord, Stored};
use crate::reseal::{HoldsSealed, Reseal};
use crate::tables::keys::{META, RING_KEY, key_text};
use crate::tables::{Read, Write};

/// Returns the signing key ring and its version.
#[derive(Clone, Copy, Debug)]
pub struct FindKeyRing;

impl ReadIntent for FindKeyRing {
    type Output = KeyRingState;

    fn run(&self, tx: &impl Read) -> Result<KeyRingState, StoreError> {
        let mut keys = Vec::new();
        for kid in tx.keys_under(SigningKeyRecord::TABLE, &[], usize::MAX)? {
            keys.extend(tx.record::<SigningKeyRecord>(&kid)?);
        }
        Ok(KeyRingState { version: tx.number(RING_KEY)?, keys })
    }
}

/// Replaces the ring if its version is still `expected`; the version then increases by one. Returns `false`, without
/// changing anything, if another replica was faster. Refuses a ring without exactly one active key for access tokens,
/// with several for personal access tokens, or with a key twice ([`StoreError::Invariant`]).
#[derive(Clone, Debug)]
pub struct ReplaceKeyRing {
    /// The version that was read.
    pub expected: u64,
    /// The new keys.
    pub keys: Vec<SigningKeyRecord>,
}

impl WriteIntent for ReplaceKeyRing {
    type Output = bool;

    fn run(&self, tx: &impl Write) -> Result<bool, StoreError> {
        decide::check_ring(&self.keys)?;
        let before = FindKeyRing.run(tx)?;
        if before.version != self.expected {
            return Ok(false);
        }
        for key in &before.keys {
            tx.remove::<SigningKeyRecord>(key.kid.as_bytes())?;
        }
        for key in &self.keys {
            tx.put(key.kid.as_bytes(), key)?;
        }
        tx.put_bytes(META, RING_KEY, &(self.expected + 1).to_be_bytes())?;
        Ok(true)
    }
}

/// Replaces the sealed values in logins, codes, grants, signing keys and second factors by the values that `reseal`
/// returns for them, all in one transaction; returns how many were replaced. If one value cannot be replaced, none is.
/// Records that cannot be read are skipped and reported.
#[derive(Clone)]
pub struct ResealAll {
    /// Returns the new value for a sealed value; see [`Reseal`].
    pub reseal: Reseal,
}

impl WriteIntent for ResealAll {
    type Output = Resealed;

    fn run(&self, tx: &impl Write) -> Result<Resealed, StoreError> {
        let mut done = Resealed::default();
        reseal_table::<LoginRecord>(tx, &self.reseal, &mut done)?;
        reseal_table::<CodeRecord>(tx, &self.reseal, &mut done)?;
        reseal_table::<GrantRecord>(tx, &self.reseal, &mut done)?;
        reseal_table::<SigningKeyRecord>(tx, &self.reseal, &mut done)?;
        reseal_table::<SecondFactorRecord>(tx, &self.reseal, &mut done)?;
        Ok(done)
    }
}

/// Reseals every record of a table. Keys and indexes do not change.
fn reseal_table<R: Stored + HoldsSealed>(
    tx: &impl Write,
    reseal: &Reseal,
    done: &mut Resealed,
) -> Result<(), StoreError> {
    for key in tx.keys_under(R::TABLE, &[], usize::MAX)? {
        let Some(mut record) = tx.readable::<R>(&key, &mut done.damaged)? else { continue };
        let failed = |source| StoreError::Seal { table: R::TABLE, id: key_text(&key), source };
        let changed = record.reseal(&**reseal).map_err(failed)?;
        if changed > 0 {
            tx.put(&key, &record)?;
        }
        done.count += changed;
    }
    Ok(())
}
