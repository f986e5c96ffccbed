//! Adds to a valid token what the MCP server is told about the caller: `identityHeaders` and `upstreamToken`. The box
//! in the token is opened here, once for each token.

use super::response::Response;
use super::tenant_request::TenantRequest;
use crate::jose::token::SignatureValid;
use crate::resource::access_token::ValidToken;
use crate::token_box::{BoxBinding, BoxContents, BoxError, open};

/// Adds the chosen headers. A token whose box does not open is refused with `invalid_token`, because the box of a new
/// token is sealed under a present key. A token without the provider's token is refused too if the options demand that
/// token: the client then refreshes, and gets a token with it from the sidecar.
pub(super) fn with_backend(
    request: &TenantRequest<'_>,
    signed: &SignatureValid,
    token: ValidToken,
) -> Result<ValidToken, Response> {
    let chosen = &request.config.backend;
    if chosen.is_empty() {
        return Ok(token);
    }
    let opened;
    let contents = if token.is_own() {
        opened = open_box(request, signed)?;
        &opened
    } else {
        signed.described()
    };
    match chosen.identity_of(signed.claims(), contents) {
        Some(backend) => Ok(token.with_backend(backend)),
        None => Err(request.invalid_token(
            "it holds no token of the provider (upstreamToken): it is older than the option, or the sidecar is older, or \
             the OAuth router uses another middleware",
        )),
    }
}

fn open_box(request: &TenantRequest<'_>, signed: &SignatureValid) -> Result<BoxContents, Response> {
    let claims = signed.claims();
    let Some(sealed) = &claims.mcpb_box else { return Ok(BoxContents::new()) };
    let binding = BoxBinding {
        issuer: request.base.as_str(),
        tid: request.config.tid,
        jti: claims.jti.as_deref().unwrap_or_default(),
    };
    open(request.keys, sealed, &binding).map_err(|error| {
        request.invalid_token(&error.to_string()).for_unknown_key(error == BoxError::DoesNotOpen)
    })
}
