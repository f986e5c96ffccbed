//! The HTTP handlers that show the page and take its form. Only [`flow`] accesses the store.

use std::sync::Arc;

use axum::extract::{FromRequest as _, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use super::deps::Deps;
use super::flow::{self, Tried, Typed, Waiting, Waits};
use super::view;
use crate::edge::Ctx;
use crate::journey::browser::Browser;
use crate::journey::error::JourneyError;
use crate::journey::flow_id::{FlowId, own_page_address};
use crate::journey::form_token::{csrf, csrf_matches};
use crate::journey::local_sign_in::{Sent, with_cookies};
use crate::journey::login_page::{self, login_of};
use crate::journey::sign_in;
use crate::locale::Message;
use crate::pages::see_other;
use crate::wire::form::{FormBody, QueryForm};
use crate::wire::{Failure, PageFailure};

/// The name of this step in form tokens.
const STEP: &str = "second factor";

/// Shows the form, or redirects a login that is at another page to that page.
pub(super) async fn show(
    State(deps): State<Arc<Deps>>,
    ctx: Ctx,
    headers: HeaderMap,
    query: Result<QueryForm, Failure>,
) -> Result<Response, PageFailure> {
    let (flow_id, browser) = login_of(&query?.0, &headers, &ctx.base)?;
    Ok(match flow::waits(&deps, &ctx, &flow_id, &browser).await? {
        Waits::Here(waiting) => {
            let form = Shown { status: StatusCode::OK, problem: None, offered: None };
            form.page(&deps, &ctx, (&flow_id, &browser), &waiting).await?
        }
        Waits::Elsewhere(target) => see_other(&target),
    })
}

/// Handles the submitted form.
pub(super) async fn submit(
    State(deps): State<Arc<Deps>>,
    ctx: Ctx,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, PageFailure> {
    let form = FormBody::from_request(request, &()).await?.0;
    let (flow_id, browser) = login_of(&form, &headers, &ctx.base)?;
    let waiting = match flow::waits_for_form(&deps, &ctx, &flow_id, &browser).await {
        Ok(Waits::Here(waiting)) => waiting,
        Ok(Waits::Elsewhere(target)) => return Ok(see_other(&target)),
        // The user has clicked twice, and the other request has ended this login with a session.
        Err(error @ JourneyError::LoginUnknown { .. }) => {
            let purpose = sign_in::purpose(&form).ok_or(error)?;
            return Ok(see_other(&own_page_address(&ctx.base, &purpose)));
        }
        Err(error) => return Err(error.into()),
    };
    let (login, offered) = ((&flow_id, &browser), form.get("enrolment"));
    if !csrf_matches(&csrf(browser.expose(), &flow_id, STEP, ""), form.get("csrf")) {
        let problem = Some(Message::Outdated);
        let shown = Shown { status: StatusCode::BAD_REQUEST, problem, offered };
        let mut response = shown.page(&deps, &ctx, login, &waiting).await?;
        let client_id = waiting.login.client_id().map(str::to_owned);
        response.extensions_mut().insert(JourneyError::FormToken { client_id }.note());
        return Ok(response);
    }
    if form.get("decision") == Some("another_account") {
        let (target, fresh, secs) = flow::another_account(&deps, &ctx, login, &waiting).await?;
        let mut response = see_other(&target);
        response.headers_mut().append(header::SET_COOKIE, fresh.set_cookie(&ctx.base, secs));
        return Ok(response);
    }
    let typed = Typed { code: form.get("code").unwrap_or_default(), enrolment: offered };
    let sent = Sent::read(&deps, &ctx, &headers);
    let tried = flow::attempt(&deps, &ctx, login, &waiting, &typed, &sent).await?;
    Ok(answer(&deps, &ctx, login, &waiting, offered, tried).await?)
}

/// The response to an attempt.
async fn answer(
    deps: &Deps,
    ctx: &Ctx,
    login: (&FlowId, &Browser),
    waiting: &Waiting,
    offered: Option<&str>,
    tried: Tried,
) -> Result<Response, JourneyError> {
    let (_, browser) = login;
    Ok(match tried {
        Tried::Right { target, cookies, codes } => {
            let response = match &codes {
                Some(codes) => view::recovery_codes(codes, &target).into_response(),
                None => see_other(&target),
            };
            with_cookies(response, deps, ctx, browser, &cookies)
        }
        Tried::Wrong { text, wait } => {
            let status = if wait.is_some() { StatusCode::TOO_MANY_REQUESTS } else { StatusCode::FORBIDDEN };
            let shown = Shown { status, problem: Some(text), offered };
            let mut response = shown.page(deps, ctx, login, waiting).await?;
            if let Some(seconds) = wait {
                response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
            }
            response
        }
        Tried::Refused(ended) => {
            let mut response = login_page::ended(Message::NoAccessTitle, &ctx.base, &ended);
            response.headers_mut().append(header::SET_COOKIE, browser.remove_cookie(&ctx.base));
            response.extensions_mut().insert(ended.note);
            response
        }
    })
}

/// How the page is shown.
struct Shown<'a> {
    status: StatusCode,
    problem: Option<Message>,
    /// What the page offered to set up before.
    offered: Option<&'a str>,
}

impl Shown<'_> {
    async fn page(
        self,
        deps: &Deps,
        ctx: &Ctx,
        (flow_id, browser): (&FlowId, &Browser),
        waiting: &Waiting,
    ) -> Result<Response, JourneyError> {
        let asks = flow::asks(deps, ctx, flow_id, waiting, self.offered).await?;
        let token = csrf(browser.expose(), flow_id, STEP, "");
        let form = view::form(ctx, waiting, flow_id, &token);
        Ok(view::page(self.status, form, &asks, self.problem).into_response())
    }
}
