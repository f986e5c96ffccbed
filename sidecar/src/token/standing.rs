//! Checks at every refresh whether the user of a grant still has access: for local users by the users file, otherwise
//! by the provider if it is to be asked, and always by the tenant's rules. If the user has lost access, the grant is
//! revoked.

use events::{Field, Kind, Reason};
use protocol::settings::{Identity, Provider};
use store::GrantUpdate;
use store::crypto::Place;
use store::intent::grants::RevokeGrant;
use store::record::{GrantRecord, RefreshRecord, RefreshState, RevokeReason};

use super::ask_provider::Question;
use super::deps::Deps;
use super::error::{GrantError, TokenError, Unavailable};
use super::upstream_token;
use crate::config::UpstreamRefresh;
use crate::edge::Ctx;
use crate::rules;
use crate::upstream::{Notes, Registration, UpstreamError, UpstreamToken};
use crate::users::NoLongerAllowed;

/// With `BOUNCER_STRICT_UPSTREAM_REFRESH=auto`: for how many seconds after the provider's last confirmation a grant is
/// still refreshed although the provider does not respond.
const CONFIRMED_SECS: u64 = 24 * 3600;

/// The user's current identity.
pub(super) struct Standing {
    pub(super) identity: Identity,
    /// The changes to store in the grant's record.
    pub(super) update: GrantUpdate,
    /// The provider's access token that the provider has just issued for this user and the MCP server. `update` holds
    /// it, too.
    pub(super) upstream_token: Option<UpstreamToken>,
}

impl Standing {
    const fn of(identity: Identity, update: GrantUpdate) -> Self {
        Self { identity, update, upstream_token: None }
    }
}

/// Whether the provider is asked when this grant is refreshed with this token. At the token's first use it is asked to
/// confirm the user (`BOUNCER_STRICT_UPSTREAM_REFRESH`), or to issue an access token for the MCP server
/// (`upstreamToken`). If the token is presented again within the grace period, the provider is asked only for an access
/// token, and only if no usable one is stored.
pub(super) fn asks_provider(deps: &Deps, ctx: &Ctx, token: &RefreshRecord, grant: &GrantRecord) -> bool {
    if ctx.settings.provider == Provider::Local || grant.upstream_refresh.is_none() {
        return false;
    }
    match token.state {
        RefreshState::Active => {
            deps.upstream_refresh != UpstreamRefresh::Never || upstream_token::is_due(deps, ctx, grant)
        }
        RefreshState::Rotated { at, .. } => {
            let in_grace = deps.clock.now() < at.plus(deps.lifetimes.refresh_grace_secs);
            in_grace && upstream_token::is_gone(deps, ctx, grant)
        }
    }
}

/// Whether every refresh of a grant would fail, so that it makes no sense to issue a refresh token: the provider must
/// confirm each refresh (`BOUNCER_STRICT_UPSTREAM_REFRESH=true`), but issued no refresh token with which it could be
/// asked.
pub(super) fn refreshes_in_vain(deps: &Deps, ctx: &Ctx, has_upstream_refresh: bool) -> bool {
    deps.upstream_refresh == UpstreamRefresh::Always
        && ctx.settings.provider != Provider::Local
        && !has_upstream_refresh
}

/// Checks the user's access and returns the current identity. Always checks the rules and, for local users, the users
/// file. `question` is present if the provider is to be asked. `first_use` is false if the refresh token was used
/// before: then it does not matter that a refresh token of the provider is missing. Revokes the grant if the user no
/// longer has access.
pub(super) async fn judge(
    deps: &Deps,
    ctx: &Ctx,
    grant: &GrantRecord,
    first_use: bool,
    question: Option<Question>,
) -> Result<Standing, TokenError> {
    let mut notes = None;
    let standing = match (&ctx.settings.provider, question) {
        (Provider::Local, _) => local(deps, ctx, grant).await?,
        (Provider::Oidc { .. } | Provider::Named { .. } | Provider::Default, Some(question)) => {
            let at = Registration::of(&ctx.settings, &grant.scopes).map_err(Unavailable::Upstream)?;
            upstream(deps, ctx, grant, at, question, &mut notes).await?
        }
        (Provider::Oidc { .. } | Provider::Named { .. } | Provider::Default, None) => {
            if first_use && refreshes_in_vain(deps, ctx, grant.upstream_refresh.is_some()) {
                // The grant is older than `BOUNCER_STRICT_UPSTREAM_REFRESH=true`, or than the tenant's provider.
                // Without a refresh token of the provider it cannot be confirmed, so it is revoked.
                end(deps, ctx, grant, RevokeReason::UpstreamRefused).await?;
                return Err(GrantError::UpstreamRefreshMissing.into());
            }
            Standing::of(grant.identity.clone(), GrantUpdate::default())
        }
    };
    match ctx.settings.authorize(&standing.identity) {
        Ok(admitted) => {
            let identity = admitted.into_identity();
            let Standing { mut update, upstream_token, .. } = standing;
            if update.identity.is_some() {
                // The provider or the users file has just told who the user is. If the provider left groups out, the
                // user has not lost them.
                if notes.as_ref().is_none_or(|notes| !notes.groups_left_out) {
                    deps.personal.identity_seen(ctx, &identity).await?;
                }
                update.identity = Some(identity.clone());
            }
            Ok(Standing { identity, update, upstream_token })
        }
        // The settings are wrong, not the user, so the grant is kept.
        Err(error) if error.is_of_settings() => Err(Unavailable::RuleMandatory(error).into()),
        Err(error) => {
            end(deps, ctx, grant, RevokeReason::UserRefused).await?;
            Err(GrantError::UserRefused(rules::refused(error, &standing.identity, notes.as_ref())).into())
        }
    }
}

pub(super) async fn end(
    deps: &Deps,
    ctx: &Ctx,
    grant: &GrantRecord,
    reason: RevokeReason,
) -> Result<(), TokenError> {
    let event = ctx.revoked(grant, reason);
    let revoke = RevokeGrant { tenant: ctx.tenant(), grant: grant.id, reason, now: deps.clock.now() };
    deps.journal.write(revoke, move |_| vec![event.clone()]).await?;
    // If the rules refuse the user, revoke the personal access tokens too: no refresh checks those.
    if reason == RevokeReason::UserRefused {
        deps.personal.user_refused(ctx, &grant.identity.sub).await?;
    }
    Ok(())
}

/// Checks the users file: a user who was removed, disabled or moved to other tenants has lost access.
async fn local(deps: &Deps, ctx: &Ctx, grant: &GrantRecord) -> Result<Standing, TokenError> {
    match deps.users.still_allowed(&grant.identity.sub, &ctx.base) {
        Ok(identity) => {
            let changed = identity != grant.identity;
            let update =
                GrantUpdate { identity: changed.then(|| identity.clone()), ..GrantUpdate::default() };
            Ok(Standing::of(identity, update))
        }
        Err(error @ NoLongerAllowed::Unavailable(_)) => Err(Unavailable::UsersFile(error).into()),
        // Without a users file, nothing says who the users are.
        Err(error @ NoLongerAllowed::Refused(_)) if !deps.users.has_file() => {
            Err(Unavailable::UsersFile(error).into())
        }
        Err(error @ NoLongerAllowed::Refused(_)) => {
            end(deps, ctx, grant, RevokeReason::UserRefused).await?;
            Err(GrantError::UserGone(error).into())
        }
    }
}

/// Asks the provider. If the provider refuses, revokes the grant. Keeps an access token of the response only if the
/// response is about the grant's user (OpenID Connect Core §12.2).
async fn upstream(
    deps: &Deps,
    ctx: &Ctx,
    grant: &GrantRecord,
    at: Registration,
    Question { turn, sealed }: Question,
    notes: &mut Option<Notes>,
) -> Result<Standing, TokenError> {
    let place = Place::grant(&grant.id);
    let token = deps.sealer.open_text(&place, &sealed).map_err(Unavailable::OpenUpstreamRefresh)?;
    let (mut issued, mut unusable) = (None, None);
    let answer = match turn.ask(deps, at.clone(), token).await? {
        Ok(refreshed) => {
            let confirmed = deps.upstream.confirm(&at, &refreshed, &grant.identity.sub).await;
            match refreshed.upstream_token {
                Ok(token) => issued = token,
                Err(error) => unusable = Some(error),
            }
            confirmed
        }
        Err(error) => Err(error),
    };
    match answer {
        Ok(_) if let Some(error) = unusable => Err(Unavailable::Upstream(error).into()),
        Ok(seen) => {
            let seen = seen.map(|(identity, said)| {
                *notes = Some(said);
                identity
            });
            let identity = seen.clone().unwrap_or_else(|| grant.identity.clone());
            let confirmed = Some(deps.clock.now());
            let sealed = issued.as_ref().map(|token| upstream_token::seal(&deps.sealer, &grant.id, token));
            let sealed = sealed.transpose().map_err(Unavailable::SealUpstreamRefresh)?;
            let update =
                GrantUpdate { identity: seen, upstream_token: sealed, confirmed, ..GrantUpdate::default() };
            Ok(Standing { identity, update, upstream_token: issued })
        }
        Err(error @ UpstreamError::GrantRefused(_)) => {
            end(deps, ctx, grant, RevokeReason::UpstreamRefused).await?;
            Err(GrantError::UpstreamRefused(error).into())
        }
        Err(error @ UpstreamError::Unavailable(_)) => bridged(deps, ctx, grant, error),
        // The settings are wrong, or the response cannot be verified: no token is issued, and the grant is kept.
        Err(error @ (UpstreamError::Misconfigured(_) | UpstreamError::Unverifiable(_))) => {
            Err(Unavailable::Upstream(error).into())
        }
    }
}

/// Decides what follows if the provider does not respond. With `auto`, relies on the provider's last confirmation for
/// [`CONFIRMED_SECS`]. With `true`, fails. Otherwise the provider was asked only for an access token for the MCP
/// server; then goes on, so that the stored access token is used until it expires.
fn bridged(
    deps: &Deps,
    ctx: &Ctx,
    grant: &GrantRecord,
    error: UpstreamError,
) -> Result<Standing, TokenError> {
    let now = deps.clock.now();
    let age = now.since(grant.last_confirmed());
    let relies = match deps.upstream_refresh {
        UpstreamRefresh::Auto => now.is_recent(grant.last_confirmed(), CONFIRMED_SECS),
        UpstreamRefresh::Always => false,
        UpstreamRefresh::Never => true,
    };
    if !relies {
        return Err(Unavailable::UpstreamSilent { error, confirmed_secs_ago: age }.into());
    }
    let event = ctx.event_because(Kind::Operation, Reason::UpstreamUnavailable).succeeded().detail(error);
    deps.journal.record(event.client(&grant.client_id).with(Field::ConfirmedSecsAgo, age).saying(
        "the provider does not respond; the grant was refreshed on the strength of its last confirmation",
    ));
    Ok(Standing::of(grant.identity.clone(), GrantUpdate::default()))
}
