//! `/admin/tokens/…`: creates and lists personal access tokens. `/admin/grants/end` ends them, like other grants.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use protocol::scope::ScopeSet;
use store::intent::listing::ListGrants;
use store::record::GrantRecord;

use super::deps::{Deps, EXAMINED};
use super::error::AdminError;
use super::names::{cursor, tenant_name, within};
use super::reply::answer;
use super::token_wire::{TokenMade, TokenShown, TokenToMake, Tokens, TokensAsked};
use crate::edge::Place;
use crate::ops::Proven;
use crate::personal_tokens::{CreateError, Maker, PersonalTokens, Wanted};
use crate::users::NoLongerAllowed;

pub(super) async fn create(State(deps): State<Arc<Deps>>, proven: Proven) -> Response {
    answer(&deps.journal, made(&deps, &proven).await)
}

pub(super) async fn list(State(deps): State<Arc<Deps>>, proven: Proven) -> Response {
    answer(&deps.journal, listed(&deps, &proven).await)
}

/// Creates a token of a local user. The users file and the tenant's rules must allow the user to access the tenant.
async fn made(deps: &Deps, proven: &Proven) -> Result<TokenMade, AdminError> {
    let asked: TokenToMake = proven.json()?;
    let place = one_place(deps, &asked.tenant)?;
    if !place.is_local() {
        return Err(AdminError::Malformed(format!(
            "the users of {} sign in at a provider, so they make their tokens on the connections page",
            asked.tenant
        )));
    }
    let known = deps.users.still_allowed(&asked.user, &place.tenant.base);
    let identity = known.map_err(|error| match error {
        NoLongerAllowed::Unavailable(error) => AdminError::Users(error),
        error @ NoLongerAllowed::Refused(_) => AdminError::NoAccess(error.to_string()),
    })?;
    let user = place.settings.authorize(&identity);
    let user = user.map_err(|refusal| AdminError::NoAccess(refusal.to_string()))?;
    let entitled = place.settings.entitled(&user.identity().claims.groups);
    let scopes = match &asked.scope {
        None => entitled,
        Some(text) => {
            let wanted = ScopeSet::parse(text).map_err(|error| AdminError::Malformed(error.to_string()))?;
            // Somebody who names a scope wants to know if the token would lack it, so this is an error.
            if let Some(other) = wanted.iter().find(|scope| !entitled.contains(scope)) {
                return Err(AdminError::NoAccess(format!("the user is not entitled to the scope {other:?}")));
            }
            wanted
        }
    };
    let most = PersonalTokens::most_days(&place).ok_or(CreateError::Off)?;
    let days = asked.days.unwrap_or(most).to_string();
    let wanted = Wanted::read(&asked.name, scopes, &days).map_err(CreateError::from)?;
    let maker = Maker { administrator: Some(proven.actor().to_owned()), ..Maker::default() };
    let id = deps.personal.fresh_id()?;
    let created = deps.personal.create(&place, &user, &wanted, id, maker).await?;
    Ok(TokenMade { token: created.token.expose().clone(), grant: shown(&created.grant) })
}

/// Finds the tenant with this name among the known tenants with personal access tokens. Fails if there is none, or more
/// than one.
fn one_place(deps: &Deps, name: &str) -> Result<Arc<Place>, AdminError> {
    within(Some(name))?;
    let mut found = deps.known.named(name.strip_suffix('/').unwrap_or(name));
    let Some(place) = found.pop() else {
        return Err(AdminError::NotFound(format!(
            "tenant {name:?} with the option personalTokens among those that were used since this sidecar started: open \
             {name}/oauth/connections once, and try again"
        )));
    };
    if found.is_empty() {
        return Ok(place);
    }
    let names: Vec<String> = found.iter().chain([&place]).map(|place| place.tenant.key()).collect();
    let (count, names) = (names.len(), names.join(", "));
    Err(AdminError::Ambiguous(format!("{count} tenants are at {name:?}; name one of them: {names}")))
}

/// Returns one page of the live tokens for which the request asks, out of the grants that are examined for it.
async fn listed(deps: &Deps, proven: &Proven) -> Result<Tokens, AdminError> {
    let asked: TokensAsked = proven.json()?;
    let within = within(asked.tenant.as_deref())?;
    let list = ListGrants { within, after: cursor(&asked.page)?, limit: EXAMINED, now: deps.clock.now() };
    let page = deps.store.read(list).await?;
    let theirs = |grant: &&GrantRecord| {
        grant.personal.is_some()
            && grant.revoked.is_none()
            && asked.user.as_ref().is_none_or(|user| grant.identity.sub == *user)
    };
    let tokens = page.items.iter().filter(theirs).map(shown).collect();
    Ok(Tokens { tokens, next: page.next.map(|next| next.to_string()) })
}

fn shown(grant: &GrantRecord) -> TokenShown {
    TokenShown {
        id: grant.id.to_string(),
        tenant: tenant_name(&grant.tenant),
        name: grant.personal.as_ref().map(|personal| personal.name.clone()).unwrap_or_default(),
        user: grant.identity.sub.clone(),
        scope: grant.scopes.to_string(),
        created_at: grant.created,
        expires_at: grant.expires,
    }
}
