//! The oracle: implements every operation in the simplest way, with maps under one lock and without indexes. Tests
//! compare the engines with it.

mod audit;
mod clients;
mod codes;
mod direct;
mod grants;
mod keys;
mod listing;
mod logins;
mod passkeys;
mod personal;
mod refresh;
mod second_factors;
mod sessions;
mod sweep;

use crate::ended::EndedGrant;
use crate::error::StoreError;
use crate::outcome::{KeyRingState, Revocation};
use crate::record::{
    AuditClass, AuditCursor, AuditRecord, ClientRecord, CodeRecord, GrantId, GrantRecord, Hash, LoginRecord,
    PasskeysRecord, RefreshRecord, SecondFactorRecord, SessionRecord,
};
use protocol::tenant::Tenant;
use protocol::time::UnixTime;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

/// An in-memory store.
#[derive(Default)]
pub(crate) struct Oracle(Mutex<Tables>);

/// The content of the in-memory store.
#[derive(Default)]
pub struct Tables {
    clients: BTreeMap<(Tenant, String), ClientRecord>,
    logins: BTreeMap<Hash, LoginRecord>,
    codes: BTreeMap<Hash, CodeRecord>,
    grants: BTreeMap<GrantId, GrantRecord>,
    tokens: BTreeMap<Hash, RefreshRecord>,
    ring: KeyRingState,
    assertions: BTreeMap<Hash, UnixTime>,
    sessions: BTreeMap<Hash, SessionRecord>,
    second_factors: BTreeMap<String, SecondFactorRecord>,
    passkeys: BTreeMap<String, PasskeysRecord>,
    revoked: BTreeSet<Revocation>,
    audit: BTreeMap<(AuditCursor, AuditClass), AuditRecord>,
    /// The grants that the running operation has ended, if they held tokens of a provider.
    ended: Vec<EndedGrant>,
}

/// An operation that the oracle can run. If it returns an error, it must have written nothing.
pub trait OnOracle<Output> {
    /// Runs the operation.
    fn on(&self, tables: &mut Tables) -> Result<Output, StoreError>;
}

/// The error of copying: the oracle has no tables of bytes.
pub(crate) const NO_COPIES: StoreError = StoreError::Invariant("a store in memory has no tables to copy");

impl std::fmt::Debug for Oracle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Oracle")
    }
}

impl Oracle {
    /// Runs an operation, one at a time. Also returns the grants with tokens of a provider that it ended.
    pub(crate) fn run<Output>(
        &self,
        intent: &impl OnOracle<Output>,
    ) -> Result<(Output, Vec<EndedGrant>), StoreError> {
        let mut tables = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tables.ended.clear();
        let output = intent.on(&mut tables)?;
        Ok((output, std::mem::take(&mut tables.ended)))
    }

    /// Returns once no operation is running.
    pub(crate) fn ready(&self) {
        drop(self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}
