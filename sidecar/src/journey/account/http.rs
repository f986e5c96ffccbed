//! Handles the HTTP requests of the page. Only `flow` and the actions use the store.

use std::sync::Arc;

use axum::extract::{self, FromRequest as _, Request};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use protocol::form::Form;
use protocol::settings::Provider;

use super::deps::Deps;
use super::flow::{self, Changed, Problem};
use super::form::{Action, Done, ProvePassword, SetUp, Shown, fingerprint};
use super::second_factor::{self, State, Tried};
use super::view::{self, Account, Said};
use super::{passkey, password};
use crate::edge::Ctx;
use crate::journey::error::JourneyError;
use crate::journey::flow_id::{account_address, connections_address};
use crate::journey::known_browser::KnownBrowser;
use crate::journey::login_page;
use crate::journey::session::{Resumed, SessionCookie, with_session};
use crate::locale::Message;
use crate::pages::see_other;
use crate::wire::form::{FormBody, QueryForm};
use crate::wire::{Failure, PageFailure};

/// Shows the page, or leads to the sign-in.
pub(super) async fn show(
    extract::State(deps): extract::State<Arc<Deps>>,
    ctx: Ctx,
    headers: HeaderMap,
    query: Result<QueryForm, Failure>,
) -> Result<Response, PageFailure> {
    let asked = Shown::read(&query?.0).map_err(JourneyError::from)?;
    if ctx.settings.provider != Provider::Local {
        return Ok(see_other(&connections_address(&ctx.base)));
    }
    let Some(resumed) = deps.sessions.of(&ctx, &headers).await? else {
        let begun = flow::sign_in(&deps, &ctx).await?;
        return Ok(login_page::begun(&begun.target, &begun.browser, &headers, &ctx.base));
    };
    let response = match asked {
        Shown::SetUp => {
            if let State::On { .. } = second_factor::state(&deps, &resumed).await? {
                return Ok(with_session(see_other(&account_address(&ctx.base)), &ctx, &resumed));
            }
            let offer = second_factor::offer(&deps, &ctx, &resumed, None)?;
            view::set_up(StatusCode::OK, &ctx, &resumed, &offer, None).into_response()
        }
        Shown::SetUpPasskey => {
            if !passkey::own(&deps, &ctx, &resumed).await?.may_add {
                return Ok(with_session(see_other(&account_address(&ctx.base)), &ctx, &resumed));
            }
            prove(&deps, &ctx, &resumed, StatusCode::OK, None).await?
        }
        Shown::Page(done) => page(&deps, &ctx, &resumed, StatusCode::OK, done.map(Said::Done)).await?,
    };
    Ok(with_session(response, &ctx, &resumed))
}

/// Handles a button.
pub(super) async fn submit(
    extract::State(deps): extract::State<Arc<Deps>>,
    ctx: Ctx,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, PageFailure> {
    let form = FormBody::from_request(request, &()).await?.0;
    let action = Action::read(&form).map_err(JourneyError::from)?;
    if ctx.settings.provider != Provider::Local {
        return Ok(see_other(&connections_address(&ctx.base)));
    }
    let (session, own) = (SessionCookie::read(&headers, &ctx.base), Arc::clone(&deps));
    flow::in_turn(&deps, session, async move { press(&own, &ctx, &headers, &form, action).await }).await?
}

/// Handles a button that the signed-in user has pressed.
async fn press(
    deps: &Deps,
    ctx: &Ctx,
    headers: &HeaderMap,
    form: &Form,
    action: Option<Action>,
) -> Result<Response, PageFailure> {
    // Who has left the page open must not believe that something was changed.
    let Some(resumed) = deps.sessions.of(ctx, headers).await? else {
        return Ok(view::nothing_done(ctx).into_response());
    };
    let known = KnownBrowser::read(headers, &ctx.base, &deps.sealer, deps.clock.now());
    let is_own = |action: &Action| resumed.cookie.is_form(&fingerprint(action.name()), form.get("csrf"));
    let (done, changed) = match action.filter(is_own) {
        None => {
            let said = Some(Said::Problem(Message::Outdated));
            let mut response = page(deps, ctx, &resumed, StatusCode::BAD_REQUEST, said).await?;
            response.extensions_mut().insert(JourneyError::FormToken { client_id: None }.note());
            return Ok(with_session(response, ctx, &resumed));
        }
        Some(Action::Enrol(typed)) => return Ok(enrol(deps, ctx, &resumed, &known, &typed).await?),
        Some(Action::ProvePassword(typed)) => return Ok(make(deps, ctx, &resumed, &known, &typed).await?),
        Some(Action::AddPasskey(made)) => {
            (Done::PasskeyAdded, passkey::add(deps, ctx, &resumed, &made).await?)
        }
        Some(Action::RemovePasskey(id)) => {
            (Done::PasskeyRemoved, passkey::remove(deps, ctx, &resumed, &id).await?)
        }
        Some(Action::TurnOff(code)) => {
            (Done::TurnedOff, second_factor::turn_off(deps, ctx, &resumed, &known, &code).await?)
        }
        Some(Action::Password(typed)) => {
            (Done::Password, password::change(deps, ctx, &resumed, &known, typed).await?)
        }
    };
    Ok(answer(deps, ctx, &resumed, done, changed).await?)
}

/// Returns the response to a change.
async fn answer(
    deps: &Deps,
    ctx: &Ctx,
    resumed: &Resumed,
    done: Done,
    changed: Changed,
) -> Result<Response, JourneyError> {
    let back = format!("{}?done={}", account_address(&ctx.base), done.name());
    Ok(match changed {
        Changed::Before => with_session(see_other(&back), ctx, resumed),
        Changed::Done(cookie) => {
            let mut response = see_other(&back);
            let cookie = cookie.map_or_else(
                || SessionCookie::remove_cookie(&ctx.base),
                |cookie| cookie.set_cookie(&ctx.base),
            );
            response.headers_mut().append(header::SET_COOKIE, cookie);
            response
        }
        Changed::Refused(problem) => with_session(refused(deps, ctx, resumed, problem).await?, ctx, resumed),
        Changed::Failed(text) => {
            let status = StatusCode::SERVICE_UNAVAILABLE;
            with_session(page(deps, ctx, resumed, status, Some(Said::Problem(text))).await?, ctx, resumed)
        }
    })
}

/// Sets up a second factor.
async fn enrol(
    deps: &Deps,
    ctx: &Ctx,
    resumed: &Resumed,
    known: &KnownBrowser,
    typed: &SetUp,
) -> Result<Response, JourneyError> {
    Ok(match second_factor::set_up(deps, ctx, resumed, known, typed).await? {
        Tried::Done(codes, Some(cookie)) => {
            let mut response = view::recovery_codes(ctx, &codes).into_response();
            response.headers_mut().append(header::SET_COOKIE, cookie.set_cookie(&ctx.base));
            response
        }
        Tried::Done(codes, None) => view::recovery_codes(ctx, &codes).into_response(),
        Tried::Before(codes) => with_session(view::recovery_codes(ctx, &codes).into_response(), ctx, resumed),
        Tried::Refused(problem) => {
            let offer = second_factor::offer(deps, ctx, resumed, Some(&typed.enrolment))?;
            let status = status_of(&problem);
            let page = view::set_up(status, ctx, resumed, &offer, Some(problem.text)).into_response();
            with_session(waiting(page, problem.wait), ctx, resumed)
        }
    })
}

/// Returns the page that makes a passkey if the password and the code are right; otherwise asks for them again.
async fn make(
    deps: &Deps,
    ctx: &Ctx,
    resumed: &Resumed,
    known: &KnownBrowser,
    typed: &ProvePassword,
) -> Result<Response, JourneyError> {
    let response = match passkey::prove(deps, ctx, resumed, known, typed).await? {
        Ok(options) => view::make_passkey(ctx, resumed, &typed.name, options).into_response(),
        Err(problem) => {
            let response = prove(deps, ctx, resumed, status_of(&problem), Some(problem.text)).await?;
            waiting(response, problem.wait)
        }
    };
    Ok(with_session(response, ctx, resumed))
}

/// Returns the page that asks for the password before a passkey is made.
async fn prove(
    deps: &Deps,
    ctx: &Ctx,
    resumed: &Resumed,
    status: StatusCode,
    problem: Option<Message>,
) -> Result<Response, JourneyError> {
    let needs_code = matches!(second_factor::state(deps, resumed).await?, State::On { .. });
    Ok(view::prove_password(status, ctx, resumed, needs_code, problem).into_response())
}

/// The page again, with what is wrong.
async fn refused(
    deps: &Deps,
    ctx: &Ctx,
    resumed: &Resumed,
    problem: Problem,
) -> Result<Response, JourneyError> {
    let status = status_of(&problem);
    let response = page(deps, ctx, resumed, status, Some(Said::Problem(problem.text))).await?;
    Ok(waiting(response, problem.wait))
}

const fn status_of(problem: &Problem) -> StatusCode {
    if problem.wait.is_some() { StatusCode::TOO_MANY_REQUESTS } else { StatusCode::FORBIDDEN }
}

/// Says when to try again.
fn waiting(mut response: Response, secs: Option<u64>) -> Response {
    if let Some(secs) = secs {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(secs));
    }
    response
}

async fn page(
    deps: &Deps,
    ctx: &Ctx,
    resumed: &Resumed,
    status: StatusCode,
    said: Option<Said>,
) -> Result<Response, JourneyError> {
    let second_factor = second_factor::state(deps, resumed).await?;
    let passkeys = passkey::own(deps, ctx, resumed).await?;
    let account = Account { can_change: deps.users.can_change(), second_factor, passkeys };
    Ok(view::page(status, ctx, resumed, &account, said).into_response())
}
