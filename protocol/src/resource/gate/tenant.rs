//! The tenant role: design of one decision, step by step.

use super::address::client_address;
use super::answer::{Level, LogLine, Response};
use super::headers::{Seen, replace, single};
use super::memory::Memory;
use super::request::{Decision, Edits, OAuthRequest, Tenant, text};
use super::response::Pending;
use super::target::Target;
use crate::context::{self, CONTEXT_HEADER, Context, ContextError, Endpoint, open_route};
use crate::error::OAuthError;
use crate::resource::access_token::{Admitted, ForeignIssuer, TokenPolicy, admit};
use crate::resource::bearer::{self, BearerError, Credentials};
use crate::resource::challenge::{bearer_challenge, metadata_url, push_encoded};
use crate::resource::identity::{cleaned_connection, cleaned_cookies};
use crate::resource::labels::oauth_router_labels;
use crate::resource::metadata::protected_resource;
use crate::resource::options::{ChallengeScopes, TenantConfig};
use crate::resource::request::RequestView;
use crate::resource::request::{HeaderBuffer, HeaderList};
use crate::resource::revocation_file::{NotInForce, RevocationFile};
use crate::resource::route::Route;
use crate::resource::verifier::{Verifier, VerifyError};
use crate::server::metadata::{ClientDocuments, authorization_server, openid_configuration};
use crate::time::UnixTime;
use crate::uri::Base;
use std::rc::Rc;

/// Which cross-origin headers an answer of ours carries.
#[derive(Clone, Copy)]
enum Cors {
    Answer,
    Preflight,
    Page,
}

/// What the headers of an answer of ours depend on, as far as it is known when the decision falls.
struct AnswerTo {
    cors: Cors,
    base: Option<Rc<Base>>,
}

/// One request, as far as it is understood.
struct Asked<'a> {
    config: &'a TenantConfig,
    base: &'a Rc<Base>,
    seen: &'a Rc<Seen>,
    target: &'a Target,
    now: UnixTime,
    origin: Option<String>,
}

impl Tenant {
    pub(super) fn judge(&mut self, now: UnixTime, view: &mut dyn RequestView) -> Result<Decision, Response> {
        let mut answer = AnswerTo { cors: Cors::Answer, base: None };
        self.decide(now, view, &mut answer).map_err(|response| {
            let AnswerTo { cors, base } = answer;
            let allowed = &self.config.allowed_origins;
            let own = base.as_ref().map_or("", |base| base.origin());
            let origin = single(view, "origin").ok().flatten();
            response.with_all(match cors {
                Cors::Answer => allowed.answer(origin.as_deref(), own),
                Cors::Preflight => {
                    let asked = single(view, "access-control-request-headers").ok().flatten();
                    let more = &self.config.allowed_headers;
                    allowed.preflight(origin.as_deref(), own, asked.as_deref().unwrap_or_default(), more)
                }
                Cors::Page => Vec::new(),
            })
        })
    }

    fn decide(
        &mut self,
        now: UnixTime,
        view: &mut dyn RequestView,
        answer: &mut AnswerTo,
    ) -> Result<Decision, Response> {
        let Self { config, verifier, revocations, memory } = self;
        let seen = memory.seen(view.header_names()?)?;
        let base = memory.base(config, view)?;
        answer.base = Some(Rc::clone(&base));
        let known = memory.target(view.uri()?);
        let target = match known {
            Some(target) => target,
            None => Rc::new(Target::of(config, &base, view)?),
        };
        let is_page = matches!(target.route(), Route::OAuth(endpoint) if endpoint.is_page());
        if is_page {
            answer.cors = Cors::Page;
        }
        // A preflight carries no token (Fetch §4.8), so a request with a token is not a preflight.
        let with_token = seen.authorization && *target.route() == Route::Mcp;
        if !with_token && view.method()? == b"OPTIONS" {
            if !is_page {
                answer.cors = Cors::Preflight;
            }
            return Err(Response { status: 204, headers: Vec::new(), body: String::new(), log: None });
        }
        let origin = if seen.origin { single(view, "origin")? } else { None };
        // Where a page may be posted from, the sidecar decides, which can answer with a page.
        let cross_origin = origin.as_deref().filter(|_| !is_page);
        if cross_origin.is_some_and(|origin| !config.allowed_origins.allows(origin, base.origin())) {
            return Err(forbidden("Origin is not in allowedOrigins"));
        }
        if !target.is_sound() {
            let reason = "the path holds dot segments, // or escapes that servers read differently";
            return Err(Response::bad_request(reason));
        }
        let asked = Asked { config, base: &base, seen: &seen, target: &target, now, origin };
        match target.route() {
            Route::OAuth(endpoint) => asked.oauth(endpoint.clone(), view),
            Route::ResourceMetadata(resource) => Err(asked.resource_metadata(resource, view.method()?)),
            Route::Reserved => {
                asked.demand_route_proof(&method(view)?, view)?;
                Err(Response::not_found("no such OAuth endpoint"))
            }
            Route::NoDocument => Err(Response::not_found("no discovery document here")),
            Route::Outside => Err(Response::not_found("the path is not this tenant's")),
            Route::Mcp => {
                memory.keep_target(&target);
                asked.mcp(memory, verifier, revocations.as_mut(), view)
            }
        }
    }
}

/// Whether the method only reads.
fn reads(method: &[u8]) -> bool {
    matches!(method, b"GET" | b"HEAD")
}

/// The method as text.
fn method(view: &mut dyn RequestView) -> Result<String, Response> {
    text(view.method()?.to_vec(), "the method")
}

impl Asked<'_> {
    /// Without a route proof this OAuth path came through a router that leads to the MCP server.
    fn demand_route_proof(&self, method: &str, view: &mut dyn RequestView) -> Result<(), Response> {
        let value = if self.seen.route { single(view, "x-mcpb-route")? } else { None };
        let proof = value.ok_or(ContextError::Missing);
        let host = single(view, "host")?.unwrap_or_default();
        let asked = context::Asked { method, host: &host, path: self.target.path() };
        let opened = proof.and_then(|value| open_route(&self.config.keys, &value, self.now, asked));
        match opened {
            Ok(_proven) => Ok(()),
            Err(error) => {
                let labels = oauth_router_labels(self.base, &self.config.settings.resource);
                let message = [
                    shortened(self.target.path()),
                    " did not come through an OAuth router (route proof ",
                    &error.to_string(),
                    "). Labels to add or mend: ",
                    &labels,
                ];
                Err(Response::unavailable(5, LogLine::new(Level::Error, message.concat())))
            }
        }
    }

    fn oauth(self, endpoint: Endpoint, view: &mut dyn RequestView) -> Result<Decision, Response> {
        let is_page = endpoint.is_page();
        let method = method(view)?;
        let document = self.server_metadata(&endpoint).filter(|_| reads(method.as_bytes()));
        if let Err(response) = self.demand_route_proof(&method, view) {
            return Err(response.or_document(document));
        }
        let mut uri = endpoint.sidecar_path().to_owned();
        if let Some(query) = self.target.query().filter(|_| is_page) {
            uri.push('?');
            push_encoded(&mut uri, query);
        }
        let mut edits = self.edits(view)?;
        let client_address = client_address(self.config.client_ip_depth, view)?;
        let pending = Pending {
            cors: if is_page {
                Vec::new()
            } else {
                self.config.allowed_origins.answer(self.origin.as_deref(), self.base.origin())
            },
            asked: [&method, " ", shortened(self.target.path())].concat(),
            document,
        };
        let context = Context {
            iat: self.now,
            method,
            endpoint,
            base: Base::clone(self.base),
            tid: self.config.tid,
            client_address,
            settings: self.config.settings.clone(),
        };
        edits.set(CONTEXT_HEADER, &context.seal(&self.config.keys))?;
        Ok(Decision::ForwardOAuth(Box::new(OAuthRequest { edits, uri, pending })))
    }

    /// The metadata document at this endpoint, as far as it follows from the options. Clients with a token that is good
    /// read it before they use the token, so it is there without the sidecar, too: if that does not answer, or if Traefik
    /// has dropped its router. Whether client documents are taken, only the sidecar knows.
    fn server_metadata(&self, endpoint: &Endpoint) -> Option<String> {
        let document = match endpoint {
            Endpoint::AuthorizationServerMetadata => authorization_server,
            Endpoint::OpenidConfiguration => openid_configuration,
            _ => return None,
        };
        Some(document(self.base, &self.config.challenge.advertised, ClientDocuments::NotTaken))
    }

    /// The metadata of a resource follows from the options alone.
    fn resource_metadata(&self, resource: &str, method: &[u8]) -> Response {
        if !reads(method) {
            let log = LogLine::new(Level::Info, "metadata are read by GET");
            return Response::error(405, OAuthError::InvalidRequest.code(), log).with("Allow", "GET, HEAD");
        }
        let ChallengeScopes { advertised, .. } = &self.config.challenge;
        let elsewhere: Vec<&str> = self.config.authorization_servers.iter().map(String::as_str).collect();
        let issuers = if elsewhere.is_empty() { &[self.base.as_str()][..] } else { &elsewhere };
        let document = protected_resource(resource, issuers, &self.config.settings.resource, advertised);
        Response::json(200, document, None)
    }

    fn mcp(
        self,
        memory: &mut Memory,
        verifier: &mut Verifier,
        revocations: Option<&mut RevocationFile>,
        view: &mut dyn RequestView,
    ) -> Result<Decision, Response> {
        if self.seen.route {
            return Err(Response::not_found("an MCP path with a route proof"));
        }
        if self.target.has_token_in_query() {
            return Err(self.malformed(BearerError::InQuery));
        }
        if !self.seen.authorization {
            return Err(self.unauthorized(None, "no bearer token"));
        }
        let read = verifier.refresh(self.now, false, view);
        let header = view.header("authorization")?;
        let token = if let Some(token) = memory.token(header, self.base, verifier) {
            token
        } else {
            // A key file may have to be read, and then the host writes over what it wrote.
            let header = HeaderBuffer::from(header);
            let token = self.admitted(header.list(), verifier, read, view)?;
            memory.keep_token(header.list(), token, self.now, verifier)
        };
        self.validate_at_use(&token, revocations, view)?;
        let mut edits = self.edits(view)?;
        edits.token = Some(token);
        edits.drops_authorization = !self.config.forward_authorization;
        if self.seen.cookie {
            replace(&mut edits, "cookie", cleaned_cookies(&view.header("cookie")?.values()?))?;
        }
        let log = verifier.take_warning();
        edits.log = log.map(|reason| LogLine::new(Level::Warn, reason));
        Ok(Decision::ForwardMcp(edits))
    }

    /// The token of a header that is not remembered.
    fn admitted(
        &self,
        header: HeaderList<'_>,
        verifier: &mut Verifier,
        read: Result<(), String>,
        view: &mut dyn RequestView,
    ) -> Result<Admitted, Response> {
        let credentials = bearer::parse(&header.values()?).map_err(|error| self.malformed(error))?;
        let Credentials::Bearer(token) = credentials else {
            return Err(self.unauthorized(None, "no bearer token"));
        };
        let proof = verifier.verify(token.expose(), self.now, view, read).map_err(|error| match error {
            VerifyError::KeysUnavailable(_) => {
                Response::unavailable(5, LogLine::new(Level::Error, error.to_string()))
            }
            error => self.invalid(&error.to_string()),
        })?;
        let config = self.config;
        let policy = TokenPolicy {
            base: self.base,
            tid: config.tid,
            audience: config.settings.audience.as_deref(),
            foreign: config.foreign.as_ref().map(|foreign| ForeignIssuer {
                issuer: &foreign.issuer,
                allow_typ_jwt: foreign.allow_typ_jwt,
            }),
            match_path: config.settings.match_path,
            required: &config.settings.required_scopes,
            hierarchy: &config.settings.hierarchy,
            forward_issuer: config.forward_issuer,
        };
        admit(&proof, &policy).map_err(|error| self.invalid(&error.to_string()))
    }

    /// Validates what is never remembered: whether the token admits at this moment, and whether it suffices.
    fn validate_at_use(
        &self,
        token: &Admitted,
        revocations: Option<&mut RevocationFile>,
        view: &mut dyn RequestView,
    ) -> Result<(), Response> {
        let current = token.at(self.now, self.target.path());
        let current = current.map_err(|error| self.invalid(&error.to_string()))?;
        let in_force = RevocationFile::validate(revocations, current, self.now, view);
        let in_force = in_force.map_err(|error| match error {
            NotInForce::Revoked => self.invalid("its grant was revoked"),
            NotInForce::Unknown(reason) => {
                let message = ["revocationFile cannot be used: ", &reason].concat();
                Response::unavailable(5, LogLine::new(Level::Error, message))
            }
        })?;
        if in_force.token().has_required_scopes() {
            return Ok(());
        }
        let log = LogLine::new(Level::Info, "requiredScopes are not all granted");
        let response = Response::error(403, OAuthError::InsufficientScope.code(), log);
        let scopes = &self.config.challenge.required;
        Err(self.challenged(response, Some(OAuthError::InsufficientScope), scopes))
    }

    /// What every forwarded request loses: names only we may set, and any wish to have them dropped.
    fn edits(&self, view: &mut dyn RequestView) -> Result<Edits, Response> {
        let mut edits = Edits::new(Rc::clone(self.seen));
        if self.seen.connection {
            replace(&mut edits, "connection", cleaned_connection(&view.header("connection")?.values()?))?;
        }
        Ok(edits)
    }

    fn invalid(&self, reason: &str) -> Response {
        self.unauthorized(Some(OAuthError::InvalidToken), reason)
    }

    fn malformed(&self, error: BearerError) -> Response {
        let response = Response::bad_request(error.to_string());
        // A token in the query is not repeated in a response that others may log.
        let url = metadata_url(self.base, self.target.path(), None);
        let challenge = bearer_challenge(Some(OAuthError::InvalidRequest), "", &url);
        response.with("WWW-Authenticate", challenge)
    }

    fn unauthorized(&self, error: Option<OAuthError>, reason: &str) -> Response {
        let log = LogLine::new(Level::Info, reason.to_owned());
        let response = Response::error(401, error.map_or("unauthorized", OAuthError::code), log);
        self.challenged(response, error, &self.config.challenge.advertised)
    }

    fn challenged(&self, response: Response, error: Option<OAuthError>, scope: &str) -> Response {
        let url = metadata_url(self.base, self.target.path(), self.target.query());
        response.with("WWW-Authenticate", bearer_challenge(error, scope, &url))
    }
}

/// As much of a path as a log line should hold. It is ASCII, as every sound path.
fn shortened(path: &str) -> &str {
    path.get(..256).unwrap_or(path)
}

fn forbidden(reason: &'static str) -> Response {
    Response::error(403, OAuthError::AccessDenied.code(), LogLine::new(Level::Info, reason))
}
