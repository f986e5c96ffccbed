//! One transaction: typed records over byte tables.

use super::tables::{decode, encode};
use crate::store::StoreError;
use crate::store::records::Stored;
use redb::{
    ReadTransaction, ReadableTable, ReadableTableMetadata, TableDefinition, TableHandle, WriteTransaction,
};
use std::cell::Cell;

pub(super) type Definition<'a> = TableDefinition<'a, &'static [u8], &'static [u8]>;

/// Any failure of the database, as ours.
pub(super) fn backend(error: impl Into<redb::Error>) -> StoreError {
    StoreError::Backend(error.into().to_string())
}

/// Reading, in a snapshot or inside a write transaction.
pub(super) trait Read {
    /// The bytes at `key`.
    fn bytes(&self, table: &str, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;

    /// Up to `limit` keys from `from` on, below `to`, in order.
    fn keys(&self, table: &str, from: &[u8], to: &[u8], limit: usize) -> Result<Vec<Vec<u8>>, StoreError>;

    /// The record at `key`.
    fn record<R: Stored>(&self, key: &[u8]) -> Result<Option<R>, StoreError> {
        self.bytes(R::TABLE, key)?.map(|bytes| decode(&bytes)).transpose()
    }

    /// Up to `limit` keys that begin with `prefix`, in order.
    fn keys_under(&self, table: &str, prefix: &[u8], limit: usize) -> Result<Vec<Vec<u8>>, StoreError> {
        // No part of a key is longer than this, and 0xff… sorts after all of them.
        let to = [prefix, &[0xff; 80]].concat();
        self.keys(table, prefix, &to, limit)
    }

    /// The number at `key` in `meta`, 0 if there is none.
    fn number(&self, key: &[u8]) -> Result<u64, StoreError> {
        let bytes = self.bytes(super::tables::META, key)?;
        Ok(bytes.and_then(|b| b.try_into().ok()).map_or(0, u64::from_be_bytes))
    }
}

fn keys_in(
    table: &impl ReadableTable<&'static [u8], &'static [u8]>,
    from: &[u8],
    to: &[u8],
    limit: usize,
) -> Result<Vec<Vec<u8>>, StoreError> {
    let range = table.range::<&[u8]>(from..to).map_err(backend)?;
    range.take(limit).map(|entry| Ok(entry.map_err(backend)?.0.value().to_vec())).collect()
}

impl Read for ReadTransaction {
    fn bytes(&self, table: &str, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let table = self.open_table(Definition::new(table)).map_err(backend)?;
        let value = ReadableTable::get(&table, key).map_err(backend)?;
        Ok(value.map(|v| v.value().to_vec()))
    }

    fn keys(&self, table: &str, from: &[u8], to: &[u8], limit: usize) -> Result<Vec<Vec<u8>>, StoreError> {
        keys_in(&self.open_table(Definition::new(table)).map_err(backend)?, from, to, limit)
    }
}

/// A write transaction that knows whether anything was written.
pub(super) struct WriteTx {
    txn: WriteTransaction,
    dirty: Cell<bool>,
}

impl Read for WriteTx {
    fn bytes(&self, table: &str, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let table = self.txn.open_table(Definition::new(table)).map_err(backend)?;
        let value = ReadableTable::get(&table, key).map_err(backend)?;
        Ok(value.map(|v| v.value().to_vec()))
    }

    fn keys(&self, table: &str, from: &[u8], to: &[u8], limit: usize) -> Result<Vec<Vec<u8>>, StoreError> {
        keys_in(&self.txn.open_table(Definition::new(table)).map_err(backend)?, from, to, limit)
    }
}

impl WriteTx {
    pub(super) const fn new(txn: WriteTransaction) -> Self {
        Self { txn, dirty: Cell::new(false) }
    }

    /// Durable once this returns. Nothing written, nothing committed.
    pub(super) fn commit(self) -> Result<(), StoreError> {
        if self.dirty.get() { self.txn.commit().map_err(backend) } else { self.txn.abort().map_err(backend) }
    }

    /// Whether the table exists; opening one to write makes it.
    pub(super) fn has_table(&self, table: &str) -> Result<bool, StoreError> {
        let mut tables = self.txn.list_tables().map_err(backend)?;
        Ok(tables.any(|handle| handle.name() == table))
    }

    /// Makes sure that the table exists.
    pub(super) fn create(&self, table: &str) -> Result<(), StoreError> {
        self.txn.open_table(Definition::new(table)).map_err(backend)?;
        self.dirty.set(true);
        Ok(())
    }

    pub(super) fn put_bytes(&self, table: &str, key: &[u8], value: &[u8]) -> Result<(), StoreError> {
        let mut table = self.txn.open_table(Definition::new(table)).map_err(backend)?;
        table.insert(key, value).map_err(backend)?;
        self.dirty.set(true);
        Ok(())
    }

    pub(super) fn remove_bytes(&self, table: &str, key: &[u8]) -> Result<(), StoreError> {
        let mut table = self.txn.open_table(Definition::new(table)).map_err(backend)?;
        table.remove(key).map_err(backend)?;
        self.dirty.set(true);
        Ok(())
    }

    pub(super) fn put<R: Stored>(&self, key: &[u8], record: &R) -> Result<(), StoreError> {
        self.put_bytes(R::TABLE, key, &encode(record)?)
    }

    pub(super) fn remove<R: Stored>(&self, key: &[u8]) -> Result<(), StoreError> {
        self.remove_bytes(R::TABLE, key)
    }

    /// Adds an entry to an index.
    pub(super) fn index(&self, table: &str, key: &[u8]) -> Result<(), StoreError> {
        self.put_bytes(table, key, &[])
    }

    /// Takes an entry out of an index.
    pub(super) fn unindex(&self, table: &str, key: &[u8]) -> Result<(), StoreError> {
        self.remove_bytes(table, key)
    }

    /// How many records of a kind there are; kept by the database, not counted.
    pub(super) fn count<R: Stored>(&self) -> Result<u64, StoreError> {
        let table = self.txn.open_table(Definition::new(R::TABLE)).map_err(backend)?;
        table.len().map_err(backend)
    }
}
