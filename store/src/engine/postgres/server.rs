//! Waits for the server's responses, and tells why a statement failed.

use crate::error::StoreError;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::time::{sleep, timeout};

/// What is needed to wait for the server's responses.
#[derive(Clone)]
pub(super) struct Server {
    pub(super) handle: Handle,
    /// The maximum time to wait for each response.
    pub(super) patience: Duration,
}

impl Server {
    /// Waits for the server's response.
    pub(super) fn wait_for<T>(
        &self,
        response: impl Future<Output = Result<T, sqlx::Error>>,
    ) -> Result<T, Failure> {
        match self.handle.block_on(async { timeout(self.patience, response).await }) {
            Ok(result) => result.map_err(Failure::from),
            Err(_) => {
                Err(Failure::Other(StoreError::Backend("PostgreSQL did not respond in time".to_owned())))
            }
        }
    }

    /// Only waits for this time.
    pub(super) fn pause(&self, pause: Duration) {
        // A timer must be made inside the runtime.
        self.handle.block_on(async { sleep(pause).await });
    }
}

/// Why a statement failed.
#[derive(Debug)]
pub(super) enum Failure {
    /// The transaction conflicted with another one and must be run again.
    LostRace,
    /// The connection was lost.
    Lost(StoreError),
    /// No connection became free in time.
    Busy,
    /// Any other error.
    Other(StoreError),
}

impl From<Failure> for StoreError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::LostRace | Failure::Busy => Self::Busy,
            Failure::Lost(error) | Failure::Other(error) => error,
        }
    }
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        let code = match &error {
            sqlx::Error::Database(error) => error.code().map(std::borrow::Cow::into_owned),
            sqlx::Error::PoolTimedOut => return Self::Busy,
            sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed => {
                return Self::Lost(StoreError::Backend(error.to_string()));
            }
            _ => None,
        };
        let text = StoreError::Backend(error.to_string());
        // PostgreSQL, appendix A: serialization_failure, deadlock_detected; class 57P: the server shuts down.
        match code.as_deref() {
            Some("40001" | "40P01") => Self::LostRace,
            Some(code) if code.starts_with("57P") => Self::Lost(text),
            _ => Self::Other(text),
        }
    }
}
