//! The design of all pages.
//!
//! A [`Page`] is a value: its status, its title and its [`Part`]s, whose texts are [`Message`]s. Handlers return it as
//! their response, without knowing who reads it; [`layer()`] renders it in the reader's language. So every page has the
//! same frame, the same style sheet and the same headers. Only pages with a [`Part::Passkey`] have a script, which
//! makes or uses a passkey.

mod layer;
mod packed;
mod part;
mod render;
mod style;

use std::sync::Arc;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use protocol::uri::Base;

use crate::locale::Message;

pub use layer::layer;
pub use part::{Button, ButtonKind, Choice, Choices, Content, Detail, Field, FieldKind, Form, Part, Tone};
pub use style::Look;

/// The base URL of the MCP server that a page is about. The context layer sets it as an extension of the response, so
/// that [`layer()`] shows the server's icon.
#[derive(Debug, Clone)]
pub struct OfServer(pub Base);

/// A page that is not rendered yet.
#[derive(Debug, Clone)]
pub struct Page {
    status: StatusCode,
    title: Message,
    heading: Option<Message>,
    parts: Vec<Part>,
    onward: Option<String>,
}

impl Page {
    /// A page with this title, which is its heading too.
    pub const fn new(status: StatusCode, title: Message) -> Self {
        Self { status, title, heading: None, parts: Vec::new(), onward: None }
    }

    /// Sets the heading, which says more than the title. Without this call, the title is the heading too.
    #[must_use]
    pub fn heading(mut self, heading: Message) -> Self {
        self.heading = Some(heading);
        self
    }

    /// Adds a part.
    #[must_use]
    pub fn with(mut self, part: impl Into<Part>) -> Self {
        self.parts.push(part.into());
        self
    }

    /// Whether the page has the script, which the content security policy must then allow.
    fn has_script(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Passkey { .. }))
    }

    /// Adds a part, if there is one.
    #[must_use]
    pub fn with_some(self, part: Option<impl Into<Part>>) -> Self {
        part.into_iter().fold(self, Self::with)
    }
}

impl IntoResponse for Page {
    /// Returns a response without a body that carries this page as an extension; [`layer()`] renders it.
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}

/// Redirects the browser to this URL with status 303. The next request is a GET, whatever the method was (RFC 9110
/// §15.4.4).
pub fn see_other(target: &str) -> Response {
    let location = [(header::LOCATION, target), (header::CACHE_CONTROL, "no-store")];
    (StatusCode::SEE_OTHER, location).into_response()
}

/// Returns a page with status 200 that sends the browser on automatically, with a link in case the browser does not
/// follow.
///
/// A redirect would not work: Chromium applies `form-action 'self'` also to the redirect that responds to a form, which
/// would block the way to a loopback redirect URI.
pub fn onward(target: &str, title: Message, explanation: Message) -> Page {
    // A browser that hands an address to an application stays on this page.
    let stays = !["https:", "http:"].iter().any(|scheme| target.starts_with(scheme));
    let mut page = Page::new(StatusCode::OK, title)
        .with(Part::say(explanation))
        .with_some(stays.then_some(Part::say(Message::CloseHint)))
        .with(Part::soft(Message::ContinueHint))
        .with(Part::link("continue", target, Message::Continue));
    page.onward = Some(target.to_owned());
    page
}

/// The content of the page for a login that ended without an authorization code.
#[derive(Debug, Clone)]
pub struct Ended<'a> {
    /// The heading.
    pub title: Message,
    /// The explanation for the user.
    pub why: Message,
    /// The account that signed in, if known; it may not be the one the user intended.
    pub account: Option<&'a str>,
    /// The reason code, which is also in the log.
    pub reason: &'a str,
    /// The URL that takes the browser back to the application, with the error.
    pub back: &'a str,
    /// The text of the link to `back`.
    pub back_text: Message,
}

/// Returns the page for a login that ended without an authorization code. The page does not send the browser on
/// automatically: the user has something to read, and the application gets the error when the user follows the link.
pub fn ended(ended: Ended<'_>) -> Page {
    let account = ended.account.map(|account| Detail::new(Message::YouSignedInAs, account).id("account"));
    let reason = Detail::code(Message::ReasonForAdministrator, ended.reason).id("reason");
    Page::new(StatusCode::OK, ended.title)
        .with(Part::say(ended.why).id("why"))
        .with(Part::Details(account.into_iter().chain([reason]).collect()))
        .with(Part::link("back", ended.back, ended.back_text))
}

/// Returns the error page. It never redirects. It shows a reason code, and `facts`, such as the requested and the
/// registered redirect URIs, as plain text that is not a link. If the status is 4xx, a link leads to the page that
/// explains how to connect; its relative URL, `connect`, works from every page.
pub fn failure(status: StatusCode, reason: &str, why: Message, facts: Vec<(Message, String)>) -> Page {
    let facts = facts.into_iter().map(|(name, value)| Detail::code(name, value));
    let reason = Detail::code(Message::ReasonCode, reason).id("reason");
    let connect = status.is_client_error().then(|| Part::link("connect", "connect", Message::ConnectTitle));
    Page::new(status, Message::FailureTitle)
        .with(Part::say(why).id("why"))
        .with(Part::Details(facts.chain([reason]).collect()))
        .with_some(connect)
}

/// Sets the headers of every page: no caching, no framing, no content sniffing, a restricted `Referer`, and the given
/// content security policy ([`Look::policy`]).
fn set_policy(headers: &mut axum::http::HeaderMap, content_security_policy: HeaderValue) {
    headers.insert(header::CONTENT_SECURITY_POLICY, content_security_policy);
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // With `no-referrer`, browsers would send `Origin: null` with our own forms.
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
}
