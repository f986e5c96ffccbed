//! The store for async code: runs each operation on a thread that may block.

use crate::ended::OnEnded;
use crate::error::StoreError;
use crate::intent::copy::Sizes;
use crate::intent::{ReadIntent, WriteIntent};
use crate::observe::{Operation, Stopwatch};
use crate::on_oracle::OnOracle;
use crate::store::Store;
use crate::watch::{Watch, name_of};
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// An async interface to a [`Store`]; cheap to clone.
///
/// An operation runs to completion even if its future is dropped (because the client disconnected), so nothing is left
/// half-done.
#[derive(Clone)]
pub struct StoreHandle {
    store: Arc<Store>,
    writes: Arc<Semaphore>,
    checks: Arc<Semaphore>,
    counts: Arc<Semaphore>,
    watch: Option<Arc<dyn Watch>>,
    on_ended: Option<Arc<dyn OnEnded>>,
}

/// The maximum number of concurrent writes; one more fails with [`StoreError::Busy`]. Each write occupies a thread
/// while it waits, and tokio has 512 threads for blocking work. The remaining ones are for reads, which therefore
/// never wait for writes.
pub const WRITES_AT_ONCE: usize = 384;

/// The maximum number of concurrent checks by [`StoreHandle::ready`], and of concurrent counts by
/// [`StoreHandle::sizes`]. Each occupies a thread until the database responds, even if nobody waits for the result any
/// more, and a new one may be asked for every second.
const CHECKS_AT_ONCE: usize = 4;

impl std::fmt::Debug for StoreHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("StoreHandle")
    }
}

impl StoreHandle {
    /// A handle to `store`.
    pub fn new(store: Arc<Store>) -> Self {
        let most = [WRITES_AT_ONCE, CHECKS_AT_ONCE, CHECKS_AT_ONCE];
        let [writes, checks, counts] = most.map(|most| Arc::new(Semaphore::new(most)));
        Self { store, writes, checks, counts, watch: None, on_ended: None }
    }

    /// Returns a handle to the same store that tells `watch` about its operations and those of its clones.
    #[must_use]
    pub fn watched(self, watch: Arc<dyn Watch>) -> Self {
        Self { watch: Some(watch), ..self }
    }

    /// Returns a handle to the same store that tells `on_ended` which grants with tokens of a provider were ended by
    /// its writes and those of its clones.
    #[must_use]
    pub fn telling(self, on_ended: Arc<dyn OnEnded>) -> Self {
        Self { on_ended: Some(on_ended), ..self }
    }

    /// The store, for blocking code such as that of the signing keys.
    pub const fn blocking(&self) -> &Arc<Store> {
        &self.store
    }

    /// See [`Store::read`].
    pub async fn read<I>(&self, intent: I) -> Result<I::Output, StoreError>
    where
        I: ReadIntent + OnOracle<<I as ReadIntent>::Output> + 'static,
    {
        self.observed::<I, _>(Operation::Read, self.run(move |store| store.read(intent))).await
    }

    /// See [`Store::write`]. Fails with [`StoreError::Busy`] if too many writes are waiting. Tells of the grants that
    /// the operation ended ([`Self::telling`]), even if nobody waits for the result any more.
    pub async fn write<I>(&self, intent: I) -> Result<I::Output, StoreError>
    where
        I: WriteIntent + OnOracle<<I as WriteIntent>::Output>,
    {
        let on_ended = self.on_ended.clone();
        let write = move |store: &Store| {
            let (output, ended) = store.write_noting(intent)?;
            if let Some(on_ended) = on_ended.filter(|_| !ended.is_empty()) {
                on_ended.ended(ended);
            }
            Ok(output)
        };
        self.observed::<I, _>(Operation::Write, self.permitted(write)).await
    }

    /// The number of writes that are running or waiting.
    pub fn writes_waiting(&self) -> usize {
        WRITES_AT_ONCE - self.writes.available_permits()
    }

    /// Measures the duration of an operation of the type `I`. Tells the watch, if there is one, when the operation
    /// begins and ends.
    async fn observed<I, T>(
        &self,
        operation: Operation,
        work: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let since = Stopwatch::start();
        let watched = self.watch.as_ref().and_then(|watch| watch.begins(name_of::<I>()));
        let result = work.await;
        if let Some(watched) = watched {
            watched.ends(result.as_ref().err());
        }
        self.store.operated(operation, since);
        result
    }

    /// See [`Store::ready`]. If too many checks are running, waits until one of them ends.
    pub async fn ready(&self) -> Result<(), StoreError> {
        self.in_turn(&self.checks, Store::ready).await
    }

    /// Returns the number of entries of each table ([`Sizes`]). If too many counts are running, waits until one of them
    /// ends.
    pub async fn sizes(&self) -> Result<Vec<(&'static str, u64)>, StoreError> {
        self.observed::<Sizes, _>(Operation::Read, self.in_turn(&self.counts, |store| store.read(Sizes)))
            .await
    }

    /// Waits until one of these permits is free, and then runs an operation.
    async fn in_turn<T, F>(&self, turns: &Arc<Semaphore>, operation: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Store) -> Result<T, StoreError> + Send + 'static,
    {
        let permit = Arc::clone(turns).acquire_owned().await.map_err(|_| StoreError::Stopped)?;
        self.holding(permit, operation).await
    }

    async fn run<T, F>(&self, operation: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Store) -> Result<T, StoreError> + Send + 'static,
    {
        let store = Arc::clone(&self.store);
        tokio::task::spawn_blocking(move || operation(&store)).await.map_err(|_| StoreError::Stopped)?
    }

    /// Runs an operation that may write. Fails with [`StoreError::Busy`] if [`WRITES_AT_ONCE`] writes are running or
    /// waiting.
    async fn permitted<T, F>(&self, operation: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Store) -> Result<T, StoreError> + Send + 'static,
    {
        let permit = Arc::clone(&self.writes).try_acquire_owned().map_err(|_| StoreError::Busy)?;
        self.holding(permit, operation).await
    }

    /// Runs an operation as [`Self::run`] does. The permit is held until the operation ends, even if nobody waits for
    /// its result any more.
    async fn holding<T, F>(&self, permit: OwnedSemaphorePermit, operation: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Store) -> Result<T, StoreError> + Send + 'static,
    {
        self.run(move |store| {
            let result = operation(store);
            drop(permit);
            result
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intent::audit::{Append, Audited};
    use crate::intent::sweep::Sweep;
    use crate::outcome::{Appended, AuditLimits, SweepLimits};
    use crate::watch::Watched;
    use protocol::time::UnixTime;
    use std::sync::mpsc;

    /// Notes the name of each operation, and `failed` or `done` at its end.
    #[derive(Default)]
    struct Noted(Arc<std::sync::Mutex<Vec<&'static str>>>);

    impl Watch for Noted {
        fn begins(&self, operation: &'static str) -> Option<Box<dyn Watched>> {
            self.0.lock().unwrap().push(operation);
            Some(Box::new(Self(Arc::clone(&self.0))))
        }
    }

    impl Watched for Noted {
        fn ends(self: Box<Self>, error: Option<&StoreError>) {
            self.0.lock().unwrap().push(if error.is_some() { "failed" } else { "done" });
        }
    }

    #[tokio::test]
    async fn a_watch_is_told_which_operation_begins_and_how_it_ends() {
        let noted = Noted::default();
        let told = Arc::clone(&noted.0);
        let handle = StoreHandle::new(Arc::new(Store::oracle())).watched(Arc::new(noted));
        let limits = SweepLimits { client_idle_secs: 1, batch: 1, audit: AuditLimits::DEFAULT };
        let sweep = Sweep { limits, now: UnixTime::new(1) };
        handle.clone().write(sweep).await.unwrap();
        let all = handle.writes.acquire_many(u32::try_from(WRITES_AT_ONCE).unwrap()).await.unwrap();
        assert!(matches!(handle.write(sweep).await, Err(StoreError::Busy)));
        drop(all);
        assert_eq!(*told.lock().unwrap(), ["Sweep", "done", "Sweep", "failed"]);
    }

    #[tokio::test]
    async fn too_many_writes_are_refused_and_reads_are_not() {
        let handle = StoreHandle::new(Arc::new(Store::oracle()));
        let (release, wait) = mpsc::channel::<()>();
        let wait = Arc::new(std::sync::Mutex::new(wait));
        let mut waiting = tokio::task::JoinSet::new();
        for _ in 0..WRITES_AT_ONCE {
            let (handle, wait) = (handle.clone(), Arc::clone(&wait));
            waiting.spawn(async move {
                handle
                    .permitted(move |_| {
                        let _ = wait.lock().unwrap().recv();
                        Ok(())
                    })
                    .await
            });
        }
        while handle.writes.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        let sweep = Sweep {
            limits: SweepLimits { client_idle_secs: 1, batch: 1, audit: AuditLimits::DEFAULT },
            now: UnixTime::new(1),
        };
        assert!(matches!(handle.write(sweep).await, Err(StoreError::Busy)));
        handle.ready().await.unwrap();
        drop(release);
        assert!(waiting.join_all().await.iter().all(Result::is_ok));
        handle.write(sweep).await.unwrap();
    }

    /// The permit belongs to the work. If the future of the caller held it, this test would fail.
    #[tokio::test]
    async fn checks_that_nobody_waits_for_any_more_still_count() {
        let handle = StoreHandle::new(Arc::new(Store::oracle()));
        let (release, wait) = mpsc::channel::<()>();
        let wait = std::sync::Mutex::new(wait);
        let (begun, mut has_begun) = tokio::sync::mpsc::unbounded_channel();
        let rows = move |_: &Appended| {
            let _ = begun.send(());
            let _ = wait.lock().unwrap().recv();
            Vec::new()
        };
        let nothing = Append { rows: Vec::new(), limits: AuditLimits::DEFAULT };
        let operation = Audited::new(nothing, AuditLimits::DEFAULT, rows);
        let busy = tokio::spawn({
            let handle = handle.clone();
            async move { handle.write(operation).await }
        });
        has_begun.recv().await.unwrap();
        for _ in 0..CHECKS_AT_ONCE {
            let (checking, counting) = (handle.clone(), handle.clone());
            let check = tokio::spawn(async move { checking.ready().await });
            let count = tokio::spawn(async move { counting.sizes().await });
            tokio::task::yield_now().await;
            check.abort();
            count.abort();
            assert!(check.await.unwrap_err().is_cancelled() && count.await.unwrap_err().is_cancelled());
        }
        assert_eq!((handle.checks.available_permits(), handle.counts.available_permits()), (0, 0));
        drop(release);
        handle.ready().await.unwrap();
        handle.sizes().await.unwrap();
        busy.await.unwrap().unwrap();
    }
}
