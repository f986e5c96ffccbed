//! Reads from a request to which login it belongs, and makes the responses with which a login begins and ends.

use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse as _, Response};
use protocol::form::Form;
use protocol::limits::page as limits;
use protocol::uri::Base;

use super::browser::{Browser, make_room};
use super::error::{JourneyError, LOGIN_SECS};
use super::flow_id::{FlowId, connections_address};
use super::wire::Ended;
use crate::locale::Message;
use crate::pages;

/// Reads the login's id from the parameters, and the cookie of that login. Fails if either is missing or malformed.
pub(super) fn login_of(
    parameters: &Form,
    headers: &HeaderMap,
    base: &Base,
) -> Result<(FlowId, Browser), JourneyError> {
    limits::ALL.check(parameters)?;
    let flow = parameters.get("flow").and_then(FlowId::parse).ok_or_else(JourneyError::unknown)?;
    let browser = Browser::read(headers, base, flow.tag()).ok_or(JourneyError::CookieMissing)?;
    Ok((flow, browser))
}

/// Redirects to the first page of a login that has just begun, and sets its cookie. If the browser has too many login
/// cookies, deletes the oldest.
pub(super) fn begun(target: &str, browser: &Browser, headers: &HeaderMap, base: &Base) -> Response {
    let mut response = pages::see_other(target);
    let map = response.headers_mut();
    for line in make_room(headers, base) {
        map.append(header::SET_COOKIE, line);
    }
    map.append(header::SET_COOKIE, browser.set_cookie(base, LOGIN_SECS));
    response
}

/// Returns the page that explains why a login ended. It has a link back to the client, or to the connections page if no
/// client asked for the login.
pub(super) fn ended(title: Message, base: &Base, ended: &Ended) -> Response {
    let here = connections_address(base);
    let (back, back_text) = match &ended.target {
        Some(target) => (target.as_str(), Message::BackToApplication),
        None => (&*here, Message::TryAgain),
    };
    let page = pages::ended(pages::Ended {
        title,
        why: ended.words.clone(),
        account: ended.account.as_deref(),
        reason: ended.note.reason.code(),
        back,
        back_text,
    });
    page.into_response()
}
