//! The oracle: every promise of the trait in its plainest form, maps under one lock, no index.
//!
//! It forgets everything at the end of the process; the tests measure the other backends by it.

mod clients;
mod grants;
mod logins;
mod sweep;

use crate::decide::{self, CodeUse, EXISTS};
use crate::records::{
    AssertionRecord, ClientRecord, CodeRecord, GrantId, GrantRecord, Hash, LoginRecord, LoginStep,
    LoginStepKind, RefreshRecord, RevokeReason, SigningKeyRecord, Spent, Stored,
};
use crate::reseal::{HoldsSealed, Reseal, Resealing};
use crate::{
    Advance, Begin, CopyIn, GrantUpdate, KeyRingState, LOGINS_IN_ALL, NewGrant, Redeem, Registered, Resealed,
    Revocation, Rotate, Rotation, Sink, StillNamed, Store, StoreError, SweepLimits, Swept, UpstreamTurn,
};
use protocol::tenant::Tenant;
use protocol::time::UnixTime;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A store in memory.
#[derive(Default)]
pub struct MemoryStore(Mutex<Tables>);

#[derive(Default)]
struct Tables {
    clients: BTreeMap<(Tenant, String), ClientRecord>,
    logins: BTreeMap<Hash, LoginRecord>,
    codes: BTreeMap<Hash, CodeRecord>,
    grants: BTreeMap<GrantId, GrantRecord>,
    tokens: BTreeMap<Hash, RefreshRecord>,
    ring: KeyRingState,
    assertions: BTreeMap<Hash, UnixTime>,
    revoked: BTreeSet<Revocation>,
}

impl std::fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MemoryStore")
    }
}

impl MemoryStore {
    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tables {
    fn remove_token(&mut self, token: &Hash) {
        let Some(removed) = self.tokens.remove(token) else { return };
        if !self.tokens.values().any(|other| other.grant == removed.grant) {
            self.grants.remove(&removed.grant);
        }
    }
}

/// Nobody needs a backup of what a test holds.
const NO_COPIES: StoreError = StoreError::Invariant("a store in memory has no tables to copy");

impl Store for MemoryStore {
    fn register_client(&self, record: ClientRecord, now: UnixTime) -> Result<Registered, StoreError> {
        let mut tables = self.tables();
        if let Some(existing) = tables.client_mut(&record.tenant, &record.client_id) {
            decide::touch(existing, now);
            return Ok(Registered { record: existing.clone(), created: false });
        }
        tables.make_room_for(&record);
        tables.clients.insert((record.tenant.clone(), record.client_id.clone()), record.clone());
        Ok(Registered { record, created: true })
    }

    fn client(&self, tenant: &Tenant, client_id: &str) -> Result<Option<ClientRecord>, StoreError> {
        Ok(self.tables().client_mut(tenant, client_id).cloned())
    }

    fn put_client(
        &self,
        record: ClientRecord,
        still_named: StillNamed,
        now: UnixTime,
    ) -> Result<usize, StoreError> {
        let mut tables = self.tables();
        let record = if let Some(existing) = tables.client_mut(&record.tenant, &record.client_id) {
            decide::replaced(existing, record)
        } else {
            tables.make_room_for(&record);
            record
        };
        let key = (record.tenant.clone(), record.client_id.clone());
        let dropped = |grant: &GrantRecord| !still_named(&grant.redirect_uri);
        let revoked = tables.revoke_grants(&record, RevokeReason::RedirectDropped, now, &dropped);
        tables.clients.insert(key, record);
        Ok(revoked)
    }

    fn remove_client(&self, tenant: &Tenant, client_id: &str, now: UnixTime) -> Result<bool, StoreError> {
        let mut tables = self.tables();
        let Some(client) = tables.clients.remove(&(tenant.clone(), client_id.to_owned())) else {
            return Ok(false);
        };
        tables.revoke_grants(&client, RevokeReason::ClientRemoved, now, &|_| true);
        Ok(true)
    }

    fn use_assertion(&self, record: AssertionRecord, now: UnixTime) -> Result<bool, StoreError> {
        let mut tables = self.tables();
        if tables.assertions.get(&record.id).is_some_and(|expires| now < *expires) {
            return Ok(false);
        }
        tables.assertions.insert(record.id, record.expires);
        Ok(true)
    }

    fn begin_login(&self, record: LoginRecord, now: UnixTime) -> Result<Begin, StoreError> {
        let mut tables = self.tables();
        if tables.client_mut(&record.tenant, &record.client_id).is_none() {
            return Ok(Begin::NoSuchClient);
        }
        if tables.logins.contains_key(&record.flow) {
            return Err(EXISTS);
        }
        if tables.logins.len() as u64 >= LOGINS_IN_ALL {
            return Ok(Begin::Full);
        }
        tables.touch_client(&record.tenant, &record.client_id, now);
        tables.crowd_out(&record.browser, &record.flow);
        tables.logins.insert(record.flow, record);
        Ok(Begin::Done)
    }

    fn login(
        &self,
        tenant: &Tenant,
        flow: &Hash,
        browser: &Hash,
        now: UnixTime,
    ) -> Result<Option<LoginRecord>, StoreError> {
        let tables = self.tables();
        let login = tables.logins.get(flow);
        Ok(login.filter(|login| decide::login_visible(login, tenant, browser, now)).cloned())
    }

    fn login_by_upstream_state(
        &self,
        tenant: &Tenant,
        upstream_state: &Hash,
        browser: &Hash,
        now: UnixTime,
    ) -> Result<Option<LoginRecord>, StoreError> {
        let tables = self.tables();
        let mut awaiting =
            tables.logins.values().filter(|login| login.step.upstream_state() == Some(upstream_state));
        Ok(awaiting.find(|login| decide::login_visible(login, tenant, browser, now)).cloned())
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
        let mut tables = self.tables();
        let Some(login) = tables.logins.get_mut(flow) else { return Ok(Advance::Lost) };
        if !decide::login_may_step(login, tenant, browser, expected, now) {
            return Ok(Advance::Lost);
        }
        login.step = next;
        tables.rebind(tenant, browser, rebind, now);
        Ok(Advance::Done)
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
        let mut tables = self.tables();
        let Some(login) = tables.logins.get(flow) else { return Ok(Advance::Lost) };
        if !decide::login_may_step(login, tenant, browser, expected, now) {
            return Ok(Advance::Lost);
        }
        decide::check_code(login, &code)?;
        if tables.codes.contains_key(&code.code) {
            return Err(EXISTS);
        }
        let Some(client) = tables.client_mut(tenant, &code.client_id) else { return Ok(Advance::Lost) };
        decide::approve(client, now);
        tables.logins.remove(flow);
        tables.codes.insert(code.code, code);
        tables.rebind(tenant, browser, rebind, now);
        Ok(Advance::Done)
    }

    fn drop_login(
        &self,
        tenant: &Tenant,
        flow: &Hash,
        browser: &Hash,
        expected: LoginStepKind,
        now: UnixTime,
    ) -> Result<Advance, StoreError> {
        let mut tables = self.tables();
        let Some(login) = tables.logins.get(flow) else { return Ok(Advance::Lost) };
        if !decide::login_may_step(login, tenant, browser, expected, now) {
            return Ok(Advance::Lost);
        }
        tables.logins.remove(flow);
        Ok(Advance::Done)
    }

    fn code(&self, tenant: &Tenant, code: &Hash, now: UnixTime) -> Result<Option<CodeRecord>, StoreError> {
        let tables = self.tables();
        let code = tables.codes.get(code);
        Ok(code.filter(|code| decide::code_use(code, tenant, now) != CodeUse::Gone).cloned())
    }

    fn redeem_code(
        &self,
        tenant: &Tenant,
        code: &Hash,
        new: NewGrant,
        now: UnixTime,
    ) -> Result<Redeem, StoreError> {
        decide::check_grant(&new, tenant)?;
        let mut tables = self.tables();
        let Some(record) = tables.codes.get(code) else { return Ok(Redeem::Unknown) };
        if record.client_id != new.grant.client_id {
            return Ok(Redeem::Unknown);
        }
        match decide::code_use(record, tenant, now) {
            CodeUse::Gone => return Ok(Redeem::Unknown),
            CodeUse::Spent(grant) => {
                tables.revoke(&grant, RevokeReason::CodeReused, now);
                return Ok(Redeem::AlreadySpent { grant });
            }
            CodeUse::Live => {}
        }
        let NewGrant { grant, refresh } = new;
        let token = refresh.map(|token| decide::refresh_record(&grant, &token, 0, now));
        if tables.grants.contains_key(&grant.id)
            || token.as_ref().is_some_and(|token| tables.tokens.contains_key(&token.token))
        {
            return Err(EXISTS);
        }
        let answer = tables.make_room(&grant, now);
        if answer == Redeem::TooMany {
            return Ok(answer);
        }
        if let Some(record) = tables.codes.get_mut(code) {
            record.spent = Some(Spent { grant: grant.id, at: now });
        }
        tables.touch_client(tenant, &grant.client_id, now);
        tables.grants.insert(grant.id, grant);
        if let Some(token) = token {
            tables.tokens.insert(token.token, token);
        }
        Ok(answer)
    }

    fn refresh(
        &self,
        tenant: &Tenant,
        token: &Hash,
        now: UnixTime,
    ) -> Result<Option<(RefreshRecord, GrantRecord)>, StoreError> {
        let tables = self.tables();
        let Some(token) = tables.tokens.get(token) else { return Ok(None) };
        let grant = tables.grants.get(&token.grant);
        let grant = grant.filter(|grant| decide::refresh_visible(token, grant, tenant, now));
        Ok(grant.map(|grant| (token.clone(), grant.clone())))
    }

    fn rotate_refresh(
        &self,
        tenant: &Tenant,
        presented: &Hash,
        client_id: &str,
        rotate: Rotate,
        now: UnixTime,
    ) -> Result<Rotation, StoreError> {
        self.tables().rotate(tenant, presented, client_id, &rotate, now)
    }

    fn begin_upstream(
        &self,
        tenant: &Tenant,
        grant: &GrantId,
        secs: u64,
        now: UnixTime,
    ) -> Result<UpstreamTurn, StoreError> {
        Ok(self.tables().begin_upstream(tenant, grant, secs, now))
    }

    fn end_upstream(
        &self,
        tenant: &Tenant,
        grant: &GrantId,
        update: GrantUpdate,
        now: UnixTime,
    ) -> Result<bool, StoreError> {
        Ok(self.tables().end_upstream(tenant, grant, &update, now))
    }

    fn grant(
        &self,
        tenant: &Tenant,
        grant: &GrantId,
        now: UnixTime,
    ) -> Result<Option<GrantRecord>, StoreError> {
        let tables = self.tables();
        let grant = tables.grants.get(grant);
        Ok(grant.filter(|grant| grant.tenant == *tenant && decide::grant_live(grant, now)).cloned())
    }

    fn revocations(&self, now: UnixTime) -> Result<Vec<Revocation>, StoreError> {
        Ok(self.tables().revoked.iter().filter(|revoked| now < revoked.end).cloned().collect())
    }

    fn revoke_grant(
        &self,
        tenant: &Tenant,
        grant: &GrantId,
        reason: RevokeReason,
        now: UnixTime,
    ) -> Result<bool, StoreError> {
        let mut tables = self.tables();
        let found = tables.grants.get(grant);
        let live = found.is_some_and(|grant| grant.tenant == *tenant && decide::grant_live(grant, now));
        Ok(live && tables.revoke(grant, reason, now))
    }

    fn signing_keys(&self) -> Result<KeyRingState, StoreError> {
        Ok(self.tables().ring.clone())
    }

    fn replace_signing_keys(
        &self,
        expected: u64,
        mut keys: Vec<SigningKeyRecord>,
    ) -> Result<bool, StoreError> {
        decide::check_ring(&keys)?;
        let mut tables = self.tables();
        if tables.ring.version != expected {
            return Ok(false);
        }
        keys.sort_by(|a, b| a.kid.cmp(&b.kid));
        tables.ring = KeyRingState { version: expected + 1, keys };
        Ok(true)
    }

    fn sweep(&self, now: UnixTime, limits: &SweepLimits) -> Result<Swept, StoreError> {
        Ok(self.tables().sweep(now, limits))
    }

    fn reseal(&self, reseal: Reseal) -> Result<Resealed, StoreError> {
        fn all<'a, R: Stored + HoldsSealed + 'a>(
            records: impl Iterator<Item = &'a mut R>,
            reseal: &Resealing,
        ) -> Result<usize, StoreError> {
            let mut count = 0;
            for record in records {
                let failed = |source| StoreError::Seal { table: R::TABLE, id: String::new(), source };
                count += record.reseal(reseal).map_err(failed)?;
            }
            Ok(count)
        }
        let mut tables = self.tables();
        let mut new =
            (tables.logins.clone(), tables.codes.clone(), tables.grants.clone(), tables.ring.clone());
        let count = all(new.0.values_mut(), &*reseal)?
            + all(new.1.values_mut(), &*reseal)?
            + all(new.2.values_mut(), &*reseal)?
            + all(new.3.keys.iter_mut(), &*reseal)?;
        (tables.logins, tables.codes, tables.grants, tables.ring) = new;
        Ok(Resealed { count, damaged: Vec::new() })
    }

    fn ready(&self) -> Result<(), StoreError> {
        Ok(())
    }

    fn sizes(&self) -> Result<Vec<(&'static str, u64)>, StoreError> {
        let tables = self.tables();
        let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        Ok(vec![
            (ClientRecord::TABLE, count(tables.clients.len())),
            (RefreshRecord::TABLE, count(tables.tokens.len())),
        ])
    }

    fn copy_out(&self, _: &mut Sink<'_>) -> Result<(), StoreError> {
        Err(NO_COPIES)
    }

    fn copy_in(&self, _: CopyIn) -> Result<(), StoreError> {
        Err(NO_COPIES)
    }
}
