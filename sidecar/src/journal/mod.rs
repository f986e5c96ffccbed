//! Records what happens: the log line, the metrics and the audit row of an event are made from the same value, so that
//! nothing is logged without being counted.

mod log;

use std::sync::Arc;

use events::Event;
use store::intent::WriteIntent;
use store::{OnOracle, StoreError, StoreHandle};

use crate::metrics::Metrics;

/// Records events. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Journal {
    store: StoreHandle,
    metrics: Arc<Metrics>,
}

impl Journal {
    /// Records to this store and these metrics.
    pub const fn new(store: StoreHandle, metrics: Arc<Metrics>) -> Self {
        Self { store, metrics }
    }

    /// With metrics of its own.
    #[cfg(test)]
    pub(crate) fn on(store: Arc<store::Store>) -> Self {
        Self::new(StoreHandle::new(store), Arc::new(Metrics::new(protocol::time::UnixTime::new(0))))
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
    pub fn record(&self, event: Event) {
        log::write(&event);
        self.metrics.count(&event);
    }

    /// Counts an event without a log line, because a sample of such lines is enough.
    pub fn count(&self, event: &Event) {
        self.metrics.count(event);
    }

    /// Runs a store operation, and records the events that `events` makes of its result.
    pub async fn write<I>(
        &self,
        intent: I,
        events: impl Fn(&I::Output) -> Vec<Event> + Send + Sync + 'static,
    ) -> Result<I::Output, StoreError>
    where
        I: WriteIntent + OnOracle<<I as WriteIntent>::Output>,
    {
        let output = self.store.write(intent).await?;
        for event in events(&output) {
            self.record(event);
        }
        Ok(output)
    }
}
