//! Every operation of the store, over ordered tables of bytes: what redb is, and what PostgreSQL is here too.
//!
//! A backend is an [`Engine`]: transactions that read and write such tables. The operations are written once,
//! so backends cannot differ in what they decide. `docs/storage-schema.md` describes the tables.

mod assertions;
mod clients;
mod copy;
mod grants;
pub(super) mod keys;
mod logins;
mod ring;
mod sweep;

use super::records::{
    AssertionRecord, ClientRecord, CodeRecord, GrantId, GrantRecord, Hash, LoginRecord, LoginStep,
    LoginStepKind, RefreshRecord, RevokeReason, SigningKeyRecord, Stored,
};
use super::reseal::{HoldsSealed, Reseal};
use super::{
    Advance, Begin, CopyIn, DamagedRecord, GrantUpdate, KeyRingState, NewGrant, Redeem, Registered, Resealed,
    Revocation, Rotate, Rotation, Sink, StillNamed, Store, StoreError, SweepLimits, Swept, UpstreamTurn,
    decide,
};
use logins::Expected;
use protocol::tenant::Tenant;
use protocol::time::UnixTime;
use std::cell::RefCell;

pub(super) use keys::{LAYOUT, LAYOUT_KEY, META, RESTORING_KEY, TABLES};

/// Records that a walk could not read.
pub(super) type Damaged = Vec<DamagedRecord>;

/// Keys and values.
pub(super) type Entries = Vec<(Vec<u8>, Vec<u8>)>;

/// Reading, in a snapshot or inside a write transaction.
pub(super) trait Read {
    /// The bytes at `key`.
    fn bytes(&self, table: &'static str, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;

    /// Up to `limit` keys from `from` on, below `to`, in order.
    fn keys(
        &self,
        table: &'static str,
        from: &[u8],
        to: &[u8],
        limit: usize,
    ) -> Result<Vec<Vec<u8>>, StoreError>;

    /// Up to `limit` entries from `from` on, in order.
    fn entries(&self, table: &'static str, from: &[u8], limit: usize) -> Result<Entries, StoreError>;

    /// How many entries a table has, for a ceiling: cheap, and off by little at any time.
    fn count(&self, table: &'static str) -> Result<u64, StoreError>;

    /// About how many entries a table has, for metrics: cheap for tables of any size.
    fn estimate(&self, table: &'static str) -> Result<u64, StoreError> {
        self.count(table)
    }

    /// The record at `key`.
    fn record<R: Stored>(&self, key: &[u8]) -> Result<Option<R>, StoreError> {
        self.bytes(R::TABLE, key)?.map(|bytes| keys::decode(key, &bytes)).transpose()
    }

    /// The record at `key`, in a walk over many: one that cannot be read is noted and does not end the walk.
    fn readable<R: Stored>(&self, key: &[u8], damaged: &mut Damaged) -> Result<Option<R>, StoreError> {
        match self.record(key) {
            Err(StoreError::Damaged { table, id, reason }) => {
                damaged.push(DamagedRecord { table, id, reason });
                Ok(None)
            }
            other => other,
        }
    }

    /// Up to `limit` keys that begin with `prefix`, in order.
    fn keys_under(
        &self,
        table: &'static str,
        prefix: &[u8],
        limit: usize,
    ) -> Result<Vec<Vec<u8>>, StoreError> {
        // No part of a key is longer than this, and 0xff… sorts after all of them.
        let to = [prefix, &[0xff; 80]].concat();
        self.keys(table, prefix, &to, limit)
    }

    /// The number at `key` in `meta`, 0 if there is none.
    fn number(&self, key: &[u8]) -> Result<u64, StoreError> {
        let bytes = self.bytes(META, key)?;
        Ok(bytes.and_then(|b| b.try_into().ok()).map_or(0, u64::from_be_bytes))
    }
}

/// Writing: all of a transaction comes to be, or nothing.
pub(super) trait Write: Read {
    /// Puts `value` at `key`, over what was there.
    fn put_bytes(&self, table: &'static str, key: &[u8], value: &[u8]) -> Result<(), StoreError>;

    /// Removes what is at `key`, if anything is.
    fn remove_bytes(&self, table: &'static str, key: &[u8]) -> Result<(), StoreError>;

    /// Writes a record.
    fn put<R: Stored>(&self, key: &[u8], record: &R) -> Result<(), StoreError> {
        self.put_bytes(R::TABLE, key, &keys::encode(record)?)
    }

    /// Removes a record.
    fn remove<R: Stored>(&self, key: &[u8]) -> Result<(), StoreError> {
        self.remove_bytes(R::TABLE, key)
    }

    /// Adds an entry to an index.
    fn index(&self, table: &'static str, key: &[u8]) -> Result<(), StoreError> {
        self.put_bytes(table, key, &[])
    }

    /// Takes an entry out of an index.
    fn unindex(&self, table: &'static str, key: &[u8]) -> Result<(), StoreError> {
        self.remove_bytes(table, key)
    }
}

/// A database of ordered tables.
pub(super) trait Engine: Send + Sync + 'static {
    /// A snapshot.
    type Reader: Read;
    /// A transaction that writes.
    type Writer: Write;

    /// Reads in one snapshot.
    fn read<T>(&self, operation: impl Fn(&Self::Reader) -> Result<T, StoreError>) -> Result<T, StoreError>;

    /// One operation in one transaction, as if no other ran beside it, durable before this returns: all of it
    /// or, on an error, nothing. It may be run more than once, each time on what is stored then.
    fn write<T: Send + 'static>(
        &self,
        operation: impl Fn(&Self::Writer) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError>;

    /// Whether it can do both; cheap as long as nothing failed.
    fn ready(&self) -> Result<(), StoreError>;
}

impl<E: Engine> Store for E {
    fn register_client(&self, record: ClientRecord, now: UnixTime) -> Result<Registered, StoreError> {
        self.write(move |tx| clients::register(tx, &record, now))
    }

    fn client(&self, tenant: &Tenant, client_id: &str) -> Result<Option<ClientRecord>, StoreError> {
        self.read(|tx| clients::find(tx, tenant, client_id))
    }

    fn put_client(
        &self,
        record: ClientRecord,
        still_named: StillNamed,
        now: UnixTime,
    ) -> Result<usize, StoreError> {
        self.write(move |tx| clients::replace(tx, &record, &*still_named, now))
    }

    fn remove_client(&self, tenant: &Tenant, client_id: &str, now: UnixTime) -> Result<bool, StoreError> {
        let (tenant, client_id) = (tenant.clone(), client_id.to_owned());
        self.write(move |tx| clients::end(tx, &tenant, &client_id, now))
    }

    fn use_assertion(&self, record: AssertionRecord, now: UnixTime) -> Result<bool, StoreError> {
        self.write(move |tx| assertions::mark(tx, &record, now))
    }

    fn begin_login(&self, record: LoginRecord, now: UnixTime) -> Result<Begin, StoreError> {
        self.write(move |tx| logins::begin(tx, &record, now))
    }

    fn login(
        &self,
        tenant: &Tenant,
        flow: &Hash,
        browser: &Hash,
        now: UnixTime,
    ) -> Result<Option<LoginRecord>, StoreError> {
        self.read(|tx| logins::find(tx, tenant, flow, browser, now))
    }

    fn login_by_upstream_state(
        &self,
        tenant: &Tenant,
        upstream_state: &Hash,
        browser: &Hash,
        now: UnixTime,
    ) -> Result<Option<LoginRecord>, StoreError> {
        self.read(|tx| logins::find_by_state(tx, tenant, upstream_state, browser, now))
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
        let expected =
            Expected { tenant: tenant.clone(), flow: *flow, browser: *browser, step: expected, now };
        let rebind = rebind.copied();
        self.write(move |tx| logins::advance(tx, &expected, &next, rebind.as_ref()))
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
        let expected =
            Expected { tenant: tenant.clone(), flow: *flow, browser: *browser, step: expected, now };
        let rebind = rebind.copied();
        self.write(move |tx| logins::finish(tx, &expected, &code, rebind.as_ref()))
    }

    fn drop_login(
        &self,
        tenant: &Tenant,
        flow: &Hash,
        browser: &Hash,
        expected: LoginStepKind,
        now: UnixTime,
    ) -> Result<Advance, StoreError> {
        let expected =
            Expected { tenant: tenant.clone(), flow: *flow, browser: *browser, step: expected, now };
        self.write(move |tx| logins::discard(tx, &expected))
    }

    fn code(&self, tenant: &Tenant, code: &Hash, now: UnixTime) -> Result<Option<CodeRecord>, StoreError> {
        self.read(|tx| grants::find_code(tx, tenant, code, now))
    }

    fn redeem_code(
        &self,
        tenant: &Tenant,
        code: &Hash,
        grant: NewGrant,
        now: UnixTime,
    ) -> Result<Redeem, StoreError> {
        let (tenant, code) = (tenant.clone(), *code);
        self.write(move |tx| grants::redeem(tx, &tenant, &code, &grant, now))
    }

    fn refresh(
        &self,
        tenant: &Tenant,
        token: &Hash,
        now: UnixTime,
    ) -> Result<Option<(RefreshRecord, GrantRecord)>, StoreError> {
        self.read(|tx| grants::find_refresh(tx, tenant, token, now))
    }

    fn rotate_refresh(
        &self,
        tenant: &Tenant,
        presented: &Hash,
        client_id: &str,
        rotate: Rotate,
        now: UnixTime,
    ) -> Result<Rotation, StoreError> {
        let (tenant, presented, client_id) = (tenant.clone(), *presented, client_id.to_owned());
        self.write(move |tx| grants::rotate(tx, &tenant, &presented, &client_id, &rotate, now))
    }

    fn begin_upstream(
        &self,
        tenant: &Tenant,
        grant: &GrantId,
        secs: u64,
        now: UnixTime,
    ) -> Result<UpstreamTurn, StoreError> {
        let (tenant, grant) = (tenant.clone(), *grant);
        self.write(move |tx| grants::begin_upstream(tx, &tenant, &grant, secs, now))
    }

    fn end_upstream(
        &self,
        tenant: &Tenant,
        grant: &GrantId,
        update: GrantUpdate,
        now: UnixTime,
    ) -> Result<bool, StoreError> {
        let (tenant, grant) = (tenant.clone(), *grant);
        self.write(move |tx| grants::end_upstream(tx, &tenant, &grant, &update, now))
    }

    fn grant(
        &self,
        tenant: &Tenant,
        grant: &GrantId,
        now: UnixTime,
    ) -> Result<Option<GrantRecord>, StoreError> {
        self.read(|tx| grants::find_grant(tx, tenant, grant, now))
    }

    fn revocations(&self, now: UnixTime) -> Result<Vec<Revocation>, StoreError> {
        self.read(|tx| grants::revocations(tx, now))
    }

    fn revoke_grant(
        &self,
        tenant: &Tenant,
        grant: &GrantId,
        reason: RevokeReason,
        now: UnixTime,
    ) -> Result<bool, StoreError> {
        let (tenant, grant) = (tenant.clone(), *grant);
        self.write(move |tx| grants::revoke(tx, &tenant, &grant, reason, now))
    }

    fn signing_keys(&self) -> Result<KeyRingState, StoreError> {
        self.read(ring::find)
    }

    fn replace_signing_keys(&self, expected: u64, keys: Vec<SigningKeyRecord>) -> Result<bool, StoreError> {
        decide::check_ring(&keys)?;
        self.write(move |tx| ring::replace(tx, expected, &keys))
    }

    fn sweep(&self, now: UnixTime, limits: &SweepLimits) -> Result<Swept, StoreError> {
        let limits = *limits;
        self.write(move |tx| sweep::sweep(tx, now, &limits))
    }

    fn reseal(&self, reseal: Reseal) -> Result<Resealed, StoreError> {
        self.write(move |tx| {
            let mut done = Resealed::default();
            resealed::<LoginRecord>(tx, &reseal, &mut done)?;
            resealed::<CodeRecord>(tx, &reseal, &mut done)?;
            resealed::<GrantRecord>(tx, &reseal, &mut done)?;
            resealed::<SigningKeyRecord>(tx, &reseal, &mut done)?;
            Ok(done)
        })
    }

    fn ready(&self) -> Result<(), StoreError> {
        Engine::ready(self)
    }

    fn sizes(&self) -> Result<Vec<(&'static str, u64)>, StoreError> {
        self.read(|tx| TABLES.into_iter().map(|table| Ok((table, tx.estimate(table)?))).collect())
    }

    fn copy_out(&self, sink: &mut Sink<'_>) -> Result<(), StoreError> {
        let sink = RefCell::new(sink);
        self.read(|tx| copy::out(tx, &mut **sink.borrow_mut()))
    }

    fn copy_in(&self, step: CopyIn) -> Result<(), StoreError> {
        self.write(move |tx| copy::into(tx, &step))
    }
}

/// Every record of a table. Their keys stay, and so do the indexes.
fn resealed<R: Stored + HoldsSealed>(
    tx: &impl Write,
    reseal: &Reseal,
    done: &mut Resealed,
) -> Result<(), StoreError> {
    for key in tx.keys_under(R::TABLE, &[], usize::MAX)? {
        let Some(mut record) = tx.readable::<R>(&key, &mut done.damaged)? else { continue };
        let failed = |source| StoreError::Seal { table: R::TABLE, id: keys::key_text(&key), source };
        let changed = record.reseal(&**reseal).map_err(failed)?;
        if changed > 0 {
            tx.put(&key, &record)?;
        }
        done.count += changed;
    }
    Ok(())
}
