//! The HTTP responses that the plugin writes itself.

use super::log::{Level, LogLine};
use crate::error::OAuthError;
use crate::resource::cors::{ResponseHeader, open_headers};
use crate::resource::request::Unreadable;
use std::borrow::Cow;

/// Which cross-origin headers a response still gets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Cors {
    /// The headers that let pages of the tenant's allowed origins read the response.
    Allowed,
    /// In addition, the headers that say what such an origin may send: the response to a preflight.
    Preflight,
    /// None: the response has all of them already, or is to have none.
    Complete,
}

/// An HTTP response that the plugin writes itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// All headers, `Content-Length` included where there may be one.
    pub headers: Vec<ResponseHeader>,
    /// The body.
    pub body: String,
    /// The reason, for the log.
    pub log: Option<LogLine>,
    /// Which cross-origin headers the response still gets. The tenant role adds them at the end.
    pub(super) cors: Cors,
    /// Whether the request needs a key that is not known. The key may be known once the keys are read again.
    pub(super) is_key_unknown: bool,
}

impl Response {
    /// A response with a JSON body.
    pub(super) fn json(status: u16, body: String, log: Option<LogLine>) -> Self {
        let headers = vec![
            ("Content-Type", "application/json".into()),
            ("Content-Length", body.len().to_string().into()),
            ("Cache-Control", "no-store".into()),
        ];
        Self { status, headers, body, log, cors: Cors::Allowed, is_key_unknown: false }
    }

    /// A response with a JSON body `{"error":…}`.
    pub(super) fn error(status: u16, error: &'static str, log: LogLine) -> Self {
        Self::json(status, [r#"{"error":""#, error, r#""}"#].concat(), Some(log))
    }

    /// 400: the request is malformed, or two servers could understand it differently.
    pub(super) fn bad_request(reason: impl Into<Cow<'static, str>>) -> Self {
        Self::error(400, OAuthError::InvalidRequest.code(), LogLine::new(Level::Info, reason))
    }

    /// 403: the page's origin is not allowed.
    pub(super) fn forbidden(reason: &'static str) -> Self {
        Self::error(403, OAuthError::AccessDenied.code(), LogLine::new(Level::Info, reason))
    }

    /// 404: nothing is served here.
    pub(super) fn not_found(reason: &'static str) -> Self {
        Self::error(404, "not_found", LogLine::new(Level::Info, reason))
    }

    /// 503 with the seconds after which to try again. A client that gets it keeps its tokens.
    pub(super) fn unavailable(retry_after: u32, log: LogLine) -> Self {
        Self::error(503, OAuthError::TemporarilyUnavailable.code(), log)
            .with("Retry-After", retry_after.to_string())
    }

    /// 204 to a preflight (Fetch §4.8).
    pub(super) const fn preflight() -> Self {
        Self {
            status: 204,
            headers: Vec::new(),
            body: String::new(),
            log: None,
            cors: Cors::Preflight,
            is_key_unknown: false,
        }
    }

    /// Notes whether the request needs a key that is not known.
    pub(super) const fn for_unknown_key(mut self, is_key_unknown: bool) -> Self {
        self.is_key_unknown = is_key_unknown;
        self
    }

    /// Replaces a 503 by the document, if there is one. The log line stays.
    pub(super) fn or_document(self, document: Option<String>) -> Self {
        match document {
            Some(document) if self.status == 503 => Self::json(200, document, self.log),
            _ => self,
        }
    }

    /// Adds a header.
    pub(super) fn with(mut self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Replaces the JSON body by a page.
    pub(super) fn with_page(mut self, page: String) -> Self {
        for (name, value) in &mut self.headers {
            match *name {
                "Content-Type" => *value = "text/html; charset=utf-8".into(),
                "Content-Length" => *value = page.len().to_string().into(),
                _ => {}
            }
        }
        self.body = page;
        self
    }

    /// Gives the response no cross-origin headers, so that no page of another origin can read it.
    pub(super) const fn for_own_pages(mut self) -> Self {
        self.cors = Cors::Complete;
        self
    }

    /// Lets pages of every origin read the response, unless it has all its cross-origin headers already.
    pub(super) fn for_every_page(self) -> Self {
        if self.cors == Cors::Complete { self } else { self.with_cors(open_headers()) }
    }

    /// Adds these cross-origin headers. The response gets no others.
    pub(super) fn with_cors(mut self, headers: Vec<ResponseHeader>) -> Self {
        self.headers.extend(headers);
        self.cors = Cors::Complete;
        self
    }
}

/// The response if the host failed and nothing is known of the request: 503, which every page may read. `reason` is for
/// the log.
pub fn host_failed(reason: &str) -> Response {
    unreadable(reason).for_every_page()
}

/// The response of [`host_failed`], but without cross-origin headers: the tenant role adds them later.
pub(super) fn unreadable(reason: &str) -> Response {
    let line = LogLine::new(Level::Error, ["the host could not be asked: ", reason].concat());
    Response::unavailable(5, line)
}

impl From<Unreadable> for Response {
    fn from(error: Unreadable) -> Self {
        match error {
            Unreadable::TooLarge => Self::bad_request("the method, the URI or a header is too large"),
            Unreadable::Failed(reason) => unreadable(&reason),
        }
    }
}
