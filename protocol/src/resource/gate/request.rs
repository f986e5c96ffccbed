//! The gate's shape: configuration and caches in, one decision out.

use super::answer::{Level, LogLine, Response};
use super::headers::single;
use super::last::Last;
use super::response::Pending;
use super::view::{RequestView, Unreadable};
use crate::context::{Asked, PluginKeys, ROUTE_HEADER, seal_route};
use crate::resource::cors;
use crate::resource::identity::is_internal;
use crate::resource::options::{ConfigError, PluginConfig, TenantConfig};
use crate::resource::revocation::RevocationFile;
use crate::resource::route::looks_like_oauth;
use crate::resource::verifier::Verifier;
use crate::time::UnixTime;
use crate::uri::has_risky_path;
use std::borrow::Cow;
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
    ForwardOAuth {
        /// Headers to change.
        edits: Edits,
        /// The new path and query.
        uri: String,
        /// To be handed to [`judge_response`](super::judge_response).
        pending: Pending,
    },
}

/// Changes of request headers: first the removals, then the settings.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Edits {
    /// Headers to remove, every value of each.
    pub remove: Vec<Cow<'static, str>>,
    /// Headers to set to one value, replacing all others of the name. Values are visible ASCII and spaces.
    pub set: Vec<(&'static str, Rc<str>)>,
    /// What an operator should know although the request passes.
    pub log: Option<LogLine>,
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

/// The tenant role: its configuration, what verifies tokens, and what the last request was.
pub(super) struct Tenant {
    pub(super) config: TenantConfig,
    pub(super) verifier: Verifier,
    pub(super) revocations: Option<RevocationFile>,
    pub(super) last: Last,
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
                config: *config,
                last: Last::default(),
            })),
        };
        Self { role }
    }

    /// Decides one request.
    pub fn judge_request(&mut self, now: UnixTime, view: &mut dyn RequestView) -> Decision {
        let judged = match &mut self.role {
            Role::Broken { message, told } => Err(misconfigured(message, told)),
            Role::Route(keys) => route(keys, now, view),
            Role::Tenant(tenant) => tenant.judge(now, view),
        };
        judged.unwrap_or_else(Decision::Respond)
    }
}

/// 503 for wrong options. The line is logged for the first request of an instance only.
fn misconfigured(message: &str, told: &mut bool) -> Response {
    let log = LogLine::new(Level::Error, ["mcpbouncer: ", message].concat());
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
    let mut edits = Edits::default();
    for name in view.header_names()?.texts()?.filter(|name| is_internal(name)) {
        edits.remove.push(name.to_owned().into());
    }
    let method = text(view.method()?, "the method")?;
    let uri = text(view.uri()?, "the URI")?;
    let (path, _) = split_uri(&uri);
    if !path.starts_with('/') || has_risky_path(path) {
        return Err(Response::bad_request("mcpbouncer: refused path").with_all(cors::open_answer()));
    }
    if !looks_like_oauth(path) {
        let reason = "mcpbouncer: no OAuth or discovery path (role=route belongs on OAuth routers alone)";
        return Err(Response::not_found(reason).with_all(cors::open_answer()));
    }
    let host = single(view, "host")?.unwrap_or_default();
    edits
        .set
        .push((ROUTE_HEADER, seal_route(keys, now, Asked { method: &method, host: &host, path }).into()));
    Ok(Decision::ForwardRoute(edits))
}

/// Path and query.
pub(super) fn split_uri(uri: &str) -> (&str, Option<&str>) {
    match uri.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (uri, None),
    }
}

/// The bytes as text, or 400.
pub(super) fn text(bytes: Vec<u8>, what: &str) -> Result<String, Response> {
    String::from_utf8(bytes)
        .map_err(|_| Response::bad_request(["mcpbouncer: ", what, " is not UTF-8"].concat()))
}

impl From<Unreadable> for Response {
    fn from(error: Unreadable) -> Self {
        match error {
            Unreadable::TooLarge => Self::bad_request("mcpbouncer: a request header is too large"),
            Unreadable::Failed(reason) => super::host_failed(&reason),
        }
    }
}
