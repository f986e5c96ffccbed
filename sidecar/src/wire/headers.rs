//! Headers that more than one endpoint uses.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

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

/// Sets the headers of every page: no caching, no framing, no content sniffing, and the given content security policy,
/// which allows nothing but the style with a given hash.
pub fn page_policy(headers: &mut HeaderMap, content_security_policy: HeaderValue) {
    headers.insert(header::CONTENT_SECURITY_POLICY, content_security_policy);
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // `no-referrer` would make browsers send `Origin: null` with our own forms.
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(header::CACHE_CONTROL, NO_STORE);
}
