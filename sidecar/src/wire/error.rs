//! Maps every error of the OAuth endpoints to a status and a body.
//!
//! A [`Failure`] carries the exact reason for the log and a generic code for the response. The context layer writes the
//! log line, because it knows the tenant and the endpoint.

use std::borrow::Cow;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use events::Reason;
use protocol::error::OAuthError;
use protocol::limits::TooLong;
use store::StoreError;
use store::entropy::EntropyError;

use crate::budget::Exhausted;
use crate::locale::{Message, ahead};
use crate::pages;

/// The `Retry-After` value for a failure on this server's side, in seconds.
const RETRY_AFTER_SECS: u64 = 5;

/// The kind of error; it determines the status and the `error` code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An error code from the OAuth registries.
    OAuth(OAuthError),
    /// The route exists but does not support the method.
    MethodNotAllowed,
    /// There is no such route.
    NotFound,
    /// The body exceeds the limit.
    TooLarge,
    /// The headers exceed their limit.
    HeadersTooLarge,
    /// A rate limit was reached.
    TooMany {
        /// Seconds until a retry can succeed.
        retry_after: u64,
    },
    /// The sealed context is missing, does not open, or was made for another request.
    NoContext,
    /// A form was not sent from one of this server's own pages.
    ForeignOrigin,
}

/// A request that was refused or failed.
#[derive(Debug, Clone)]
pub struct Failure {
    kind: Kind,
    reason: Reason,
    detail: Option<String>,
    client: Option<String>,
    grant_type: Option<&'static str>,
    told: Option<Box<Told>>,
    challenge: Option<&'static str>,
}

/// Texts for one failure: a description for clients and an explanation for people, which replace the general texts, and
/// lines for the error page.
#[derive(Debug, Clone, Default)]
struct Told {
    description: Option<Cow<'static, str>>,
    words: Option<Message>,
    facts: Vec<(Message, String)>,
}

/// The content of the log line; it is passed in the response's extensions.
#[derive(Debug, Clone)]
pub struct Note {
    /// Stable reason code, e.g. `redirect_uri_unregistered`.
    pub reason: Reason,
    /// Details for the operator; never a token, code, cookie, password or query string.
    pub detail: Option<String>,
    /// The OAuth client, if known.
    pub client: Option<String>,
    /// The `error` code in the response.
    pub code: &'static str,
    /// The grant type, at the token endpoint.
    pub grant_type: Option<&'static str>,
    /// The kind of event.
    pub event: events::Kind,
}

impl Failure {
    /// Returns an error of this kind. `reason` is a stable code for the log and the error page.
    pub const fn new(kind: Kind, reason: Reason) -> Self {
        Self { kind, reason, detail: None, client: None, grant_type: None, told: None, challenge: None }
    }

    /// Returns an OAuth error.
    pub const fn oauth(error: OAuthError, reason: Reason) -> Self {
        Self::new(Kind::OAuth(error), reason)
    }

    /// Returns the error for a request that this server, or something that it depends on, cannot serve now: 503 with
    /// `Retry-After`.
    pub fn unavailable(reason: Reason, detail: impl std::fmt::Display) -> Self {
        Self::oauth(OAuthError::TemporarilyUnavailable, reason).detail(detail)
    }

    /// Adds details for the log.
    #[must_use]
    pub fn detail(mut self, detail: impl std::fmt::Display) -> Self {
        self.detail = Some(detail.to_string());
        self
    }

    /// Names the client for the log.
    #[must_use]
    pub fn client(mut self, client_id: impl Into<String>) -> Self {
        self.client = Some(client_id.into());
        self
    }

    /// Names the grant type for the metrics.
    #[must_use]
    pub const fn grant_type(mut self, grant_type: &'static str) -> Self {
        self.grant_type = Some(grant_type);
        self
    }

    /// Replaces the general `error_description`. The text must be safe for anyone to read, and may use only the
    /// characters that RFC 6749 §5.2 allows.
    #[must_use]
    pub fn describe(mut self, description: impl Into<Cow<'static, str>>) -> Self {
        self.told.get_or_insert_default().description = Some(description.into());
        self
    }

    /// Replaces the general text of the error page.
    #[must_use]
    pub fn explain(mut self, words: Message) -> Self {
        self.told.get_or_insert_default().words = Some(words);
        self
    }

    /// Adds a line to the error page: a name and a value, both shown as text.
    #[must_use]
    pub fn fact(mut self, name: Message, value: impl Into<String>) -> Self {
        self.told.get_or_insert_default().facts.push((name, value.into()));
        self
    }

    /// Adds a `WWW-Authenticate` challenge (RFC 6749 §5.2 for Basic, RFC 6750 §3 for Bearer).
    #[must_use]
    pub const fn challenge(mut self, challenge: &'static str) -> Self {
        self.challenge = Some(challenge);
        self
    }

    /// The stable reason code.
    pub const fn reason(&self) -> Reason {
        self.reason
    }

    /// The kind of error.
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// The OAuth error to send in a redirect; `None` if this error must not be sent by redirect.
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

    /// The content of the log line.
    pub fn note(&self) -> Note {
        Note {
            reason: self.reason,
            detail: self.detail.clone(),
            client: self.client.clone(),
            code: wire(self.kind).1,
            grant_type: self.grant_type,
            event: events::Kind::Request,
        }
    }

    fn description(&self) -> Option<&str> {
        self.told.as_ref()?.description.as_deref()
    }

    /// The JSON error response for clients.
    fn json(&self) -> Response {
        let (status, code, general) = wire(self.kind);
        let description = self.description().unwrap_or(general);
        let body = serde_json::json!({ "error": code, "error_description": description }).to_string();
        (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
    }
}

impl From<StoreError> for Failure {
    /// Returns 503, because the store failed and the client may retry.
    fn from(error: StoreError) -> Self {
        Self::unavailable(Reason::Store, error)
    }
}

impl From<TooLong> for Failure {
    /// Returns the error for a request that exceeds a limit of `docs/limits.md`. The response and the log say which
    /// limit.
    fn from(error: TooLong) -> Self {
        Self::oauth(OAuthError::InvalidRequest, Reason::TooLong).describe(error.0.exceeded).detail(error)
    }
}

impl From<EntropyError> for Failure {
    fn from(error: EntropyError) -> Self {
        Self::unavailable(Reason::Entropy, error)
    }
}

impl From<Exhausted> for Failure {
    fn from(exhausted: Exhausted) -> Self {
        Self::new(Kind::TooMany { retry_after: exhausted.wait_secs }, Reason::RateLimited).detail(exhausted)
    }
}

/// Status, `error` code and general description of each kind (RFC 6749 §5.2, RFC 6750 §3.1, RFC 7591 §3.2.2,
/// RFC 8707 §2).
const fn wire(kind: Kind) -> (StatusCode, &'static str, &'static str) {
    match kind {
        Kind::OAuth(error) => (status(error), error.code(), error.description()),
        Kind::MethodNotAllowed => {
            (StatusCode::METHOD_NOT_ALLOWED, "invalid_request", "this endpoint does not support this method")
        }
        Kind::NotFound => (StatusCode::NOT_FOUND, "invalid_request", "there is no such endpoint"),
        Kind::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "invalid_request", "the body is too large"),
        Kind::HeadersTooLarge => {
            (StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "invalid_request", "the headers are too large")
        }
        Kind::TooMany { .. } => (
            StatusCode::TOO_MANY_REQUESTS,
            "temporarily_unavailable",
            "too many requests; Retry-After says when to try again",
        ),
        Kind::NoContext => {
            (StatusCode::FORBIDDEN, "access_denied", "the request did not come through the proxy")
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

/// Sets the headers that an error response needs, whether its body is JSON or a page.
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

/// An error shown to a person in a browser: a plain page with the reason code, never a redirect.
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
        let told = self.0.told.as_deref().cloned().unwrap_or_default();
        let mut facts = told.facts;
        // Without an explanation of its own, the error has a description for developers, which says more than the
        // general text.
        if let (None, Some(description)) = (&told.words, told.description) {
            facts.push((Message::Details, description.into_owned()));
        }
        let words = told.words.unwrap_or_else(|| general(self.0.kind));
        let page = pages::failure(status, self.0.reason.code(), words, facts);
        finish(&self.0, page.into_response())
    }
}

/// The text of the error page for an error that has no text of its own.
fn general(kind: Kind) -> Message {
    match kind {
        Kind::TooMany { retry_after } => Message::FailureTooMany { when: ahead(retry_after).into() },
        Kind::OAuth(OAuthError::TemporarilyUnavailable | OAuthError::ServerError) => Message::FailureOurs,
        Kind::OAuth(_)
        | Kind::MethodNotAllowed
        | Kind::NotFound
        | Kind::TooLarge
        | Kind::HeadersTooLarge
        | Kind::NoContext
        | Kind::ForeignOrigin => Message::FailureGeneral,
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
            let body = sent(Failure::new(kind, Reason::Store)).await;
            let text = body["error_description"].as_str().unwrap();
            assert!(!text.is_empty() && is_description(text), "{kind:?}: {text}");
            assert_eq!(body.as_object().unwrap().len(), 2, "{kind:?}: {body}");
        }
    }

    #[tokio::test]
    async fn a_more_precise_description_takes_its_place() {
        let failure = Failure::oauth(OAuthError::InvalidRequest, Reason::TooLong).describe("precisely this");
        assert_eq!(
            sent(failure).await,
            serde_json::json!({"error": "invalid_request", "error_description": "precisely this"})
        );
    }
}
