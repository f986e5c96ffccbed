//! The answers the plugin makes itself.

use crate::error::OAuthError;
use crate::resource::cors::{Header, open_answer};
use std::borrow::Cow;

/// How loud a log line is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Level {
    /// Reasons of ordinary refusals.
    Info,
    /// What an operator should look at.
    Warn,
    /// What keeps the route from working.
    Error,
}

/// One line for Traefik's log, without the name of the plugin. It may quote what the client sent, but never a token or another secret, and
/// holds no control characters.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LogLine {
    /// How loud.
    pub level: Level,
    /// The text.
    pub message: Cow<'static, str>,
}

impl LogLine {
    /// A line; control characters are replaced.
    pub fn new(level: Level, message: impl Into<Cow<'static, str>>) -> Self {
        Self { level, message: printable(message.into()) }
    }
}

fn printable(message: Cow<'static, str>) -> Cow<'static, str> {
    if inner_loops::is_visible_ascii(message.as_bytes()) {
        return message;
    }
    let shown: String = message.chars().map(|c| if c.is_control() { '?' } else { c }).collect();
    shown.into()
}

/// An answer of the plugin's own.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// All headers, Content-Length included where there may be one.
    pub headers: Vec<Header>,
    /// The body.
    pub body: String,
    /// Why, for the log.
    pub log: Option<LogLine>,
}

impl Response {
    /// An answer with a JSON body.
    pub(super) fn json(status: u16, body: String, log: Option<LogLine>) -> Self {
        let headers = vec![
            ("Content-Type", "application/json".into()),
            ("Content-Length", body.len().to_string().into()),
            ("Cache-Control", "no-store".into()),
        ];
        Self { status, headers, body, log }
    }

    /// An answer with a JSON body `{"error":…}`.
    pub(super) fn error(status: u16, error: &'static str, log: LogLine) -> Self {
        Self::json(status, [r#"{"error":""#, error, r#""}"#].concat(), Some(log))
    }

    /// 400: the request cannot be understood in one way only.
    pub(super) fn bad_request(reason: impl Into<Cow<'static, str>>) -> Self {
        Self::error(400, OAuthError::InvalidRequest.code(), LogLine::new(Level::Info, reason))
    }

    /// 404: not ours, or not for anyone.
    pub(super) fn not_found(reason: &'static str) -> Self {
        Self::error(404, "not_found", LogLine::new(Level::Info, reason))
    }

    /// 503 with the time after which to come back. Clients keep their tokens on it.
    pub(super) fn unavailable(retry_after: u32, log: LogLine) -> Self {
        Self::error(503, OAuthError::TemporarilyUnavailable.code(), log)
            .with("Retry-After", retry_after.to_string())
    }

    /// The document, if there is one, in place of a 503. What is wrong is logged all the same.
    pub(super) fn or_document(self, document: Option<String>) -> Self {
        match document {
            Some(document) if self.status == 503 => Self::json(200, document, self.log),
            _ => self,
        }
    }

    /// The same answer with one more header.
    pub(super) fn with(mut self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The same answer with more headers.
    pub(super) fn with_all(mut self, headers: Vec<Header>) -> Self {
        self.headers.extend(headers);
        self
    }
}

/// The answer where the host itself failed and nothing is known of the request: 503, which any page may read.
/// `reason` is for the log.
pub fn host_failed(reason: &str) -> Response {
    unreadable(reason).with_all(open_answer())
}

/// The same without cross-origin headers.
pub(super) fn unreadable(reason: &str) -> Response {
    let line = LogLine::new(Level::Error, ["the host could not be asked: ", reason].concat());
    Response::unavailable(5, line)
}
