//! The rows of events that have no transaction of their own. They are written in batches, and nobody waits for them: a
//! row for which there is no room is lost to the audit, which a metric counts, and its event is in the log.

use std::sync::{Arc, Mutex, PoisonError};

use protocol::time::UnixTime;
use store::intent::audit::Append;
use store::record::{AuditClass, AuditRecord};
use store::{AuditLimits, StoreHandle};
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::sync::watch;

use crate::metrics::Metrics;

/// The most rows that wait.
const ROOM: usize = 1_024;
/// The most rows of one write.
const BATCH: usize = 256;
/// The most rows a second of events that anybody can cause, so that a flood of refused requests does not keep the disk
/// busy.
const UNPROVEN_PER_SECOND: u32 = 50;

/// The end at which rows are put in.
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
    /// Puts a row in; the error is why it is lost.
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

/// Writes the rows that wait.
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

    /// Writes rows until the stop signal, and then those that still wait.
    pub async fn run(mut self, mut stopped: watch::Receiver<bool>) {
        // An error means that the sender has been dropped: treat it as a stop signal.
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

    /// Writes the rows that wait now.
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
