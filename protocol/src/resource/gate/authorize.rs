//! The second step of a request to the MCP server: whether its token is valid now and for this request. The result is
//! never remembered.

use super::log::{Level, LogLine};
use super::prove::PossessedToken;
use super::response::Response;
use super::tenant_request::TenantRequest;
use crate::resource::request::RequestView;
use crate::resource::revocation_file::{RevocationError, RevocationFile};
use crate::resource::token_in_force::{InsufficientScope, TokenInForce};

/// Validates time, path and revocation, and requires the tenant's scopes.
pub(super) fn authorize(
    request: &TenantRequest<'_>,
    token: PossessedToken,
    revocations: Option<&mut RevocationFile>,
    view: &mut dyn RequestView,
) -> Result<TokenInForce, Response> {
    let current = token.into_inner().at(request.now, request.target.path());
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
