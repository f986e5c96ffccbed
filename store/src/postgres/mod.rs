//! PostgreSQL, for several replicas: the same ordered tables as in the file, each operation one serializable
//! transaction. A transaction that lost against another one is run again.
//!
//! The store has a runtime of its own for the connections, so its operations block like those of the other
//! backends and may be called from any thread that may block.

mod counts;
mod open;
mod tx;

use super::StoreError;
use super::ordered::{Engine, LAYOUT_KEY, Read as _};
use counts::Counts;
use sqlx::PgPool;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Runtime;
use tx::{Failure, Tx};

pub use open::OpenError;

/// Connections; each serves one operation at a time.
const CONNECTIONS: u32 = 16;
/// How often a transaction that lost is run again. Of those that meet, one wins each time.
const ATTEMPTS: usize = 100;
/// How long the server may take for one answer: longer and it is as good as gone.
const PATIENCE: Duration = Duration::from_secs(5);

const READ: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
// Reading a whole small table instead of an index would make transactions lose against all others.
const WRITE: &str = "BEGIN ISOLATION LEVEL SERIALIZABLE; SET LOCAL enable_seqscan = off";

/// A store in a PostgreSQL database.
pub struct PostgresStore {
    pool: PgPool,
    counts: Arc<Counts>,
    /// For the connections; gone while the store is dropped.
    runtime: Option<Runtime>,
}

impl std::fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PostgresStore")
    }
}

impl PostgresStore {
    /// A transaction. Connections that the server has closed meanwhile are found out here, where nothing was
    /// asked yet, and passed over.
    fn begin(&self, statement: &'static str) -> Result<Tx, StoreError> {
        let runtime = self.runtime.as_ref().ok_or(StoreError::Stopped)?;
        let mut last = None;
        for _ in 0..=CONNECTIONS {
            match Tx::begin(runtime.handle(), &self.pool, &self.counts, statement) {
                Ok(tx) => return Ok(tx),
                Err(Failure::Lost(error)) => last = Some(error),
                Err(failure) => return Err(failure.into()),
            }
        }
        Err(last.unwrap_or(StoreError::Busy))
    }
}

impl Engine for PostgresStore {
    type Reader = Tx;
    type Writer = Tx;

    fn read<T>(&self, operation: impl Fn(&Tx) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let tx = self.begin(READ)?;
        let result = operation(&tx);
        tx.roll_back();
        result
    }

    fn write<T: Send + 'static>(
        &self,
        operation: impl Fn(&Tx) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        for _ in 0..ATTEMPTS {
            let tx = self.begin(WRITE)?;
            match operation(&tx) {
                Ok(answer) => match tx.commit() {
                    Ok(()) => return Ok(answer),
                    Err(Failure::LostRace) => {}
                    Err(failure) => return Err(failure.into()),
                },
                Err(error) => {
                    let lost_race = tx.lost_race();
                    tx.roll_back();
                    if !lost_race {
                        return Err(error);
                    }
                }
            }
        }
        Err(StoreError::Busy)
    }

    fn ready(&self) -> Result<(), StoreError> {
        self.read(|tx| tx.number(LAYOUT_KEY).map(drop))
    }
}

impl Drop for PostgresStore {
    fn drop(&mut self) {
        // Not waited for: nothing is under way here any more, and the caller may be async code.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
