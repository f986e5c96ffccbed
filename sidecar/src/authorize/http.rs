//! The request in, a redirect out. No store here.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use protocol::form::Form;

use super::flow::{self, Begun};
use crate::app::App;
use crate::http::cookie::Browser;
use crate::http::form::{FormBody, QueryForm};
use crate::http::{Ctx, Failure, PageFailure};

/// The usual way in.
pub async fn from_query(
    State(app): State<Arc<App>>,
    ctx: Ctx,
    headers: HeaderMap,
    form: Result<QueryForm, Failure>,
) -> Result<Response, PageFailure> {
    begin(&app, &ctx, &headers, &form?.0).await
}

/// RFC 6749 §3.1 allows POST too.
pub async fn from_body(
    State(app): State<Arc<App>>,
    ctx: Ctx,
    headers: HeaderMap,
    form: Result<FormBody, Failure>,
) -> Result<Response, PageFailure> {
    begin(&app, &ctx, &headers, &form?.0).await
}

async fn begin(app: &App, ctx: &Ctx, headers: &HeaderMap, form: &Form) -> Result<Response, PageFailure> {
    let browser = Browser::read(headers, &ctx.base);
    let begun = flow::begin(app, ctx, browser, form).await?;
    // 303: whatever the method was, the next request is a GET (RFC 9110 §15.4.4).
    let location = [(header::LOCATION, begun.target()), (header::CACHE_CONTROL, "no-store")];
    let mut response = (StatusCode::SEE_OTHER, location).into_response();
    match begun {
        Begun::Login { browser, .. } => {
            response.headers_mut().append(header::SET_COOKIE, browser.set_cookie(&ctx.base));
        }
        Begun::Refused { note, .. } => {
            response.extensions_mut().insert(note);
        }
    }
    Ok(response)
}
