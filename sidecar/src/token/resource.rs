//! The resource that an access token is issued for (RFC 8707 §2.2).

use protocol::server::resource;
use protocol::uri::ResourceUri;

use super::error::TokenError;
use crate::edge::Ctx;

/// The requested resource, or the grant's if the request names none. Fails if the grant does not cover it.
pub(super) fn resource_for(
    ctx: &Ctx,
    granted: &ResourceUri,
    requested: Option<ResourceUri>,
) -> Result<ResourceUri, TokenError> {
    resource::for_token(granted, requested, &ctx.base, ctx.settings.match_path).map_err(TokenError::Resource)
}
