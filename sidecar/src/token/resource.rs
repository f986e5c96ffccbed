//! The resource that an access token is issued for (RFC 8707 §2.2).

use protocol::server::resource;
use protocol::uri::ResourceUri;

use super::error::TokenError;
use crate::edge::Ctx;

/// Returns the requested resource or, if the request names none, the grant's. Fails if the grant does not cover the
/// requested one.
pub(super) fn resource_for(
    ctx: &Ctx,
    granted: &ResourceUri,
    requested: Option<ResourceUri>,
) -> Result<ResourceUri, TokenError> {
    resource::for_token(granted, requested, &ctx.base, ctx.settings.match_path).map_err(TokenError::Resource)
}
