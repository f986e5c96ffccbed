//! The default backend: one redb file, one write transaction per operation, durable before it returns.
//!
//! redb allows one writer at a time and readers beside it, so a decision taken inside a write
//! transaction cannot be overtaken.

mod assertions;
mod clients;
mod grants;
mod logins;
mod open;
mod sweep;
mod tables;
mod tx;

use super::records::{
    AssertionRecord, ClientRecord, CodeRecord, FamilyId, FamilyRecord, Hash, LoginRecord, LoginStep,
    LoginStepKind, RefreshRecord, RevokeReason, SigningKeyRecord, Stored,
};
use super::reseal::{HoldsSealed, Reseal};
use super::{
    Advance, Begin, KeyRingState, NewGrant, Redeem, Registered, Rotate, Rotation, Store, StoreError,
    SweepLimits, Swept, decide,
};
use ::redb::{ReadTransaction, ReadableDatabase};
use logins::Expected;
use protocol::tenant::Tenant;
use protocol::time::UnixTime;
use tables::RING_KEY;
use tx::{Read, WriteTx, backend};

pub use open::OpenError;

/// A store in one redb file.
pub struct RedbStore {
    #[expect(clippy::disallowed_types, reason = "this is the store")]
    db: ::redb::Database,
}

impl std::fmt::Debug for RedbStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RedbStore")
    }
}

impl RedbStore {
    fn read(&self) -> Result<ReadTransaction, StoreError> {
        self.db.begin_read().map_err(backend)
    }

    /// One operation in one transaction: all of it or, on an error, nothing.
    fn write<T>(&self, operation: impl FnOnce(&WriteTx) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let tx = WriteTx::new(self.db.begin_write().map_err(backend)?);
        let answer = operation(&tx)?;
        tx.commit()?;
        Ok(answer)
    }
}

impl Store for RedbStore {
    fn register_client(&self, record: ClientRecord, now: UnixTime) -> Result<Registered, StoreError> {
        self.write(|tx| clients::register(tx, record, now))
    }

    fn client(&self, tenant: &Tenant, client_id: &str) -> Result<Option<ClientRecord>, StoreError> {
        clients::find(&self.read()?, tenant, client_id)
    }

    fn put_client(
        &self,
        record: ClientRecord,
        still_named: &dyn Fn(&str) -> bool,
        now: UnixTime,
    ) -> Result<usize, StoreError> {
        self.write(|tx| clients::replace(tx, record, still_named, now))
    }

    fn remove_client(&self, tenant: &Tenant, client_id: &str, now: UnixTime) -> Result<bool, StoreError> {
        self.write(|tx| clients::end(tx, tenant, client_id, now))
    }

    fn use_assertion(&self, record: AssertionRecord, now: UnixTime) -> Result<bool, StoreError> {
        self.write(|tx| assertions::mark(tx, &record, now))
    }

    fn begin_login(&self, record: LoginRecord, now: UnixTime) -> Result<Begin, StoreError> {
        self.write(|tx| logins::begin(tx, &record, now))
    }

    fn login(
        &self,
        tenant: &Tenant,
        flow: &Hash,
        browser: &Hash,
        now: UnixTime,
    ) -> Result<Option<LoginRecord>, StoreError> {
        logins::find(&self.read()?, tenant, flow, browser, now)
    }

    fn login_by_upstream_state(
        &self,
        tenant: &Tenant,
        upstream_state: &Hash,
        browser: &Hash,
        now: UnixTime,
    ) -> Result<Option<LoginRecord>, StoreError> {
        logins::find_by_state(&self.read()?, tenant, upstream_state, browser, now)
    }

    fn advance_login(
        &self,
        tenant: &Tenant,
        flow: &Hash,
        browser: &Hash,
        expected: LoginStepKind,
        next: LoginStep,
        rebind: Option<&Hash>,
        now: UnixTime,
    ) -> Result<Advance, StoreError> {
        let expected = Expected { tenant, flow, browser, step: expected, now };
        self.write(|tx| logins::advance(tx, &expected, next, rebind))
    }

    fn finish_login(
        &self,
        tenant: &Tenant,
        flow: &Hash,
        browser: &Hash,
        expected: LoginStepKind,
        code: CodeRecord,
        rebind: Option<&Hash>,
        now: UnixTime,
    ) -> Result<Advance, StoreError> {
        let expected = Expected { tenant, flow, browser, step: expected, now };
        self.write(|tx| logins::finish(tx, &expected, &code, rebind))
    }

    fn drop_login(
        &self,
        tenant: &Tenant,
        flow: &Hash,
        browser: &Hash,
        expected: LoginStepKind,
        now: UnixTime,
    ) -> Result<Advance, StoreError> {
        let expected = Expected { tenant, flow, browser, step: expected, now };
        self.write(|tx| logins::discard(tx, &expected))
    }

    fn code(&self, tenant: &Tenant, code: &Hash, now: UnixTime) -> Result<Option<CodeRecord>, StoreError> {
        grants::find_code(&self.read()?, tenant, code, now)
    }

    fn redeem_code(
        &self,
        tenant: &Tenant,
        code: &Hash,
        grant: NewGrant,
        now: UnixTime,
    ) -> Result<Redeem, StoreError> {
        self.write(|tx| grants::redeem(tx, tenant, code, &grant, now))
    }

    fn refresh(
        &self,
        tenant: &Tenant,
        token: &Hash,
        now: UnixTime,
    ) -> Result<Option<(RefreshRecord, FamilyRecord)>, StoreError> {
        grants::find_refresh(&self.read()?, tenant, token, now)
    }

    fn rotate_refresh(
        &self,
        tenant: &Tenant,
        presented: &Hash,
        client_id: &str,
        rotate: Rotate,
        now: UnixTime,
    ) -> Result<Rotation, StoreError> {
        self.write(|tx| grants::rotate(tx, tenant, presented, client_id, rotate, now))
    }

    fn family(
        &self,
        tenant: &Tenant,
        family: &FamilyId,
        now: UnixTime,
    ) -> Result<Option<FamilyRecord>, StoreError> {
        grants::find_family(&self.read()?, tenant, family, now)
    }

    fn revoked_since(&self, since: UnixTime, limit: usize) -> Result<Vec<(UnixTime, FamilyId)>, StoreError> {
        grants::revoked_since(&self.read()?, since, limit)
    }

    fn revoke_family(
        &self,
        tenant: &Tenant,
        family: &FamilyId,
        reason: RevokeReason,
        now: UnixTime,
    ) -> Result<bool, StoreError> {
        self.write(|tx| grants::revoke(tx, tenant, family, reason, now))
    }

    fn signing_keys(&self) -> Result<KeyRingState, StoreError> {
        ring(&self.read()?)
    }

    fn replace_signing_keys(&self, expected: u64, keys: Vec<SigningKeyRecord>) -> Result<bool, StoreError> {
        decide::check_ring(&keys)?;
        self.write(|tx| {
            let before = ring(tx)?;
            if before.version != expected {
                return Ok(false);
            }
            for key in &before.keys {
                tx.remove::<SigningKeyRecord>(key.kid.as_bytes())?;
            }
            for key in &keys {
                tx.put(key.kid.as_bytes(), key)?;
            }
            tx.put_bytes(tables::META, RING_KEY, &(expected + 1).to_be_bytes())?;
            Ok(true)
        })
    }

    fn sweep(&self, now: UnixTime, limits: &SweepLimits) -> Result<Swept, StoreError> {
        self.write(|tx| sweep::sweep(tx, now, limits))
    }

    fn reseal(&self, reseal: Reseal<'_>) -> Result<usize, StoreError> {
        self.write(|tx| {
            let logins = resealed::<LoginRecord>(tx, reseal)?;
            let codes = resealed::<CodeRecord>(tx, reseal)?;
            let families = resealed::<FamilyRecord>(tx, reseal)?;
            Ok(logins + codes + families + resealed::<SigningKeyRecord>(tx, reseal)?)
        })
    }

    fn ready(&self) -> Result<(), StoreError> {
        self.read()?.number(tables::LAYOUT_KEY).map(drop)
    }
}

/// Every record of a table. Their keys stay, and so do the indexes.
fn resealed<R: Stored + HoldsSealed>(tx: &WriteTx, reseal: Reseal<'_>) -> Result<usize, StoreError> {
    let mut count = 0;
    for key in tx.keys_under(R::TABLE, &[], usize::MAX)? {
        let Some(mut record) = tx.record::<R>(&key)? else { continue };
        let changed = record.reseal(reseal).map_err(|source| StoreError::Seal { table: R::TABLE, source })?;
        if changed > 0 {
            tx.put(&key, &record)?;
        }
        count += changed;
    }
    Ok(count)
}

fn ring(tx: &impl Read) -> Result<KeyRingState, StoreError> {
    let table = SigningKeyRecord::TABLE;
    let mut keys = Vec::new();
    for kid in tx.keys_under(table, &[], usize::MAX)? {
        keys.extend(tx.record::<SigningKeyRecord>(&kid)?);
    }
    Ok(KeyRingState { version: tx.number(RING_KEY)?, keys })
}
