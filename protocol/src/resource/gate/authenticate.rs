//! The first step of a request to the MCP server: whose token it carries.

use super::backend::with_backend;
use super::log::{Level, LogLine};
use super::memory::Memory;
use super::response::Response;
use super::tenant_request::TenantRequest;
use crate::jose::key_certificate::KeyCertificateError;
use crate::personal_token::{self, DAY_SECS};
use crate::resource::access_token::{ForeignIssuer, TokenPolicy, ValidToken, validate};
use crate::resource::bearer::{self, BearerError, Credentials};
use crate::resource::request::{HeaderBuffer, HeaderList, RequestView};
use crate::resource::verifier::{Verifier, VerifyError};
use std::rc::Rc;

/// Returns the token of the request, which a trusted key signed for this tenant. If the token is not remembered, this
/// verifies it.
pub(super) fn authenticate(
    request: &TenantRequest<'_>,
    memory: &mut Memory,
    verifier: &mut Verifier,
    view: &mut dyn RequestView,
) -> Result<Rc<ValidToken>, Response> {
    if request.seen.route {
        return Err(Response::not_found("an MCP path with a route proof"));
    }
    if request.target.has_token_in_query() {
        return Err(request.malformed(BearerError::InQuery));
    }
    if !request.seen.authorization {
        return Err(request.no_token(view));
    }
    let read = verifier.refresh(request.now, false, view);
    let header = view.header("authorization")?;
    if let Some(token) = memory.token(header, request.base, verifier) {
        return Ok(token);
    }
    // The header is copied: it stays in the host's buffer only until the next call, and the verifier may read a key
    // file.
    let header = HeaderBuffer::from(header);
    let token = verified(request, header.list(), verifier, read, view)?;
    Ok(memory.keep_token(header.list(), token, request.now, verifier))
}

/// Verifies the token of a header that is not remembered.
fn verified(
    request: &TenantRequest<'_>,
    header: HeaderList<'_>,
    verifier: &mut Verifier,
    read: Result<(), String>,
    view: &mut dyn RequestView,
) -> Result<ValidToken, Response> {
    let credentials = bearer::parse(&header.values()?).map_err(|error| request.malformed(error))?;
    let Credentials::Bearer(token) = credentials else {
        return Err(request.no_token(view));
    };
    let (jwt, has_personal_prefix) = personal_token::split(token.expose());
    let signed = verifier.verify(jwt, request.now, view, read).map_err(|error| match error {
        VerifyError::KeysUnavailable(_) => {
            Response::unavailable(5, LogLine::new(Level::Error, error.to_string()))
        }
        error => {
            let unknown = VerifyError::Certificate(KeyCertificateError::Signature);
            request.invalid_token(&error.to_string()).for_unknown_key(error == unknown)
        }
    })?;
    let config = request.config;
    let policy = TokenPolicy {
        issuer: request.base,
        tid: config.tid,
        audience: config.settings.audience.as_deref(),
        foreign: config.foreign.as_ref().map(|foreign| ForeignIssuer {
            issuer: &foreign.issuer,
            allow_typ_jwt: foreign.allow_typ_jwt,
            workloads: &foreign.workloads,
        }),
        match_path: config.settings.match_path,
        required: &config.settings.required_scopes,
        rules: &config.rules,
        hierarchy: &config.settings.hierarchy,
        forward_issuer: config.forward_issuer,
        has_personal_prefix,
        personal_secs: u64::from(config.settings.personal_days) * DAY_SECS,
    };
    let token = validate(&signed, &policy).map_err(|error| request.invalid_token(&error.to_string()))?;
    with_backend(request, &signed, token)
}
