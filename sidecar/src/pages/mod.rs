//! The frame every page shares, the page that sends a browser on, and the plain error page.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::wire::headers;

mod style;

/// A whole page.
pub fn page(status: StatusCode, title: &str, body: &Markup) -> Response {
    respond(status, &frame(title, None, body))
}

/// Said on a form that is shown again because what was sent belongs to an older one.
pub const OUTDATED: &str =
    "The page you answered was out of date. This is how it looks now: please answer again.";

/// To another page of ours. Whatever the method was, the next request is a GET (RFC 9110 §15.4.4).
pub fn see_other(target: &str) -> Response {
    let location = [(header::LOCATION, target), (header::CACHE_CONTROL, "no-store")];
    (StatusCode::SEE_OTHER, location).into_response()
}

/// A 200 page that takes the browser on by itself, with a link for those whose browser does not.
///
/// A redirect would not do: Chromium holds `form-action 'self'` against the redirect that answers a
/// form, which would stop the way back to a loopback callback.
pub fn onward(target: &str, title: &str, explanation: &str) -> Response {
    let body = html! {
        h1 { (title) }
        p { (explanation) }
        p class="soft" { "If nothing happens, " a id="continue" href=(target) { "continue here" } "." }
    };
    respond(StatusCode::OK, &frame(title, Some(target), &body))
}

/// What a person reads when a login ended without a code.
#[derive(Debug, Clone)]
pub struct Ended<'a> {
    /// The heading.
    pub title: &'a str,
    /// Why, in words.
    pub why: &'a str,
    /// Who signed in, where that is known: perhaps it was another account than meant.
    pub account: Option<&'a str>,
    /// The code that the log has too.
    pub reason: &'a str,
    /// The way back, which tells the application the error.
    pub back: &'a str,
}

/// A login that ended without a code. Nothing takes the browser on by itself: there is something to read, and the
/// application learns the error by the link.
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

/// An error shown to a person: no redirect, a code to look up, and `facts`, such as what was asked for and what would
/// have been right, as text that leads nowhere.
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
