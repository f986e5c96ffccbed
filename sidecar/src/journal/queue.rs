//! The queue of audit rows whose events have no transaction. Rows are written in batches, and nobody waits for them. A
//! row for which the queue has no room is not written: a metric counts it, and its event is still in the log.

use std::sync::{Arc, Mutex, PoisonError};

use protocol::time::UnixTime;
use store::intent::audit::Append;
use store::record::{AuditClass, AuditRecord};
use store::{AuditLimits, StoreHandle};
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::sync::watch;

use crate::metrics::Metrics;

/// The maximum number of rows in the queue.
const ROOM: usize = 1_024;
/// The maximum number of rows in one write.
const BATCH: usize = 256;
/// The maximum number of rows in a second for events that anybody can cause, so that a flood of refused requests does
/// not keep the disk busy.
const UNPROVEN_PER_SECOND: u32 = 50;

/// The end of the queue at which rows are added.
#[derive(Clone)]
pub(super) struct Queue {
    rows: Sender<AuditRecord>,
    flood: Arc<Mutex<(UnixTime, u32)>>,
}

pub(super) fn new() -> (Queue, Receiver<AuditRecord>) {
    let (rows, waiting) = mpsc::channel(ROOM);
    (Queue { rows, flood: Arc::default() }, waiting)
}

impl Queue {
    /// Adds a row to the queue. Fails with the cause, for the metric, if the row is lost.
    pub(super) fn put(&self, row: AuditRecord) -> Result<(), &'static str> {
        if row.class == AuditClass::Unproven && !self.admits(row.at) {
            return Err("flood");
        }
        self.rows.try_send(row).map_err(|_| "queue")
    }

    fn admits(&self, now: UnixTime) -> bool {
        let mut flood = self.flood.lock().unwrap_or_else(PoisonError::into_inner);
        if flood.0 != now {
            *flood = (now, 0);
        }
        flood.1 = flood.1.saturating_add(1);
        flood.1 <= UNPROVEN_PER_SECOND
    }
}

/// Writes the rows in the queue to the store.
pub struct Writer {
    rows: Receiver<AuditRecord>,
    store: StoreHandle,
    metrics: Arc<Metrics>,
    limits: AuditLimits,
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Writer")
    }
}

impl Writer {
    pub(super) const fn new(
        rows: Receiver<AuditRecord>,
        store: StoreHandle,
        metrics: Arc<Metrics>,
        limits: AuditLimits,
    ) -> Self {
        Self { rows, store, metrics, limits }
    }

    /// Writes rows until the stop signal, and then the rows that are still in the queue.
    pub async fn run(mut self, mut stopped: watch::Receiver<bool>) {
        // An error means that the sender was dropped, which counts as a stop signal.
        let stop = async move { drop(stopped.wait_for(|stop| *stop).await) };
        tokio::pin!(stop);
        loop {
            let mut batch = Vec::new();
            let received = tokio::select! {
                received = self.rows.recv_many(&mut batch, BATCH) => received,
                () = &mut stop => break,
            };
            if received == 0 {
                return;
            }
            self.write(batch).await;
        }
        self.flush().await;
    }

    /// Writes the rows that are in the queue now.
    pub async fn flush(&mut self) {
        loop {
            let mut batch = Vec::new();
            while batch.len() < BATCH
                && let Ok(row) = self.rows.try_recv()
            {
                batch.push(row);
            }
            if batch.is_empty() {
                return;
            }
            self.write(batch).await;
        }
    }

    async fn write(&self, rows: Vec<AuditRecord>) {
        let count = rows.len() as u64;
        match self.store.write(Append { rows, limits: self.limits }).await {
            Ok(appended) => self.metrics.audit_lost("full", appended.full as u64),
            Err(_) => self.metrics.audit_lost("store", count),
        }
    }
}
