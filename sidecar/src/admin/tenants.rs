//! `/admin/tenants`: lists the tenants.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use store::intent::listing::{ListTenants, SummarizeTenant};

use super::deps::{COUNTED, Deps, TENANTS};
use super::error::AdminError;
use super::names::{cursor, tenant_name, within};
use super::reply::answer;
use super::wire::{TenantShown, Tenants, TenantsAsked};
use crate::ops::Proven;

pub(super) async fn list(State(deps): State<Arc<Deps>>, proven: Proven) -> Response {
    answer(&deps.journal, page(&deps, &proven).await)
}

async fn page(deps: &Deps, proven: &Proven) -> Result<Tenants, AdminError> {
    let asked: TenantsAsked = proven.json()?;
    let within = within(asked.tenant.as_deref())?;
    let page = deps.store.read(ListTenants { within, after: cursor(&asked.page)?, limit: TENANTS }).await?;
    let mut tenants = Vec::new();
    for tenant in page.items {
        let name = tenant_name(&tenant);
        let summary = SummarizeTenant { tenant, limit: COUNTED, now: deps.clock.now() };
        let summary = deps.store.read(summary).await?;
        tenants.push(TenantShown {
            tenant: name,
            clients: summary.clients,
            grants: summary.grants,
            more: summary.more,
            last_login_at: summary.last_login,
        });
    }
    Ok(Tenants { tenants, next: page.next.map(|next| next.to_string()) })
}
