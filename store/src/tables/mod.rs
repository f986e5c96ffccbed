//! Ordered tables of bytes, as redb and PostgreSQL both provide them. `docs/storage-schema.md` describes the tables.

pub(crate) mod keys;

use crate::ended::EndedGrant;
use crate::error::{DamagedRecord, StoreError};
use crate::record::Stored;
use keys::META;
use std::cell::RefCell;

/// Records that could not be read by an operation over many records.
pub(crate) type Damaged = Vec<DamagedRecord>;

/// Keys and values.
pub(crate) type Entries = Vec<(Vec<u8>, Vec<u8>)>;

/// The order in which entries are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// By descending key, that is, the newest first.
    #[default]
    NewestFirst,
    /// By ascending key.
    OldestFirst,
}

/// Read access, in a snapshot or in a write transaction.
#[expect(unnameable_types, reason = "no other crate has a transaction to run an operation in")]
pub trait Read {
    /// The bytes at `key`, if any.
    fn bytes(&self, table: &'static str, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;

    /// Up to `limit` keys from `from` (inclusive) to `to` (exclusive), in order.
    fn keys(
        &self,
        table: &'static str,
        from: &[u8],
        to: &[u8],
        limit: usize,
    ) -> Result<Vec<Vec<u8>>, StoreError>;

    /// Up to `limit` entries from `from` (inclusive) on, in order.
    fn entries(&self, table: &'static str, from: &[u8], limit: usize) -> Result<Entries, StoreError>;

    /// Up to `limit` entries from `from` (inclusive) to `to` (exclusive), in this order.
    fn range(
        &self,
        table: &'static str,
        from: &[u8],
        to: &[u8],
        order: Order,
        limit: usize,
    ) -> Result<Entries, StoreError>;

    /// Up to `limit` keys from `from` (inclusive) to `to` (exclusive) that end with `ending`, in this order. Reads all
    /// keys between.
    fn keys_ending(
        &self,
        table: &'static str,
        from: &[u8],
        to: &[u8],
        ending: &[u8],
        order: Order,
        limit: usize,
    ) -> Result<Vec<Vec<u8>>, StoreError>;

    /// The bytes at each of these keys, if any.
    fn values(&self, table: &'static str, keys: &[Vec<u8>]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        keys.iter().map(|key| self.bytes(table, key)).collect()
    }

    /// The number of entries of a table, to compare with a maximum: cheap, and never far from the exact number.
    fn count(&self, table: &'static str) -> Result<u64, StoreError>;

    /// The number of entries of a large table, which is counted less often than for [`Self::count`]: changes of other
    /// replicas may be missing, at most one in 64 of the entries.
    fn rough_count(&self, table: &'static str) -> Result<u64, StoreError> {
        self.count(table)
    }

    /// An estimate of the number of entries of a table, for metrics: cheap for tables of any size.
    fn estimate(&self, table: &'static str) -> Result<u64, StoreError> {
        self.count(table)
    }

    /// The record at `key`, if any.
    fn record<R: Stored>(&self, key: &[u8]) -> Result<Option<R>, StoreError> {
        self.bytes(R::TABLE, key)?.map(|bytes| keys::decode(key, &bytes)).transpose()
    }

    /// The record at `key`, for an operation over many records: an unreadable record is added to `damaged` and yields
    /// `None`, so that the operation continues.
    fn readable<R: Stored>(&self, key: &[u8], damaged: &mut Damaged) -> Result<Option<R>, StoreError> {
        match self.record(key) {
            Err(StoreError::Damaged { table, id, reason }) => {
                damaged.push(DamagedRecord { table, id, reason });
                Ok(None)
            }
            other => other,
        }
    }

    /// Up to `limit` keys that begin with `prefix`, in order.
    fn keys_under(
        &self,
        table: &'static str,
        prefix: &[u8],
        limit: usize,
    ) -> Result<Vec<Vec<u8>>, StoreError> {
        // Sorts after every key with this prefix: no key continues with 80 bytes of 0xff.
        let to = [prefix, &[0xff; 80]].concat();
        self.keys(table, prefix, &to, limit)
    }

    /// The number at `key` in `meta`; 0 if there is none.
    fn number(&self, key: &[u8]) -> Result<u64, StoreError> {
        let bytes = self.bytes(META, key)?;
        Ok(bytes.and_then(|b| b.try_into().ok()).map_or(0, u64::from_be_bytes))
    }
}

/// Write access. A transaction takes effect as a whole or not at all.
#[expect(unnameable_types, reason = "no other crate has a transaction to run an operation in")]
pub trait Write: Read {
    /// Stores `value` at `key`, replacing any old value.
    fn put_bytes(&self, table: &'static str, key: &[u8], value: &[u8]) -> Result<(), StoreError>;

    /// Deletes the value at `key`, if any.
    fn remove_bytes(&self, table: &'static str, key: &[u8]) -> Result<(), StoreError>;

    /// The grants with tokens of a provider that the running operation has ended so far.
    fn ended(&self) -> &RefCell<Vec<EndedGrant>>;

    /// Whether this transaction has to delete the first `batch` entries of `table`, because it has at least `kept +
    /// batch` entries. With PostgreSQL, usually only one of concurrent transactions has to, and the others exceed the
    /// maximum by what they add meanwhile.
    fn must_trim(&self, table: &'static str, kept: u64, batch: usize) -> Result<bool, StoreError> {
        Ok(self.count(table)? >= kept + batch as u64)
    }

    /// Stores a record.
    fn put<R: Stored>(&self, key: &[u8], record: &R) -> Result<(), StoreError> {
        self.put_bytes(R::TABLE, key, &keys::encode(record)?)
    }

    /// Deletes a record.
    fn remove<R: Stored>(&self, key: &[u8]) -> Result<(), StoreError> {
        self.remove_bytes(R::TABLE, key)
    }

    /// Adds an entry to an index.
    fn index(&self, table: &'static str, key: &[u8]) -> Result<(), StoreError> {
        self.put_bytes(table, key, &[])
    }

    /// Deletes an entry from an index.
    fn unindex(&self, table: &'static str, key: &[u8]) -> Result<(), StoreError> {
        self.remove_bytes(table, key)
    }
}
