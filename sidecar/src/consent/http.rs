//! The page and its form. No store here.

use std::sync::Arc;

use axum::extract::{FromRequest as _, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use protocol::error::OAuthError;
use protocol::limits::page as limits;

use super::{flow, view};
use crate::app::App;
use crate::handover::{FlowId, csrf, csrf_matches};
use crate::http::cookie::Browser;
use crate::http::form::{FormBody, QueryForm};
use crate::http::{Ctx, Failure, PageFailure, origin, page};

/// The name of this step in form tokens.
const STEP: &str = "consent";

/// Shows what is asked for.
pub async fn show(
    State(app): State<Arc<App>>,
    ctx: Ctx,
    headers: HeaderMap,
    query: Result<QueryForm, Failure>,
) -> Result<Response, PageFailure> {
    let query = query?.0;
    limits::ALL.check(&query)?;
    let flow_id = query.get("flow").and_then(FlowId::parse).ok_or_else(flow::unknown)?;
    let browser = Browser::read(&headers, &ctx.base).ok_or_else(flow::no_cookie)?;
    let question = flow::question(&app, &ctx, &flow_id, &browser).await?;
    let token = csrf(browser.expose(), &flow_id, STEP, &question.fingerprint());
    let body = view::consent(&ctx, &question, &flow_id, &token);
    Ok(page::page(StatusCode::OK, "Allow access?", &body))
}

/// Takes the answer.
pub async fn submit(
    State(app): State<Arc<App>>,
    ctx: Ctx,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, PageFailure> {
    origin::demand_own(&headers, &ctx.base)?;
    let form = FormBody::from_request(request, &()).await?.0;
    limits::ALL.check(&form)?;
    let flow_id = form.get("flow").and_then(FlowId::parse).ok_or_else(flow::unknown)?;
    let browser = Browser::read(&headers, &ctx.base).ok_or_else(flow::no_cookie)?;
    let question = flow::question(&app, &ctx, &flow_id, &browser).await?;
    let expected = csrf(browser.expose(), &flow_id, STEP, &question.fingerprint());
    if !csrf_matches(&expected, form.get("csrf")) {
        return Err(Failure::oauth(OAuthError::InvalidRequest, "csrf").into());
    }
    let outcome = match form.get("decision") {
        Some("approve") => flow::approve(&app, &ctx, &flow_id, &browser, question).await?,
        Some("deny") => flow::deny(&app, &ctx, &flow_id, &browser, question).await?,
        _ => return Err(Failure::oauth(OAuthError::InvalidRequest, "decision").into()),
    };
    Ok(answer(&ctx, &outcome))
}

/// Always a page, never a redirect: see [`page::onward`].
fn answer(ctx: &Ctx, outcome: &flow::Outcome) -> Response {
    let (title, text) = match outcome.kind {
        flow::Kind::Approved => ("Access allowed", "You are being taken back to the application."),
        flow::Kind::Denied => ("Access denied", "You are being taken back to the application."),
        flow::Kind::ToProvider => ("Sign in", "You are being taken to your organisation's sign-in page."),
        flow::Kind::ProviderFailed => {
            ("Sign-in is not possible now", "You are being taken back to the application.")
        }
    };
    let mut response = page::onward(&outcome.target, title, text);
    if let Some(browser) = &outcome.browser {
        response.headers_mut().append(header::SET_COOKIE, browser.set_cookie(&ctx.base));
    }
    if let Some(note) = &outcome.note {
        response.extensions_mut().insert(note.clone());
    }
    response.into_response()
}
