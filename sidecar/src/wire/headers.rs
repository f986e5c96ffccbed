//! Headers that more than one endpoint uses.

use axum::http::{HeaderMap, HeaderName, HeaderValue};

/// Marks every response of the sidecar, so that the plugin can tell it from one by another server.
pub const SIDECAR: HeaderName = HeaderName::from_static("x-mcpb-sidecar");
/// Carries the sealed context of a request.
pub const CONTEXT: HeaderName = HeaderName::from_static("x-mcpb-context");

/// For every response that carries a secret (RFC 6749 §5.1).
pub const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// The only value of a header; `None` if it is absent, repeated, or not visible ASCII.
pub fn single<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok(),
        _ => None,
    }
}
