//! The one style sheet of all pages, and its hash for the content security policy.

use std::sync::LazyLock;

use axum::http::HeaderValue;
use base64ct::{Base64, Encoding as _};
use protocol::encoding::sha256;

/// Inline, so that a page is one answer; light and dark, from phones to desktops.
pub(super) const CSS: &str = include_str!("style.css");

static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let hash = Base64::encode_string(&sha256(CSS.as_bytes()));
    let text = format!(
        "default-src 'none'; style-src 'sha256-{hash}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    );
    HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static("default-src 'none'"))
});

/// Nothing loads, nothing frames us, forms go to ourselves (CSP level 3).
pub(super) fn policy() -> HeaderValue {
    POLICY.clone()
}
