//! The page and its form. No store here.

use std::sync::Arc;

use axum::extract::{FromRequest as _, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use protocol::error::OAuthError;
use protocol::limits::page as limits;
use protocol::secret::Secret;

use super::flow::{self, Tried};
use super::view;
use crate::app::App;
use crate::handover::{FlowId, csrf, csrf_matches};
use crate::http::cookie::Browser;
use crate::http::form::{FormBody, QueryForm};
use crate::http::{Ctx, Failure, PageFailure, origin, page};

/// The name of this step in form tokens.
const STEP: &str = "login";

/// Shows the form.
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
    let waiting = flow::waiting(&app, &ctx, &flow_id, &browser).await?;
    Ok(form_page(StatusCode::OK, &ctx, &waiting, &flow_id, &browser, None))
}

/// Takes name and password.
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
    let waiting = flow::waiting(&app, &ctx, &flow_id, &browser).await?;
    if !csrf_matches(&csrf(browser.expose(), &flow_id, STEP, ""), form.get("csrf")) {
        return Err(Failure::oauth(OAuthError::InvalidRequest, "csrf").into());
    }
    let name = form.get("username").unwrap_or_default();
    let password = Secret::new(form.get("password").unwrap_or_default().to_owned());
    let tried = flow::attempt(&app, &ctx, &flow_id, &browser, &waiting, name, &password).await?;
    Ok(match tried {
        Tried::Right { target, browser } => {
            let location = [(header::LOCATION, target.as_str()), (header::CACHE_CONTROL, "no-store")];
            let mut response = (StatusCode::SEE_OTHER, location).into_response();
            response.headers_mut().append(header::SET_COOKIE, browser.set_cookie(&ctx.base));
            response
        }
        Tried::Wrong { text, wait, note } => {
            let status = if wait.is_some() { StatusCode::TOO_MANY_REQUESTS } else { StatusCode::FORBIDDEN };
            let mut response = form_page(status, &ctx, &waiting, &flow_id, &browser, Some(text));
            if let Some(seconds) = wait {
                response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
            }
            response.extensions_mut().insert(note);
            response
        }
        Tried::Refused { target, note } => {
            let text = "You are not among those who may use this server. You are being taken back to the application.";
            let mut response = page::onward(&target, "No access", text);
            response.extensions_mut().insert(note);
            response
        }
    })
}

fn form_page(
    status: StatusCode,
    ctx: &Ctx,
    waiting: &flow::Waiting,
    flow_id: &FlowId,
    browser: &Browser,
    problem: Option<&str>,
) -> Response {
    let token = csrf(browser.expose(), flow_id, STEP, "");
    let body = view::login(ctx, &waiting.client_name, flow_id, &token, problem, waiting.hint());
    page::page(status, "Sign in", &body)
}
