//! One transaction over redb's tables.

use crate::ended::EndedGrant;
use crate::error::StoreError;
use crate::tables::{Entries, Order, Read, Write};
use redb::{
    ReadOnlyTable, ReadTransaction, ReadableTable, ReadableTableMetadata, Table, TableDefinition,
    TableHandle, WriteTransaction,
};
use std::cell::{Cell, RefCell};

type Definition<'a> = TableDefinition<'a, &'static [u8], &'static [u8]>;

/// Converts a failure of the database to a [`StoreError`].
pub(super) fn backend(error: impl Into<redb::Error>) -> StoreError {
    StoreError::Backend(error.into().to_string())
}

/// A transaction whose tables can be read.
pub(crate) trait Open {
    /// An open table.
    type Table<'tx>: ReadableTable<&'static [u8], &'static [u8]> + ReadableTableMetadata
    where
        Self: 'tx;

    /// Opens a table.
    fn table(&self, name: &'static str) -> Result<Self::Table<'_>, StoreError>;
}

impl Open for ReadTransaction {
    type Table<'tx> = ReadOnlyTable<&'static [u8], &'static [u8]>;

    fn table(&self, name: &'static str) -> Result<Self::Table<'_>, StoreError> {
        self.open_table(Definition::new(name)).map_err(backend)
    }
}

/// A write transaction that counts its writes.
pub(crate) struct WriteTx {
    txn: WriteTransaction,
    writes: Cell<u64>,
    ended: RefCell<Vec<EndedGrant>>,
}

impl Open for WriteTx {
    type Table<'tx> = Table<'tx, &'static [u8], &'static [u8]>;

    fn table(&self, name: &'static str) -> Result<Self::Table<'_>, StoreError> {
        self.txn.open_table(Definition::new(name)).map_err(backend)
    }
}

impl<T: Open> Read for T {
    fn bytes(&self, table: &'static str, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let table = self.table(table)?;
        let value = table.get(key).map_err(backend)?;
        Ok(value.map(|value| value.value().to_vec()))
    }

    fn keys(
        &self,
        table: &'static str,
        from: &[u8],
        to: &[u8],
        limit: usize,
    ) -> Result<Vec<Vec<u8>>, StoreError> {
        let table = self.table(table)?;
        let range = table.range::<&[u8]>(from..to).map_err(backend)?;
        range.take(limit).map(|entry| Ok(entry.map_err(backend)?.0.value().to_vec())).collect()
    }

    fn entries(&self, table: &'static str, from: &[u8], limit: usize) -> Result<Entries, StoreError> {
        let table = self.table(table)?;
        let range = table.range::<&[u8]>(from..).map_err(backend)?;
        let mut entries = Vec::new();
        for entry in range.take(limit) {
            let (key, value) = entry.map_err(backend)?;
            entries.push((key.value().to_vec(), value.value().to_vec()));
        }
        Ok(entries)
    }

    fn range(
        &self,
        table: &'static str,
        from: &[u8],
        to: &[u8],
        order: Order,
        limit: usize,
    ) -> Result<Entries, StoreError> {
        let table = self.table(table)?;
        let mut range = table.range::<&[u8]>(from..to).map_err(backend)?;
        let mut entries = Vec::new();
        while entries.len() < limit {
            let Some(entry) = next(&mut range, order) else { break };
            let (key, value) = entry.map_err(backend)?;
            entries.push((key.value().to_vec(), value.value().to_vec()));
        }
        Ok(entries)
    }

    fn keys_ending(
        &self,
        table: &'static str,
        from: &[u8],
        to: &[u8],
        ending: &[u8],
        order: Order,
        limit: usize,
    ) -> Result<Vec<Vec<u8>>, StoreError> {
        let table = self.table(table)?;
        let mut range = table.range::<&[u8]>(from..to).map_err(backend)?;
        let mut keys = Vec::new();
        while keys.len() < limit {
            let Some(entry) = next(&mut range, order) else { break };
            let (key, _) = entry.map_err(backend)?;
            if key.value().ends_with(ending) {
                keys.push(key.value().to_vec());
            }
        }
        Ok(keys)
    }

    fn values(&self, table: &'static str, keys: &[Vec<u8>]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        let table = self.table(table)?;
        let value = |key: &Vec<u8>| Ok(table.get(&**key).map_err(backend)?.map(|v| v.value().to_vec()));
        keys.iter().map(value).collect()
    }

    fn count(&self, table: &'static str) -> Result<u64, StoreError> {
        self.table(table)?.len().map_err(backend)
    }
}

/// Takes the next item from the front or from the back, as this order requires.
fn next<I: DoubleEndedIterator>(range: &mut I, order: Order) -> Option<I::Item> {
    match order {
        Order::NewestFirst => range.next_back(),
        Order::OldestFirst => range.next(),
    }
}

impl Write for WriteTx {
    fn put_bytes(&self, table: &'static str, key: &[u8], value: &[u8]) -> Result<(), StoreError> {
        self.wrote();
        self.table(table)?.insert(key, value).map_err(backend)?;
        Ok(())
    }

    fn remove_bytes(&self, table: &'static str, key: &[u8]) -> Result<(), StoreError> {
        self.wrote();
        self.table(table)?.remove(key).map_err(backend)?;
        Ok(())
    }

    fn ended(&self) -> &RefCell<Vec<EndedGrant>> {
        &self.ended
    }
}

impl WriteTx {
    pub(super) const fn new(txn: WriteTransaction) -> Self {
        Self { txn, writes: Cell::new(0), ended: RefCell::new(Vec::new()) }
    }

    fn wrote(&self) {
        self.writes.set(self.writes.get() + 1);
    }

    /// How many entries have been written or deleted so far.
    pub(super) const fn writes(&self) -> u64 {
        self.writes.get()
    }

    /// Commits; the changes are durable once this returns.
    pub(super) fn commit(self) -> Result<(), StoreError> {
        self.txn.commit().map_err(backend)
    }

    /// Rolls back.
    pub(super) fn abort(self) -> Result<(), StoreError> {
        self.txn.abort().map_err(backend)
    }

    /// Whether the table exists. (Opening a table for writing would create it.)
    pub(super) fn has_table(&self, table: &str) -> Result<bool, StoreError> {
        let mut tables = self.txn.list_tables().map_err(backend)?;
        Ok(tables.any(|handle| handle.name() == table))
    }

    /// Deletes a table.
    pub(super) fn delete(&self, table: &str) -> Result<(), StoreError> {
        self.wrote();
        self.txn.delete_table(Definition::new(table)).map_err(backend)?;
        Ok(())
    }

    /// Creates the table unless it exists.
    pub(super) fn create(&self, table: &str) -> Result<(), StoreError> {
        self.wrote();
        self.txn.open_table(Definition::new(table)).map_err(backend)?;
        Ok(())
    }
}
