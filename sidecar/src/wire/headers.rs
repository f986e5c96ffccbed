//! Headers that more than one endpoint uses.

use axum::http::{HeaderMap, HeaderName, HeaderValue};

/// A header of every response of the sidecar, by which the plugin tells these responses from those of other servers.
pub const SIDECAR: HeaderName = HeaderName::from_static("x-mcpb-sidecar");
/// The header with the sealed context of a request.
pub const CONTEXT: HeaderName = HeaderName::from_static("x-mcpb-context");

/// The value of `Cache-Control` for every response that carries a secret (RFC 6749 §5.1).
pub const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// Returns the only value of a header; `None` if the header is absent, repeated, or not visible ASCII.
pub fn single<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok(),
        _ => None,
    }
}
