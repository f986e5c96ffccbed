//! Handles the HTTP requests of the consent page and its form. Only `question` and `flow` use the store.

use std::sync::Arc;

use axum::extract::{FromRequest as _, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use super::deps::Deps;
use super::flow::{self, Decided, STEP};
use super::question::{Question, Waits, waits};
use super::view;
use crate::edge::Ctx;
use crate::journey::browser::Browser;
use crate::journey::error::JourneyError;
use crate::journey::flow_id::FlowId;
use crate::journey::form_token::{csrf, csrf_matches};
use crate::journey::login_page::{self, login_of};
use crate::journey::redirect::ClientRedirect;
use crate::journey::session::SessionCookie;
use crate::locale::{Message, Value};
use crate::pages::{Page, Part, onward, see_other};
use crate::wire::form::{FormBody, QueryForm};
use crate::wire::{Failure, PageFailure};

/// Shows the consent page.
pub(super) async fn show(
    State(deps): State<Arc<Deps>>,
    ctx: Ctx,
    headers: HeaderMap,
    query: Result<QueryForm, Failure>,
) -> Result<Response, PageFailure> {
    let (flow_id, browser) = login_of(&query?.0, &headers, &ctx.base)?;
    Ok(match waits(&deps, &ctx, &flow_id, &browser).await? {
        Waits::Here(question) => {
            let token = csrf(browser.expose(), &flow_id, STEP, &question.fingerprint());
            question_page(StatusCode::OK, &ctx, &question, &flow_id, &token, None)
        }
        Waits::Elsewhere(target) => see_other(&target),
    })
}

/// Handles the submitted form of the consent page.
pub(super) async fn submit(
    State(deps): State<Arc<Deps>>,
    ctx: Ctx,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, PageFailure> {
    let form = FormBody::from_request(request, &()).await?.0;
    let decision = form.get("decision");
    let (flow_id, browser) = match login_of(&form, &headers, &ctx.base) {
        Err(error @ JourneyError::CookieMissing) if decision == Some("deny") => {
            return Ok(over(&ctx, error));
        }
        login => login?,
    };
    let again = async |error: JourneyError| {
        if !matches!(error, JourneyError::LoginUnknown { .. }) {
            return Err(error);
        }
        let decided = match decision {
            Some("approve") => flow::approve_again(&deps, &ctx, &flow_id, &browser, form.get("csrf")).await?,
            Some("another_account") => flow::another_account_again(&deps, &ctx, &flow_id, &browser).await?,
            Some("deny") => flow::deny_again(&deps, &ctx, &flow_id, &browser).await?,
            _ => None,
        };
        decided.map(|decided| answer(&ctx, &browser, decided)).ok_or(error)
    };
    let question = match waits(&deps, &ctx, &flow_id, &browser).await {
        Ok(Waits::Here(question)) => question,
        Ok(Waits::Elsewhere(target)) => return Ok(see_other(&target)),
        Err(error) => return Ok(again(error).await?),
    };
    let expected = csrf(browser.expose(), &flow_id, STEP, &question.fingerprint());
    if !csrf_matches(&expected, form.get("csrf")) {
        // The form was about a different question, so the page shows the current one.
        let status = StatusCode::BAD_REQUEST;
        let mut response =
            question_page(status, &ctx, &question, &flow_id, &expected, Some(Message::Outdated));
        let client_id = question.login.client_id().map(str::to_owned);
        response.extensions_mut().insert(JourneyError::FormToken { client_id }.note());
        return Ok(response);
    }
    let decided = match decision {
        Some("approve") => flow::approve(&deps, &ctx, &flow_id, &browser, *question).await,
        Some("another_account") => {
            let session = SessionCookie::read(&headers, &ctx.base);
            flow::another_account(&deps, &ctx, &flow_id, &browser, &question, session.as_ref()).await
        }
        Some("deny") => flow::deny(&deps, &ctx, &browser, &question).await,
        _ => Err(JourneyError::Decision),
    };
    Ok(match decided {
        Ok(decided) => answer(&ctx, &browser, decided),
        Err(error) => again(error).await?,
    })
}

/// Returns the page for a user who denies access in a login whose cookie is gone: that login has ended.
fn over(ctx: &Ctx, error: JourneyError) -> Response {
    let mut response = view::over(ctx).into_response();
    response.extensions_mut().insert(error.note());
    response
}

fn question_page(
    status: StatusCode,
    ctx: &Ctx,
    question: &Question,
    flow_id: &FlowId,
    token: &str,
    problem: Option<Message>,
) -> Response {
    let page = match &question.client {
        Some(asking) => view::consent(status, ctx, asking, flow_id, token, problem),
        None => view::sign_in(status, ctx, flow_id, token, problem),
    };
    page.into_response()
}

/// Makes the response to a decision. A page, never a redirect, leads the browser to the client or to the provider: see
/// [`onward`].
fn answer(ctx: &Ctx, browser: &Browser, decided: Decided) -> Response {
    let back = |target: &ClientRedirect, title| {
        onward(target.as_str(), title, Message::BackOnTheWay).into_response()
    };
    let gone = Some(browser.remove_cookie(&ctx.base));
    let (mut response, cookie) = match decided {
        Decided::Approved(target) => (back(&target, Message::AllowedTitle), gone),
        Decided::ApprovedBefore => {
            let page = Page::new(StatusCode::OK, Message::AllowedTitle).with(Part::say(Message::CloseHint));
            (page.into_response(), gone)
        }
        // The cookie stays until it expires, so that a form that is sent again leads to the same place.
        Decided::Denied(target) => (back(&target, Message::DeniedTitle), None),
        Decided::NotSignedIn => (view::not_signed_in(ctx).into_response(), None),
        Decided::SignInAgain { target, browser, secs } => {
            let mut response = see_other(&target);
            response.headers_mut().append(header::SET_COOKIE, SessionCookie::remove_cookie(&ctx.base));
            (response, Some(browser.set_cookie(&ctx.base, secs)))
        }
        Decided::ToProvider { target, browser, secs } => {
            let host = url::Url::parse(&target).ok().and_then(|url| url.host_str().map(str::to_owned));
            let text = Message::ProviderOnTheWay { host: Value::code(host.unwrap_or_default()) };
            let page = onward(&target, Message::ProviderTitle, text);
            (page.into_response(), Some(browser.set_cookie(&ctx.base, secs)))
        }
        Decided::Ended(ended) => {
            let is_refused = ended.account.is_some();
            let title = if is_refused { Message::NoAccessTitle } else { Message::NotNowTitle };
            let mut response = login_page::ended(title, &ctx.base, &ended);
            response.extensions_mut().insert(ended.note);
            (response, gone)
        }
    };
    if let Some(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}
