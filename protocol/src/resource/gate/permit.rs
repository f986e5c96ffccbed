//! The third step of a request to the MCP server: whether its token grants what the messages in its body need
//! (`toolPolicy`), or, without a token, whether they all have public methods (`publicMethods`).
//!
//! Where neither option is set, no body is read.

use super::messages::{Body, Fault};
use super::response::Response;
use super::tenant_request::TenantRequest;
use crate::limits::policy::{BODY, PUBLIC_BODY};
use crate::resource::admission::Admitted;
use crate::resource::policy::{Needs, Operations, PublicMethods, Refused};
use crate::resource::request::{RequestView, Unreadable};
use crate::resource::revocation_list::number;
use crate::resource::token_in_force::TokenInForce;

/// Admits the request if the token grants the scopes that every message needs.
pub(super) fn permit(
    request: &TenantRequest<'_>,
    token: TokenInForce,
    view: &mut dyn RequestView,
) -> Result<Admitted, Response> {
    match Needs::without_rules(&request.config.rules) {
        Some(needs) => Admitted::by_token(token, needs).map_err(|Refused| request.insufficient_scope()),
        None => permit_messages(request, token, view),
    }
}

// Not inlined, so that requests without a policy do not carry its stack frame.
#[inline(never)]
fn permit_messages(
    request: &TenantRequest<'_>,
    token: TokenInForce,
    view: &mut dyn RequestView,
) -> Result<Admitted, Response> {
    let config = request.config;
    // With a token it does not matter which methods are public.
    let mut operations = Operations::new(&config.rules, PublicMethods::NONE, token.satisfied());
    let needs = Body { seen: request.seen, longest: BODY.most }.read(&mut operations, view);
    let needs = needs.map_err(|fault| fault.into_response(&operations.messages().id()))?;
    Admitted::by_token(token, needs).map_err(|Refused| {
        let scopes = config.settings.required_scopes.union(&needs.scopes(&config.rules));
        request.lacks_scopes(&scopes, operations.first_refused(), &operations.messages().id())
    })
}

/// Admits a request without credentials, if all its messages have public methods. Otherwise returns `None`, and the
/// request is refused as any other request without a token. A body that may be too long is not read.
pub(super) fn admit_public(
    request: &TenantRequest<'_>,
    view: &mut dyn RequestView,
) -> Result<Option<Admitted>, Response> {
    let config = request.config;
    let has_credentials = request.seen.authorization || request.target.has_token_in_query();
    if config.public.is_empty() || has_credentials || request.seen.route || view.method()? != b"POST" {
        return Ok(None);
    }
    if !says_that_it_is_short(view)? {
        return Ok(None);
    }
    let mut operations =
        Operations::new(&config.rules, &config.public, crate::resource::policy::RuleSet::NONE);
    let read = Body { seen: request.seen, longest: PUBLIC_BODY.most }.read(&mut operations, view);
    match read {
        Ok(_) => Ok(operations.finish_public().map(Admitted::public)),
        Err(Fault::Host(response)) => Err(response),
        Err(Fault::Client(_)) => Ok(None),
    }
}

/// Whether `Content-Length` says that the body is no longer than [`PUBLIC_BODY`] allows. A chunked body has no
/// `Content-Length`, so for it this is `false`.
fn says_that_it_is_short(view: &mut dyn RequestView) -> Result<bool, Unreadable> {
    let length = match view.header("content-length")?.only()? {
        // A number with more digits could be too large.
        Ok(Some(digits)) if digits.len() < 10 => number(digits),
        _ => None,
    };
    Ok(length
        .and_then(|length| usize::try_from(length).ok())
        .is_some_and(|length| length <= PUBLIC_BODY.most))
}
