//! Group commit: one thread applies what waits in one transaction, made durable once for all of it.
//!
//! A disk takes about as long to make one change durable as a hundred. While one transaction is synced the
//! next intents queue up, and they are the next transaction; one that comes alone is applied at once.

use super::slot::Slot;
use super::tx::WriteTx;
use crate::store::StoreError;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, SyncSender, TrySendError};
use std::thread::JoinHandle;

/// Intents that may wait; one more is answered [`StoreError::Busy`].
pub(super) const QUEUE: usize = 1024;
/// Intents in one transaction, so that the first of them does not wait long for the last.
const BATCH: usize = 256;

/// One operation on its way through the writer.
trait Intent: Send {
    /// Runs it. `false` if it failed after it had written: the transaction must not be committed.
    fn attempt(&mut self, tx: &WriteTx, slot: &Slot) -> bool;
    /// Answers, with the error of the transaction if that failed.
    fn answer(self: Box<Self>, committed: Result<(), &StoreError>);
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
        // A panic is one intent's failure, not the end of the store.
        let result = catch_unwind(AssertUnwindSafe(|| (self.operation)(tx)));
        self.result = slot.noting(result.unwrap_or(Err(StoreError::Invariant("the operation panicked"))));
        self.result.is_ok() || tx.writes() == before
    }

    fn answer(self: Box<Self>, committed: Result<(), &StoreError>) {
        let answer = match committed {
            Ok(()) => self.result,
            // Of no use even if it wrote nothing: it may rest on what another one wrote.
            Err(error) => Err(StoreError::Backend(error.to_string())),
        };
        let _ = self.reply.send(answer);
    }
}

/// The writing thread and the way to it. Dropping it lets what waits finish.
pub(super) struct Writer {
    queue: Option<SyncSender<Box<dyn Intent>>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(slot: Arc<Slot>) -> Result<Self, StoreError> {
        let (queue, waiting) = mpsc::sync_channel(QUEUE);
        let thread = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || run(&waiting, &slot))
            .map_err(|error| StoreError::Backend(format!("no thread for writing: {error}")))?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    /// Hands an operation over and waits until it is durable.
    pub(super) fn write<T: Send + 'static>(
        &self,
        operation: impl Fn(&WriteTx) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, answer) = mpsc::sync_channel(1);
        let result = Err(StoreError::Stopped);
        let queue = self.queue.as_ref().ok_or(StoreError::Stopped)?;
        queue.try_send(Box::new(Pending { operation, result, reply })).map_err(|error| match error {
            TrySendError::Full(_) => StoreError::Busy,
            TrySendError::Disconnected(_) => StoreError::Stopped,
        })?;
        answer.recv().unwrap_or(Err(StoreError::Stopped))
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

fn run(waiting: &Receiver<Box<dyn Intent>>, slot: &Slot) {
    while let Ok(first) = waiting.recv() {
        let mut batch = vec![first];
        batch.extend(waiting.try_iter().take(BATCH - 1));
        apply(slot, batch);
    }
}

/// One transaction for all; an intent that spoils it is left out, and the others are tried anew without it.
fn apply(slot: &Slot, mut batch: Vec<Box<dyn Intent>>) {
    loop {
        let tx = match slot.mend().and_then(|()| slot.begin_write()) {
            Ok(tx) => tx,
            Err(error) => return answer(batch, Err(&error)),
        };
        let Some(spoilt) = batch.iter_mut().position(|intent| !intent.attempt(&tx, slot)) else {
            if slot.is_broken() {
                drop(tx);
                return answer(batch, Err(&StoreError::Backend("it failed while it was written".to_owned())));
            }
            let wrote = tx.writes() > 0;
            let committed = if wrote { slot.noting_commit(tx.commit()) } else { slot.noting(tx.abort()) };
            return answer(batch, committed.as_ref().copied());
        };
        let aborted = slot.noting(tx.abort());
        batch.remove(spoilt).answer(Ok(()));
        if let Err(error) = aborted {
            return answer(batch, Err(&error));
        }
    }
}

fn answer(batch: Vec<Box<dyn Intent>>, committed: Result<(), &StoreError>) {
    for intent in batch {
        intent.answer(committed);
    }
}
