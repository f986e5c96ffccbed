//! Holds the open database, and opens it again after the disk failed.
//!
//! After an I/O error redb refuses to work, because its memory and the disk may differ. Opening the file again finds
//! the last complete commit. So after a full disk no restart is needed once there is space again.

use super::error::OpenError;
use super::tx::{WriteTx, backend};
use crate::error::StoreError;
use redb::{ReadTransaction, ReadableDatabase};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{PoisonError, RwLock, TryLockError};

#[expect(clippy::disallowed_types, reason = "this is the store")]
pub(super) type Database = redb::Database;

/// Opens the database anew with each call.
type Opener = Box<dyn Fn() -> Result<Database, OpenError> + Send + Sync>;

pub(super) struct Slot {
    opener: Opener,
    /// `None` only while the database is opened again, and as long as that fails.
    database: RwLock<Option<Database>>,
    /// The database failed in an operation, so the open database must not be used any more.
    broken: AtomicBool,
    /// The last write transaction failed.
    refuses_writes: AtomicBool,
}

impl Slot {
    pub(super) fn open(opener: Opener) -> Result<Self, OpenError> {
        let database = RwLock::new(Some(opener()?));
        Ok(Self { opener, database, broken: AtomicBool::new(false), refuses_writes: AtomicBool::new(false) })
    }

    /// Begins a transaction that reads a snapshot of the last commit.
    pub(super) fn begin_read(&self) -> Result<ReadTransaction, StoreError> {
        self.with(|database| database.begin_read().map_err(backend))
    }

    /// Begins a write transaction. Only the writer calls this, for one transaction at a time.
    pub(super) fn begin_write(&self) -> Result<WriteTx, StoreError> {
        self.with(|database| database.begin_write().map(WriteTx::new).map_err(backend))
    }

    fn with<T>(&self, begin: impl FnOnce(&Database) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let away = || StoreError::Backend("it has not been reopened yet after an error".to_owned());
        let database = match self.database.try_read() {
            Ok(database) => database,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return Err(away()),
        };
        let database = database.as_ref().ok_or_else(away)?;
        self.noting(begin(database))
    }

    /// Returns the result unchanged, and remembers if the database failed.
    pub(super) fn noting<T>(&self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        if matches!(result, Err(StoreError::Backend(_))) {
            self.broken.store(true, Ordering::Release);
        }
        result
    }

    /// Does what [`Self::noting`] does, for the result of a commit, and remembers whether the commit failed.
    pub(super) fn noting_commit(&self, result: Result<(), StoreError>) -> Result<(), StoreError> {
        self.refuses_writes.store(result.is_err(), Ordering::Release);
        self.noting(result)
    }

    /// Whether the database has failed in an operation since it was opened.
    pub(super) fn is_broken(&self) -> bool {
        self.broken.load(Ordering::Acquire)
    }

    /// Whether the last write transaction succeeded and the database has not failed since it was opened.
    pub(super) fn takes_writes(&self) -> bool {
        !self.is_broken() && !self.refuses_writes.load(Ordering::Acquire)
    }

    /// Opens the database again if it has failed. The writer calls this between transactions.
    pub(super) fn mend(&self) -> Result<(), StoreError> {
        if !self.is_broken() {
            return Ok(());
        }
        let mut database = self.database.write().unwrap_or_else(PoisonError::into_inner);
        // Close it first, because redb locks the file even against the same process.
        *database = None;
        let opened = (self.opener)().map_err(|error| StoreError::Backend(error.to_string()))?;
        tracing::warn!("the database was reopened after an error");
        *database = Some(opened);
        self.broken.store(false, Ordering::Release);
        Ok(())
    }
}
