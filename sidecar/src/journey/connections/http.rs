//! Handles the HTTP requests of the connections page. Only `flow`, `list` and `tokens` use the store.

use std::sync::Arc;

use axum::extract::{FromRequest as _, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use events::Reason;
use protocol::form::{Form, append_query};

use super::deps::Deps;
use super::flow::{self, Moment};
use super::form::{Action, Done, Once, Shown};
use super::list::{self, ON_PAGE};
use super::token_view;
use super::tokens::{self, Made, Typed};
use super::view::{self, Said};
use crate::edge::Ctx;
use crate::journey::error::JourneyError;
use crate::journey::flow_id::{connections_address, tokens_address};
use crate::journey::login_page;
use crate::journey::session::{Resumed, SessionCookie, with_session};
use crate::pages::{Page, see_other};
use crate::personal_tokens::CreateError;
use crate::wire::form::{FormBody, QueryForm};
use crate::wire::{Failure, PageFailure};

/// Shows the connections, as a page or as a file, or the personal access tokens; without a session, sends the browser
/// to sign in.
pub(super) async fn show(
    State(deps): State<Arc<Deps>>,
    ctx: Ctx,
    headers: HeaderMap,
    query: Result<QueryForm, Failure>,
) -> Result<Response, PageFailure> {
    let asked = Shown::read(&query?.0).map_err(JourneyError::from)?;
    let again = asked == Shown::NewToken;
    let Some(resumed) = deps.sessions.of(&ctx, &headers).await? else {
        return sign_in(&deps, &ctx, &headers, again).await;
    };
    let response = match asked {
        Shown::Page { from, done } => {
            list_page(&deps, &ctx, &resumed, StatusCode::OK, from, done.map(Said::Done)).await?
        }
        Shown::Download => file(&deps, &ctx, &resumed).await?,
        Shown::Tokens { from, done } => tokens_page(&deps, &ctx, &resumed, from, done).await?,
        Shown::NewToken => match tokens::new(&deps, &ctx, &resumed, Typed::default())? {
            Err(error) => noted(token_view::refused(&ctx, &error), &error),
            // A session alone must not be enough for a token that outlives it.
            Ok(_) if !flow::is_fresh(&deps, &resumed, Moment::Opened) => {
                return sign_in(&deps, &ctx, &headers, again).await;
            }
            Ok(new) => token_view::new_token(&ctx, &resumed, new, None).into_response(),
        },
    };
    Ok(with_session(response, &ctx, &resumed))
}

/// Handles the form of a button.
pub(super) async fn submit(
    State(deps): State<Arc<Deps>>,
    ctx: Ctx,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, PageFailure> {
    let form = FormBody::from_request(request, &()).await?.0;
    let action = Action::read(&form).map_err(JourneyError::from)?;
    // A user whose session has ended must not believe that something was done.
    let Some(resumed) = deps.sessions.of(&ctx, &headers).await? else {
        return Ok(view::nothing_done(&ctx).into_response());
    };
    let is_sent = |action: &Action| resumed.cookie.is_form(&action.fingerprint(), form.get("csrf"));
    let response = match action.filter(is_sent) {
        None => {
            let status = StatusCode::BAD_REQUEST;
            let mut response = list_page(&deps, &ctx, &resumed, status, 0, Some(Said::Outdated)).await?;
            response.extensions_mut().insert(JourneyError::FormToken { client_id: None }.note());
            response
        }
        Some(Action::End(grant)) => {
            let done = flow::end_one(&deps, &ctx, &resumed, grant, Done::One).await?;
            back(&connections_address(&ctx.base), done)
        }
        Some(Action::EndAll) => {
            back(&connections_address(&ctx.base), flow::end_all(&deps, &ctx, &resumed).await?)
        }
        Some(Action::AskEndAll) => {
            let all = list::list(&deps, &ctx, &resumed, 0, 0).await.map_err(JourneyError::from)?;
            view::ask_end_all(&ctx, &resumed, &all, deps.ends_in_secs).into_response()
        }
        Some(Action::EndToken(grant)) => {
            let done = flow::end_one(&deps, &ctx, &resumed, grant, Done::Token).await?;
            back(&tokens_address(&ctx.base), done)
        }
        Some(Action::CreateToken(once)) => {
            if !flow::is_fresh(&deps, &resumed, Moment::Sent) {
                return sign_in(&deps, &ctx, &headers, true).await;
            }
            create(&deps, &ctx, &resumed, &once, &form).await?
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

/// Sends the browser to sign in. With `again`, a provider must ask the user even if the user has a session there.
async fn sign_in(deps: &Deps, ctx: &Ctx, headers: &HeaderMap, again: bool) -> Result<Response, PageFailure> {
    let begun = flow::sign_in(deps, ctx, again).await?;
    Ok(login_page::begun(&begun.target, &begun.browser, headers, &ctx.base))
}

/// Creates a token, and shows it in the response.
async fn create(
    deps: &Deps,
    ctx: &Ctx,
    resumed: &Resumed,
    once: &Once,
    form: &Form,
) -> Result<Response, JourneyError> {
    Ok(match tokens::create(deps, ctx, resumed, once, form).await? {
        Made::Token(created) => token_view::created(ctx, &created).into_response(),
        Made::Again(typed, error) => match tokens::new(deps, ctx, resumed, typed)? {
            Ok(new) => noted(token_view::new_token(ctx, resumed, new, Some(&error)), &error),
            Err(error) => noted(token_view::refused(ctx, &error), &error),
        },
        Made::Refused(error) => noted(token_view::refused(ctx, &error), &error),
    })
}

/// Makes the response with a page that says why no token was made, and adds the note for the log.
fn noted(page: Page, error: &CreateError) -> Response {
    let mut response = page.into_response();
    response.extensions_mut().insert(tokens::failure(error).note());
    response
}

async fn tokens_page(
    deps: &Deps,
    ctx: &Ctx,
    resumed: &Resumed,
    from: usize,
    done: Option<Done>,
) -> Result<Response, JourneyError> {
    let tokens = tokens::list(deps, ctx, resumed.live.subject()).await?;
    let can_make = ctx.settings.personal_days > 0;
    let page = token_view::list(ctx, resumed, &tokens, (from, can_make), (done, deps.ends_in_secs));
    Ok(page.into_response())
}

/// Redirects to the list at this address, which says what was done. So loading the page again does not send the form
/// again.
fn back(list: &str, done: Done) -> Response {
    see_other(&append_query(list, &[("done", done.name())]))
}

async fn list_page(
    deps: &Deps,
    ctx: &Ctx,
    resumed: &Resumed,
    status: StatusCode,
    from: usize,
    said: Option<Said>,
) -> Result<Response, JourneyError> {
    let list = list::list(deps, ctx, resumed, from, ON_PAGE).await?;
    Ok(view::page(status, ctx, resumed, &list, said, deps.ends_in_secs).into_response())
}

/// Makes the response with all connections as a file to keep.
async fn file(deps: &Deps, ctx: &Ctx, resumed: &Resumed) -> Result<Response, JourneyError> {
    let user = resumed.live.subject();
    let list = list::list(deps, ctx, resumed, 0, usize::MAX).await?;
    let text = list::file(ctx, user, &list, deps.clock.now()).to_string();
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"connections.json\"")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::CACHE_CONTROL, crate::wire::headers::NO_STORE),
    ];
    Ok((headers, text).into_response())
}
