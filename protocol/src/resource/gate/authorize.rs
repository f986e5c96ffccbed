//! The second step of a request to the MCP server: whether its token is valid now and for this request. The result is
//! never remembered.

use super::log::{Level, LogLine};
use super::response::Response;
use super::tenant_request::TenantRequest;
use crate::resource::access_token::ValidToken;
use crate::resource::request::RequestView;
use crate::resource::revocation_file::{RevocationError, RevocationFile};
use crate::resource::token_in_force::{InsufficientScope, TokenInForce};
use std::rc::Rc;

/// Validates time, path and revocation, and that the token grants the tenant's required scopes.
pub(super) fn authorize(
    request: &TenantRequest<'_>,
    token: Rc<ValidToken>,
    revocations: Option<&mut RevocationFile>,
    view: &mut dyn RequestView,
) -> Result<TokenInForce, Response> {
    let current = token.at(request.now, request.target.path());
    let current = current.map_err(|error| request.invalid_token(&error.to_string()))?;
    let unrevoked = RevocationFile::validate(revocations, current, request.now, view);
    let unrevoked = unrevoked.map_err(|error| match error {
        RevocationError::Revoked => request.invalid_token("its grant was revoked"),
        RevocationError::Unknown(reason) => {
            let message = ["revocationFile cannot be used: ", &reason].concat();
            Response::unavailable(5, LogLine::new(Level::Error, message))
        }
    })?;
    TokenInForce::authorize(unrevoked).map_err(|InsufficientScope| request.insufficient_scope())
}
