//! The tenant role: design of one decision, step by step.

use super::address::client_address;
use super::answer::{Level, LogLine, Response};
use super::base::find_base;
use super::headers::{Seen, replace, single};
use super::last::Last;
use super::list::HeaderList;
use super::request::{Decision, Edits, Tenant, split_uri, text};
use super::response::Pending;
use super::view::RequestView;
use crate::context::{self, CONTEXT_HEADER, Context, ContextError, Endpoint, open_route};
use crate::error::OAuthError;
use crate::resource::access_token::{ForeignIssuer, TokenPolicy, judge};
use crate::resource::bearer;
use crate::resource::challenge::{bearer_challenge, metadata_url, push_encoded};
use crate::resource::identity::{ISS_HEADER, SCOPES_HEADER, SUB_HEADER, cleaned_connection, cleaned_cookies};
use crate::resource::labels::oauth_router_labels;
use crate::resource::options::TenantConfig;
use crate::resource::revocation::{NotInForce, RevocationFile};
use crate::resource::route::{Route, RouteOptions, classify};
use crate::resource::verifier::{Verified, Verifier, VerifyError};
use crate::time::UnixTime;
use crate::uri::{Base, has_risky_path};
use std::borrow::Cow;
use std::rc::Rc;

/// Which cross-origin headers an answer of ours carries.
#[derive(Clone, Copy)]
enum Cors {
    Answer,
    Preflight,
    Page,
}

/// One request, as far as it is understood.
struct Asked<'a> {
    config: &'a TenantConfig,
    base: &'a Base,
    seen: &'a Seen,
    now: UnixTime,
    origin: Option<String>,
    path: &'a str,
    query: Option<&'a str>,
}

impl Tenant {
    pub(super) fn judge(&mut self, now: UnixTime, view: &mut dyn RequestView) -> Result<Decision, Response> {
        let mut cors = Cors::Answer;
        self.decide(now, view, &mut cors).map_err(|response| {
            let allowed = &self.config.allowed_origins;
            let own = self.last.base.as_ref().map_or("", |found| found.base().origin());
            let origin = single(view, "origin").ok().flatten();
            response.with_all(match cors {
                Cors::Answer => allowed.answer(origin.as_deref(), own),
                Cors::Preflight => {
                    let asked = single(view, "access-control-request-headers").ok().flatten();
                    allowed.preflight(origin.as_deref(), own, asked.as_deref().unwrap_or_default())
                }
                Cors::Page => Vec::new(),
            })
        })
    }

    fn decide(
        &mut self,
        now: UnixTime,
        view: &mut dyn RequestView,
        cors: &mut Cors,
    ) -> Result<Decision, Response> {
        let Self { config, verifier, revocations, last } = self;
        last.look(view.header_names()?)?;
        let Last { seen, base: last_base, uri: last_uri, .. } = last;
        let base = find_base(config, last_base, view)?;
        let uri = view.uri()?;
        let known = last_uri.known(&uri);
        let new = if known.is_none() { Some(text(uri, "the URI")?) } else { None };
        let (path, query) = split_uri(known.or(new.as_deref()).unwrap_or_default());
        let sound = known.is_some() || (path.starts_with('/') && !has_risky_path(path));
        let options =
            RouteOptions { root_metadata: config.root_metadata, exclude_paths: &config.exclude_paths };
        let route = match known {
            Some(_) => Route::Mcp,
            None if sound => classify(base, options, path, query),
            None => Route::Outside,
        };
        let is_page = matches!(&route, Route::OAuth(endpoint) if endpoint.is_page());
        if is_page {
            *cors = Cors::Page;
        }
        let method = view.method()?;
        if method == b"OPTIONS" {
            if !is_page {
                *cors = Cors::Preflight;
            }
            return Err(Response { status: 204, headers: Vec::new(), body: String::new(), log: None });
        }
        let origin = if seen.origin { single(view, "origin")? } else { None };
        if origin.as_deref().is_some_and(|origin| !config.allowed_origins.allows(origin, base.origin())) {
            return Err(forbidden("mcpbouncer: Origin is not in allowedOrigins"));
        }
        if !sound {
            let reason =
                "mcpbouncer: the path holds dot segments, // or escapes that servers read differently";
            return Err(Response::bad_request(reason));
        }
        let asked = Asked { config, base, seen, now, origin, path, query };
        match route {
            Route::OAuth(endpoint) => asked.oauth(&text(method, "the method")?, endpoint, view),
            Route::Reserved => {
                asked.demand_route_proof(&text(method, "the method")?, view)?;
                Err(Response::not_found("mcpbouncer: no such OAuth endpoint"))
            }
            Route::NoDocument => Err(Response::not_found("mcpbouncer: no discovery document here")),
            Route::Outside => Err(Response::not_found("mcpbouncer: the path is not this tenant's")),
            Route::Mcp => {
                let decision = asked.mcp(verifier, revocations.as_mut(), view)?;
                if let Some(uri) = new {
                    last_uri.keep(uri);
                }
                Ok(decision)
            }
        }
    }
}

impl Asked<'_> {
    /// Without a route proof this OAuth path came through a router that leads to the MCP server.
    fn demand_route_proof(&self, method: &str, view: &mut dyn RequestView) -> Result<(), Response> {
        let value = if self.seen.route { single(view, "x-mcpb-route")? } else { None };
        let proof = value.ok_or(ContextError::Missing);
        let host = single(view, "host")?.unwrap_or_default();
        let asked = context::Asked { method, host: &host, path: self.path };
        let opened = proof.and_then(|value| open_route(&self.config.keys, &value, self.now, asked));
        match opened {
            Ok(_proven) => Ok(()),
            Err(error) => {
                let labels = oauth_router_labels(self.base, &self.config.settings.resource);
                let message = [
                    "mcpbouncer: ",
                    shortened(self.path),
                    " did not come through an OAuth router (route proof ",
                    &error.to_string(),
                    "). Labels to add or mend: ",
                    &labels,
                ];
                Err(Response::unavailable(5, LogLine::new(Level::Error, message.concat())))
            }
        }
    }

    fn oauth(
        self,
        method: &str,
        endpoint: Endpoint,
        view: &mut dyn RequestView,
    ) -> Result<Decision, Response> {
        let is_page = endpoint.is_page();
        let reads = matches!(method, "GET" | "HEAD");
        if is_page && !reads && self.origin.as_deref() != Some(self.base.origin()) {
            return Err(forbidden(
                "mcpbouncer: a page was posted to from elsewhere (Origin is not the base's)",
            ));
        }
        self.demand_route_proof(method, view)?;
        let mut uri = endpoint.sidecar_path().to_owned();
        if let Some(query) = self.query.filter(|_| is_page) {
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
            asked: [method, " ", shortened(self.path)].concat(),
        };
        let context = Context {
            iat: self.now,
            method: method.to_owned(),
            endpoint,
            base: self.base.clone(),
            tid: self.config.tid,
            client_address,
            settings: self.config.settings.clone(),
        };
        edits.set.push((CONTEXT_HEADER, context.seal(&self.config.keys).into()));
        Ok(Decision::ForwardOAuth { edits, uri, pending })
    }

    fn mcp(
        self,
        verifier: &mut Verifier,
        revocations: Option<&mut RevocationFile>,
        view: &mut dyn RequestView,
    ) -> Result<Decision, Response> {
        if self.seen.route {
            return Err(Response::not_found("mcpbouncer: an MCP path with a route proof"));
        }
        let header =
            if self.seen.authorization { view.header("authorization")? } else { HeaderList::default() };
        let outcome = match self.query {
            Some(query) if bearer::token_in_query(query) => Err(bearer::BearerError::InQuery),
            _ => verifier.verify(&header, self.now, view),
        };
        let invalid = |reason: &str| self.unauthorized(Some(OAuthError::InvalidToken), reason);
        let proof = match outcome {
            Ok(Verified::Proof(proof)) => proof,
            Ok(Verified::Unreadable(error)) => return Err(error.into()),
            Ok(Verified::NoCredentials) => return Err(self.unauthorized(None, "no bearer token")),
            Ok(Verified::Refused(error @ VerifyError::KeysUnavailable(_))) => {
                let message = ["mcpbouncer: ", &error.to_string()].concat();
                return Err(Response::unavailable(5, LogLine::new(Level::Error, message)));
            }
            Ok(Verified::Refused(error)) => return Err(invalid(&error.to_string())),
            Err(error) => {
                let response = Response::bad_request(["mcpbouncer: ", &error.to_string()].concat());
                // A token in the query is not repeated in an answer that others may log.
                let url = metadata_url(self.base, self.path, None);
                let challenge = bearer_challenge(Some(OAuthError::InvalidRequest), "", &url);
                return Err(response.with("WWW-Authenticate", challenge));
            }
        };
        let config = self.config;
        let policy = TokenPolicy {
            base: self.base,
            tid: config.tid,
            audience: config.settings.audience.as_deref(),
            foreign: config.foreign.as_ref().map(|foreign| ForeignIssuer {
                issuer: &foreign.issuer,
                allow_typ_jwt: foreign.allow_typ_jwt,
            }),
            path: config.match_path.then_some(self.path),
        };
        let judged = judge(proof, &policy, self.now).map_err(|error| invalid(&error.to_string()))?;
        let in_force = RevocationFile::judge(revocations, judged, self.now, view);
        let in_force = in_force.map_err(|error| match error {
            NotInForce::Revoked => invalid("its grant was revoked"),
            NotInForce::Unknown(reason) => {
                let message = ["mcpbouncer: revocationFile cannot be used: ", &reason].concat();
                Response::unavailable(5, LogLine::new(Level::Error, message))
            }
        })?;
        let admitted = in_force.token();
        let required = &config.settings.required_scopes;
        let granted = admitted.scopes();
        if !granted.contains_all(required)
            && !config.settings.hierarchy.expand(granted).contains_all(required)
        {
            let log = LogLine::new(Level::Info, "mcpbouncer: requiredScopes are not all granted");
            let response = Response::error(403, OAuthError::InsufficientScope.code(), log);
            return Err(self.challenged(
                response,
                Some(OAuthError::InsufficientScope),
                &config.challenge.required,
            ));
        }
        let mut edits = self.edits(view)?;
        if !config.forward_authorization {
            edits.remove.push(Cow::Borrowed("authorization"));
        }
        if self.seen.cookie {
            replace(&mut edits, "cookie", cleaned_cookies(&view.header("cookie")?.values()?));
        }
        edits.set.push((SUB_HEADER, Rc::clone(admitted.sub())));
        edits.set.push((SCOPES_HEADER, Rc::clone(admitted.scopes_text())));
        edits.set.push((ISS_HEADER, Rc::clone(admitted.iss())));
        edits.log = verifier
            .take_warning()
            .map(|reason| LogLine::new(Level::Warn, ["mcpbouncer: ", &reason].concat()));
        Ok(Decision::ForwardMcp(edits))
    }

    /// What every forwarded request loses: names only we may set, and any wish to have them dropped.
    fn edits(&self, view: &mut dyn RequestView) -> Result<Edits, Response> {
        let reserved = self.seen.reserved.iter().cloned().map(Cow::Owned);
        let mut edits = Edits { remove: reserved.collect(), ..Edits::default() };
        if self.seen.connection {
            replace(&mut edits, "connection", cleaned_connection(&view.header("connection")?.values()?));
        }
        Ok(edits)
    }

    fn unauthorized(&self, error: Option<OAuthError>, reason: &str) -> Response {
        let log = LogLine::new(Level::Info, ["mcpbouncer: ", reason].concat());
        let response = Response::error(401, error.map_or("unauthorized", OAuthError::code), log);
        self.challenged(response, error, &self.config.challenge.advertised)
    }

    fn challenged(&self, response: Response, error: Option<OAuthError>, scope: &str) -> Response {
        let url = metadata_url(self.base, self.path, self.query);
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
