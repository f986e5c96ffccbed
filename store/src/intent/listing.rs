//! What an administrator sees: tenants, clients and grants, in pages.
//!
//! These operations read the records of all tenants, and change nothing. A page examines at most `limit` records, so
//! its cost is limited however much is stored. An unreadable record is left out.

use super::ReadIntent;
use crate::decide;
use crate::error::StoreError;
use crate::outcome::{GrantDetails, TenantSummary};
use crate::page::{Cursor, Page, Within};
use crate::record::{ClientRecord, GrantId, GrantRecord, Stored as _};
use crate::rows::{grants, listing, tokens};
use crate::tables::keys::{GRANTS_BY_CLIENT, Mark, id_in};
use crate::tables::{Damaged, Read};
use protocol::tenant::Tenant;
use protocol::time::UnixTime;

/// Returns the tenants that have a client. A tenant may be on two pages if the keys of its clients are hashes.
#[derive(Clone, Debug)]
pub struct ListTenants {
    /// Which tenants.
    pub within: Within,
    /// Where the page begins; `None` for the first one.
    pub after: Option<Cursor>,
    /// The maximum number of tenants.
    pub limit: usize,
}

impl ReadIntent for ListTenants {
    type Output = Page<Tenant>;

    fn run(&self, tx: &impl Read) -> Result<Page<Tenant>, StoreError> {
        listing::tenants(tx, &self.within, self.after.as_ref(), self.limit)
    }
}

/// Counts what is stored for a tenant, at most `limit` clients and `limit` grants.
#[derive(Clone, Debug)]
pub struct SummarizeTenant {
    /// The tenant.
    pub tenant: Tenant,
    /// The maximum number of records of each kind that are counted.
    pub limit: usize,
    /// The time.
    pub now: UnixTime,
}

impl ReadIntent for SummarizeTenant {
    type Output = TenantSummary;

    fn run(&self, tx: &impl Read) -> Result<TenantSummary, StoreError> {
        let clients = ListClients { within: self.within(), after: None, limit: self.limit }.run(tx)?;
        let grants = self.grants().run(tx)?;
        let more = clients.next.is_some() || grants.next.is_some();
        Ok(decide::summary(clients.items.len(), &grants.items, more))
    }
}

impl SummarizeTenant {
    pub(crate) fn within(&self) -> Within {
        Within::Tenant(self.tenant.clone())
    }

    pub(crate) fn grants(&self) -> ListGrants {
        ListGrants { within: self.within(), after: None, limit: self.limit, now: self.now }
    }
}

/// Returns clients.
#[derive(Clone, Debug)]
pub struct ListClients {
    /// Which clients.
    pub within: Within,
    /// Where the page begins; `None` for the first one.
    pub after: Option<Cursor>,
    /// The maximum number of records that are examined.
    pub limit: usize,
}

impl ReadIntent for ListClients {
    type Output = Page<ClientRecord>;

    fn run(&self, tx: &impl Read) -> Result<Page<ClientRecord>, StoreError> {
        let page = listing::keys(tx, ClientRecord::TABLE, &self.within, self.after.as_ref(), self.limit)?;
        let mut items = Vec::new();
        for key in &page.items {
            let client = tx.readable::<ClientRecord>(key, &mut Damaged::new())?;
            items.extend(client.filter(|client| self.within.has_client(&client.tenant, &client.client_id)));
        }
        Ok(Page { items, next: page.next })
    }
}

/// Returns the grants that have not expired, revoked ones included.
#[derive(Clone, Debug)]
pub struct ListGrants {
    /// Which grants.
    pub within: Within,
    /// Where the page begins; `None` for the first one.
    pub after: Option<Cursor>,
    /// The maximum number of records that are examined.
    pub limit: usize,
    /// The time.
    pub now: UnixTime,
}

impl ReadIntent for ListGrants {
    type Output = Page<GrantRecord>;

    fn run(&self, tx: &impl Read) -> Result<Page<GrantRecord>, StoreError> {
        let page = listing::keys(tx, GRANTS_BY_CLIENT, &self.within, self.after.as_ref(), self.limit)?;
        let mut items = Vec::new();
        for entry in &page.items {
            let id = id_in::<16>(GRANTS_BY_CLIENT, entry)?;
            let grant = tx.readable::<GrantRecord>(&id, &mut Damaged::new())?;
            items.extend(grant.filter(|grant| {
                self.within.has_client(&grant.tenant, &grant.client_id) && self.now < grant.expires
            }));
        }
        Ok(Page { items, next: page.next })
    }
}

/// Returns the live grants of a user at a tenant, the oldest first: those of clients, at most
/// [`GRANTS_PER_USER`](crate::limits::GRANTS_PER_USER), and then the personal access tokens.
#[derive(Clone, Debug)]
pub struct GrantsOfUser {
    /// The tenant.
    pub tenant: Tenant,
    /// The user's `sub`.
    pub subject: String,
    /// The time.
    pub now: UnixTime,
}

impl ReadIntent for GrantsOfUser {
    type Output = Vec<GrantRecord>;

    fn run(&self, tx: &impl Read) -> Result<Vec<GrantRecord>, StoreError> {
        grants::live_of_user(tx, (&self.tenant, &self.subject), &Mark::ALL_LIVE, self.now)
    }
}

/// Returns a grant of any tenant, revoked or not; `None` if the grant is expired or unknown.
#[derive(Clone, Copy, Debug)]
pub struct ShowGrant {
    /// The grant's id.
    pub grant: GrantId,
    /// The time.
    pub now: UnixTime,
}

impl ReadIntent for ShowGrant {
    type Output = Option<GrantDetails>;

    fn run(&self, tx: &impl Read) -> Result<Option<GrantDetails>, StoreError> {
        let grant = tx.record::<GrantRecord>(&self.grant.0)?.filter(|grant| self.now < grant.expires);
        let Some(grant) = grant else { return Ok(None) };
        let newest = tokens::newest(tx, &self.grant)?;
        Ok(Some(decide::details(grant, newest.as_ref())))
    }
}
