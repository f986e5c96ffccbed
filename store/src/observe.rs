//! Measures the store, for metrics. No decision depends on a measurement.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

/// A kind of operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// An operation that changes nothing.
    Read,
    /// An operation that may change something.
    Write,
}

/// Receives measurements.
pub trait Observer: Send + Sync {
    /// An operation has ended, with or without success. `took` includes its wait.
    fn operated(&self, operation: Operation, took: Duration);

    /// A transaction with this number of operations has been committed; `took` is the time of the commit alone.
    fn committed(&self, operations: usize, took: Duration);
}

/// Measures how long something takes.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts to measure.
    #[expect(clippy::disallowed_methods, reason = "measures a duration; nothing is decided by it")]
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// The time since the start.
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

/// The observer of a store; there is none until it is set.
#[derive(Clone, Default)]
pub(crate) struct Observed(Arc<OnceLock<Arc<dyn Observer>>>);

impl Observed {
    /// Sets the observer. A second call has no effect.
    pub(crate) fn set(&self, observer: Arc<dyn Observer>) {
        let _ = self.0.set(observer);
    }

    pub(crate) fn operated(&self, operation: Operation, since: Stopwatch) {
        if let Some(observer) = self.0.get() {
            observer.operated(operation, since.elapsed());
        }
    }

    pub(crate) fn committed(&self, operations: usize, since: Stopwatch) {
        if let Some(observer) = self.0.get() {
            observer.committed(operations, since.elapsed());
        }
    }
}

impl std::fmt::Debug for Observed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Observed")
    }
}
