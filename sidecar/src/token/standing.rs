//! Whether the user of a grant may still enter: asked at every refresh, of the local users file or the
//! provider, and of the tenant's rules. Who may not any more loses the grant.

use protocol::error::OAuthError;
use protocol::settings::{Identity, Provider};

use crate::app::App;
use crate::crypto::Place;
use crate::http::{Ctx, Failure};
use crate::store::FamilyUpdate;
use crate::store::records::{FamilyRecord, RevokeReason};
use crate::upstream::{Registration, UpstreamError};
use crate::users::NoLongerAllowed;

/// The user as seen now.
pub(super) struct Standing {
    pub(super) identity: Identity,
    /// What the grant's record should learn.
    pub(super) update: FamilyUpdate,
}

/// Judges. `ask_provider` is false for a repeated rotation, whose first use has asked already.
pub(super) async fn judge(
    app: &App,
    ctx: &Ctx,
    family: &FamilyRecord,
    ask_provider: bool,
) -> Result<Standing, Failure> {
    let standing = match &ctx.settings.provider {
        Provider::Local => local(app, ctx, family).await?,
        provider if ask_provider && app.config.strict_upstream_refresh => {
            let at = Registration::of(provider)
                .map_err(|error| Failure::unavailable("upstream_misconfigured", error))?
                .ok_or_else(|| {
                    Failure::unavailable("provider_changed", "the tenant has no provider any more")
                })?;
            upstream(app, ctx, family, &at).await?
        }
        Provider::Oidc { .. } | Provider::Named { .. } => {
            Standing { identity: family.identity.clone(), update: FamilyUpdate::default() }
        }
    };
    match ctx.settings.admit(&standing.identity) {
        Ok(admitted) => {
            let identity = admitted.into_identity();
            let Standing { mut update, .. } = standing;
            update.identity = update.identity.map(|_| identity.clone());
            Ok(Standing { identity, update })
        }
        // The settings are wrong, not the user.
        Err(error) if error.is_of_settings() => Err(Failure::unavailable("rule_mandatory", error)),
        Err(error) => {
            end(app, ctx, family, RevokeReason::UserRefused).await?;
            Err(refused("user_refused").detail(error))
        }
    }
}

fn refused(reason: &'static str) -> Failure {
    Failure::oauth(OAuthError::InvalidGrant, reason)
}

async fn end(app: &App, ctx: &Ctx, family: &FamilyRecord, reason: RevokeReason) -> Result<(), Failure> {
    app.store.revoke_family(&ctx.tenant(), &family.id, reason, app.clock.now()).await?;
    Ok(())
}

/// The users file has the last word: removed, disabled or moved to other tenants means out.
async fn local(app: &App, ctx: &Ctx, family: &FamilyRecord) -> Result<Standing, Failure> {
    match app.users.still_allowed(&family.identity.sub, &ctx.base) {
        Ok(identity) => {
            let changed = identity != family.identity;
            let update = FamilyUpdate { identity: changed.then(|| identity.clone()), upstream_refresh: None };
            Ok(Standing { identity, update })
        }
        Err(error @ NoLongerAllowed::Unavailable(_)) => Err(Failure::unavailable("users_file", error)),
        Err(error @ NoLongerAllowed::Refused(_)) => {
            end(app, ctx, family, RevokeReason::UserRefused).await?;
            Err(refused("user_gone").detail(error))
        }
    }
}

/// `BOUNCER_STRICT_UPSTREAM_REFRESH`: no refresh without the provider's word.
async fn upstream(
    app: &App,
    ctx: &Ctx,
    family: &FamilyRecord,
    at: &Registration,
) -> Result<Standing, Failure> {
    let place = Place::family(&family.id);
    let Some(sealed) = &family.upstream_refresh else {
        // Where the provider gave nothing to ask with, strict means no.
        end(app, ctx, family, RevokeReason::UpstreamRefused).await?;
        return Err(refused("upstream_refresh_missing"));
    };
    let token = app
        .sealer
        .open_text(&place, sealed)
        .map_err(|error| Failure::unavailable("upstream_refresh_unseal", error))?;
    match app.upstream.refresh(at, &token, &family.identity.sub).await {
        Ok(there) => {
            let upstream_refresh = match &there.refresh_token {
                Some(token) => Some(
                    app.sealer
                        .seal_text(&place, token)
                        .map_err(|error| Failure::unavailable("upstream_refresh_seal", error))?,
                ),
                None => None,
            };
            let identity = there.identity.clone().unwrap_or_else(|| family.identity.clone());
            Ok(Standing { identity, update: FamilyUpdate { identity: there.identity, upstream_refresh } })
        }
        Err(error @ UpstreamError::GrantRefused(_)) => {
            end(app, ctx, family, RevokeReason::UpstreamRefused).await?;
            Err(refused("upstream_refused").detail(error))
        }
        // An answer that cannot be believed, or none: nothing is issued, nothing is lost.
        Err(
            error @ (UpstreamError::Unavailable(_)
            | UpstreamError::Misconfigured(_)
            | UpstreamError::Unverifiable(_)),
        ) => Err(Failure::unavailable("upstream_unavailable", error)),
    }
}
