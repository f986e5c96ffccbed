//! The tenant role: which steps a request goes through.
//!
//! A request to the MCP server goes through four steps, each of which takes the proof that the step before returned:
//! [`authenticate`], [`authorize`], [`permit`] and [`edit`]. A request to the sidecar needs a route proof instead
//! ([`super::oauth`]).

use super::authenticate::authenticate;
use super::authorize::authorize;
use super::decision::Decision;
use super::edit::edit;
use super::headers::Seen;
use super::keys::Keys;
use super::memory::Memory;
use super::oauth::{forward, resource_metadata};
use super::permit::{admit_public, permit};
use super::read::{method, single};
use super::response::{Cors, Response, host_failed};
use super::target::Target;
use super::tenant_request::TenantRequest;
use crate::resource::keys_file::Refreshed;
use crate::resource::options::{KeySource, TenantConfig};
use crate::resource::request::RequestView;
use crate::resource::revocation_file::RevocationFile;
use crate::resource::route::Route;
use crate::resource::verifier::Verifier;
use crate::time::UnixTime;
use crate::uri::Base;
use std::rc::Rc;

/// The tenant role: its options, what verifies tokens, and what is remembered of requests.
pub(super) struct Tenant {
    config: TenantConfig,
    keys: Keys,
    /// Whether the options give trust anchors. If they do, the anchors in the file of keys are not used.
    has_own_anchors: bool,
    verifier: Verifier,
    revocations: Option<RevocationFile>,
    memory: Memory,
}

impl Tenant {
    pub(super) fn new(keys: KeySource, mut config: TenantConfig) -> Self {
        let keys = Keys::new(keys);
        Self {
            has_own_anchors: config.anchors.is_some(),
            verifier: Verifier::new(config.anchors.take(), config.key_file.take()),
            revocations: config.revocation_file.take().map(RevocationFile::new),
            memory: Memory::new(keys.present()),
            keys,
            config,
        }
    }

    /// Empties the caches, which only save work.
    pub(super) fn forget(&mut self) {
        self.memory.forget();
        self.verifier.certified().forget();
    }

    /// Decides about one request. An `Err` is a response of the plugin's own, with all its cross-origin headers.
    pub(super) fn decide(&mut self, now: UnixTime, view: &mut dyn RequestView) -> Result<Decision, Response> {
        if self.keys.are_in_a_file() {
            self.learn_keys(now, false, view)?;
        }
        let decision = self.decide_with_keys(now, view);
        let is_key_unknown = decision.as_ref().is_err_and(|response| response.is_key_unknown);
        if is_key_unknown && self.learn_keys(now, true, view)? {
            return self.decide_with_keys(now, view);
        }
        decision
    }

    /// Reads the file of keys if it is due; it is due sooner if a key is unknown. Keeps a warning if the read fails. If
    /// the keys have changed, forgets what was remembered under the previous keys. Returns whether the keys have
    /// changed.
    fn learn_keys(
        &mut self,
        now: UnixTime,
        is_key_unknown: bool,
        view: &mut dyn RequestView,
    ) -> Result<bool, Response> {
        match self.keys.refresh(now, is_key_unknown, view)? {
            Refreshed::Unchanged => Ok(false),
            Refreshed::Failed => {
                self.verifier.warn(self.keys.complaint());
                Ok(false)
            }
            Refreshed::Changed(anchors) => {
                self.memory.rekey(self.keys.present());
                if !self.has_own_anchors {
                    self.verifier.trust(anchors);
                }
                Ok(true)
            }
        }
    }

    fn decide_with_keys(&mut self, now: UnixTime, view: &mut dyn RequestView) -> Result<Decision, Response> {
        let (seen, base) = self.front(view).map_err(|response| self.with_cors(response, "", view))?;
        let decision = self.decide_below(&seen, &base, now, view);
        decision.map_err(|response| self.with_cors(response, base.origin(), view))
    }

    /// Returns what every decision depends on: which headers the request has, and its base.
    fn front(&mut self, view: &mut dyn RequestView) -> Result<(Rc<Seen>, Rc<Base>), Response> {
        let seen = self.memory.seen(view.header_names()?, &self.config.backend)?;
        let base = self.memory.base(&self.config, view)?;
        Ok((seen, base))
    }

    /// Adds the cross-origin headers to a response, unless it has all of them. `own` is the origin of the request's
    /// base, or empty if the base is not known.
    fn with_cors(&self, response: Response, own: &str, view: &mut dyn RequestView) -> Response {
        if response.cors == Cors::Complete {
            return response;
        }
        let allowed = &self.config.allowed_origins;
        let origin = single(view, "origin").ok().flatten();
        let headers = if response.cors == Cors::Preflight {
            let requested = single(view, "access-control-request-headers").ok().flatten();
            let requested = requested.as_deref().unwrap_or_default();
            allowed.preflight_headers(origin.as_deref(), own, requested, &self.config.allowed_headers)
        } else {
            allowed.response_headers(origin.as_deref(), own)
        };
        response.with_cors(headers)
    }

    fn decide_below(
        &mut self,
        seen: &Rc<Seen>,
        base: &Rc<Base>,
        now: UnixTime,
        view: &mut dyn RequestView,
    ) -> Result<Decision, Response> {
        let known = self.memory.target(view.uri()?);
        let target = match known {
            Some(target) => target,
            None => Rc::new(Target::of(&self.config, base, view)?),
        };
        let decision = self.decide_target(&target, seen, base, now, view);
        // On the path of a page of the authorization server, a response of the plugin's own gets no cross-origin
        // headers, so that no page of another origin can read it.
        if target.is_page() { decision.map_err(Response::for_own_pages) } else { decision }
    }

    fn decide_target(
        &mut self,
        target: &Rc<Target>,
        seen: &Rc<Seen>,
        base: &Rc<Base>,
        now: UnixTime,
        view: &mut dyn RequestView,
    ) -> Result<Decision, Response> {
        let Self { config, keys, verifier, revocations, memory, .. } = self;
        // A preflight carries no token (Fetch §4.8), so a request with a token is not a preflight.
        let with_token = seen.authorization && *target.route() == Route::Mcp;
        if !with_token && view.method()? == b"OPTIONS" {
            return Err(Response::preflight());
        }
        let origin = if seen.origin { single(view, "origin")? } else { None };
        // On the path of a page of the authorization server, the sidecar checks `Origin`, because it can show an error
        // page.
        let cross_origin = origin.as_deref().filter(|_| !target.is_page());
        if cross_origin.is_some_and(|origin| !config.allowed_origins.allows(origin, base.origin())) {
            return Err(Response::forbidden("Origin is not in allowedOrigins"));
        }
        if !target.is_sound() {
            let reason = "the path holds dot segments, // or escapes that servers read differently";
            return Err(Response::bad_request(reason));
        }
        let keys = keys.present().ok_or_else(|| host_failed("no keys"))?;
        let request = TenantRequest { config, keys, base, seen, target, now, origin };
        match target.route() {
            Route::OAuth(endpoint) => forward(&request, endpoint.clone(), view),
            Route::ResourceMetadata(resource) => Err(resource_metadata(&request, resource, view.method()?)),
            Route::Reserved => {
                request.require_route_proof(&method(view)?, view)?;
                Err(Response::not_found("no such OAuth endpoint"))
            }
            Route::NoDocument => Err(Response::not_found("no metadata here")),
            Route::Outside => Err(Response::not_found("the path is not this tenant's")),
            Route::Mcp => {
                memory.keep_target(target);
                let admitted = if let Some(public) = admit_public(&request, view)? {
                    public
                } else {
                    let token = authenticate(&request, memory, verifier, view)?;
                    let token = authorize(&request, token, revocations.as_mut(), view)?;
                    permit(&request, token, view)?
                };
                edit(&request, admitted, verifier.take_warning(), view).map(Decision::ForwardMcp)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::keys::{call, file_of};
    use super::*;
    use crate::resource::options::{PluginConfig, PluginEnvironment, parse};

    #[test]
    fn tags_of_tokens_follow_the_plugin_key() {
        let options = br#"{"resource":"wiki","providerIssuer":"local"}"#;
        let Ok(PluginConfig::Tenant(keys, config)) = parse(options, PluginEnvironment::default()) else {
            panic!("a tenant");
        };
        let mut tenant = Tenant::new(keys, *config);
        let mut tags = vec![tenant.memory.tag_of(b"a token")];
        for (seconds, seed) in [(0, 1), (60, 2)] {
            let mut request = call(seed).file(&file_of(&[seed]));
            let decision = tenant.decide(super::super::tests::NOW.plus(seconds), &mut request);
            assert!(matches!(decision, Ok(Decision::ForwardMcp(_))));
            let tag = tenant.memory.tag_of(b"a token");
            assert!(!tags.contains(&tag), "under another key it is another tag");
            tags.push(tag);
        }
    }
}
