//! The frame that every page shares, the page that sends the browser on, and the plain error page.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::wire::headers;

mod style;

/// A complete page.
pub fn page(status: StatusCode, title: &str, body: &Markup) -> Response {
    respond(status, &frame(title, None, body))
}

/// Shown on a form that is displayed again because the submitted one was out of date.
pub const OUTDATED: &str =
    "The page you submitted was out of date. This is the current one: please submit it again.";

/// Redirects the browser to this URL. The next request is a GET, whatever the method was (RFC 9110 §15.4.4).
pub fn see_other(target: &str) -> Response {
    let location = [(header::LOCATION, target), (header::CACHE_CONTROL, "no-store")];
    (StatusCode::SEE_OTHER, location).into_response()
}

/// A page with status 200 that sends the browser on automatically, with a link in case the browser does not follow.
///
/// A redirect would not work: Chromium applies `form-action 'self'` also to the redirect that responds to a form, which
/// would block the way to a loopback redirect URI.
pub fn onward(target: &str, title: &str, explanation: &str) -> Response {
    let body = html! {
        h1 { (title) }
        p { (explanation) }
        p class="soft" { "If nothing happens, " a id="continue" href=(target) { "continue here" } "." }
    };
    respond(StatusCode::OK, &frame(title, Some(target), &body))
}

/// The content of the page for a login that ended without a code.
#[derive(Debug, Clone)]
pub struct Ended<'a> {
    /// The heading.
    pub title: &'a str,
    /// The explanation for the user.
    pub why: &'a str,
    /// The account that signed in, if known; it may not be the one the user intended.
    pub account: Option<&'a str>,
    /// The reason code that the log has too.
    pub reason: &'a str,
    /// The URL that takes the browser back to the application, with the error.
    pub back: &'a str,
}

/// The page for a login that ended without a code. It does not send the browser on automatically: the user has
/// something to read, and the application gets the error when the user follows the link.
pub fn ended(ended: &Ended<'_>) -> Response {
    let body = html! {
        h1 { (ended.title) }
        p id="why" { (ended.why) }
        @if let Some(account) = ended.account {
            p { "You signed in as " strong id="account" { (account) } "." }
        }
        p { a id="back" href=(ended.back) { "Back to the application" } }
        p class="soft" { "Reason code for your administrator: " code id="reason" { (ended.reason) } }
    };
    page(StatusCode::OK, ended.title, &body)
}

/// The error page: no redirect, a reason code, and `facts`, such as the requested and the registered redirect URIs, as
/// plain text that is not a link.
pub fn failure(
    status: StatusCode,
    reason: &str,
    description: Option<&str>,
    facts: &[(&'static str, String)],
) -> Response {
    let title = "This did not work";
    let body = html! {
        h1 { (title) }
        p { (description.unwrap_or("The sign-in request could not be completed. Go back to the application and try to connect again.")) }
        @for (name, value) in facts {
            p class="soft" { (name) ": " code class="fact" { (value) } }
        }
        p class="soft" { "Reason code: " code id="reason" { (reason) } }
    };
    page(status, title, &body)
}

fn frame(title: &str, onward: Option<&str>, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex";
                @if let Some(target) = onward {
                    meta http-equiv="refresh" content={ "0;url=" (target) };
                }
                title { (title) }
                style { (PreEscaped(style::CSS)) }
            }
            body { main { (body) } }
        }
    }
}

fn respond(status: StatusCode, markup: &Markup) -> Response {
    let mut response = (status, markup.0.clone()).into_response();
    let map = response.headers_mut();
    map.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers::page_policy(map, style::policy());
    response
}
