//! Deletes what has expired, by scanning whole tables.

use super::{OnOracle, Tables};
use crate::decide;
use crate::error::StoreError;
use crate::intent::sweep::Sweep;
use crate::outcome::Swept;
use crate::record::{AuditClass, ClientRecord, Hash};
use protocol::time::UnixTime;

impl OnOracle<Swept> for Sweep {
    fn on(&self, tables: &mut Tables) -> Result<Swept, StoreError> {
        let (now, batch) = (self.now, self.limits.batch);
        let expired = |records: Vec<(UnixTime, Hash)>| oldest(records, now, batch);
        let logins = expired(tables.logins.values().map(|r| (r.expires, r.flow)).collect());
        tables.logins.retain(|flow, _| !logins.contains(flow));
        let codes = expired(tables.codes.values().map(|r| (decide::code_gone_at(r), r.code)).collect());
        for code in &codes {
            tables.codes.remove(code);
        }
        let grants_before = tables.grants.len();
        let tokens = expired(tables.tokens.values().map(|r| (r.expires, r.token)).collect());
        for token in &tokens {
            tables.remove_token(token);
        }
        let grants = oldest(tables.grants.values().map(|r| (r.expires, r.id)).collect(), now, batch);
        for grant in &grants {
            tables.grants.remove(grant);
            tables.tokens.retain(|_, token| token.grant != *grant);
        }
        let unapproved = tables.remove_unapproved(now, batch);
        let (idle, removed) = tables.remove_idle(self);
        let used = oldest(tables.assertions.iter().map(|(id, at)| (*at, *id)).collect(), now, batch);
        for id in &used {
            tables.assertions.remove(id);
        }
        let sessions = expired(tables.sessions.values().map(|r| (r.expires, r.id)).collect());
        tables.sessions.retain(|id, _| !sessions.contains(id));
        let gone = tables.revoked.iter().map(|revoked| (revoked.end, revoked.clone()));
        let gone = oldest(gone.collect(), now, batch);
        for mark in &gone {
            tables.revoked.remove(mark);
        }
        let audit = [AuditClass::Proven, AuditClass::Unproven]
            .map(|class| tables.sweep_audit(class, now, &self.limits.audit, batch));
        let found = [
            logins.len(),
            codes.len(),
            tokens.len(),
            grants.len(),
            unapproved,
            idle,
            used.len(),
            sessions.len(),
            gone.len(),
        ];
        Ok(Swept {
            logins: logins.len(),
            codes: codes.len(),
            refresh_tokens: tokens.len(),
            grants: grants_before - tables.grants.len(),
            clients: unapproved + removed,
            sessions: sessions.len(),
            marks: used.len() + gone.len(),
            audit: audit.iter().sum(),
            damaged: Vec::new(),
            more: found.iter().chain(&audit).any(|count| *count == batch),
        })
    }
}

impl Tables {
    /// Deletes a refresh token, and its grant if that was its last token.
    fn remove_token(&mut self, token: &Hash) {
        let Some(removed) = self.tokens.remove(token) else { return };
        if !self.tokens.values().any(|other| other.grant == removed.grant) {
            self.grants.remove(&removed.grant);
        }
    }

    /// Deletes clients that no user approved in time; returns their number.
    fn remove_unapproved(&mut self, now: UnixTime, batch: usize) -> usize {
        let mut unapproved = self.unapproved();
        unapproved.retain(|(last_used, ..)| *last_used <= decide::unapproved_since(now));
        unapproved.truncate(batch);
        for (_, _, key) in &unapproved {
            self.clients.remove(key);
        }
        unapproved.len()
    }

    /// Deletes idle clients without a live grant; returns how many were examined and how many were deleted.
    fn remove_idle(&mut self, sweep: &Sweep) -> (usize, usize) {
        let Some(since) = decide::client_idle_since(&sweep.limits, sweep.now) else { return (0, 0) };
        let idle = self.clients.values().filter(|client| client.last_used <= since);
        let mut idle: Vec<ClientRecord> = idle.cloned().collect();
        idle.sort_by_cached_key(|client| (client.last_used, client.tenant.key(), client.client_id.clone()));
        idle.truncate(sweep.limits.batch);
        let mut removed = 0;
        for client in &idle {
            if self.client_holds_grant(client, sweep.now) {
                self.touch_client(&client.tenant, &client.client_id, sweep.now);
            } else {
                self.clients.remove(&(client.tenant.clone(), client.client_id.clone()));
                removed += 1;
            }
        }
        (idle.len(), removed)
    }
}

/// The first `batch` ids that are due, oldest first.
fn oldest<Id: Ord>(mut records: Vec<(UnixTime, Id)>, now: UnixTime, batch: usize) -> Vec<Id> {
    records.retain(|(gone_at, _)| *gone_at <= now);
    records.sort_unstable();
    records.into_iter().take(batch).map(|(_, id)| id).collect()
}
