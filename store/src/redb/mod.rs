//! The default backend: one redb file. Writes share transactions ([`writer`]), each durable before it is
//! answered; readers see the last commit and wait for nobody.

mod open;
mod slot;
mod tx;
mod writer;

use super::StoreError;
use super::ordered::{Engine, LAYOUT_KEY, META, Read as _, Write as _};
use ::redb::ReadTransaction;
use slot::Slot;
use std::sync::Arc;
use tx::WriteTx;
use writer::Writer;

pub use open::OpenError;

/// Where `meta` holds what is written to see whether the disk takes it.
const PROBE_KEY: &[u8] = b"probe";
const PROBE_BYTES: usize = 64 * 1024;

/// A store in one redb file.
pub struct RedbStore {
    // First, so that what waits is written before the file is closed.
    writer: Writer,
    slot: Arc<Slot>,
}

impl std::fmt::Debug for RedbStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RedbStore")
    }
}

impl Engine for RedbStore {
    type Reader = ReadTransaction;
    type Writer = WriteTx;

    fn read<T>(
        &self,
        operation: impl Fn(&ReadTransaction) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.slot.noting(operation(&self.slot.begin_read()?))
    }

    fn write<T: Send + 'static>(
        &self,
        operation: impl Fn(&WriteTx) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.writer.write(operation)
    }

    fn ready(&self) -> Result<(), StoreError> {
        if self.slot.takes_writes() {
            return self.read(|tx| tx.number(LAYOUT_KEY).map(drop));
        }
        // More than fits into what the file has free for small changes: a disk that is full shows.
        self.write(|tx| tx.put_bytes(META, PROBE_KEY, &vec![0; PROBE_BYTES]))?;
        self.write(|tx| tx.remove_bytes(META, PROBE_KEY))
    }
}
