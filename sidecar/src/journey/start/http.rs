//! Reads the HTTP request, calls the flow and makes a redirect of its result. Does not use the store itself.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::Response;

use super::deps::Deps;
use super::flow::{self, Begun};
use crate::edge::Ctx;
use crate::journey::login_page;
use crate::journey::session::SessionCookie;
use crate::pages::see_other;
use crate::wire::form::ApartForm;
use crate::wire::{Failure, PageFailure};

/// Handles `GET` and `POST` (RFC 6749 §3.1).
pub(super) async fn begin(
    State(deps): State<Arc<Deps>>,
    ctx: Ctx,
    headers: HeaderMap,
    form: Result<ApartForm, Failure>,
) -> Result<Response, PageFailure> {
    let session = SessionCookie::read(&headers, &ctx.base);
    let begun = flow::begin(&deps, &ctx, &form?, session.as_ref()).await?;
    Ok(match begun {
        Begun::Login { target, browser, session } => {
            let mut response = login_page::begun(&target, &browser, &headers, &ctx.base);
            if let Some(session) = session {
                response.headers_mut().append(header::SET_COOKIE, session.set_cookie(&ctx.base));
            }
            response
        }
        Begun::Refused { target, note } => {
            let mut response = see_other(target.as_str());
            response.extensions_mut().insert(note);
            response
        }
    })
}
