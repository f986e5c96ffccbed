//! Which resource an access token is for (RFC 8707 §2.2).

use protocol::server::resource;
use protocol::uri::ResourceUri;

use super::error::TokenError;
use crate::edge::Ctx;

/// The resource of the grant, or the narrower one that the request names.
pub(super) fn resource_for(
    ctx: &Ctx,
    granted: &ResourceUri,
    requested: Option<ResourceUri>,
) -> Result<ResourceUri, TokenError> {
    resource::for_token(granted, requested, &ctx.base, ctx.settings.match_path).map_err(TokenError::Resource)
}
