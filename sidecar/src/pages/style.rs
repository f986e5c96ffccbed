//! The style sheet of all pages, and its hash for the content security policy.

use axum::http::HeaderValue;
use base64ct::{Base64, Encoding as _};
use protocol::encoding::sha256;

/// How all pages look. The style sheet is inline, so that a page is a single response. It supports light and dark mode,
/// and phones as well as desktops.
#[derive(Debug)]
pub struct Look {
    css: &'static str,
    policy: HeaderValue,
}

impl Look {
    /// The look of a server whose operator has not chosen one.
    pub fn plain() -> Self {
        let css = include_str!("style.css");
        let hash = Base64::encode_string(&sha256(css.as_bytes()));
        let policy = format!(
            "default-src 'none'; style-src 'sha256-{hash}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
        );
        let strict = || HeaderValue::from_static("default-src 'none'");
        Self { css, policy: HeaderValue::try_from(policy).unwrap_or_else(|_| strict()) }
    }

    /// The style sheet.
    pub(super) const fn css(&self) -> &str {
        self.css
    }

    /// The content security policy of all pages (CSP level 3): no resource except the style sheet, and no framing; forms
    /// may only be sent to this server.
    pub(super) fn policy(&self) -> HeaderValue {
        self.policy.clone()
    }
}
