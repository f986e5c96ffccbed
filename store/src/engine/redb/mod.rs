//! The default engine: one redb file. Writes share transactions ([`writer`]), and each is durable before its operation
//! returns. Readers see the last commit and never wait.

mod error;
mod open;
mod slot;
mod tx;
mod writer;

use super::Engine;
use crate::error::StoreError;
use crate::observe::Observed;
use crate::tables::keys::{LAYOUT_KEY, META};
use crate::tables::{Read as _, Write as _};
use ::redb::{ReadTransaction, StorageBackend};
use slot::{Database, Slot};
use std::path::Path;
use std::sync::Arc;
use tx::WriteTx;
use writer::Writer;

pub use error::OpenError;
pub(crate) use open::compact;
pub(crate) use writer::BATCH;

/// The key in `meta` that is written to test whether the disk accepts writes.
const PROBE_KEY: &[u8] = b"probe";
/// The length of the value that is written under [`PROBE_KEY`], in bytes.
const PROBE_BYTES: usize = 64 * 1024;

/// The tables in one redb file.
pub(crate) struct RedbStore {
    // This field comes first, so that waiting writes are completed before the file is closed.
    writer: Writer,
    slot: Arc<Slot>,
    observed: Observed,
}

impl std::fmt::Debug for RedbStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RedbStore")
    }
}

impl RedbStore {
    /// Opens the database at `path`, with at most `batch` writes per transaction. If there is no file, creates one that
    /// only its owner can read.
    pub(crate) fn open(path: &Path, batch: usize) -> Result<Self, OpenError> {
        let path = path.to_owned();
        Self::start(Box::new(move || open::open_path(&path)), batch)
    }

    /// Opens a database on the storage that `storage` returns. After an I/O error this engine closes the
    /// database, calls `storage` again, and opens the database on what that call returns.
    pub(crate) fn on_backend<B: StorageBackend>(
        storage: impl Fn() -> B + Send + Sync + 'static,
    ) -> Result<Self, OpenError> {
        Self::start(Box::new(move || open::open_storage(storage())), BATCH)
    }

    fn start(
        opener: Box<dyn Fn() -> Result<Database, OpenError> + Send + Sync>,
        batch: usize,
    ) -> Result<Self, OpenError> {
        let slot = Arc::new(Slot::open(opener)?);
        let observed = Observed::default();
        let writer = Writer::start(Arc::clone(&slot), batch.max(1), observed.clone())?;
        Ok(Self { writer, slot, observed })
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

    fn observed(&self) -> &Observed {
        &self.observed
    }

    fn ready(&self) -> Result<(), StoreError> {
        if self.slot.takes_writes() {
            return self.read(|tx| tx.number(LAYOUT_KEY).map(drop));
        }
        // A small value could fit into free space inside the file. This one is meant to make the file grow, so that the
        // write fails if the disk is still full.
        self.write(|tx| tx.put_bytes(META, PROBE_KEY, &vec![0; PROBE_BYTES]))?;
        self.write(|tx| tx.remove_bytes(META, PROBE_KEY))
    }
}
