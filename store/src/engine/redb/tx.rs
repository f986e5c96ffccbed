//! One transaction over redb's tables.

use crate::error::StoreError;
use crate::tables::{Entries, Order, Read, Write};
use redb::{
    ReadTransaction, ReadableTable, ReadableTableMetadata, TableDefinition, TableHandle, WriteTransaction,
};
use std::cell::Cell;

type Definition<'a> = TableDefinition<'a, &'static [u8], &'static [u8]>;

/// Converts a failure of the database to a [`StoreError`].
pub(super) fn backend(error: impl Into<redb::Error>) -> StoreError {
    StoreError::Backend(error.into().to_string())
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

fn entries_in(
    table: &impl ReadableTable<&'static [u8], &'static [u8]>,
    from: &[u8],
    limit: usize,
) -> Result<Entries, StoreError> {
    let range = table.range::<&[u8]>(from..).map_err(backend)?;
    let mut entries = Vec::new();
    for entry in range.take(limit) {
        let (key, value) = entry.map_err(backend)?;
        entries.push((key.value().to_vec(), value.value().to_vec()));
    }
    Ok(entries)
}

fn range_in(
    table: &impl ReadableTable<&'static [u8], &'static [u8]>,
    from: &[u8],
    to: &[u8],
    order: Order,
    limit: usize,
) -> Result<Entries, StoreError> {
    let mut range = table.range::<&[u8]>(from..to).map_err(backend)?;
    let mut entries = Vec::new();
    while entries.len() < limit {
        let next = match order {
            Order::NewestFirst => range.next_back(),
            Order::OldestFirst => range.next(),
        };
        let Some(entry) = next else { break };
        let (key, value) = entry.map_err(backend)?;
        entries.push((key.value().to_vec(), value.value().to_vec()));
    }
    Ok(entries)
}

fn keys_ending_in(
    table: &impl ReadableTable<&'static [u8], &'static [u8]>,
    bounds: (&[u8], &[u8]),
    ending: &[u8],
    order: Order,
    limit: usize,
) -> Result<Vec<Vec<u8>>, StoreError> {
    let mut range = table.range::<&[u8]>(bounds.0..bounds.1).map_err(backend)?;
    let mut keys = Vec::new();
    while keys.len() < limit {
        let next = match order {
            Order::NewestFirst => range.next_back(),
            Order::OldestFirst => range.next(),
        };
        let Some(entry) = next else { break };
        let (key, _) = entry.map_err(backend)?;
        if key.value().ends_with(ending) {
            keys.push(key.value().to_vec());
        }
    }
    Ok(keys)
}

fn values_in(
    table: &impl ReadableTable<&'static [u8], &'static [u8]>,
    keys: &[Vec<u8>],
) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
    let value = |key: &Vec<u8>| Ok(table.get(&**key).map_err(backend)?.map(|v| v.value().to_vec()));
    keys.iter().map(value).collect()
}

impl Read for ReadTransaction {
    fn bytes(&self, table: &'static str, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let table = self.open_table(Definition::new(table)).map_err(backend)?;
        let value = ReadableTable::get(&table, key).map_err(backend)?;
        Ok(value.map(|v| v.value().to_vec()))
    }

    fn keys(
        &self,
        table: &'static str,
        from: &[u8],
        to: &[u8],
        limit: usize,
    ) -> Result<Vec<Vec<u8>>, StoreError> {
        keys_in(&self.open_table(Definition::new(table)).map_err(backend)?, from, to, limit)
    }

    fn entries(&self, table: &'static str, from: &[u8], limit: usize) -> Result<Entries, StoreError> {
        entries_in(&self.open_table(Definition::new(table)).map_err(backend)?, from, limit)
    }

    fn range(
        &self,
        table: &'static str,
        from: &[u8],
        to: &[u8],
        order: Order,
        limit: usize,
    ) -> Result<Entries, StoreError> {
        range_in(&self.open_table(Definition::new(table)).map_err(backend)?, from, to, order, limit)
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
        let table = self.open_table(Definition::new(table)).map_err(backend)?;
        keys_ending_in(&table, (from, to), ending, order, limit)
    }

    fn values(&self, table: &'static str, keys: &[Vec<u8>]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        values_in(&self.open_table(Definition::new(table)).map_err(backend)?, keys)
    }

    fn count(&self, table: &'static str) -> Result<u64, StoreError> {
        self.open_table(Definition::new(table)).map_err(backend)?.len().map_err(backend)
    }
}

/// A write transaction that counts its writes.
pub(crate) struct WriteTx {
    txn: WriteTransaction,
    writes: Cell<u64>,
}

impl Read for WriteTx {
    fn bytes(&self, table: &'static str, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let table = self.txn.open_table(Definition::new(table)).map_err(backend)?;
        let value = ReadableTable::get(&table, key).map_err(backend)?;
        Ok(value.map(|v| v.value().to_vec()))
    }

    fn keys(
        &self,
        table: &'static str,
        from: &[u8],
        to: &[u8],
        limit: usize,
    ) -> Result<Vec<Vec<u8>>, StoreError> {
        keys_in(&self.txn.open_table(Definition::new(table)).map_err(backend)?, from, to, limit)
    }

    fn entries(&self, table: &'static str, from: &[u8], limit: usize) -> Result<Entries, StoreError> {
        entries_in(&self.txn.open_table(Definition::new(table)).map_err(backend)?, from, limit)
    }

    fn range(
        &self,
        table: &'static str,
        from: &[u8],
        to: &[u8],
        order: Order,
        limit: usize,
    ) -> Result<Entries, StoreError> {
        range_in(&self.txn.open_table(Definition::new(table)).map_err(backend)?, from, to, order, limit)
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
        let table = self.txn.open_table(Definition::new(table)).map_err(backend)?;
        keys_ending_in(&table, (from, to), ending, order, limit)
    }

    fn values(&self, table: &'static str, keys: &[Vec<u8>]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        values_in(&self.txn.open_table(Definition::new(table)).map_err(backend)?, keys)
    }

    fn count(&self, table: &'static str) -> Result<u64, StoreError> {
        self.txn.open_table(Definition::new(table)).map_err(backend)?.len().map_err(backend)
    }
}

impl Write for WriteTx {
    fn put_bytes(&self, table: &'static str, key: &[u8], value: &[u8]) -> Result<(), StoreError> {
        self.wrote();
        let mut table = self.txn.open_table(Definition::new(table)).map_err(backend)?;
        table.insert(key, value).map_err(backend)?;
        Ok(())
    }

    fn remove_bytes(&self, table: &'static str, key: &[u8]) -> Result<(), StoreError> {
        self.wrote();
        let mut table = self.txn.open_table(Definition::new(table)).map_err(backend)?;
        table.remove(key).map_err(backend)?;
        Ok(())
    }
}

impl WriteTx {
    pub(super) const fn new(txn: WriteTransaction) -> Self {
        Self { txn, writes: Cell::new(0) }
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
