//! The one wire map: every refusal of the OAuth endpoints becomes a status and a body here.
//!
//! A [`Failure`] carries the exact reason for the log and a generic code for the wire. The context
//! layer writes the log line, because it knows tenant and endpoint.

use std::borrow::Cow;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use protocol::error::OAuthError;
use protocol::limits::TooLong;
use store::StoreError;
use store::entropy::EntropyError;

use crate::budget::Exhausted;
use crate::pages as page;

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
    told: Option<Box<Told>>,
    challenge: Option<&'static str>,
}

/// What is said of one refusal beyond what is said of all of its kind.
#[derive(Debug, Clone, Default)]
struct Told {
    description: Option<Cow<'static, str>>,
    facts: Vec<(&'static str, String)>,
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
        Self { kind, reason, detail: None, client: None, told: None, challenge: None }
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

    /// Adds an `error_description` in the place of the one that every error has: text that is safe for anyone to read,
    /// in the characters of RFC 6749 §5.2.
    #[must_use]
    pub fn describe(mut self, description: impl Into<Cow<'static, str>>) -> Self {
        self.told.get_or_insert_default().description = Some(description.into());
        self
    }

    /// Adds a line to the page that a person sees: what is told of, and its value, as text.
    #[must_use]
    pub fn fact(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.told.get_or_insert_default().facts.push((name, value.into()));
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

    fn description(&self) -> Option<&str> {
        self.told.as_ref()?.description.as_deref()
    }

    /// JSON for clients.
    fn json(&self) -> Response {
        let (status, code, general) = wire(self.kind);
        let description = self.description().unwrap_or(general);
        let body = serde_json::json!({ "error": code, "error_description": description }).to_string();
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

impl From<Exhausted> for Failure {
    fn from(exhausted: Exhausted) -> Self {
        Self::new(Kind::TooMany { retry_after: exhausted.wait_secs }, "rate_limited").detail(exhausted)
    }
}

/// Status, `error` code and general description of each kind (RFC 6749 §5.2, RFC 6750 §3.1, RFC 7591 §3.2.2,
/// RFC 8707 §2).
const fn wire(kind: Kind) -> (StatusCode, &'static str, &'static str) {
    match kind {
        Kind::OAuth(error) => (status(error), error.code(), error.description()),
        Kind::MethodNotAllowed => {
            (StatusCode::METHOD_NOT_ALLOWED, "invalid_request", "this endpoint does not take this method")
        }
        Kind::NotFound => (StatusCode::NOT_FOUND, "invalid_request", "there is no such endpoint"),
        Kind::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "invalid_request", "the body is too large"),
        Kind::HeadersTooLarge => {
            (StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "invalid_request", "the headers are too large")
        }
        Kind::TooMany { .. } => (
            StatusCode::TOO_MANY_REQUESTS,
            "temporarily_unavailable",
            "there were too many requests; Retry-After says when to come back",
        ),
        Kind::NoContext => {
            (StatusCode::FORBIDDEN, "access_denied", "the request did not come by way of the proxy")
        }
        Kind::ForeignOrigin => {
            (StatusCode::FORBIDDEN, "access_denied", "the form was not sent by a page of this server")
        }
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
        let response = self.json();
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
        let (status, ..) = wire(self.0.kind);
        let facts = self.0.told.as_ref().map_or(&[][..], |told| &told.facts);
        let response = page::failure(status, self.0.reason, self.0.description(), facts);
        finish(&self.0, response)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt as _;
    use protocol::error::is_description;

    async fn sent(failure: Failure) -> serde_json::Value {
        let body = failure.into_response().into_body().collect().await.unwrap().to_bytes();
        serde_json::from_slice(&body).unwrap()
    }

    #[tokio::test]
    async fn every_error_has_a_description() {
        let others = [
            Kind::MethodNotAllowed,
            Kind::NotFound,
            Kind::TooLarge,
            Kind::HeadersTooLarge,
            Kind::TooMany { retry_after: 1 },
            Kind::NoContext,
            Kind::ForeignOrigin,
        ];
        for kind in OAuthError::ALL.iter().map(|error| Kind::OAuth(*error)).chain(others) {
            let body = sent(Failure::new(kind, "reason")).await;
            let text = body["error_description"].as_str().unwrap();
            assert!(!text.is_empty() && is_description(text), "{kind:?}: {text}");
            assert_eq!(body.as_object().unwrap().len(), 2, "{kind:?}: {body}");
        }
    }

    #[tokio::test]
    async fn a_more_precise_description_takes_its_place() {
        let failure = Failure::oauth(OAuthError::InvalidRequest, "reason").describe("precisely this");
        assert_eq!(
            sent(failure).await,
            serde_json::json!({"error": "invalid_request", "error_description": "precisely this"})
        );
    }
}
