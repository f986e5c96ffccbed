//! `/admin/grants/…`: lists, shows and ends grants.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use events::{Event, Field, Kind, Reason};
use protocol::tenant::Tenant;
use store::intent::clients::FindClient;
use store::intent::grants::EndGrants;
use store::intent::listing::{GrantsOfUser, ListGrants, ListTenants, ShowGrant};
use store::record::{GrantRecord, RevokeReason};
use store::{Page, Within};

use super::deps::{Deps, ENDED, EXAMINED, TENANTS, event};
use super::error::AdminError;
use super::names::{client_name, cursor, grant_id, one_client, tenant_name, within};
use super::reply::answer;
use super::wire::{
    GrantDetails, GrantFilter, GrantNamed, GrantShown, Grants, GrantsAsked, GrantsToEnd, Paged,
};
use crate::edge::reason_of;
use crate::ops::Proven;

pub(super) async fn list(State(deps): State<Arc<Deps>>, proven: Proven) -> Response {
    answer(&deps.journal, listed(&deps, &proven).await)
}

pub(super) async fn show(State(deps): State<Arc<Deps>>, proven: Proven) -> Response {
    answer(&deps.journal, details(&deps, &proven).await)
}

pub(super) async fn end(State(deps): State<Arc<Deps>>, proven: Proven) -> Response {
    answer(&deps.journal, ended(&deps, &proven).await)
}

async fn listed(deps: &Deps, proven: &Proven) -> Result<Grants, AdminError> {
    let asked: GrantsAsked = proven.json()?;
    let mut page = find(deps, &asked.filter, &asked.page, EXAMINED).await?.0;
    page.items.retain(|grant| asked.ended || grant.revoked.is_none());
    shown(deps, page).await
}

/// Returns one page of the grants that the filter selects, ended ones included; only live ones if the filter names a
/// user, but no client and no id. Examines at most `limit` grants, or for a user [`TENANTS`] tenants. If the filter
/// selects all grants of a user, also returns the user at each tenant of the page.
async fn find(
    deps: &Deps,
    filter: &GrantFilter,
    page: &Paged,
    limit: usize,
) -> Result<(Page<GrantRecord>, Vec<(Tenant, String)>), AdminError> {
    let mut users = Vec::new();
    let mut within = within(filter.tenant.as_deref())?;
    if let Some(client_id) = &filter.client {
        let client = one_client(deps, client_id, filter.tenant.as_deref()).await?;
        within = Within::Client(client.tenant, client.client_id);
    }
    let now = deps.clock.now();
    let (after, user) = (cursor(page)?, filter.user.as_ref().or(filter.local_user.as_ref()));
    let mut found = match (&filter.id, user) {
        (Some(id), _) => {
            let shown = deps.store.read(ShowGrant { grant: grant_id(id)?, now }).await?;
            Page { items: shown.into_iter().map(|shown| shown.grant).collect(), next: None }
        }
        (None, Some(user)) if !matches!(within, Within::Client(..)) => {
            let tenants = deps.store.read(ListTenants { within, after, limit: TENANTS }).await?;
            let mut items = Vec::new();
            for tenant in tenants.items {
                if filter.email.is_none() {
                    users.push((tenant.clone(), user.clone()));
                }
                let theirs = GrantsOfUser { tenant, subject: user.clone(), now };
                items.extend(deps.store.read(theirs).await?);
            }
            Page { items, next: tenants.next }
        }
        (None, _) => deps.store.read(ListGrants { within, after, limit, now }).await?,
    };
    found.items.retain(|grant| selects(filter, grant));
    Ok((found, users))
}

fn selects(filter: &GrantFilter, grant: &GrantRecord) -> bool {
    let identity = &grant.identity;
    // A local user's login name is both `sub` and `preferred_username`. Another provider may give one of its users the
    // same `sub`.
    let local =
        |name: &String| identity.sub == *name && identity.claims.preferred_username.as_ref() == Some(name);
    let email = |email: &String| {
        identity.claims.email.as_ref().is_some_and(|known| known.eq_ignore_ascii_case(email))
    };
    filter.user.as_ref().is_none_or(|user| identity.sub == *user)
        && filter.local_user.as_ref().is_none_or(local)
        && filter.email.as_ref().is_none_or(email)
        && filter.client.as_ref().is_none_or(|client| grant.client_id == *client)
}

async fn shown(deps: &Deps, page: Page<GrantRecord>) -> Result<Grants, AdminError> {
    let mut names = HashMap::new();
    let mut grants = Vec::new();
    for grant in &page.items {
        let key = (grant.tenant.clone(), grant.client_id.clone());
        if !names.contains_key(&key) {
            let client = FindClient { tenant: key.0.clone(), client_id: key.1.clone() };
            let name = deps.store.read(client).await?.as_ref().and_then(client_name);
            names.insert(key.clone(), name);
        }
        grants.push(grant_shown(grant, names.get(&key).cloned().flatten()));
    }
    Ok(Grants { grants, next: page.next.map(|next| next.to_string()) })
}

fn grant_shown(grant: &GrantRecord, client_name: Option<String>) -> GrantShown {
    GrantShown {
        id: grant.id.to_string(),
        tenant: tenant_name(&grant.tenant),
        client_id: grant.client_id.clone(),
        client_name,
        user: grant.identity.sub.clone(),
        email: grant.identity.claims.email.clone(),
        scope: grant.scopes.to_string(),
        resource: grant.resource.to_string(),
        created_at: grant.created,
        expires_at: grant.expires,
        ended_at: grant.revoked.map(|revoked| revoked.at),
        ended_because: grant.revoked.map(|revoked| reason_of(revoked.reason).code().to_owned()),
    }
}

async fn details(deps: &Deps, proven: &Proven) -> Result<GrantDetails, AdminError> {
    let asked: GrantNamed = proven.json()?;
    let found = deps.store.read(ShowGrant { grant: grant_id(&asked.id)?, now: deps.clock.now() }).await?;
    let found = found.ok_or_else(|| AdminError::NotFound(format!("grant {}", asked.id)))?;
    let client = FindClient { tenant: found.grant.tenant.clone(), client_id: found.grant.client_id.clone() };
    let name = deps.store.read(client).await?.as_ref().and_then(client_name);
    Ok(GrantDetails {
        grant: grant_shown(&found.grant, name),
        refreshed_at: found.refreshed,
        rotations: found.rotations,
        confirmed_at: found.grant.last_confirmed(),
        redirect_uri: found.grant.redirect_uri,
    })
}

/// Ends the live grants of one page, and the sessions of the user whom the filter names, in one transaction. Returns
/// the grants that this request ended.
async fn ended(deps: &Deps, proven: &Proven) -> Result<Grants, AdminError> {
    let asked: GrantsToEnd = proven.json()?;
    if asked.filter == GrantFilter::default() && !asked.all {
        return Err(AdminError::Malformed("no filter is set; `all` ends the grants of everybody".to_owned()));
    }
    let (mut found, users) = find(deps, &asked.filter, &asked.page, ENDED).await?;
    found.items.retain(|grant| grant.revoked.is_none());
    // One event for each grant, and one for the request.
    let most = found.items.len() + 1;
    let grants = found.items.iter().map(|grant| (grant.tenant.clone(), grant.id)).collect();
    let nothing = found.items.is_empty() && users.is_empty();
    let end = EndGrants { grants, users, reason: RevokeReason::ByAdministrator, now: deps.clock.now() };
    let (asked, actor) = (of_filter(event(proven, "end_grants"), &asked.filter), proven.actor().to_owned());
    let events = move |ended: &Vec<GrantRecord>| {
        if ended.is_empty() {
            return Vec::new();
        }
        let revoked = ended.iter().map(|grant| revoked(grant).actor(&actor));
        [asked.clone().with(Field::Grants, ended.len())].into_iter().chain(revoked).collect()
    };
    let items = if nothing { Vec::new() } else { deps.journal.write_up_to(most, end, events).await? };
    shown(deps, Page { items, next: found.next }).await
}

fn revoked(grant: &GrantRecord) -> Event {
    Event::because(Kind::GrantRevoked, Reason::EndedByAdministrator)
        .succeeded()
        .tenant(grant.tenant.key())
        .client(&grant.client_id)
        .subject(&grant.identity.sub)
        .grant(grant.id)
}

/// Adds to the event what the filter names.
fn of_filter(mut event: Event, filter: &GrantFilter) -> Event {
    event.tenant.clone_from(&filter.tenant);
    event.client.clone_from(&filter.client);
    event.subject = filter.user.clone().or_else(|| filter.local_user.clone());
    event.grant.clone_from(&filter.id);
    match &filter.email {
        Some(email) => event.with(Field::User, email.as_str()),
        None => event,
    }
}
