//! Counts what became of spans.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// The maximum number of spans that wait for the collector; more spans are dropped. A span takes about 1 KB.
pub(super) const QUEUE: usize = 2_048;
/// The maximum number of requests per second that are traced, whatever the caller and the sampler ask for. The header
/// `traceparent` lets any caller ask for a trace.
pub const TRACES_PER_SECOND: u64 = 100;

/// The number of spans that were exported and dropped since the start.
#[derive(Debug, Default)]
pub struct Counts {
    waiting: AtomicUsize,
    exported: AtomicU64,
    dropped: AtomicU64,
    untraced: AtomicU64,
    failure: std::sync::Mutex<Option<String>>,
}

impl Counts {
    /// The number of spans that the collector accepted.
    pub fn exported(&self) -> u64 {
        self.exported.load(Ordering::Relaxed)
    }

    /// The number of spans that were lost because the queue was full or the collector did not accept them.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// The number of requests that were not traced because [`TRACES_PER_SECOND`] others were in the same second.
    pub fn untraced(&self) -> u64 {
        self.untraced.load(Ordering::Relaxed)
    }

    /// Takes a place in the queue. If the queue is full, counts the span as dropped and returns false.
    pub(super) fn enqueue(&self) -> bool {
        let has_place = self.waiting.fetch_add(1, Ordering::AcqRel) < QUEUE;
        if !has_place {
            self.waiting.fetch_sub(1, Ordering::AcqRel);
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
        has_place
    }

    /// Frees the places of spans that were sent or could not be sent, and counts them as exported or dropped.
    pub(super) fn sent(&self, spans: usize, accepted: bool) {
        self.waiting.fetch_sub(spans, Ordering::AcqRel);
        let count = if accepted { &self.exported } else { &self.dropped };
        count.fetch_add(u64::try_from(spans).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// Counts all waiting spans as dropped.
    pub(super) fn lose_waiting(&self) {
        let waiting = self.waiting.swap(0, Ordering::AcqRel);
        self.dropped.fetch_add(u64::try_from(waiting).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// Counts a request that is not traced because too many others are.
    pub(super) fn leave_untraced(&self) {
        self.untraced.fetch_add(1, Ordering::Relaxed);
    }

    /// Remembers, for the log, why the last request to the collector failed; `None` if it succeeded.
    pub(super) fn failed(&self, why: Option<String>) {
        *self.failure.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = why;
    }

    /// Why the last request to the collector failed; `None` if it succeeded.
    pub(super) fn failure(&self) -> Option<String> {
        self.failure.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }
}
