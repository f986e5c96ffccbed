//! Reads the provider's response, calls the flow and makes a page of its result. Does not use the store itself.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse as _, Response};

use super::deps::Deps;
use super::flow::{self, Arrived, AuthenticationResponse};
use crate::edge::Ctx;
use crate::journey::browser::Browser;
use crate::journey::error::JourneyError;
use crate::journey::login_page;
use crate::journey::session::SessionCookie;
use crate::locale::Message;
use crate::pages::onward;
use crate::wire::form::QueryForm;
use crate::wire::{Failure, PageFailure};

/// Handles the browser's return from the provider, and takes it to the client. The response is a page, not a redirect:
/// a strict `form-action` policy of the provider may apply to the whole chain of redirects and would then block ours. A
/// user without access reads the reason before going back.
pub(super) async fn arrive(
    State(deps): State<Arc<Deps>>,
    ctx: Ctx,
    headers: HeaderMap,
    query: Result<QueryForm, Failure>,
) -> Result<Response, PageFailure> {
    let received = AuthenticationResponse::parse(&query?.0)?;
    let browser = Browser::read(&headers, &ctx.base, received.tag()).ok_or(JourneyError::CookieMissing)?;
    let session = SessionCookie::read(&headers, &ctx.base);
    let arrived = flow::arrive(&deps, &ctx, &browser, received, session.as_ref()).await?;
    let mut response = match arrived {
        Arrived::Code(target) => {
            onward(target.as_str(), Message::SignedInTitle, Message::BackOnTheWay).into_response()
        }
        Arrived::Session { target, cookie: session } => {
            let page = onward(&target, Message::SignedInTitle, Message::ConnectionsOnTheWay);
            let mut response = page.into_response();
            response.headers_mut().append(header::SET_COOKIE, session.set_cookie(&ctx.base));
            response
        }
        Arrived::Ended(ended) => {
            let mut response = login_page::ended(Message::NotSignedInTitle, &ctx.base, &ended);
            response.extensions_mut().insert(ended.note);
            response
        }
    };
    response.headers_mut().append(header::SET_COOKIE, browser.remove_cookie(&ctx.base));
    Ok(response)
}
