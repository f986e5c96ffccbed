//! Whether a page's POST came from our own page.

use axum::http::{HeaderMap, HeaderName, header};
use protocol::uri::Base;

use super::error::{Failure, Kind};
use super::headers::single;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Demands `Origin` to be the base's own (a missing one is refused too) and, where the browser says
/// how the request came about (Fetch Metadata), that it did not come from another site.
pub fn demand_own(headers: &HeaderMap, base: &Base) -> Result<(), Failure> {
    if single(headers, &header::ORIGIN) != Some(base.origin()) {
        return Err(Failure::new(Kind::ForeignOrigin, "foreign_origin"));
    }
    let site = headers.get_all(SEC_FETCH_SITE).iter();
    if site.into_iter().any(|value| value != "same-origin" && value != "none") {
        return Err(Failure::new(Kind::ForeignOrigin, "cross_site"));
    }
    Ok(())
}
