//! The provider's access token inside this server's access tokens (`upstreamToken`): it is copied from the code to the
//! grant, and read from the grant at a refresh.

use protocol::settings::BoxItem;
use protocol::time::UnixTime;
use store::crypto::{Place, SealError, Sealer};
use store::record::{CodeRecord, GrantId, GrantRecord, UpstreamTokenRecord};

use super::deps::Deps;
use super::error::{GrantError, TokenError, Unavailable};
use crate::edge::Ctx;
use crate::upstream::UpstreamToken;

/// How much longer the stored token of the provider must be valid, in seconds, to be returned for a refresh token that
/// is presented again. Otherwise the provider is asked for another one.
const SHORTEST_SECS: u64 = 30;

/// Whether the tenant's MCP server gets the provider's access token.
pub(super) fn is_wanted(ctx: &Ctx) -> bool {
    ctx.settings.boxes(BoxItem::UpstreamToken)
}

/// Whether the provider is asked for another access token: the tenant's MCP server gets one, and the stored one would
/// expire before a new access token of this server.
pub(super) fn is_due(deps: &Deps, ctx: &Ctx, grant: &GrantRecord) -> bool {
    ends_within(ctx, grant, deps.lifetimes.access_token_secs, deps.clock.now())
}

/// Whether the tenant's MCP server gets such a token, and the stored one has expired or expires within
/// [`SHORTEST_SECS`].
pub(super) fn is_gone(deps: &Deps, ctx: &Ctx, grant: &GrantRecord) -> bool {
    ends_within(ctx, grant, SHORTEST_SECS, deps.clock.now())
}

fn ends_within(ctx: &Ctx, grant: &GrantRecord, secs: u64, now: UnixTime) -> bool {
    let left = grant.upstream_token.as_ref().map_or(0, |token| token.expires.since(now));
    is_wanted(ctx) && left < secs
}

/// Seals a token of the provider for the grant's record.
pub(super) fn seal(
    sealer: &Sealer,
    grant: &GrantId,
    token: &UpstreamToken,
) -> Result<UpstreamTokenRecord, SealError> {
    let place = Place::grant_upstream_token(grant);
    Ok(UpstreamTokenRecord { sealed: sealer.seal_text(&place, &token.token)?, expires: token.expires })
}

/// Returns the provider's token in the record of a code that is about to be redeemed. `None` if the tenant's MCP server
/// gets no such token. Fails if the token has expired, or the option was set after the login: then the client needs a
/// new login.
pub(super) fn of_code(
    deps: &Deps,
    ctx: &Ctx,
    record: &CodeRecord,
) -> Result<Option<UpstreamToken>, TokenError> {
    if !is_wanted(ctx) {
        return Ok(None);
    }
    let place = Place::code_upstream_token(&record.code);
    let live = open(deps, &place, record.upstream_token.as_ref())?;
    live.map(Some).ok_or_else(|| GrantError::UpstreamTokenEnded.into())
}

/// Returns the provider's token for a new access token of this server: `fresh`, which the provider has just issued, or
/// else the stored one. `None` if the tenant's MCP server gets no such token. Fails if there is none that is still
/// valid.
pub(super) fn of_grant(
    deps: &Deps,
    ctx: &Ctx,
    grant: &GrantRecord,
    fresh: Option<UpstreamToken>,
) -> Result<Option<UpstreamToken>, TokenError> {
    if !is_wanted(ctx) || fresh.is_some() {
        return Ok(fresh.filter(|_| is_wanted(ctx)));
    }
    let place = Place::grant_upstream_token(&grant.id);
    match open(deps, &place, grant.upstream_token.as_ref())? {
        Some(token) => Ok(Some(token)),
        // The provider could issue another token, but does not respond, or was not asked.
        None if grant.upstream_refresh.is_some() => Err(Unavailable::UpstreamTokenEnded.into()),
        None => Err(GrantError::UpstreamTokenEnded.into()),
    }
}

/// Decrypts a stored token. `None` if there is no token, or if it has expired.
fn open(
    deps: &Deps,
    place: &Place,
    record: Option<&UpstreamTokenRecord>,
) -> Result<Option<UpstreamToken>, TokenError> {
    let now = deps.clock.now();
    let Some(record) = record.filter(|record| now < record.expires) else { return Ok(None) };
    let token = deps.sealer.open_text(place, &record.sealed).map_err(Unavailable::OpenUpstreamToken)?;
    Ok(Some(UpstreamToken { token, expires: record.expires }))
}
