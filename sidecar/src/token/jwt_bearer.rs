//! `grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer` (RFC 7523 §2.1) with an assertion of the tenant's provider
//! about a user: the Identity Assertion JWT Authorization Grant (ID-JAG).
//!
//! The provider decides which client may act for whom, so nobody is asked for consent. The grant type is off unless the
//! tenant's option `enterpriseManaged` allows it. The user is the same as after a login at this provider, and the same
//! rules apply. There is no refresh token: the client gets a new assertion from the provider, so that the provider's
//! decision is never older than an access token.

use events::{Field, Kind};
use protocol::encoding::sha256;
use protocol::scope::ScopeSet;
use protocol::secret::Secret;
use protocol::server::grant_type::GrantType;
use protocol::server::resource;
use protocol::settings::Identity;
use protocol::uri::ResourceUri;
use store::record::AssertionRecord;

use super::client_credentials::charge;
use super::deps::Deps;
use super::direct_grant::{self, Direct};
use super::error::{GrantError, TokenError, Unavailable};
use super::issue::{self, Approved, Content};
use crate::clients::auth::AuthenticatedClient;
use crate::edge::Ctx;
use crate::rules;
use crate::upstream::{Asserted, Notes, Presented, Registration};

/// The parameters of the request.
pub(super) struct Asked {
    pub(super) assertion: Secret<String>,
    pub(super) scopes: Option<ScopeSet>,
    pub(super) resource: Option<ResourceUri>,
}

pub(super) async fn exchange(
    deps: &Deps,
    ctx: &Ctx,
    client: &AuthenticatedClient,
    asked: Asked,
) -> Result<Approved, TokenError> {
    if !ctx.settings.enterprise_managed {
        return Err(TokenError::AssertionsOff);
    }
    // Public clients must let the user consent instead (section 8.1 of the ID-JAG draft).
    if !client.is_confidential() || !client.allows(GrantType::JwtBearer) {
        return Err(TokenError::GrantType);
    }
    charge(deps, ctx, client.id())?;
    let at = Registration::of(&ctx.settings, &ScopeSet::new()).map_err(Unavailable::Upstream)?;
    let presented = Presented { issuer: &ctx.base, client_id: client.id() };
    let asserted = deps.upstream.asserted(&at, &asked.assertion, presented).await;
    let Asserted { grant, identity, notes } =
        asserted.map_err(Unavailable::Upstream)?.map_err(GrantError::Assertion)?;
    let identity = admitted(deps, ctx, &at, &identity, &notes).await?;
    // The token is for the asserted resource or for a part of it, whatever the option `resourceMatch` says.
    let resource = resource::for_token(&grant.resource, asked.resource, &ctx.base, true)
        .map_err(TokenError::Resource)?;
    let scopes = scopes(ctx, &identity, grant.scopes.as_ref(), asked.scopes.as_ref())?;
    let lifetime_secs = deps.lifetimes.access_token_secs;
    let content = Content {
        identity: identity.clone(),
        client_name: client.name().map(str::to_owned),
        resource,
        scopes: scopes.clone(),
        upstream: None,
        lifetime_secs,
    };
    issue::check(deps, ctx, client.id(), &content)?;
    let direct = Direct {
        client_id: client.id().to_owned(),
        identity,
        scopes,
        resource: grant.resource,
        lifetime_secs,
        assertion: Some(AssertionRecord { id: replay_id(ctx, &grant.id), expires: grant.expires }),
        issued: ctx.event(Kind::TokenIssued).with(Field::GrantType, GrantType::JwtBearer.name()),
    };
    let proof = direct_grant::put(deps, ctx, direct).await?;
    Ok(Approved { proof, content, refresh: None })
}

/// Returns the user if the tenant's rules allow them. If the rules refuse the user, and the assertion held all the
/// claims that the rules need, revokes the user's personal access tokens too.
async fn admitted(
    deps: &Deps,
    ctx: &Ctx,
    at: &Registration,
    identity: &Identity,
    notes: &Notes,
) -> Result<Identity, TokenError> {
    match ctx.settings.authorize(identity) {
        Ok(admitted) => Ok(admitted.into_identity()),
        Err(error) if error.is_of_settings() => Err(Unavailable::RuleMandatory(error).into()),
        Err(error) => {
            if tells_enough(at, identity, notes) {
                deps.personal.user_refused(ctx, &identity.sub).await?;
            }
            Err(GrantError::UserRefused(rules::refused(error, identity, Some(notes))).into())
        }
    }
}

/// Whether the assertion has every claim that the rules need. A user who is refused because a claim is missing may
/// still have access: at a login, the claim may come from userinfo.
fn tells_enough(at: &Registration, identity: &Identity, notes: &Notes) -> bool {
    let claims = &identity.claims;
    let lacks_address = claims.email.is_none() || claims.email_verified.is_none();
    let lacks = (at.needed.email && lacks_address) || (at.needed.groups && !notes.has_groups);
    !lacks
}

/// Returns the requested scopes, reduced to those that the provider allows and the user is entitled to. Required scopes
/// are not added, because the provider may have left them out on purpose.
fn scopes(
    ctx: &Ctx,
    identity: &Identity,
    asserted: Option<&ScopeSet>,
    asked: Option<&ScopeSet>,
) -> Result<ScopeSet, TokenError> {
    let entitled = ctx.settings.entitled(&identity.claims.groups);
    let limits = [asserted, asked.filter(|asked| !asked.is_empty())];
    let scopes =
        limits.into_iter().flatten().fold(entitled.clone(), |scopes, limit| scopes.intersection(limit));
    if scopes.is_empty() && !entitled.is_empty() { Err(TokenError::ScopeOfAssertion) } else { Ok(scopes) }
}

/// Returns the key under which a used assertion is remembered. A tenant has one provider, which is part of the tenant's
/// id.
fn replay_id(ctx: &Ctx, jti: &str) -> [u8; 32] {
    sha256(["id-jag\n", &ctx.tenant().key(), "\n", jti].concat().as_bytes())
}
