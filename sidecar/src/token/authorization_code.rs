//! `grant_type=authorization_code` (RFC 6749 §4.1.3): all checks first, then one atomic redemption.

use events::{Event, Field, Kind, Reason};
use protocol::secret::Secret;
use protocol::server::grant_type::GrantType;
use protocol::server::pkce::{CodeChallenge, CodeVerifier};
use protocol::settings::Provider;
use protocol::time::UnixTime;
use protocol::uri::ResourceUri;
use store::crypto::secrets::{REFRESH_PREFIX, hash_secret, new_grant_id, new_secret};
use store::crypto::{Place, Sealed};
use store::intent::codes::{FindCode, RedeemCode};
use store::limits::GRANTS_PER_USER;
use store::record::{CodeRecord, GrantId, GrantRecord, Hash, Network};
use store::{NewGrant, NewRefresh, Redeem};

use super::deps::Deps;
use super::error::{GrantError, TokenError, Unavailable};
use super::issue::{self, Approved, Content, Proof};
use super::resource::resource_for;
use super::standing;
use super::upstream_token;
use crate::clients::auth::AuthenticatedClient;
use crate::edge::Ctx;
use crate::upstream::UpstreamToken;
use crate::users::NoLongerAllowed;

/// The maximum lifetime of a grant, as a multiple of the lifetime of an unused refresh token. No refresh extends it.
const ABSOLUTE_IN_IDLE_LIFETIMES: u64 = 12;

/// The parameters of the request.
pub(super) struct Asked {
    pub(super) code: Secret<String>,
    pub(super) redirect_uri: Option<String>,
    pub(super) verifier: CodeVerifier,
    pub(super) resource: Option<ResourceUri>,
}

pub(super) async fn redeem(
    deps: &Deps,
    ctx: &Ctx,
    client: &AuthenticatedClient,
    asked: Asked,
) -> Result<Approved, TokenError> {
    let tenant = ctx.tenant();
    let now = deps.clock.now();
    let hash = hash_secret(asked.code.expose());
    let found = deps.store.read(FindCode { tenant: tenant.clone(), code: hash, now }).await?;
    let record = found.ok_or(GrantError::CodeUnknown)?;
    // A failed check does not spend the code: another client must not be able to invalidate the code.
    if record.client_id != client.id() {
        return Err(GrantError::CodeWrongClient.into());
    }
    check_redirect_uri(asked.redirect_uri, &record)?;
    let resource = resource_for(ctx, &record.resource, asked.resource)?;
    let proven = CodeChallenge::from_stored(&record.code_challenge)
        .and_then(|challenge| challenge.verify(&asked.verifier))
        .map_err(GrantError::CodePkce)?;
    still_allowed(deps, ctx, &record)?;
    // A spent code keeps no token of the provider. It gets no new one either: its reuse must be detected.
    let unspent = record.spent.is_none();
    let upstream = if unspent { upstream_token::of_code(deps, ctx, &record)? } else { None };
    let grant = new_grant(deps, ctx, &record, upstream.as_ref(), now)?;
    let in_vain = standing::refreshes_in_vain(deps, ctx, record.upstream_refresh.is_some());
    let may_refresh = client.allows(GrantType::RefreshToken) && !in_vain;
    let refresh = may_refresh.then(|| new_secret(&*deps.entropy, REFRESH_PREFIX)).transpose()?;
    let first = refresh.as_ref().map(|token| NewRefresh {
        token: hash_secret(token.expose()),
        expires: now.plus(deps.lifetimes.refresh_token_secs),
        network: ctx.client_address.map(Network::of),
    });
    let redeem = RedeemCode {
        tenant: tenant.clone(),
        code: hash,
        pkce: proven,
        grant: NewGrant { grant, refresh: first },
        now,
    };
    let events = RedeemEvents::new(ctx, &record);
    let content = Content {
        identity: record.identity,
        client_name: client.name().map(str::to_owned),
        resource,
        scopes: record.scopes,
        upstream,
        lifetime_secs: deps.lifetimes.access_token_secs,
    };
    if unspent {
        issue::check(deps, ctx, client.id(), &content)?;
    }
    match deps.journal.write(redeem, move |redeem| events.of(redeem)).await? {
        Redeem::Done { redeemed, .. } => Ok(Approved { proof: Proof::Code(redeemed), content, refresh }),
        Redeem::TooMany => Err(TokenError::TooManyGrants { sub: content.identity.sub }),
        Redeem::AlreadySpent { grant } => Err(GrantError::CodeReused(grant).into()),
        Redeem::Unknown => Err(GrantError::CodeUnknown.into()),
    }
}

/// Refuses a redirect URI other than the one to which the code was sent. The request may omit the redirect URI.
fn check_redirect_uri(asked: Option<String>, record: &CodeRecord) -> Result<(), GrantError> {
    if let Some(asked) = asked.filter(|uri| *uri != record.redirect_uri) {
        let asked = asked.chars().take(200).collect();
        return Err(GrantError::CodeRedirectUri { asked, sent_to: record.redirect_uri.clone() });
    }
    Ok(())
}

/// Checks the users file again: a user who was disabled after the login gets no grant. Disabling a user revokes the
/// user's grants; without this check, a grant could still come into being afterwards.
fn still_allowed(deps: &Deps, ctx: &Ctx, record: &CodeRecord) -> Result<(), TokenError> {
    if ctx.settings.provider != Provider::Local {
        return Ok(());
    }
    match deps.users.still_allowed(&record.identity.sub, &ctx.base) {
        Ok(_) => Ok(()),
        Err(error @ NoLongerAllowed::Unavailable(_)) => Err(Unavailable::UsersFile(error).into()),
        Err(error @ NoLongerAllowed::Refused(_)) => Err(GrantError::UserGone(error).into()),
    }
}

/// The events that a redemption can cause.
struct RedeemEvents {
    issued: Event,
    revoked: Event,
    crowded_out: Event,
}

impl RedeemEvents {
    fn new(ctx: &Ctx, record: &CodeRecord) -> Self {
        let named = |event: Event| event.client(&record.client_id).subject(&record.identity.sub);
        let ended = |reason| named(ctx.event_because(Kind::GrantRevoked, reason)).succeeded();
        Self {
            issued: named(ctx.event(Kind::TokenIssued))
                .with(Field::GrantType, GrantType::AuthorizationCode.name()),
            revoked: ended(Reason::CodeReused),
            crowded_out: ended(Reason::CrowdedOut).with(Field::Grants, GRANTS_PER_USER).saying(
                "the oldest grant of this user was ended: the user has reached the maximum number of grants",
            ),
        }
    }

    fn of(&self, redeem: &Redeem) -> Vec<Event> {
        match redeem {
            Redeem::Done { redeemed, crowded_out } => {
                let crowded_out = crowded_out.map(|ended| self.crowded_out.clone().grant(ended));
                [Some(self.issued.clone().grant(redeemed.grant())), crowded_out]
                    .into_iter()
                    .flatten()
                    .collect()
            }
            Redeem::AlreadySpent { grant } => vec![self.revoked.clone().grant(grant)],
            Redeem::TooMany | Redeem::Unknown => Vec::new(),
        }
    }
}

/// Makes the grant to create from the code.
fn new_grant(
    deps: &Deps,
    ctx: &Ctx,
    record: &CodeRecord,
    upstream: Option<&UpstreamToken>,
    now: UnixTime,
) -> Result<GrantRecord, TokenError> {
    let id = new_grant_id(&*deps.entropy)?;
    let upstream_refresh = match &record.upstream_refresh {
        Some(sealed) => Some(carry_over(deps, &record.code, &id, sealed)?),
        None => None,
    };
    let upstream_token = upstream.map(|token| upstream_token::seal(&deps.sealer, &id, token));
    let upstream_token = upstream_token.transpose().map_err(Unavailable::SealUpstreamRefresh)?;
    Ok(GrantRecord {
        id,
        tenant: ctx.tenant(),
        client_id: record.client_id.clone(),
        redirect_uri: record.redirect_uri.clone(),
        scopes: record.scopes.clone(),
        resource: record.resource.clone(),
        identity: record.identity.clone(),
        upstream_refresh,
        upstream_token,
        confirmed: None,
        asking: None,
        network: record.network,
        created: now,
        expires: now.plus(deps.lifetimes.refresh_token_secs.saturating_mul(ABSOLUTE_IN_IDLE_LIFETIMES)),
        token_secs: deps.lifetimes.access_token_secs,
        personal: None,
        revoked: None,
    })
}

/// Decrypts the provider's refresh token, which is sealed for the code's record, and seals it for the grant's record.
fn carry_over(deps: &Deps, code: &Hash, grant: &GrantId, sealed: &Sealed) -> Result<Sealed, TokenError> {
    let opened = deps.sealer.open_text(&Place::code(code), sealed);
    let sealed = opened.and_then(|token| deps.sealer.seal_text(&Place::grant(grant), &token));
    Ok(sealed.map_err(Unavailable::OpenUpstreamRefresh)?)
}
