//! PostgreSQL, for several replicas: the same ordered tables as in the redb engine. A write is one serializable
//! transaction; if it conflicts with another one, it is repeated after a random pause. A read is one read-only
//! transaction on a snapshot, and is never repeated.
//!
//! The store has its own runtime for the connections. So its operations block, like those of the redb engine, and may
//! be called from any thread that may block.

mod counts;
mod error;
mod open;
mod pause;
mod server;
mod tx;

use super::Engine;
use crate::entropy::{Entropy, random_bytes};
use crate::error::StoreError;
use crate::observe::{Observed, Stopwatch};
use crate::tables::keys::{LAYOUT, LAYOUT_KEY, META, RESTORING_KEY};
use crate::tables::{Read as _, Write as _};
use counts::Counts;
use protocol::secret::Secret;
use server::{Failure, Server};
use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Runtime;
use tx::Tx;

pub use error::OpenError;

/// The maximum number of connections; each serves one operation at a time.
const CONNECTIONS: u32 = 16;
/// The maximum number of attempts for a conflicting transaction. Of the transactions that conflict, one succeeds each
/// time.
const ATTEMPTS: u32 = 100;

const READ: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
// PostgreSQL would scan a small table sequentially, and such a scan conflicts with every transaction that writes to
// the table.
const WRITE: &str = "BEGIN ISOLATION LEVEL SERIALIZABLE; SET LOCAL enable_seqscan = off";

/// The tables in a PostgreSQL database.
pub(crate) struct PostgresStore {
    pool: PgPool,
    counts: Arc<Counts>,
    observed: Observed,
    /// The maximum time to wait for a connection, and for each response of the server.
    patience: Duration,
    /// Chooses the lengths of the pauses before a conflicting transaction is repeated.
    entropy: Arc<dyn Entropy>,
    /// Runs the connections; `None` only while the store is dropped.
    runtime: Option<Runtime>,
}

impl std::fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PostgresStore")
    }
}

impl PostgresStore {
    /// Connects to the database at `url` and creates or upgrades its tables. Blocking.
    pub(crate) fn open(
        url: &Secret<String>,
        patience: Duration,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, OpenError> {
        // sqlx accepts any scheme.
        if !["postgres://", "postgresql://"].iter().any(|scheme| url.expose().starts_with(scheme)) {
            return Err(OpenError::Url);
        }
        let options: PgConnectOptions = url.expose().parse().map_err(|_| OpenError::Url)?;
        let options = options.application_name("mcpbouncer");
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("store-postgres")
            .enable_all()
            .build()
            .map_err(|error| StoreError::Backend(format!("no thread for connections: {error}")))?;
        runtime.block_on(open::prepare(&options, patience))?;
        let pool = {
            let _context = runtime.enter();
            PgPoolOptions::new()
                .max_connections(CONNECTIONS)
                .acquire_timeout(patience)
                // `begin` detects closed connections itself, which saves one round trip per operation.
                .test_before_acquire(false)
                .connect_lazy_with(options)
        };
        let (counts, observed) = (Arc::default(), Observed::default());
        let store = Self { pool, counts, observed, patience, entropy, runtime: Some(runtime) };
        store.check_layout()?;
        Ok(store)
    }

    /// Refuses a newer layout of the records or an unfinished restore, and raises the stored version if it is older.
    fn check_layout(&self) -> Result<(), OpenError> {
        let (found, restoring) = self.read(|tx| Ok((tx.number(LAYOUT_KEY)?, tx.number(RESTORING_KEY)?)))?;
        if restoring != 0 {
            return Err(OpenError::Unfinished);
        }
        if found > LAYOUT {
            return Err(OpenError::Newer);
        }
        if found < LAYOUT {
            self.write(|tx| tx.put_bytes(META, LAYOUT_KEY, &LAYOUT.to_be_bytes()))?;
        }
        Ok(())
    }

    /// Starts a transaction. If BEGIN finds that the server has closed the connection, tries the next one; nothing of
    /// the operation was sent then.
    fn begin(&self, statement: &'static str) -> Result<Tx, StoreError> {
        let server = self.server()?;
        let mut last = None;
        for _ in 0..=CONNECTIONS {
            match Tx::begin(server.clone(), &self.pool, &self.counts, statement) {
                Ok(tx) => return Ok(tx),
                Err(Failure::Lost(error)) => last = Some(error),
                Err(failure) => return Err(failure.into()),
            }
        }
        Err(last.unwrap_or(StoreError::Busy))
    }

    fn server(&self) -> Result<Server, StoreError> {
        let runtime = self.runtime.as_ref().ok_or(StoreError::Stopped)?;
        Ok(Server { handle: runtime.handle().clone(), patience: self.patience })
    }

    /// Waits before the operation is repeated. `lost` is how many of its transactions have conflicted with others so
    /// far. No connection is held meanwhile.
    fn pause(&self, lost: u32) -> Result<(), StoreError> {
        // If there are no random bytes, the pause is the longest one.
        let random = random_bytes(&*self.entropy).map_or(u32::MAX, u32::from_ne_bytes);
        self.server()?.pause(pause::after(lost, random));
        Ok(())
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
        for lost in 0..ATTEMPTS {
            if lost > 0 {
                self.pause(lost)?;
            }
            let tx = self.begin(WRITE)?;
            match operation(&tx) {
                Ok(output) => {
                    let since = Stopwatch::start();
                    match tx.commit() {
                        Ok(()) => {
                            self.observed.committed(1, since);
                            return Ok(output);
                        }
                        Err(Failure::LostRace) => {}
                        Err(failure) => return Err(failure.into()),
                    }
                }
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

    fn observed(&self) -> &Observed {
        &self.observed
    }

    fn ready(&self) -> Result<(), StoreError> {
        self.read(|tx| tx.number(LAYOUT_KEY).map(drop))
    }
}

impl Drop for PostgresStore {
    fn drop(&mut self) {
        // The runtime is not awaited: no operation is in progress any more, and the caller may be async code.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SystemEntropy;

    #[test]
    fn an_address_that_is_none_is_not_repeated() {
        let url = Secret::new("mysql://u:canary@h/d".to_owned());
        let error = PostgresStore::open(&url, Duration::MAX, Arc::new(SystemEntropy)).unwrap_err();
        assert!(matches!(error, OpenError::Url) && !error.to_string().contains("canary"));
    }
}
