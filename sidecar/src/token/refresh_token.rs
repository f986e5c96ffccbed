//! `grant_type=refresh_token` (RFC 6749 §6): rotation with a grace period; reuse revokes the grant (RFC 9700 §4.14.2).

use events::{Event, Field, Kind, Reason};
use protocol::scope::ScopeSet;
use protocol::secret::Secret;
use protocol::tenant::Tenant;
use protocol::text::TextSet;
use protocol::uri::ResourceUri;
use store::crypto::secrets::{REFRESH_PREFIX, hash_secret, new_secret};
use store::crypto::successor::{open_successor, seal_successor};
use store::intent::refresh::{FindRefresh, RotateRefresh};
use store::record::{GrantRecord, Hash, Network, RefreshRecord, RefreshState, RevokeReason};
use store::{GrantUpdate, NewRefresh, Rotate, Rotated, Rotation};
use tokio::sync::OwnedMutexGuard;

use super::ask_provider::{Question, Turn};
use super::deps::Deps;
use super::error::{GrantError, TokenError, Unavailable};
use super::issue::{self, Approved, Content, Proof};
use super::resource::resource_for;
use super::standing::{self, Standing};
use super::upstream_token;
use crate::clients::auth::AuthenticatedClient;
use crate::edge::Ctx;
use crate::upstream::UpstreamToken;

/// The parameters of the request.
pub(super) struct Asked {
    pub(super) token: Secret<String>,
    pub(super) scopes: Option<ScopeSet>,
    pub(super) resource: Option<ResourceUri>,
}

pub(super) async fn rotate(
    deps: &Deps,
    ctx: &Ctx,
    client: &AuthenticatedClient,
    asked: Asked,
) -> Result<Approved, TokenError> {
    let tenant = ctx.tenant();
    let now = deps.clock.now();
    let hash = hash_secret(asked.token.expose());
    let found = deps.store.read(FindRefresh { tenant: tenant.clone(), token: hash, now }).await?;
    let (record, grant) = found.ok_or(GrantError::RefreshUnknown)?;
    // A failed check changes nothing: another client must not be able to end the grant.
    if record.client_id != client.id() {
        return Err(GrantError::RefreshWrongClient.into());
    }
    let resource = resource_for(ctx, &grant.resource, asked.resource)?;
    let Waited { _lock, question, record, grant } = wait(deps, ctx, hash, record, grant).await?;
    let first_use = matches!(record.state, RefreshState::Active);
    let standing = standing::judge(deps, ctx, &grant, first_use, question).await?;
    let Standing { identity, update, upstream_token: fresh } = standing;
    // These steps fail before an unused refresh token is spent. For a used token, its reuse is detected before they
    // run.
    let ready = if first_use { upstream_token(deps, ctx, &grant, fresh.clone()).await? } else { None };
    let scopes = scopes(ctx, &grant, asked.scopes.as_ref(), &identity.claims.groups)?;
    let mut content = Content {
        identity,
        client_name: client.name().map(str::to_owned),
        resource,
        scopes,
        upstream: ready,
        lifetime_secs: deps.lifetimes.access_token_secs,
    };
    if first_use {
        issue::check(deps, ctx, client.id(), &content)?;
    }

    let successor = new_secret(&*deps.entropy, REFRESH_PREFIX)?;
    let rotate = RotateRefresh {
        tenant: tenant.clone(),
        presented: hash,
        client_id: client.id().to_owned(),
        rotate: rotation_to(deps, ctx, &asked.token, &successor, update)?,
        now,
    };
    let events = RotationEvents::new(ctx, &grant);
    let rotation = deps.journal.write(rotate, move |rotation| events.of(rotation)).await?;
    let (rotated, refresh) = outcome(rotation, &asked.token, successor, &tenant)?;
    if !first_use {
        content.upstream = upstream_token(deps, ctx, &grant, fresh).await?;
    }
    Ok(Approved { proof: Proof::Refresh(rotated), content, refresh: Some(refresh) })
}

/// Returns what to store in place of the presented refresh token.
fn rotation_to(
    deps: &Deps,
    ctx: &Ctx,
    presented: &Secret<String>,
    successor: &Secret<String>,
    update: GrantUpdate,
) -> Result<Rotate, TokenError> {
    let sealed_successor = seal_successor(presented, successor, &ctx.tenant(), &*deps.entropy)
        .map_err(Unavailable::SealSuccessor)?;
    Ok(Rotate {
        successor: NewRefresh {
            token: hash_secret(successor.expose()),
            expires: deps.clock.now().plus(deps.lifetimes.refresh_token_secs),
            network: ctx.client_address.map(Network::of),
        },
        sealed_successor,
        grace_secs: deps.lifetimes.refresh_grace_secs,
        token_secs: deps.lifetimes.access_token_secs,
        update,
    })
}

/// Returns the provider's access token for the new access token. If it has expired and cannot be renewed, revokes the
/// grant, so that the client starts a new login.
async fn upstream_token(
    deps: &Deps,
    ctx: &Ctx,
    grant: &GrantRecord,
    fresh: Option<UpstreamToken>,
) -> Result<Option<UpstreamToken>, TokenError> {
    let token = upstream_token::of_grant(deps, ctx, grant, fresh);
    if matches!(token, Err(TokenError::Grant(GrantError::UpstreamTokenEnded))) {
        standing::end(deps, ctx, grant, RevokeReason::UpstreamRefused).await?;
    }
    token
}

/// The events that a rotation can cause.
struct RotationEvents {
    refreshed: Event,
    revoked: Event,
}

impl RotationEvents {
    fn new(ctx: &Ctx, grant: &GrantRecord) -> Self {
        let named =
            |event: Event| event.client(&grant.client_id).subject(&grant.identity.sub).grant(grant.id);
        Self {
            refreshed: named(ctx.event(Kind::TokenRefreshed)).with(Field::GrantType, "refresh_token"),
            revoked: named(ctx.event_because(Kind::GrantRevoked, Reason::RefreshReused)).succeeded(),
        }
    }

    fn of(&self, rotation: &Rotation) -> Vec<Event> {
        match rotation {
            Rotation::Rotated { .. } => vec![self.refreshed.clone().with(Field::Created, true)],
            Rotation::Repeat { .. } => vec![self.refreshed.clone().with(Field::Created, false)],
            Rotation::ReuseDetected { .. } => vec![self.revoked.clone()],
            Rotation::WrongClient | Rotation::Gone => Vec::new(),
        }
    }
}

/// A refresh token and its grant, and what to ask the provider; `question` is `None` if the provider is not to be
/// asked.
struct Waited {
    /// The lock of the grant, which is held until the refresh is complete.
    _lock: Option<OwnedMutexGuard<()>>,
    question: Option<Question>,
    record: RefreshRecord,
    grant: GrantRecord,
}

/// Waits until no other request asks the provider about this grant. Then reads the refresh token and the grant again,
/// because they may have changed meanwhile. Does nothing if the provider is not to be asked.
async fn wait(
    deps: &Deps,
    ctx: &Ctx,
    hash: Hash,
    record: RefreshRecord,
    grant: GrantRecord,
) -> Result<Waited, TokenError> {
    if !standing::asks_provider(deps, ctx, &record, &grant) {
        return Ok(Waited { _lock: None, question: None, record, grant });
    }
    let (tenant, now) = (ctx.tenant(), deps.clock.now());
    let lock = deps.grant_locks.lock(grant.id).await;
    let turn = Turn::take(deps, &tenant, grant.id).await?.ok_or(GrantError::RefreshUnknown)?;
    let again = deps.store.read(FindRefresh { tenant, token: hash, now }).await?;
    let (record, grant) = again.ok_or(GrantError::RefreshUnknown)?;
    // Another request may have used the token while this one waited, and has then asked the provider, so this request
    // does not. The store decides whether this request repeats the rotation or reuses the token.
    let asks = standing::asks_provider(deps, ctx, &record, &grant);
    let asked_with = grant.upstream_refresh.clone().filter(|_| asks);
    let question = if let Some(sealed) = asked_with {
        Some(Question { turn, sealed })
    } else {
        turn.end().await?;
        None
    };
    Ok(Waited { _lock: Some(lock), question, record, grant })
}

/// Returns the proof for the access token, and the new refresh token for the client.
fn outcome(
    rotation: Rotation,
    presented: &Secret<String>,
    successor: Secret<String>,
    tenant: &Tenant,
) -> Result<(Rotated, Secret<String>), TokenError> {
    match rotation {
        Rotation::Rotated { rotated } => Ok((rotated, successor)),
        Rotation::Repeat { sealed_successor, rotated } => {
            let successor = open_successor(presented, &sealed_successor, tenant);
            Ok((rotated, successor.map_err(Unavailable::OpenSuccessor)?))
        }
        Rotation::ReuseDetected { grant } => Err(GrantError::RefreshReused(grant).into()),
        Rotation::WrongClient => Err(GrantError::RefreshWrongClient.into()),
        Rotation::Gone => Err(GrantError::RefreshUnknown.into()),
    }
}

/// Returns the granted scopes, reduced to those that the user is still entitled to and, if the client requests a
/// subset, to that subset.
fn scopes(
    ctx: &Ctx,
    grant: &GrantRecord,
    asked: Option<&ScopeSet>,
    groups: &TextSet,
) -> Result<ScopeSet, TokenError> {
    let granted = grant.scopes.intersection(&ctx.settings.entitled(groups));
    let Some(asked) = asked.filter(|asked| !asked.is_empty()) else { return Ok(granted) };
    let narrowed = granted.intersection(asked);
    if narrowed.is_empty() && !granted.is_empty() {
        return Err(TokenError::Scope);
    }
    Ok(narrowed)
}
