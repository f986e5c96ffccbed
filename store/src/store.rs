//! The store: an engine, and the operations that run on it.

use crate::ended::EndedGrant;
use crate::engine::postgres::PostgresStore;
use crate::engine::redb::{self, RedbStore};
use crate::engine::{Engine as _, postgres};
use crate::entropy::Entropy;
use crate::error::StoreError;
use crate::intent::copy::{self, Sink};
use crate::intent::{ReadIntent, WriteIntent};
use crate::observe::{Observed, Observer, Operation, Stopwatch};
use crate::on_oracle::OnOracle;
use crate::tables::Write;
#[cfg(any(test, feature = "testing"))]
use crate::testing::oracle::Oracle;
use ::redb::StorageBackend;
use protocol::secret::Secret;
use std::cell::RefCell;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// The database of the authorization server, in a file or in PostgreSQL.
///
/// Its methods block; async code uses [`StoreHandle`](crate::StoreHandle).
#[derive(Debug)]
pub struct Store(Engine);

#[derive(Debug)]
enum Engine {
    Redb(RedbStore),
    Postgres(PostgresStore),
    #[cfg(any(test, feature = "testing"))]
    Oracle(Oracle),
}

impl Store {
    /// Opens the database file at `path`. If there is no file, creates one that only its owner can read.
    pub fn open_file(path: &Path) -> Result<Self, redb::OpenError> {
        Self::open_file_with(path, redb::BATCH)
    }

    /// Opens the database file as [`Self::open_file`] does, with at most `batch` writes per transaction, to measure
    /// what sharing a transaction saves.
    pub fn open_file_with(path: &Path, batch: usize) -> Result<Self, redb::OpenError> {
        RedbStore::open(path, batch).map(Engine::Redb).map(Self)
    }

    /// Opens a database on any storage. `storage` is called for the storage, and again after the storage failed; for
    /// tests of torn writes and full disks.
    pub fn on_backend<B: StorageBackend>(
        storage: impl Fn() -> B + Send + Sync + 'static,
    ) -> Result<Self, redb::OpenError> {
        RedbStore::on_backend(storage).map(Engine::Redb).map(Self)
    }

    /// Gives the free space inside the file at `path` back to the file system. Returns the file's length before and
    /// after, in bytes. No process may have the file open.
    pub fn compact_file(path: &Path) -> Result<(u64, u64), redb::OpenError> {
        redb::compact(path)
    }

    /// Connects to the PostgreSQL database at `url` and creates or upgrades its tables. An operation fails if a
    /// connection or a response of the server takes longer than `patience`. An operation that conflicts with another
    /// one is repeated after a pause of random length, for which `entropy` is used.
    pub fn connect(
        url: &Secret<String>,
        patience: Duration,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, postgres::OpenError> {
        PostgresStore::open(url, patience, entropy).map(Engine::Postgres).map(Self)
    }

    /// The in-memory store with which tests compare the engines.
    #[cfg(any(test, feature = "testing"))]
    pub fn oracle() -> Self {
        Self(Engine::Oracle(Oracle::default()))
    }

    /// Sends measurements to this observer from now on. A second call has no effect.
    pub fn observe(&self, observer: Arc<dyn Observer>) {
        if let Some(observed) = self.observed() {
            observed.set(observer);
        }
    }

    fn observed(&self) -> Option<&Observed> {
        match &self.0 {
            Engine::Redb(engine) => Some(engine.observed()),
            Engine::Postgres(engine) => Some(engine.observed()),
            #[cfg(any(test, feature = "testing"))]
            Engine::Oracle(_) => None,
        }
    }

    /// Tells the observer that an operation has ended.
    pub(crate) fn operated(&self, operation: Operation, since: Stopwatch) {
        if let Some(observed) = self.observed() {
            observed.operated(operation, since);
        }
    }

    /// Runs a read-only operation in one snapshot.
    #[expect(clippy::needless_pass_by_value, reason = "called like `write`, which gives the operation away")]
    pub fn read<I>(&self, intent: I) -> Result<I::Output, StoreError>
    where
        I: ReadIntent + OnOracle<<I as ReadIntent>::Output>,
    {
        match &self.0 {
            Engine::Redb(engine) => engine.read(|tx| intent.run(tx)),
            Engine::Postgres(engine) => engine.read(|tx| intent.run(tx)),
            #[cfg(any(test, feature = "testing"))]
            Engine::Oracle(oracle) => oracle.run(&intent).map(|(output, _)| output),
        }
    }

    /// Runs an operation in one transaction, which is durable before this returns.
    pub fn write<I>(&self, intent: I) -> Result<I::Output, StoreError>
    where
        I: WriteIntent + OnOracle<<I as WriteIntent>::Output>,
    {
        self.write_noting(intent).map(|(output, _)| output)
    }

    /// Runs an operation as [`Self::write`] does. Also returns the grants with tokens of a provider that it ended, in
    /// no particular order.
    pub fn write_noting<I>(&self, intent: I) -> Result<(I::Output, Vec<EndedGrant>), StoreError>
    where
        I: WriteIntent + OnOracle<<I as WriteIntent>::Output>,
    {
        match &self.0 {
            Engine::Redb(engine) => engine.write(move |tx| noting(&intent, tx)),
            Engine::Postgres(engine) => engine.write(move |tx| noting(&intent, tx)),
            #[cfg(any(test, feature = "testing"))]
            Engine::Oracle(oracle) => oracle.run(&intent),
        }
    }

    /// Fails if the store cannot read and write, for `/readyz`; one cheap read as long as nothing has failed.
    pub fn ready(&self) -> Result<(), StoreError> {
        match &self.0 {
            Engine::Redb(engine) => engine.ready(),
            Engine::Postgres(engine) => engine.ready(),
            #[cfg(any(test, feature = "testing"))]
            Engine::Oracle(oracle) => {
                oracle.ready();
                Ok(())
            }
        }
    }

    /// Passes everything that is stored at this moment to `sink`; other operations continue meanwhile.
    pub fn copy_out(&self, sink: &mut Sink<'_>) -> Result<(), StoreError> {
        let sink = RefCell::new(sink);
        match &self.0 {
            Engine::Redb(engine) => engine.read(|tx| copy::out(tx, &mut **sink.borrow_mut())),
            Engine::Postgres(engine) => engine.read(|tx| copy::out(tx, &mut **sink.borrow_mut())),
            #[cfg(any(test, feature = "testing"))]
            Engine::Oracle(_) => Err(crate::testing::oracle::NO_COPIES),
        }
    }
}

/// Runs the operation, and returns its result with the grants that it ended.
fn noting<I: WriteIntent>(intent: &I, tx: &impl Write) -> Result<(I::Output, Vec<EndedGrant>), StoreError> {
    // Several operations may share a transaction, and one before this may have failed.
    tx.ended().take();
    let output = intent.run(tx)?;
    Ok((output, tx.ended().take()))
}
