//! `grant_type=client_credentials` (RFC 6749 §4.4): a client that the operator lists gets an access token without a
//! user.
//!
//! The rules about users (`allowedUsers` and the like) do not apply: the operator's clients file decides. All tokens of
//! a client at a tenant belong to one grant, which lives as long as the last of them. So a client appears in lists and
//! can be cut off just as a user can. There is no refresh token (§4.4.3).

use events::{Field, Kind};
use protocol::scope::ScopeSet;
use protocol::server::grant_type::GrantType;
use protocol::uri::ResourceUri;

use super::deps::Deps;
use super::direct_grant::{self, Direct};
use super::error::TokenError;
use super::issue::{self, Approved, Content};
use super::resource::resource_for;
use crate::budget::{Extra, Resource};
use crate::clients::auth::AuthenticatedClient;
use crate::edge::Ctx;
use crate::wire::Failure;

/// The maximum number of tokens that one client may get in a minute.
const OF_A_CLIENT: u32 = 1_200;

/// The parameters of the request.
pub(super) struct Asked {
    pub(super) scopes: Option<ScopeSet>,
    pub(super) resource: Option<ResourceUri>,
}

pub(super) async fn grant(
    deps: &Deps,
    ctx: &Ctx,
    client: &AuthenticatedClient,
    asked: Asked,
) -> Result<Approved, TokenError> {
    let machine = deps.clients.machine(ctx, client).ok_or(TokenError::GrantType)?;
    charge(deps, ctx, machine.id())?;
    let base = ResourceUri::from_base(&ctx.base);
    let resource = resource_for(ctx, &base, asked.resource)?;
    let most = ctx.settings.grant_to_client(None, machine.scopes());
    let asked = asked.scopes.filter(|asked| !asked.is_empty());
    let scopes = ctx.settings.grant_to_client(asked.as_ref(), machine.scopes());
    if scopes.is_empty() && !most.is_empty() {
        return Err(TokenError::ScopeOfClient);
    }
    let lifetime_secs = machine.ttl_secs(deps.lifetimes.access_token_secs);
    let identity = machine.identity();
    let content = Content {
        identity: identity.clone(),
        client_name: client.name().map(str::to_owned),
        resource,
        scopes,
        upstream: None,
        lifetime_secs,
    };
    issue::check(deps, ctx, client.id(), &content)?;
    let direct = Direct {
        client_id: machine.id().to_owned(),
        identity,
        scopes: most,
        resource: base,
        lifetime_secs,
        assertion: None,
        issued: ctx.event(Kind::TokenIssued).with(Field::GrantType, GrantType::ClientCredentials.name()),
    };
    let proof = direct_grant::put(deps, ctx, direct).await?;
    Ok(Approved { proof, content, refresh: None })
}

/// Charges the client for a token that no login led to. Only a client that has authenticated gets here, so nobody else
/// can exhaust its rate limit.
pub(super) fn charge(deps: &Deps, ctx: &Ctx, client_id: &str) -> Result<(), TokenError> {
    let key = [&ctx.tenant().key(), "\n", client_id].concat();
    let own = Extra { what: "this client", key: &key, count: OF_A_CLIENT };
    deps.meter.charge_only(Resource::Token, &[own]).map_err(|error| Failure::from(error).into())
}
