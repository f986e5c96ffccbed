//! Group commit: one thread applies the waiting operations, up to a maximum number, in one transaction and makes the
//! transaction durable with one sync.
//!
//! A disk takes about as long to make one change durable as to make a hundred durable. While one transaction is synced,
//! further operations queue up and become the next transaction. An operation that arrives alone is applied immediately.

use super::slot::Slot;
use super::tx::WriteTx;
use crate::error::StoreError;
use crate::observe::{Observed, Stopwatch};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, SyncSender, TrySendError};
use std::thread::JoinHandle;

/// The maximum number of waiting operations; one more fails with [`StoreError::Busy`].
pub(super) const QUEUE: usize = 1024;
/// The maximum number of operations in one transaction, so that the first of them does not wait long for the last.
pub(crate) const BATCH: usize = 256;

/// An operation that the writer executes.
trait Intent: Send {
    /// Runs the operation. Returns `false` if it failed after it had written, so that the transaction must not be
    /// committed.
    fn attempt(&mut self, tx: &WriteTx, slot: &Slot) -> bool;
    /// Returns the result to the caller, or the error of the transaction if that failed.
    fn reply(self: Box<Self>, committed: Result<(), &StoreError>);
}

struct Pending<T, F> {
    operation: F,
    result: Result<T, StoreError>,
    reply: SyncSender<Result<T, StoreError>>,
}

impl<T, F> Intent for Pending<T, F>
where
    T: Send,
    F: Fn(&WriteTx) -> Result<T, StoreError> + Send,
{
    fn attempt(&mut self, tx: &WriteTx, slot: &Slot) -> bool {
        let before = tx.writes();
        // A panic fails this operation, not the store.
        let result = catch_unwind(AssertUnwindSafe(|| (self.operation)(tx)));
        self.result = slot.noting(result.unwrap_or(Err(StoreError::Invariant("the operation panicked"))));
        self.result.is_ok() || tx.writes() == before
    }

    fn reply(self: Box<Self>, committed: Result<(), &StoreError>) {
        let result = match committed {
            Ok(()) => self.result,
            // Even an operation that wrote nothing may have read what another operation of the transaction wrote.
            Err(error) => Err(StoreError::Backend(error.to_string())),
        };
        let _ = self.reply.send(result);
    }
}

/// The writer thread and its queue. Dropping it completes the waiting operations.
pub(super) struct Writer {
    queue: Option<SyncSender<Box<dyn Intent>>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(slot: Arc<Slot>, batch: usize, observed: Observed) -> Result<Self, StoreError> {
        let (queue, waiting) = mpsc::sync_channel(QUEUE);
        let thread = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || run(&waiting, &slot, batch, &observed))
            .map_err(|error| StoreError::Backend(format!("no thread for writing: {error}")))?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    /// Queues an operation and waits until it is durable.
    pub(super) fn write<T: Send + 'static>(
        &self,
        operation: impl Fn(&WriteTx) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.hand_over(operation)?.recv().unwrap_or(Err(StoreError::Stopped))
    }

    /// Queues an operation; its result is received once it is durable.
    fn hand_over<T: Send + 'static>(
        &self,
        operation: impl Fn(&WriteTx) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<Receiver<Result<T, StoreError>>, StoreError> {
        let (reply, received) = mpsc::sync_channel(1);
        let result = Err(StoreError::Stopped);
        let queue = self.queue.as_ref().ok_or(StoreError::Stopped)?;
        match queue.try_send(Box::new(Pending { operation, result, reply })) {
            Ok(()) => Ok(received),
            Err(TrySendError::Full(_)) => Err(StoreError::Busy),
            Err(TrySendError::Disconnected(_)) => Err(StoreError::Stopped),
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.queue.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn run(waiting: &Receiver<Box<dyn Intent>>, slot: &Slot, most: usize, observed: &Observed) {
    while let Ok(first) = waiting.recv() {
        let mut batch = vec![first];
        batch.extend(waiting.try_iter().take(most - 1));
        apply(slot, batch, observed);
    }
}

/// Applies the operations in one transaction. If an operation fails after it has written, the transaction is aborted,
/// and the other operations run in a new one. The operations before the failed one therefore run more than once.
fn apply(slot: &Slot, mut batch: Vec<Box<dyn Intent>>, observed: &Observed) {
    loop {
        let tx = match slot.mend().and_then(|()| slot.begin_write()) {
            Ok(tx) => tx,
            Err(error) => return reply(batch, Err(&error)),
        };
        let Some(spoilt) = batch.iter_mut().position(|intent| !intent.attempt(&tx, slot)) else {
            if slot.is_broken() {
                drop(tx);
                return reply(batch, Err(&StoreError::Backend("it failed during a write".to_owned())));
            }
            let wrote = tx.writes() > 0;
            let since = Stopwatch::start();
            let committed = if wrote { slot.noting_commit(tx.commit()) } else { slot.noting(tx.abort()) };
            if wrote {
                observed.committed(batch.len(), since);
            }
            return reply(batch, committed.as_ref().copied());
        };
        let aborted = slot.noting(tx.abort());
        batch.remove(spoilt).reply(Ok(()));
        if let Err(error) = aborted {
            return reply(batch, Err(&error));
        }
    }
}

fn reply(batch: Vec<Box<dyn Intent>>, committed: Result<(), &StoreError>) {
    for intent in batch {
        intent.reply(committed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::keys::META;
    use crate::tables::{Read as _, Write as _};
    use redb::StorageBackend;
    use redb::backends::InMemoryBackend;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// An in-memory database that counts its syncs.
    #[derive(Debug)]
    struct Counting(InMemoryBackend, Arc<AtomicUsize>);

    impl StorageBackend for Counting {
        fn len(&self) -> std::io::Result<u64> {
            self.0.len()
        }
        fn read(&self, offset: u64, out: &mut [u8]) -> std::io::Result<()> {
            self.0.read(offset, out)
        }
        fn set_len(&self, len: u64) -> std::io::Result<()> {
            self.0.set_len(len)
        }
        fn sync_data(&self) -> std::io::Result<()> {
            self.1.fetch_add(1, Ordering::SeqCst);
            self.0.sync_data()
        }
        fn write(&self, offset: u64, data: &[u8]) -> std::io::Result<()> {
            self.0.write(offset, data)
        }
    }

    fn put(key: &'static str) -> impl Fn(&WriteTx) -> Result<(), StoreError> + Send + 'static {
        move |tx| tx.put_bytes(META, key.as_bytes(), &[1])
    }

    fn has(slot: &Slot, key: &str) -> bool {
        slot.begin_read().unwrap().bytes(META, key.as_bytes()).unwrap().is_some()
    }

    /// Starts a writer and queues an operation that blocks until the returned sender is dropped. The returned counter
    /// counts the syncs from then on.
    fn occupied() -> (Writer, Arc<Slot>, mpsc::Sender<()>, Arc<AtomicUsize>) {
        let syncs = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&syncs);
        let slot = Slot::open(Box::new(move || {
            let backend = Counting(InMemoryBackend::new(), Arc::clone(&counted));
            let database = redb::Builder::new()
                .create_with_backend(backend)
                .map_err(crate::engine::redb::tx::backend)?;
            let tx = WriteTx::new(database.begin_write().map_err(crate::engine::redb::tx::backend)?);
            tx.create(META)?;
            tx.commit()?;
            Ok(database)
        }));
        let slot = Arc::new(slot.unwrap());
        let writer = Writer::start(Arc::clone(&slot), BATCH, Observed::default()).unwrap();
        let (release, wait) = mpsc::channel();
        let (begun, begins) = mpsc::channel();
        let _ = writer
            .hand_over(move |_| {
                let _ = begun.send(());
                let _ = wait.recv();
                Ok(())
            })
            .unwrap();
        begins.recv().unwrap();
        syncs.store(0, Ordering::SeqCst);
        (writer, slot, release, syncs)
    }

    #[test]
    fn what_waits_shares_a_transaction() {
        let (writer, slot, release, syncs) = occupied();
        let keys = ["a", "b", "c", "d"];
        let results: Vec<_> = keys.iter().map(|key| writer.hand_over(put(key)).unwrap()).collect();
        assert!(!has(&slot, "a"), "a reader waits for nobody and sees what is committed");
        drop(release);
        assert!(results.iter().all(|result| result.recv().unwrap().is_ok()));
        assert!(keys.iter().all(|key| has(&slot, key)));
        assert_eq!(syncs.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn one_that_fails_fails_alone() {
        let (writer, slot, release, _) = occupied();
        let before = writer.hand_over(put("before")).unwrap();
        let fails = writer
            .hand_over(|tx| {
                tx.put_bytes(META, b"fails", &[1])?;
                // An operation sees what earlier operations of its transaction wrote, but not what later ones write.
                assert!(tx.bytes(META, b"before")?.is_some() && tx.bytes(META, b"after")?.is_none());
                Err::<(), _>(StoreError::Invariant("on purpose"))
            })
            .unwrap();
        let panics = writer
            .hand_over(|tx| -> Result<(), StoreError> {
                tx.put_bytes(META, b"panics", &[1])?;
                std::panic::resume_unwind(Box::new("on purpose"))
            })
            .unwrap();
        let after = writer.hand_over(put("after")).unwrap();
        drop(release);
        assert!(before.recv().unwrap().is_ok() && after.recv().unwrap().is_ok());
        assert!(matches!(fails.recv().unwrap(), Err(StoreError::Invariant("on purpose"))));
        assert!(matches!(panics.recv().unwrap(), Err(StoreError::Invariant(_))));
        assert_eq!(
            ["before", "fails", "panics", "after"].map(|key| has(&slot, key)),
            [true, false, false, true]
        );
    }

    #[test]
    fn a_full_queue_is_said_and_what_is_in_it_is_done() {
        let (writer, slot, release, syncs) = occupied();
        let results: Vec<_> = (0..QUEUE).map(|_| writer.hand_over(put("a")).unwrap()).collect();
        assert!(matches!(writer.write(put("too many")), Err(StoreError::Busy)));
        drop(release);
        assert!(results.iter().all(|result| result.recv().unwrap().is_ok()));
        assert_eq!(syncs.load(Ordering::SeqCst), QUEUE / BATCH);
        writer.write(put("later")).unwrap();
        assert!(has(&slot, "later") && !has(&slot, "too many"));
    }

    #[test]
    fn dropping_the_writer_finishes_what_waits() {
        let (writer, slot, release, _) = occupied();
        let result = writer.hand_over(put("a")).unwrap();
        drop(release);
        drop(writer);
        assert!(result.recv().unwrap().is_ok() && has(&slot, "a"));
    }
}
