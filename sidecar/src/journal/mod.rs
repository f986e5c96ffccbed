//! Records events. The log line, the metrics and the audit row of an event are made from the same value, so that
//! nothing is logged without being counted.
//!
//! If an event belongs to a change in the store, its row is written in the transaction of that change. Rows of other
//! events are put into a queue ([`queue`]), and no request waits for them.

mod log;
mod queue;
mod row;

use std::sync::Arc;

use events::Event;
use store::entropy::{Entropy, EntropyError};
use store::intent::WriteIntent;
use store::intent::audit::Audited;
use store::record::AuditIds;
use store::{AuditLimits, OnOracle, StoreError, StoreHandle};

use crate::clock::Clock;
use crate::metrics::{Metrics, RECORDED};
use queue::Queue;
pub use queue::Writer;

/// The maximum number of audit rows for one store operation. Further events are logged, and counted as lost.
const MOST: usize = 4;

/// Records events. Cheap to clone.
#[derive(Clone)]
pub struct Journal {
    store: StoreHandle,
    metrics: Arc<Metrics>,
    clock: Arc<dyn Clock>,
    ids: Arc<AuditIds>,
    limits: AuditLimits,
    queue: Queue,
}

impl std::fmt::Debug for Journal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Journal")
    }
}

impl Journal {
    /// Makes a journal with this store and these metrics, and the [`Writer`] that writes the rows of its queue.
    pub fn new(
        store: StoreHandle,
        metrics: Arc<Metrics>,
        clock: Arc<dyn Clock>,
        entropy: &dyn Entropy,
        limits: AuditLimits,
    ) -> Result<(Self, Writer), EntropyError> {
        let ids = Arc::new(AuditIds::new(entropy)?);
        let (queue, rows) = queue::new();
        let writer = Writer::new(rows, store.clone(), Arc::clone(&metrics), limits);
        Ok((Self { store, metrics, clock, ids, limits, queue }, writer))
    }

    /// Makes a journal with metrics of its own, and without a writer.
    #[cfg(test)]
    pub(crate) fn on(store: Arc<store::Store>) -> Self {
        let metrics = Arc::new(Metrics::new(protocol::time::UnixTime::new(0)));
        let entropy = store::entropy::SeededEntropy::new(1);
        let clock = Arc::new(crate::clock::SystemClock);
        Self::new(StoreHandle::new(store), metrics, clock, &entropy, AuditLimits::default()).unwrap().0
    }

    /// The store.
    pub const fn store(&self) -> &StoreHandle {
        &self.store
    }

    /// The metrics.
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// Records an event that changes nothing in the store.
    #[expect(clippy::needless_pass_by_value, reason = "an event is recorded once")]
    pub fn record(&self, event: Event) {
        self.tell(&event);
        if !RECORDED {
            return;
        }
        let row = row::of(&event, self.clock.now(), self.ids.next());
        if let Err(cause) = self.queue.put(row) {
            self.metrics.audit_lost(cause, 1);
        }
    }

    /// Counts an event without a log line and without a row, because a sample of such events is enough.
    pub fn count(&self, event: &Event) {
        self.metrics.count(event);
    }

    fn tell(&self, event: &Event) {
        log::write(event);
        self.metrics.count(event);
    }

    /// Runs a store operation, and records the events that `events` makes of its result. Their audit rows are written
    /// in the same transaction. At most [`MOST`] of the events get a row.
    pub async fn write<I>(
        &self,
        intent: I,
        events: impl Fn(&I::Output) -> Vec<Event> + Send + Sync + 'static,
    ) -> Result<I::Output, StoreError>
    where
        I: WriteIntent + OnOracle<<I as WriteIntent>::Output>,
    {
        self.write_up_to(MOST, intent, events).await
    }

    /// Like [`Self::write`], for an operation that causes up to `most` events with a row.
    pub async fn write_up_to<I>(
        &self,
        most: usize,
        intent: I,
        events: impl Fn(&I::Output) -> Vec<Event> + Send + Sync + 'static,
    ) -> Result<I::Output, StoreError>
    where
        I: WriteIntent + OnOracle<<I as WriteIntent>::Output>,
    {
        let (now, ids) = (self.clock.now(), (0..most).map(|_| self.ids.next()).collect::<Vec<_>>());
        let events = Arc::new(events);
        let made = Arc::clone(&events);
        let rows = move |output: &I::Output| {
            if !RECORDED {
                return Vec::new();
            }
            made(output).iter().zip(&ids).map(|(event, id)| row::of(event, now, *id)).collect()
        };
        let (output, appended) = self.store.write(Audited::new(intent, self.limits, rows)).await?;
        let events = events(&output);
        for event in &events {
            self.tell(event);
        }
        self.metrics.audit_lost("full", appended.full as u64);
        self.metrics.audit_lost("surplus", events.len().saturating_sub(most) as u64);
        Ok(output)
    }
}

#[cfg(test)]
mod tests {
    use events::Kind;
    use store::SweepLimits;
    use store::intent::sweep::Sweep;

    use super::*;

    #[tokio::test]
    async fn events_without_a_row_are_counted_as_lost() {
        let journal = Journal::on(Arc::new(store::Store::oracle()));
        let limits = SweepLimits { client_idle_secs: 90, batch: 10, audit: AuditLimits::default() };
        for (events, lost) in [(2, None), (3, Some("bouncer_audit_lost_total{cause=\"surplus\"} 1"))] {
            let sweep = Sweep { now: protocol::time::UnixTime::new(1_800_000_000), limits };
            journal.write_up_to(2, sweep, move |_| vec![Event::new(Kind::Operation); events]).await.unwrap();
            let shown = journal.metrics().text(&crate::metrics::Snapshot::default());
            assert_eq!(shown.lines().find(|line| line.starts_with("bouncer_audit_lost_total")), lost);
        }
    }
}
