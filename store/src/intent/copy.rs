//! Whole tables: copying them from one store to another, and counting their entries.

use super::{ReadIntent, WriteIntent};
use crate::error::StoreError;
use crate::tables::keys::{GONE, LAYOUT, LAYOUT_KEY, META, RESTORING_KEY, TABLES};
use crate::tables::{Read, Write};

/// Receives an entry: table, key, value.
pub type Sink<'a> = dyn FnMut(&'static str, &[u8], &[u8]) -> Result<(), StoreError> + 'a;

/// One step of filling an empty store with the entries of [`Store::copy_out`](crate::Store::copy_out). After
/// [`CopyIn::Begin`], the store refuses to open until [`CopyIn::End`] has run.
#[derive(Clone, Debug)]
pub enum CopyIn {
    /// The first step; fails if the store is not empty.
    Begin,
    /// Entries: table, key, value.
    Entries(Vec<(String, Vec<u8>, Vec<u8>)>),
    /// The last step.
    End,
}

/// The error of [`CopyIn::Begin`] if the store is not empty.
pub const NOT_EMPTY: StoreError = StoreError::Invariant("the store is not empty");

/// The maximum number of entries that are read at once.
const BATCH: usize = 1_000;

/// Passes every entry of every table to `sink`, as of one moment.
pub(crate) fn out(tx: &impl Read, sink: &mut Sink<'_>) -> Result<(), StoreError> {
    for table in TABLES {
        let mut from = Vec::new();
        loop {
            let entries = tx.entries(table, &from, BATCH)?;
            for (key, value) in &entries {
                sink(table, key, value)?;
            }
            let Some((last, _)) = entries.last().filter(|_| entries.len() == BATCH) else { break };
            // The smallest key after the last one.
            from = [last, &[0][..]].concat();
        }
    }
    Ok(())
}

impl WriteIntent for CopyIn {
    type Output = ();

    fn run(&self, tx: &impl Write) -> Result<(), StoreError> {
        match self {
            Self::Begin => {
                for table in TABLES.into_iter().filter(|table| *table != META) {
                    if !tx.entries(table, &[], 1)?.is_empty() {
                        return Err(NOT_EMPTY);
                    }
                }
                tx.put_bytes(META, RESTORING_KEY, &1_u64.to_be_bytes())
            }
            Self::Entries(entries) => {
                for (table, key, value) in entries.iter().filter(|(table, ..)| !GONE.contains(&&**table)) {
                    let table = TABLES.into_iter().find(|known| known == table).ok_or(
                        StoreError::Invariant("the backup contains a table that this release does not know"),
                    )?;
                    if (table, &key[..]) == (META, LAYOUT_KEY) && value[..] != LAYOUT.to_be_bytes() {
                        return Err(StoreError::Invariant("the backup has another layout version"));
                    }
                    tx.put_bytes(table, key, value)?;
                }
                Ok(())
            }
            Self::End => tx.remove_bytes(META, RESTORING_KEY),
        }
    }
}

/// Returns the number of entries of each table, for metrics; with PostgreSQL an estimate.
#[derive(Clone, Copy, Debug)]
pub struct Sizes;

impl ReadIntent for Sizes {
    type Output = Vec<(&'static str, u64)>;

    fn run(&self, tx: &impl Read) -> Result<Self::Output, StoreError> {
        TABLES.into_iter().map(|table| Ok((table, tx.estimate(table)?))).collect()
    }
}
