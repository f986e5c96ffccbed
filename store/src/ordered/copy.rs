//! All tables as they are, out of one store and into another.

use super::keys::{LAYOUT_KEY, RESTORING_KEY};
use super::{LAYOUT, META, Read, TABLES, Write};
use crate::{CopyIn, NOT_EMPTY, Sink, StoreError};

/// Entries read at once.
const BATCH: usize = 1_000;

pub(super) fn out(tx: &impl Read, sink: &mut Sink<'_>) -> Result<(), StoreError> {
    for table in TABLES {
        let mut from = Vec::new();
        loop {
            let entries = tx.entries(table, &from, BATCH)?;
            for (key, value) in &entries {
                sink(table, key, value)?;
            }
            let Some((last, _)) = entries.last().filter(|_| entries.len() == BATCH) else { break };
            // The first key after that one.
            from = [last, &[0][..]].concat();
        }
    }
    Ok(())
}

pub(super) fn into(tx: &impl Write, step: &CopyIn) -> Result<(), StoreError> {
    match step {
        CopyIn::Begin => {
            for table in TABLES.into_iter().filter(|table| *table != META) {
                if !tx.entries(table, &[], 1)?.is_empty() {
                    return Err(NOT_EMPTY);
                }
            }
            tx.put_bytes(META, RESTORING_KEY, &1_u64.to_be_bytes())
        }
        CopyIn::Entries(entries) => {
            for (table, key, value) in entries {
                let table = TABLES
                    .into_iter()
                    .find(|known| known == table)
                    .ok_or(StoreError::Invariant("a table that this release does not know"))?;
                if (table, &key[..]) == (META, LAYOUT_KEY) && value[..] != LAYOUT.to_be_bytes() {
                    return Err(StoreError::Invariant("a backup of another layout"));
                }
                tx.put_bytes(table, key, value)?;
            }
            Ok(())
        }
        CopyIn::End => tx.remove_bytes(META, RESTORING_KEY),
    }
}
