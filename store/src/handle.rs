//! The store for async code: the same operations, each on a thread that may block.

use super::records::{
    AssertionRecord, ClientRecord, CodeRecord, GrantId, GrantRecord, Hash, LoginRecord, LoginStep,
    LoginStepKind, RefreshRecord, RevokeReason,
};
use super::{
    Advance, Begin, GrantUpdate, NewGrant, Redeem, Registered, Rotate, Rotation, Store, StoreError,
    SweepLimits, Swept, UpstreamTurn,
};
use protocol::tenant::Tenant;
use protocol::time::UnixTime;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// An async facade over a [`Store`]; cheap to clone. Promises and arguments are the trait's.
///
/// An operation runs to its end even if the future is dropped (a client that hangs up), so nothing
/// stays half-done.
#[derive(Clone)]
pub struct StoreHandle {
    store: Arc<dyn Store>,
    writes: Arc<Semaphore>,
}

/// Writes under way at once; one more is answered [`StoreError::Busy`]. Each has a thread to wait in, and tokio
/// has 512 of them: the others are for reads, which so never wait for writes.
pub const WRITES_AT_ONCE: usize = 384;

impl std::fmt::Debug for StoreHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("StoreHandle")
    }
}

impl StoreHandle {
    /// Around a backend.
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self { store, writes: Arc::new(Semaphore::new(WRITES_AT_ONCE)) }
    }

    /// The backend, for blocking code such as the key ring.
    pub fn blocking(&self) -> &Arc<dyn Store> {
        &self.store
    }

    async fn run<T, F>(&self, operation: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&dyn Store) -> Result<T, StoreError> + Send + 'static,
    {
        let store = Arc::clone(&self.store);
        tokio::task::spawn_blocking(move || operation(&*store)).await.map_err(|_| StoreError::Stopped)?
    }

    /// [`Self::run`] for what may write.
    async fn write<T, F>(&self, operation: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&dyn Store) -> Result<T, StoreError> + Send + 'static,
    {
        let permit = Arc::clone(&self.writes).try_acquire_owned().map_err(|_| StoreError::Busy)?;
        self.run(move |store| {
            let result = operation(store);
            drop(permit);
            result
        })
        .await
    }

    /// [`Store::register_client`].
    pub async fn register_client(
        &self,
        record: ClientRecord,
        now: UnixTime,
    ) -> Result<Registered, StoreError> {
        self.write(move |s| s.register_client(record, now)).await
    }

    /// [`Store::client`].
    pub async fn client(&self, tenant: &Tenant, client_id: &str) -> Result<Option<ClientRecord>, StoreError> {
        let (tenant, client_id) = (tenant.clone(), client_id.to_owned());
        self.run(move |s| s.client(&tenant, &client_id)).await
    }

    /// [`Store::put_client`].
    pub async fn put_client(
        &self,
        record: ClientRecord,
        still_named: impl Fn(&str) -> bool + Send + Sync + 'static,
        now: UnixTime,
    ) -> Result<usize, StoreError> {
        self.write(move |s| s.put_client(record, Arc::new(still_named), now)).await
    }

    /// [`Store::remove_client`].
    pub async fn remove_client(
        &self,
        tenant: &Tenant,
        client_id: &str,
        now: UnixTime,
    ) -> Result<bool, StoreError> {
        let (tenant, client_id) = (tenant.clone(), client_id.to_owned());
        self.write(move |s| s.remove_client(&tenant, &client_id, now)).await
    }

    /// [`Store::use_assertion`].
    pub async fn use_assertion(&self, record: AssertionRecord, now: UnixTime) -> Result<bool, StoreError> {
        self.write(move |s| s.use_assertion(record, now)).await
    }

    /// [`Store::grant`].
    pub async fn grant(
        &self,
        tenant: &Tenant,
        grant: &GrantId,
        now: UnixTime,
    ) -> Result<Option<GrantRecord>, StoreError> {
        let (tenant, grant) = (tenant.clone(), *grant);
        self.run(move |s| s.grant(&tenant, &grant, now)).await
    }

    /// [`Store::begin_login`].
    pub async fn begin_login(&self, record: LoginRecord, now: UnixTime) -> Result<Begin, StoreError> {
        self.write(move |s| s.begin_login(record, now)).await
    }

    /// [`Store::login`].
    pub async fn login(
        &self,
        tenant: &Tenant,
        flow: &Hash,
        browser: &Hash,
        now: UnixTime,
    ) -> Result<Option<LoginRecord>, StoreError> {
        let (tenant, flow, browser) = (tenant.clone(), *flow, *browser);
        self.run(move |s| s.login(&tenant, &flow, &browser, now)).await
    }

    /// [`Store::login_by_upstream_state`].
    pub async fn login_by_upstream_state(
        &self,
        tenant: &Tenant,
        upstream_state: &Hash,
        browser: &Hash,
        now: UnixTime,
    ) -> Result<Option<LoginRecord>, StoreError> {
        let (tenant, state, browser) = (tenant.clone(), *upstream_state, *browser);
        self.run(move |s| s.login_by_upstream_state(&tenant, &state, &browser, now)).await
    }

    /// [`Store::advance_login`].
    #[expect(clippy::too_many_arguments, reason = "those of the trait")]
    pub async fn advance_login(
        &self,
        tenant: &Tenant,
        flow: &Hash,
        browser: &Hash,
        expected: LoginStepKind,
        next: LoginStep,
        rebind: Option<&Hash>,
        now: UnixTime,
    ) -> Result<Advance, StoreError> {
        let (tenant, flow, browser, rebind) = (tenant.clone(), *flow, *browser, rebind.copied());
        self.write(move |s| s.advance_login(&tenant, &flow, &browser, expected, next, rebind.as_ref(), now))
            .await
    }

    /// [`Store::finish_login`].
    #[expect(clippy::too_many_arguments, reason = "those of the trait")]
    pub async fn finish_login(
        &self,
        tenant: &Tenant,
        flow: &Hash,
        browser: &Hash,
        expected: LoginStepKind,
        code: CodeRecord,
        rebind: Option<&Hash>,
        now: UnixTime,
    ) -> Result<Advance, StoreError> {
        let (tenant, flow, browser, rebind) = (tenant.clone(), *flow, *browser, rebind.copied());
        self.write(move |s| s.finish_login(&tenant, &flow, &browser, expected, code, rebind.as_ref(), now))
            .await
    }

    /// [`Store::drop_login`].
    pub async fn drop_login(
        &self,
        tenant: &Tenant,
        flow: &Hash,
        browser: &Hash,
        expected: LoginStepKind,
        now: UnixTime,
    ) -> Result<Advance, StoreError> {
        let (tenant, flow, browser) = (tenant.clone(), *flow, *browser);
        self.write(move |s| s.drop_login(&tenant, &flow, &browser, expected, now)).await
    }

    /// [`Store::code`].
    pub async fn code(
        &self,
        tenant: &Tenant,
        code: &Hash,
        now: UnixTime,
    ) -> Result<Option<CodeRecord>, StoreError> {
        let (tenant, code) = (tenant.clone(), *code);
        self.run(move |s| s.code(&tenant, &code, now)).await
    }

    /// [`Store::redeem_code`].
    pub async fn redeem_code(
        &self,
        tenant: &Tenant,
        code: &Hash,
        grant: NewGrant,
        now: UnixTime,
    ) -> Result<Redeem, StoreError> {
        let (tenant, code) = (tenant.clone(), *code);
        self.write(move |s| s.redeem_code(&tenant, &code, grant, now)).await
    }

    /// [`Store::refresh`].
    pub async fn refresh(
        &self,
        tenant: &Tenant,
        token: &Hash,
        now: UnixTime,
    ) -> Result<Option<(RefreshRecord, GrantRecord)>, StoreError> {
        let (tenant, token) = (tenant.clone(), *token);
        self.run(move |s| s.refresh(&tenant, &token, now)).await
    }

    /// [`Store::rotate_refresh`].
    pub async fn rotate_refresh(
        &self,
        tenant: &Tenant,
        presented: &Hash,
        client_id: &str,
        rotate: Rotate,
        now: UnixTime,
    ) -> Result<Rotation, StoreError> {
        let (tenant, presented, client_id) = (tenant.clone(), *presented, client_id.to_owned());
        self.write(move |s| s.rotate_refresh(&tenant, &presented, &client_id, rotate, now)).await
    }

    /// [`Store::begin_upstream`].
    pub async fn begin_upstream(
        &self,
        tenant: &Tenant,
        grant: &GrantId,
        secs: u64,
        now: UnixTime,
    ) -> Result<UpstreamTurn, StoreError> {
        let (tenant, grant) = (tenant.clone(), *grant);
        self.write(move |s| s.begin_upstream(&tenant, &grant, secs, now)).await
    }

    /// [`Store::end_upstream`].
    pub async fn end_upstream(
        &self,
        tenant: &Tenant,
        grant: &GrantId,
        update: GrantUpdate,
        now: UnixTime,
    ) -> Result<bool, StoreError> {
        let (tenant, grant) = (tenant.clone(), *grant);
        self.write(move |s| s.end_upstream(&tenant, &grant, update, now)).await
    }

    /// [`Store::revoke_grant`].
    pub async fn revoke_grant(
        &self,
        tenant: &Tenant,
        grant: &GrantId,
        reason: RevokeReason,
        now: UnixTime,
    ) -> Result<bool, StoreError> {
        let (tenant, grant) = (tenant.clone(), *grant);
        self.write(move |s| s.revoke_grant(&tenant, &grant, reason, now)).await
    }

    /// [`Store::sweep`].
    pub async fn sweep(&self, now: UnixTime, limits: SweepLimits) -> Result<Swept, StoreError> {
        self.write(move |s| s.sweep(now, &limits)).await
    }

    /// [`Store::sizes`].
    pub async fn sizes(&self) -> Result<Vec<(&'static str, u64)>, StoreError> {
        self.run(Store::sizes).await
    }

    /// [`Store::ready`].
    pub async fn ready(&self) -> Result<(), StoreError> {
        self.run(Store::ready).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::memory::MemoryStore;
    use std::sync::mpsc;

    #[tokio::test]
    async fn too_many_writes_are_refused_and_reads_are_not() {
        let handle = StoreHandle::new(Arc::new(MemoryStore::default()));
        let (release, wait) = mpsc::channel::<()>();
        let wait = Arc::new(std::sync::Mutex::new(wait));
        let mut waiting = tokio::task::JoinSet::new();
        for _ in 0..WRITES_AT_ONCE {
            let (handle, wait) = (handle.clone(), Arc::clone(&wait));
            waiting.spawn(async move {
                handle
                    .write(move |_| {
                        let _ = wait.lock().unwrap().recv();
                        Ok(())
                    })
                    .await
            });
        }
        while handle.writes.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        let limits = SweepLimits { client_idle_secs: 1, batch: 1 };
        assert!(matches!(handle.sweep(UnixTime::new(1), limits).await, Err(StoreError::Busy)));
        handle.ready().await.unwrap();
        drop(release);
        assert!(waiting.join_all().await.iter().all(Result::is_ok));
        handle.sweep(UnixTime::new(1), limits).await.unwrap();
    }
}
