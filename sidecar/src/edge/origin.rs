//! Checks that a form was sent from one of this server's own pages.

use axum::http::{HeaderMap, HeaderName, Method, header};
use protocol::uri::Base;

pub use super::error::OriginError;
use crate::wire::headers::single;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Checks every request other than GET and HEAD: `Origin` must be the issuer's origin (a missing header is refused),
/// and if the browser sends Fetch Metadata, no page of another origin may have caused the request.
///
/// A proxy that adds `Referrer-Policy: no-referrer` makes browsers send `Origin: null` with our own forms (Fetch §3.2,
/// "append a request `Origin` header"). Such a form is accepted if `Sec-Fetch-Site` is `same-origin`: no page can set
/// or change that header, and a document without an origin, such as a sandboxed frame, is not same-origin with
/// anything.
pub fn require_own(method: &Method, headers: &HeaderMap, base: &Base) -> Result<(), OriginError> {
    if matches!(*method, Method::GET | Method::HEAD) {
        return Ok(());
    }
    let sites = headers.get_all(SEC_FETCH_SITE);
    if sites.iter().any(|site| site != "same-origin" && site != "none") {
        return Err(OriginError::CrossSite);
    }
    match single(headers, &header::ORIGIN) {
        Some(origin) if origin == base.origin() => Ok(()),
        Some("null") if single(headers, &SEC_FETCH_SITE) == Some("same-origin") => Ok(()),
        Some("null") => Err(OriginError::Hidden),
        _ => Err(OriginError::Foreign),
    }
}
