//! The page and its form. No store here.

use std::sync::Arc;

use axum::extract::{FromRequest as _, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use protocol::error::OAuthError;
use protocol::limits::page as limits;

use super::Deps;
use super::flow::{self, Question, Waits};
use super::view;
use crate::edge::Ctx;
use crate::journey::browser::Browser;
use crate::journey::error::{no_cookie, unknown, wrong_form};
use crate::journey::flow_id::FlowId;
use crate::journey::form_token::{csrf, csrf_matches};
use crate::journey::words::why;
use crate::pages as page;
use crate::wire::form::{FormBody, QueryForm};
use crate::wire::{Failure, PageFailure};

/// The name of this step in form tokens.
const STEP: &str = "consent";

/// Shows what is asked for.
pub(super) async fn show(
    State(deps): State<Arc<Deps>>,
    ctx: Ctx,
    headers: HeaderMap,
    query: Result<QueryForm, Failure>,
) -> Result<Response, PageFailure> {
    let query = query?.0;
    limits::ALL.check(&query)?;
    let flow_id = query.get("flow").and_then(FlowId::parse).ok_or_else(unknown)?;
    let browser = Browser::read(&headers, &ctx.base, flow_id.tag()).ok_or_else(no_cookie)?;
    Ok(match flow::waits(&deps, &ctx, &flow_id, &browser).await? {
        Waits::Here(question) => {
            let token = csrf(browser.expose(), &flow_id, STEP, &question.fingerprint());
            question_page(StatusCode::OK, &ctx, &question, &flow_id, &token, None)
        }
        Waits::Elsewhere(target) => page::see_other(&target),
    })
}

/// Takes the answer.
pub(super) async fn submit(
    State(deps): State<Arc<Deps>>,
    ctx: Ctx,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, PageFailure> {
    let form = FormBody::from_request(request, &()).await?.0;
    limits::ALL.check(&form)?;
    let flow_id = form.get("flow").and_then(FlowId::parse).ok_or_else(unknown)?;
    let browser = Browser::read(&headers, &ctx.base, flow_id.tag()).ok_or_else(no_cookie)?;
    let question = match flow::waits(&deps, &ctx, &flow_id, &browser).await? {
        Waits::Here(question) => question,
        Waits::Elsewhere(target) => return Ok(page::see_other(&target)),
    };
    let expected = csrf(browser.expose(), &flow_id, STEP, &question.fingerprint());
    if !csrf_matches(&expected, form.get("csrf")) {
        // The answer was to another question: this one is asked now.
        let status = StatusCode::BAD_REQUEST;
        let mut response = question_page(status, &ctx, &question, &flow_id, &expected, Some(page::OUTDATED));
        response.extensions_mut().insert(wrong_form(&question.login.client_id));
        return Ok(response);
    }
    let outcome = match form.get("decision") {
        Some("approve") => flow::approve(&deps, &ctx, &flow_id, &browser, *question).await?,
        Some("deny") => flow::deny(&deps, &ctx, &flow_id, &browser, *question).await?,
        _ => return Err(Failure::oauth(OAuthError::InvalidRequest, "decision").into()),
    };
    Ok(answer(&ctx, &browser, &outcome))
}

fn question_page(
    status: StatusCode,
    ctx: &Ctx,
    question: &Question,
    flow_id: &FlowId,
    token: &str,
    problem: Option<&str>,
) -> Response {
    page::page(status, "Allow access?", &view::consent(ctx, question, flow_id, token, problem))
}

/// Always a page, never a redirect: see [`page::onward`].
fn answer(ctx: &Ctx, browser: &Browser, outcome: &flow::Outcome) -> Response {
    let (title, text) = match outcome.kind {
        flow::Kind::Approved => ("Access allowed", "You are being taken back to the application."),
        flow::Kind::Denied => ("Access denied", "You are being taken back to the application."),
        flow::Kind::ToProvider => ("Sign in", "You are being taken to your organisation's sign-in page."),
        flow::Kind::ProviderFailed => ("Sign-in is not possible now", ""),
    };
    let mut response = match &outcome.note {
        None => page::onward(&outcome.target, title, text),
        Some(note) => page::ended(&page::Ended {
            title,
            why: why(note.reason),
            account: None,
            reason: note.reason,
            back: &outcome.target,
        }),
    };
    let cookie = match &outcome.browser {
        Some((browser, secs)) => browser.set_cookie(&ctx.base, *secs),
        None => browser.remove_cookie(&ctx.base),
    };
    response.headers_mut().append(header::SET_COOKIE, cookie);
    if let Some(note) = &outcome.note {
        response.extensions_mut().insert(note.clone());
    }
    response
}
