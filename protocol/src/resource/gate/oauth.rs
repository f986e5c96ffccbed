//! OAuth and metadata requests: what is forwarded to the sidecar, and the documents that the plugin writes itself.

use super::address::client_address;
use super::decision::Decision;
use super::forward::OAuthForward;
use super::log::{Level, LogLine};
use super::read::method;
use super::response::Response;
use super::sidecar_response::Pending;
use super::tenant_request::TenantRequest;
use crate::context::{CONTEXT_HEADER, Context, Endpoint};
use crate::error::OAuthError;
use crate::resource::challenge::push_encoded;
use crate::resource::metadata::protected_resource;
use crate::resource::options::ChallengeScopes;
use crate::resource::request::RequestView;
use crate::server::metadata::{ClientDocuments, authorization_server, openid_configuration};
use crate::uri::Base;

/// Forwards a request with a route proof to the sidecar, with the sealed context.
pub(super) fn forward(
    request: &TenantRequest<'_>,
    endpoint: Endpoint,
    view: &mut dyn RequestView,
) -> Result<Decision, Response> {
    let is_page = endpoint.is_page();
    let method = method(view)?;
    let document = server_metadata(request, &endpoint).filter(|_| reads(method.as_bytes()));
    let proof = match request.require_route_proof(&method, view) {
        Ok(proof) => proof,
        Err(response) => return Err(response.or_document(document)),
    };
    let mut uri = endpoint.sidecar_path().to_owned();
    if let Some(query) = request.target.query().filter(|_| is_page) {
        uri.push('?');
        push_encoded(&mut uri, query);
    }
    let config = request.config;
    let mut edits = request.edits(view)?;
    let client_address = client_address(config.client_ip_depth, view)?;
    let pending = Pending {
        cors: if is_page {
            Vec::new()
        } else {
            config.allowed_origins.response_headers(request.origin.as_deref(), request.base.origin())
        },
        request_line: [&method, " ", request.shown_path()].concat(),
        document,
    };
    let context = Context {
        iat: request.now,
        method,
        endpoint,
        base: Base::clone(request.base),
        tid: config.tid,
        client_address,
        settings: config.settings.clone(),
    };
    edits.set(CONTEXT_HEADER, &context.seal(request.keys))?;
    Ok(Decision::ForwardOAuth(Box::new(OAuthForward::new(proof, edits, uri, pending))))
}

/// The metadata document at this endpoint, as far as it follows from the options. Clients with a valid token read the
/// document before they use the token, so the plugin serves it without the sidecar, too: when the sidecar does not
/// respond, or when Traefik has dropped the OAuth router. Only the sidecar knows whether it accepts client documents.
fn server_metadata(request: &TenantRequest<'_>, endpoint: &Endpoint) -> Option<String> {
    let document = match endpoint {
        Endpoint::AuthorizationServerMetadata => authorization_server,
        Endpoint::OpenidConfiguration => openid_configuration,
        _ => return None,
    };
    let config = request.config;
    Some(document(
        request.base,
        &config.challenge.advertised,
        ClientDocuments::NotSupported,
        &config.settings,
    ))
}

/// The response with the metadata of a resource, which follow from the options alone.
pub(super) fn resource_metadata(request: &TenantRequest<'_>, resource: &str, method: &[u8]) -> Response {
    if !reads(method) {
        let log = LogLine::new(Level::Info, "metadata are read by GET");
        return Response::error(405, OAuthError::InvalidRequest.code(), log).with("Allow", "GET, HEAD");
    }
    let config = request.config;
    let ChallengeScopes { advertised, .. } = &config.challenge;
    let elsewhere: Vec<&str> = config.authorization_servers.iter().map(String::as_str).collect();
    let issuers = if elsewhere.is_empty() { &[request.base.as_str()][..] } else { &elsewhere };
    let document = protected_resource(resource, issuers, config.settings.name_at(request.base), advertised);
    Response::json(200, document, None)
}

/// Whether the method only reads.
fn reads(method: &[u8]) -> bool {
    matches!(method, b"GET" | b"HEAD")
}
