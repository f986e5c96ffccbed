//! Listings, by scanning whole tables.

use super::{OnOracle, Tables};
use crate::decide;
use crate::error::StoreError;
use crate::intent::listing::{
    GrantsOfUser, ListClients, ListGrants, ListTenants, ShowGrant, SummarizeTenant,
};
use crate::outcome::{GrantDetails, TenantSummary};
use crate::page::{Cursor, Page};
use crate::record::{ClientRecord, GrantRecord};
use crate::tables::keys::{after_tenant, client_key, grant_key};
use protocol::tenant::Tenant;

/// One page of these entries.
fn page<T>(mut all: Vec<(Vec<u8>, T)>, after: Option<&Cursor>, limit: usize) -> Page<T> {
    all.retain(|(key, _)| after.is_none_or(|after| *key > after.0));
    all.sort_by(|(one, _), (other, _)| one.cmp(other));
    let more = all.len() > limit;
    all.truncate(limit);
    let next = all.last().filter(|_| more).map(|(key, _)| Cursor(key.clone()));
    Page { items: all.into_iter().map(|(_, item)| item).collect(), next }
}

impl OnOracle<Page<Tenant>> for ListTenants {
    fn on(&self, tables: &mut Tables) -> Result<Page<Tenant>, StoreError> {
        let tenants: std::collections::BTreeSet<&Tenant> = tables
            .clients
            .keys()
            .map(|(tenant, _)| tenant)
            .filter(|tenant| self.within.has(tenant))
            .collect();
        let all = tenants.into_iter().map(|tenant| (after_tenant(tenant), tenant.clone()));
        Ok(page(all.collect(), self.after.as_ref(), self.limit))
    }
}

impl OnOracle<TenantSummary> for SummarizeTenant {
    fn on(&self, tables: &mut Tables) -> Result<TenantSummary, StoreError> {
        let clients = ListClients { within: self.within(), after: None, limit: self.limit }.on(tables)?;
        let grants = self.grants().on(tables)?;
        let more = clients.next.is_some() || grants.next.is_some();
        Ok(decide::summary(clients.items.len(), &grants.items, more))
    }
}

impl OnOracle<Page<ClientRecord>> for ListClients {
    fn on(&self, tables: &mut Tables) -> Result<Page<ClientRecord>, StoreError> {
        let theirs = tables
            .clients
            .values()
            .filter(|client| self.within.has_client(&client.tenant, &client.client_id));
        let all = theirs.map(|client| (client_key(&client.tenant, &client.client_id), client.clone()));
        Ok(page(all.collect(), self.after.as_ref(), self.limit))
    }
}

impl OnOracle<Page<GrantRecord>> for ListGrants {
    fn on(&self, tables: &mut Tables) -> Result<Page<GrantRecord>, StoreError> {
        let theirs =
            tables.grants.values().filter(|grant| self.within.has_client(&grant.tenant, &grant.client_id));
        let all = theirs.map(|grant| (grant_key(&grant.tenant, &grant.client_id, &grant.id), grant.clone()));
        let mut page = page(all.collect(), self.after.as_ref(), self.limit);
        page.items.retain(|grant| self.now < grant.expires);
        Ok(page)
    }
}

impl OnOracle<Vec<GrantRecord>> for GrantsOfUser {
    fn on(&self, tables: &mut Tables) -> Result<Vec<GrantRecord>, StoreError> {
        let theirs =
            |grant: &&GrantRecord| decide::grant_of_user(grant, &self.tenant, &self.subject, self.now);
        let mut theirs: Vec<_> = tables.grants.values().filter(theirs).cloned().collect();
        theirs.sort_by_key(|grant| (grant.personal.is_some(), grant.created, grant.id));
        Ok(theirs)
    }
}

impl OnOracle<Option<GrantDetails>> for ShowGrant {
    fn on(&self, tables: &mut Tables) -> Result<Option<GrantDetails>, StoreError> {
        let grant = tables.grants.get(&self.grant).filter(|grant| self.now < grant.expires).cloned();
        let tokens = tables.tokens.values().filter(|token| token.grant == self.grant);
        let newest = tokens.max_by_key(|token| (token.generation, token.token));
        Ok(grant.map(|grant| decide::details(grant, newest)))
    }
}
