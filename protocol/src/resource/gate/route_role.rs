//! The `route` role: vouches that a request came through a router that leads to the sidecar.

use super::decision::Decision;
use super::edits::Edits;
use super::headers::Seen;
use super::keys::Keys;
use super::read::{method, single, text};
use super::response::{Response, host_failed};
use crate::context::{ROUTE_HEADER, RoutedRequest, seal_route};
use crate::resource::backend_headers::BackendHeaders;
use crate::resource::identity::is_internal;
use crate::resource::request::RequestView;
use crate::resource::route::looks_like_oauth;
use crate::time::UnixTime;
use crate::uri::has_risky_path;
use std::rc::Rc;

/// Seals a route proof for the request. Only the paths that the sidecar serves for some tenant pass, so this role, put
/// on the router of an MCP server by mistake, opens none of that server's own paths.
pub(super) fn vouch(
    keys: &mut Keys,
    now: UnixTime,
    view: &mut dyn RequestView,
) -> Result<Decision, Response> {
    let mut seen = Seen::read(view.header_names()?, &BackendHeaders::default())?;
    seen.reserved.retain(|name| is_internal(name.as_bytes()));
    let mut edits = Edits::new(Rc::new(seen));
    let method = method(view)?;
    let uri = text(view.uri()?.to_vec(), "the URI")?;
    let path = uri.split('?').next().unwrap_or_default();
    if !path.starts_with('/') || has_risky_path(path) {
        return Err(Response::bad_request("refused path"));
    }
    if !looks_like_oauth(path) {
        let reason = "no OAuth or metadata path (role=route belongs on OAuth routers alone)";
        return Err(Response::not_found(reason));
    }
    let host = single(view, "host")?.unwrap_or_default();
    let request = RoutedRequest { method: &method, host: &host, path };
    keys.refresh(now, false, view)?;
    let keys = keys.present().ok_or_else(|| host_failed("no keys"))?;
    edits.set(ROUTE_HEADER, &seal_route(keys, now, request))?;
    Ok(Decision::ForwardRoute(edits))
}
