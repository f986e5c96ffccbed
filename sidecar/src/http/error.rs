//! The one wire map: every refusal of the OAuth endpoints becomes a status and a body here.
//!
//! A [`Failure`] carries the exact reason for the log and a generic code for the wire. The context
//! layer writes the log line, because it knows tenant and endpoint.

use std::borrow::Cow;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use protocol::error::OAuthError;
use protocol::limits::TooLong;

use super::page;
use crate::entropy::EntropyError;
use crate::store::StoreError;

/// How long clients are asked to wait, in seconds, when we are the ones who fail.
const RETRY_AFTER_SECS: u64 = 5;

/// What kind of refusal it is; decides status and wire code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An error with a name in OAuth's registries.
    OAuth(OAuthError),
    /// The route exists, the method does not.
    MethodNotAllowed,
    /// No such route.
    NotFound,
    /// Body over the cap.
    TooLarge,
    /// Header lines over the cap.
    HeadersTooLarge,
    /// A ceiling was reached; the seconds until it makes sense to come back.
    TooMany {
        /// Seconds.
        retry_after: u64,
    },
    /// The sealed context is missing, does not open, or is not for this request.
    NoContext,
    /// A page's POST did not come from our own page.
    ForeignOrigin,
}

/// One refusal.
#[derive(Debug, Clone)]
pub struct Failure {
    kind: Kind,
    reason: &'static str,
    detail: Option<String>,
    client: Option<String>,
    description: Option<Cow<'static, str>>,
    challenge: Option<&'static str>,
}

/// What the log line is made of; travels in the response's extensions.
#[derive(Debug, Clone)]
pub struct Note {
    /// Stable name of what happened, e.g. `redirect_uri_unregistered`.
    pub reason: &'static str,
    /// More for the operator; never a token, code, cookie, password or query string.
    pub detail: Option<String>,
    /// The OAuth client concerned, if known.
    pub client: Option<String>,
    /// The code that went out.
    pub code: &'static str,
}

impl Failure {
    /// A refusal of this kind; `reason` is a stable name for log and error page.
    pub const fn new(kind: Kind, reason: &'static str) -> Self {
        Self { kind, reason, detail: None, client: None, description: None, challenge: None }
    }

    /// An OAuth error.
    pub const fn oauth(error: OAuthError, reason: &'static str) -> Self {
        Self::new(Kind::OAuth(error), reason)
    }

    /// We, or something we depend on, cannot answer now: 503 with `Retry-After`.
    pub fn unavailable(reason: &'static str, detail: impl std::fmt::Display) -> Self {
        Self::oauth(OAuthError::TemporarilyUnavailable, reason).detail(detail)
    }

    /// Adds what the operator should see in the log.
    #[must_use]
    pub fn detail(mut self, detail: impl std::fmt::Display) -> Self {
        self.detail = Some(detail.to_string());
        self
    }

    /// Names the client concerned.
    #[must_use]
    pub fn client(mut self, client_id: impl Into<String>) -> Self {
        self.client = Some(client_id.into());
        self
    }

    /// Adds an `error_description`: text that is safe for anyone to read.
    #[must_use]
    pub fn describe(mut self, description: impl Into<Cow<'static, str>>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// Adds a `WWW-Authenticate` challenge (RFC 6749 §5.2 for Basic, RFC 6750 §3 for Bearer).
    #[must_use]
    pub const fn challenge(mut self, challenge: &'static str) -> Self {
        self.challenge = Some(challenge);
        self
    }

    /// The reason's stable name.
    pub const fn reason(&self) -> &'static str {
        self.reason
    }

    /// The kind.
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// The OAuth error a redirect would name; `None` when this must not be sent by redirect.
    pub const fn oauth_error(&self) -> Option<OAuthError> {
        match self.kind {
            Kind::OAuth(error) => Some(error),
            Kind::MethodNotAllowed
            | Kind::NotFound
            | Kind::TooLarge
            | Kind::HeadersTooLarge
            | Kind::TooMany { .. }
            | Kind::NoContext
            | Kind::ForeignOrigin => None,
        }
    }

    /// The log's view of it.
    pub fn note(&self) -> Note {
        Note {
            reason: self.reason,
            detail: self.detail.clone(),
            client: self.client.clone(),
            code: wire(self.kind).1,
        }
    }

    /// JSON for clients.
    fn json(&self, status: StatusCode, code: &str) -> Response {
        let mut body = serde_json::Map::new();
        body.insert("error".into(), code.into());
        if let Some(description) = &self.description {
            body.insert("error_description".into(), description.as_ref().into());
        }
        let body = serde_json::Value::Object(body).to_string();
        (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
    }
}

impl From<StoreError> for Failure {
    /// The store failed: whatever was asked, nothing changed and trying again is right.
    fn from(error: StoreError) -> Self {
        Self::unavailable("store", error)
    }
}

impl From<TooLong> for Failure {
    /// What was sent exceeds a limit of `docs/limits.md`: the sender and the log learn which.
    fn from(error: TooLong) -> Self {
        Self::oauth(OAuthError::InvalidRequest, "too_long").describe(error.0.exceeded).detail(error)
    }
}

impl From<EntropyError> for Failure {
    fn from(error: EntropyError) -> Self {
        Self::unavailable("entropy", error)
    }
}

/// Status and `error` code of each kind (RFC 6749 §5.2, RFC 6750 §3.1, RFC 7591 §3.2.2, RFC 8707 §2).
const fn wire(kind: Kind) -> (StatusCode, &'static str) {
    match kind {
        Kind::OAuth(error) => (status(error), error.code()),
        Kind::MethodNotAllowed => (StatusCode::METHOD_NOT_ALLOWED, "invalid_request"),
        Kind::NotFound => (StatusCode::NOT_FOUND, "invalid_request"),
        Kind::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "invalid_request"),
        Kind::HeadersTooLarge => (StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "invalid_request"),
        Kind::TooMany { .. } => (StatusCode::TOO_MANY_REQUESTS, "temporarily_unavailable"),
        Kind::NoContext | Kind::ForeignOrigin => (StatusCode::FORBIDDEN, "access_denied"),
    }
}

const fn status(error: OAuthError) -> StatusCode {
    match error {
        OAuthError::InvalidRequest
        | OAuthError::InvalidGrant
        | OAuthError::UnauthorizedClient
        | OAuthError::UnsupportedGrantType
        | OAuthError::UnsupportedResponseType
        | OAuthError::InvalidScope
        | OAuthError::InvalidTarget
        | OAuthError::InteractionRequired
        | OAuthError::LoginRequired
        | OAuthError::InvalidRedirectUri
        | OAuthError::InvalidClientMetadata => StatusCode::BAD_REQUEST,
        OAuthError::InvalidClient | OAuthError::InvalidToken => StatusCode::UNAUTHORIZED,
        OAuthError::AccessDenied | OAuthError::InsufficientScope => StatusCode::FORBIDDEN,
        OAuthError::ServerError => StatusCode::INTERNAL_SERVER_ERROR,
        OAuthError::TemporarilyUnavailable => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// Headers that belong to the refusal whatever its body looks like.
fn finish(failure: &Failure, mut response: Response) -> Response {
    let retry_after = match failure.kind {
        Kind::TooMany { retry_after } => Some(retry_after),
        kind if wire(kind).0 == StatusCode::SERVICE_UNAVAILABLE => Some(RETRY_AFTER_SECS),
        _ => None,
    };
    let headers = response.headers_mut();
    if let Some(seconds) = retry_after {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if let Some(challenge) = failure.challenge {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.extensions_mut().insert(failure.note());
    response
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let (status, code) = wire(self.kind);
        let response = self.json(status, code);
        finish(&self, response)
    }
}

/// A refusal shown to a person in a browser: a plain page with the reason code, never a redirect.
#[derive(Debug, Clone)]
pub struct PageFailure(pub Failure);

impl From<Failure> for PageFailure {
    fn from(failure: Failure) -> Self {
        Self(failure)
    }
}

impl From<TooLong> for PageFailure {
    fn from(error: TooLong) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for PageFailure {
    fn into_response(self) -> Response {
        let (status, _) = wire(self.0.kind);
        let response = page::failure(status, self.0.reason, self.0.description.as_deref());
        finish(&self.0, response)
    }
}
