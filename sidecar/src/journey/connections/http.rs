//! Handles the HTTP requests of the page. Only `flow` and `list` use the store.

use std::sync::Arc;

use axum::extract::{FromRequest as _, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use events::Reason;

use super::deps::Deps;
use super::flow;
use super::form::{Action, Done, Shown};
use super::list::{self, ON_PAGE};
use super::view::{self, Said};
use crate::edge::Ctx;
use crate::journey::error::JourneyError;
use crate::journey::flow_id::connections_address;
use crate::journey::login_page;
use crate::journey::session::{Resumed, SessionCookie};
use crate::pages::see_other;
use crate::wire::form::{FormBody, QueryForm};
use crate::wire::{Failure, PageFailure};

/// Shows the connections, as a page or as a file, or leads to the sign-in.
pub(super) async fn show(
    State(deps): State<Arc<Deps>>,
    ctx: Ctx,
    headers: HeaderMap,
    query: Result<QueryForm, Failure>,
) -> Result<Response, PageFailure> {
    let asked = Shown::read(&query?.0).map_err(JourneyError::from)?;
    let Some(resumed) = resume(&deps, &ctx, &headers).await? else {
        let begun = flow::sign_in(&deps, &ctx).await?;
        return Ok(login_page::begun(&begun.target, &begun.browser, &headers, &ctx.base));
    };
    let response = match asked {
        Shown::Page { from, done } => {
            list_page(&deps, &ctx, &resumed, StatusCode::OK, from, done.map(Said::Done)).await?
        }
        Shown::Download => file(&deps, &ctx, &resumed).await?,
    };
    Ok(with_session(response, &ctx, &resumed))
}

/// Handles a button.
pub(super) async fn submit(
    State(deps): State<Arc<Deps>>,
    ctx: Ctx,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, PageFailure> {
    let form = FormBody::from_request(request, &()).await?.0;
    let action = Action::read(&form).map_err(JourneyError::from)?;
    // Who has left the page open must not believe that something was ended.
    let Some(resumed) = resume(&deps, &ctx, &headers).await? else {
        return Ok(view::nothing_done(&ctx).into_response());
    };
    let response = match action
        .filter(|action| resumed.cookie.is_form(&action.fingerprint(), form.get("csrf")))
    {
        None => {
            let status = StatusCode::BAD_REQUEST;
            let mut response = list_page(&deps, &ctx, &resumed, status, 0, Some(Said::Outdated)).await?;
            response.extensions_mut().insert(JourneyError::FormToken { client_id: None }.note());
            response
        }
        Some(Action::End(grant)) => done(&ctx, flow::end_one(&deps, &ctx, &resumed, grant).await?),
        Some(Action::EndAll) => done(&ctx, flow::end_all(&deps, &ctx, &resumed).await?),
        Some(Action::AskEndAll) => {
            let all =
                list::list(&deps, &ctx, resumed.live.subject(), 0, 0).await.map_err(JourneyError::from)?.all;
            let body = view::ask_end_all(&ctx, &resumed, all, deps.ends_in_secs);
            body.into_response()
        }
        Some(Action::SignOut) => {
            deps.sessions.end(&ctx, &resumed.live, Reason::SignedOut, None).await?;
            let mut response = view::signed_out(&ctx).into_response();
            response.headers_mut().append(header::SET_COOKIE, SessionCookie::remove_cookie(&ctx.base));
            return Ok(response);
        }
    };
    Ok(with_session(response, &ctx, &resumed))
}

async fn resume(deps: &Deps, ctx: &Ctx, headers: &HeaderMap) -> Result<Option<Resumed>, JourneyError> {
    let cookie = SessionCookie::read(headers, &ctx.base);
    deps.sessions.resume(ctx, cookie.as_ref()).await
}

/// Sets the session's cookie if its secret was replaced.
fn with_session(mut response: Response, ctx: &Ctx, resumed: &Resumed) -> Response {
    if resumed.renewed {
        response.headers_mut().append(header::SET_COOKIE, resumed.cookie.set_cookie(&ctx.base));
    }
    response
}

/// Back to the list, which says what was done. A page that is loaded again does not send the form again.
fn done(ctx: &Ctx, done: Done) -> Response {
    see_other(&format!("{}?done={}", connections_address(&ctx.base), done.name()))
}

async fn list_page(
    deps: &Deps,
    ctx: &Ctx,
    resumed: &Resumed,
    status: StatusCode,
    from: usize,
    said: Option<Said>,
) -> Result<Response, JourneyError> {
    let list = list::list(deps, ctx, resumed.live.subject(), from, ON_PAGE).await?;
    Ok(view::page(status, ctx, resumed, &list, said, deps.ends_in_secs).into_response())
}

/// All connections as a file to keep.
async fn file(deps: &Deps, ctx: &Ctx, resumed: &Resumed) -> Result<Response, JourneyError> {
    let user = resumed.live.subject();
    let list = list::list(deps, ctx, user, 0, usize::MAX).await?;
    let text = list::file(ctx, user, &list, deps.clock.now()).to_string();
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"connections.json\"")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::CACHE_CONTROL, crate::wire::headers::NO_STORE),
    ];
    Ok((headers, text).into_response())
}
