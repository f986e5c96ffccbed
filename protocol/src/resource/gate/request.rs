//! The gate's shape: configuration and caches in, one decision out.

use super::answer::{Level, LogLine, Response};
use super::headers::{Seen, single};
use super::memory::Memory;
use super::response::Pending;
use crate::context::{Asked, PluginKeys, ROUTE_HEADER, seal_route};
use crate::resource::access_token::Admitted;
use crate::resource::cors;
use crate::resource::header_value::HeaderValue;
use crate::resource::identity::is_internal;
use crate::resource::options::{ConfigError, PluginConfig, TenantConfig};
use crate::resource::request::Editor;
use crate::resource::request::{RequestView, Unreadable};
use crate::resource::revocation_file::RevocationFile;
use crate::resource::route::looks_like_oauth;
use crate::resource::verifier::Verifier;
use crate::time::UnixTime;
use crate::uri::has_risky_path;
use std::rc::Rc;

/// What to do with a request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Decision {
    /// Answer it; forward nothing.
    Respond(Response),
    /// The `route` role: make the edits, call next, let the answer stream.
    ForwardRoute(Edits),
    /// A verified request to the MCP server: make the edits, call next, let the answer stream.
    ForwardMcp(Edits),
    /// A request to the sidecar: buffer the answer, make the edits, set the URI, call next.
    ForwardOAuth(Box<OAuthRequest>),
}

/// How a request goes on to the sidecar.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OAuthRequest {
    /// Headers to change.
    pub edits: Edits,
    /// The new path and query.
    pub uri: String,
    /// To be handed to [`judge_response`](super::judge_response).
    pub pending: Pending,
}

/// Changes of request headers: what only we may set is removed before it is set.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Edits {
    /// What the request has that only we may set.
    pub(super) seen: Rc<Seen>,
    /// Whose identity headers are set.
    pub(super) token: Option<Rc<Admitted>>,
    /// Whether `Authorization` goes.
    pub(super) drops_authorization: bool,
    /// Other headers, each with its new value or none.
    pub(super) others: Vec<(&'static str, Option<HeaderValue>)>,
    /// What an operator should know although the request passes.
    pub log: Option<LogLine>,
}

impl Edits {
    pub(super) const fn new(seen: Rc<Seen>) -> Self {
        Self { seen, token: None, drops_authorization: false, others: Vec::new(), log: None }
    }

    /// Makes the changes.
    pub fn apply<E: Editor>(&self, editor: &mut E) -> Result<(), E::Error> {
        for name in &self.seen.reserved {
            editor.remove(name)?;
        }
        if self.drops_authorization {
            editor.remove("authorization")?;
        }
        for (name, value) in &self.others {
            match value {
                None => editor.remove(name)?,
                Some(value) => editor.set(name, value)?,
            }
        }
        match &self.token {
            None => Ok(()),
            Some(token) => token.tell(editor),
        }
    }

    /// Sets a header to a text that holds nothing but visible ASCII and spaces.
    pub(super) fn set(&mut self, name: &'static str, value: &str) -> Result<(), Response> {
        let value =
            HeaderValue::new(value).ok_or_else(|| super::answer::unreadable("a header value is not ASCII"))?;
        self.others.push((name, Some(value)));
        Ok(())
    }

    /// Removes a header.
    pub(super) fn remove(&mut self, name: &'static str) {
        self.others.push((name, None));
    }
}

/// The plugin's decision maker, one per instance. It holds nothing but caches: dropping it at any moment
/// costs time, never safety.
pub struct Gate {
    role: Role,
}

enum Role {
    Broken { message: String, told: bool },
    Route(PluginKeys),
    Tenant(Box<Tenant>),
}

/// The tenant role: its configuration, what verifies tokens, and what is remembered of requests.
pub(super) struct Tenant {
    pub(super) config: TenantConfig,
    pub(super) verifier: Verifier,
    pub(super) revocations: Option<RevocationFile>,
    pub(super) memory: Memory,
}

impl Gate {
    /// A gate for these options. Wrong ones make every request answer 503.
    pub fn new(config: Result<PluginConfig, ConfigError>) -> Self {
        let role = match config {
            Err(error) => Role::Broken { message: error.to_string(), told: false },
            Ok(PluginConfig::Route(keys)) => Role::Route(keys),
            Ok(PluginConfig::Tenant(config)) => Role::Tenant(Box::new(Tenant {
                verifier: Verifier::new(config.anchors.clone(), config.key_file.clone()),
                revocations: config.revocation_file.clone().map(RevocationFile::new),
                memory: Memory::new(&config.keys),
                config: *config,
            })),
        };
        Self { role }
    }

    /// Forgets what only saves work. The next decisions are the same and cost more: tests and the fuzz target of
    /// the gate compare them.
    pub fn forget(&mut self) {
        if let Role::Tenant(tenant) = &mut self.role {
            tenant.memory.forget();
            tenant.verifier.certified().forget();
        }
    }

    /// Decides one request.
    pub fn judge_request(&mut self, now: UnixTime, view: &mut dyn RequestView) -> Decision {
        let judged = match &mut self.role {
            Role::Broken { message, told } => Err(misconfigured(message, told)),
            Role::Route(keys) => {
                route(keys, now, view).map_err(|response| response.with_all(cors::open_answer()))
            }
            Role::Tenant(tenant) => tenant.judge(now, view),
        };
        judged.unwrap_or_else(Decision::Respond)
    }
}

/// 503 for wrong options. The line is logged for the first request of an instance only.
fn misconfigured(message: &str, told: &mut bool) -> Response {
    let log = LogLine::new(Level::Error, message.to_owned());
    let mut response = Response::unavailable(30, log).with_all(cors::open_answer());
    if core::mem::replace(told, true) {
        response.log = None;
    }
    response
}

/// The `route` role: vouches that a router sends this request to the sidecar. It lets only the paths pass
/// that the sidecar serves for some tenant, so that standing alone before an MCP server by mistake it opens
/// none of the server's own.
fn route(keys: &PluginKeys, now: UnixTime, view: &mut dyn RequestView) -> Result<Decision, Response> {
    let mut seen = Seen::look(view.header_names()?)?;
    seen.reserved.retain(|name| is_internal(name.as_bytes()));
    let mut edits = Edits::new(Rc::new(seen));
    let method = text(view.method()?.to_vec(), "the method")?;
    let uri = text(view.uri()?.to_vec(), "the URI")?;
    let path = uri.split('?').next().unwrap_or_default();
    if !path.starts_with('/') || has_risky_path(path) {
        return Err(Response::bad_request("refused path"));
    }
    if !looks_like_oauth(path) {
        let reason = "no OAuth or discovery path (role=route belongs on OAuth routers alone)";
        return Err(Response::not_found(reason));
    }
    let host = single(view, "host")?.unwrap_or_default();
    edits.set(ROUTE_HEADER, &seal_route(keys, now, Asked { method: &method, host: &host, path }))?;
    Ok(Decision::ForwardRoute(edits))
}

/// The bytes as text, or 400.
pub(super) fn text(bytes: Vec<u8>, what: &str) -> Result<String, Response> {
    String::from_utf8(bytes).map_err(|_| Response::bad_request([what, " is not UTF-8"].concat()))
}

impl From<Unreadable> for Response {
    fn from(error: Unreadable) -> Self {
        match error {
            Unreadable::TooLarge => Self::bad_request("the method, the URI or a header is too large"),
            Unreadable::Failed(reason) => super::answer::unreadable(&reason),
        }
    }
}
