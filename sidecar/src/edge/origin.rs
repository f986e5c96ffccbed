//! Whether what is sent to a page came from our own page.

use axum::http::{HeaderMap, HeaderName, Method, header};
use protocol::uri::Base;

use crate::wire::error::{Failure, Kind};
use crate::wire::headers::single;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Demands of everything but a plain look that `Origin` is the base's own (a missing one is refused too) and, where the
/// browser says how the request came about (Fetch Metadata), that it did not come from another site.
///
/// A proxy that adds `Referrer-Policy: no-referrer` makes browsers send `Origin: null` with our own forms (Fetch
/// §3.2, "append a request `Origin` header"). Such a form counts as ours where the browser says `same-origin`: no
/// page can set or change that header, and to a browser a document without an origin, such as a sandboxed frame, is
/// same-origin with nothing.
pub fn demand_own(method: &Method, headers: &HeaderMap, base: &Base) -> Result<(), Failure> {
    if matches!(*method, Method::GET | Method::HEAD) {
        return Ok(());
    }
    let sites = headers.get_all(SEC_FETCH_SITE);
    let refused = |reason| Failure::new(Kind::ForeignOrigin, reason).describe(FOREIGN);
    if sites.iter().any(|site| site != "same-origin" && site != "none") {
        return Err(refused("cross_site"));
    }
    match single(headers, &header::ORIGIN) {
        Some(origin) if origin == base.origin() => Ok(()),
        Some("null") if single(headers, &SEC_FETCH_SITE) == Some("same-origin") => Ok(()),
        Some("null") => Err(Failure::new(Kind::ForeignOrigin, "origin_hidden").describe(HIDDEN).detail(
            "the browser sent Origin: null and no Sec-Fetch-Site: something before this server sets Referrer-Policy: no-referrer",
        )),
        _ => Err(refused("foreign_origin")),
    }
}

const FOREIGN: &str =
    "This form was not sent from a page of this server. Go back to the application and try to connect again.";
const HIDDEN: &str = "Your browser did not say which page this form was sent from. Try another browser or a newer one. If that does not help, tell the administrator of this server that a proxy adds the header Referrer-Policy: no-referrer to its pages.";
