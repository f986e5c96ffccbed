//! A request to a tenant (a protected MCP server) as the later steps of the plugin's decision receive it, and the error
//! responses that depend on the tenant.

use super::browser_page;
use super::edits::Edits;
use super::headers::Seen;
use super::log::{Level, LogLine};
use super::read::single;
use super::response::Response;
use super::rpc::error_body;
use super::target::Target;
use crate::context::{ContextError, PluginKeys, RouteProven, RoutedRequest, open_route};
use crate::error::OAuthError;
use crate::resource::bearer::BearerError;
use crate::resource::challenge::{bearer_challenge, metadata_url};
use crate::resource::identity::cleaned_connection;
use crate::resource::labels::oauth_router_labels;
use crate::resource::options::TenantConfig;
use crate::resource::request::RequestView;
use crate::scope::ScopeSet;
use crate::settings::NEVER_OFFERED;
use crate::time::UnixTime;
use crate::uri::Base;
use std::rc::Rc;

/// The JSON-RPC error for a message that the token does not allow. Servers may give the codes from
/// -32099 to -32000 a meaning of their own (JSON-RPC 2.0 §5.1).
const FORBIDDEN: i32 = -32003;

/// A request whose target and header names have been read, and whose `Origin` header, if there is one, is allowed.
pub(super) struct TenantRequest<'a> {
    pub(super) config: &'a TenantConfig,
    pub(super) keys: &'a PluginKeys,
    pub(super) base: &'a Rc<Base>,
    pub(super) seen: &'a Rc<Seen>,
    pub(super) target: &'a Target,
    pub(super) now: UnixTime,
    pub(super) origin: Option<String>,
}

impl TenantRequest<'_> {
    /// Returns the proof that the request came through the tenant's OAuth router. This is the Traefik router that leads
    /// to the sidecar. One of its middlewares adds the proof as a header, and the plugin, which comes after it, checks
    /// it. If the proof is missing or not valid, the response is 503, and the log line lists the labels with which the
    /// operator adds or corrects that router.
    pub(super) fn require_route_proof(
        &self,
        method: &str,
        view: &mut dyn RequestView,
    ) -> Result<RouteProven, Response> {
        let value = if self.seen.route { single(view, "x-mcpb-route")? } else { None };
        let value = value.ok_or(ContextError::Missing);
        let host = single(view, "host")?.unwrap_or_default();
        let request = RoutedRequest { method, host: &host, path: self.target.path() };
        let proof = value.and_then(|value| open_route(self.keys, &value, self.now, request));
        proof.map_err(|error| {
            let labels = oauth_router_labels(self.base, self.config.settings.router_name());
            let message = [
                self.shown_path(),
                " did not come through an OAuth router (route proof ",
                &error.to_string(),
                "). Labels to add or correct: ",
                &labels,
            ];
            Response::unavailable(5, LogLine::new(Level::Error, message.concat()))
                .for_unknown_key(error == ContextError::DoesNotOpen)
        })
    }

    /// The edits that every forwarded request gets. They remove the headers that only the plugin may set. They also
    /// remove the names of these headers from `Connection`, because the next server removes each header that is named
    /// there.
    pub(super) fn edits(&self, view: &mut dyn RequestView) -> Result<Edits, Response> {
        let mut edits = Edits::new(Rc::clone(self.seen));
        if self.seen.connection {
            let ours = |name: &[u8]| self.config.backend.protects(name);
            edits.replace("connection", cleaned_connection(&view.header("connection")?.values()?, ours))?;
        }
        Ok(edits)
    }

    /// At most the first 256 bytes of the path, for a log line. A valid path is ASCII, so it can be cut at any byte.
    pub(super) fn shown_path(&self) -> &str {
        let path = self.target.path();
        path.get(..256).unwrap_or(path)
    }

    /// 401 `invalid_token`. Only the log line of this response begins its reason with `token: `, so that an operator
    /// can search for refused tokens.
    pub(super) fn invalid_token(&self, reason: &str) -> Response {
        self.unauthorized(Some(OAuthError::InvalidToken), ["token: ", reason].concat())
    }

    /// 401 for a request without a token. Its challenge contains no error code (RFC 6750 §3.1). The response to a
    /// browser contains a page. If reading the headers that tell whether the caller is a browser fails, the body is
    /// JSON.
    pub(super) fn no_token(&self, view: &mut dyn RequestView) -> Response {
        let response = self.unauthorized(None, "no bearer token".to_owned());
        if !browser_page::is_wanted(view).unwrap_or(false) {
            return response;
        }
        response
            .with_page(browser_page::page(self.base, self.target.path()))
            .with("Content-Security-Policy", "default-src 'none'")
    }

    /// 400 for credentials that are malformed.
    pub(super) fn malformed(&self, error: BearerError) -> Response {
        let response = Response::bad_request(error.to_string());
        // The URL has no query: the query may contain a token, and clients or proxies may log the response.
        let url = metadata_url(self.base, self.target.path(), None);
        let challenge = bearer_challenge(Some(OAuthError::InvalidRequest), "", &url);
        response.with("WWW-Authenticate", challenge)
    }

    /// 403 for a token that lacks a required scope.
    pub(super) fn insufficient_scope(&self) -> Response {
        let log = LogLine::new(Level::Info, "requiredScopes are not all granted");
        let response = Response::error(403, OAuthError::InsufficientScope.code(), log);
        self.challenged(response, Some(OAuthError::InsufficientScope), &self.config.challenge.required)
    }

    /// 403 for a token that lacks scopes which the JSON-RPC messages in the body need. `scopes` are all scopes that
    /// these messages need, `reason` is for the log, and `id` is the id of the first message that is refused, as JSON.
    pub(super) fn lacks_scopes(&self, scopes: &ScopeSet, reason: &str, id: &str) -> Response {
        let scopes = scopes.without(NEVER_OFFERED).to_string();
        let message = ["Insufficient scope. Needed: ", &scopes].concat();
        let body = error_body(FORBIDDEN, &message, id);
        let log = LogLine::new(Level::Info, ["toolPolicy: ", reason].concat());
        let response = Response::json(403, body, Some(log));
        self.challenged(response, Some(OAuthError::InsufficientScope), &scopes)
    }

    fn unauthorized(&self, error: Option<OAuthError>, reason: String) -> Response {
        let log = LogLine::new(Level::Info, reason);
        let response = Response::error(401, error.map_or("unauthorized", OAuthError::code), log);
        self.challenged(response, error, &self.config.challenge.advertised)
    }

    fn challenged(&self, response: Response, error: Option<OAuthError>, scope: &str) -> Response {
        let url = metadata_url(self.base, self.target.path(), self.target.query());
        response.with("WWW-Authenticate", bearer_challenge(error, scope, &url))
    }
}
