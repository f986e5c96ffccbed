//! The style sheet of all pages, and its hash for the content security policy.

use std::sync::LazyLock;

use axum::http::HeaderValue;
use base64ct::{Base64, Encoding as _};
use protocol::encoding::sha256;

/// It is inline, so that a page is a single response. It supports light and dark mode, and phones as well as desktops.
pub(super) const CSS: &str = include_str!("style.css");

static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let hash = Base64::encode_string(&sha256(CSS.as_bytes()));
    let text = format!(
        "default-src 'none'; style-src 'sha256-{hash}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    );
    HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static("default-src 'none'"))
});

/// The content security policy of all pages (CSP level 3): no resource except the style sheet, and no framing; forms
/// may only be sent to this server.
pub(super) fn policy() -> HeaderValue {
    POLICY.clone()
}
