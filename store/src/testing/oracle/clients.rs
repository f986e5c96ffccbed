//! Clients: finding and touching them, and making room for unapproved ones.

use super::{OnOracle, Tables};
use crate::decide;
use crate::error::StoreError;
use crate::intent::clients::{FindClient, PutClient, RegisterClient, RemoveClient, UseAssertion};
use crate::limits::{UNAPPROVED_BATCH, UNAPPROVED_CLIENTS};
use crate::outcome::Registered;
use crate::record::{ClientRecord, GrantRecord, RevokeReason};
use crate::tables::keys::client_key;
use protocol::tenant::Tenant;
use protocol::time::UnixTime;

impl OnOracle<Registered> for RegisterClient {
    fn on(&self, tables: &mut Tables) -> Result<Registered, StoreError> {
        let record = self.record.clone();
        if let Some(existing) = tables.client_mut(&record.tenant, &record.client_id) {
            decide::touch(existing, self.now);
            return Ok(Registered { record: existing.clone(), created: false });
        }
        tables.make_room_for(&record);
        tables.clients.insert((record.tenant.clone(), record.client_id.clone()), record.clone());
        Ok(Registered { record, created: true })
    }
}

impl OnOracle<Option<ClientRecord>> for FindClient {
    fn on(&self, tables: &mut Tables) -> Result<Option<ClientRecord>, StoreError> {
        Ok(tables.client_mut(&self.tenant, &self.client_id).cloned())
    }
}

impl OnOracle<usize> for PutClient {
    fn on(&self, tables: &mut Tables) -> Result<usize, StoreError> {
        let record = self.record.clone();
        let record = if let Some(existing) = tables.client_mut(&record.tenant, &record.client_id) {
            decide::replaced(existing, record)
        } else {
            tables.make_room_for(&record);
            record
        };
        let key = (record.tenant.clone(), record.client_id.clone());
        let dropped = |grant: &GrantRecord| !(self.still_named)(&grant.redirect_uri);
        let revoked = tables.revoke_grants(&record, RevokeReason::RedirectDropped, self.now, &dropped);
        tables.clients.insert(key, record);
        Ok(revoked)
    }
}

impl OnOracle<bool> for RemoveClient {
    fn on(&self, tables: &mut Tables) -> Result<bool, StoreError> {
        let Some(client) = tables.clients.remove(&(self.tenant.clone(), self.client_id.clone())) else {
            return Ok(false);
        };
        tables.revoke_grants(&client, RevokeReason::ClientRemoved, self.now, &|_| true);
        Ok(true)
    }
}

impl OnOracle<bool> for UseAssertion {
    fn on(&self, tables: &mut Tables) -> Result<bool, StoreError> {
        if tables.assertions.get(&self.record.id).is_some_and(|expires| self.now < *expires) {
            return Ok(false);
        }
        tables.assertions.insert(self.record.id, self.record.expires);
        Ok(true)
    }
}

impl Tables {
    pub(super) fn client_mut(&mut self, tenant: &Tenant, client_id: &str) -> Option<&mut ClientRecord> {
        self.clients.get_mut(&(tenant.clone(), client_id.to_owned()))
    }

    pub(super) fn touch_client(&mut self, tenant: &Tenant, client_id: &str, now: UnixTime) {
        if let Some(client) = self.client_mut(tenant, client_id) {
            decide::touch(client, now);
        }
    }

    /// The unapproved clients, the one unused longest first.
    pub(super) fn unapproved(&self) -> Vec<(UnixTime, Vec<u8>, (Tenant, String))> {
        let mut found: Vec<_> = self
            .clients
            .iter()
            .filter(|(_, client)| decide::is_unapproved(client))
            .map(|(key, client)| (client.last_used, client_key(&key.0, &key.1), key.clone()))
            .collect();
        found.sort_unstable();
        found
    }

    /// Deletes the unapproved clients that have been unused longest, if one more would be too many.
    pub(super) fn make_room_for(&mut self, record: &ClientRecord) {
        let most = UNAPPROVED_CLIENTS + UNAPPROVED_BATCH as u64;
        // If there are fewer clients in total, unapproved ones need not be counted.
        if !decide::is_unapproved(record) || (self.clients.len() as u64) < most {
            return;
        }
        let unapproved = self.unapproved();
        if unapproved.len() as u64 >= most {
            for (_, _, oldest) in unapproved.into_iter().take(UNAPPROVED_BATCH) {
                self.clients.remove(&oldest);
            }
        }
    }

    pub(super) fn client_holds_grant(&self, client: &ClientRecord, now: UnixTime) -> bool {
        self.grants.values().any(|grant| {
            grant.tenant == client.tenant
                && grant.client_id == client.client_id
                && decide::grant_live(grant, now)
        })
    }
}
