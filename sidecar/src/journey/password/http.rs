//! The HTTP handlers that show the sign-in page and take its form. Only [`flow`] accesses the store.

use std::sync::Arc;

use axum::extract::{FromRequest as _, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use protocol::secret::Secret;

use super::deps::Deps;
use super::flow::{self, Tried, Typed, Waits};
use super::{passkey, view};
use crate::edge::Ctx;
use crate::journey::browser::Browser;
use crate::journey::error::JourneyError;
use crate::journey::flow_id::{FlowId, own_page_address};
use crate::journey::form_token::{csrf, csrf_matches};
use crate::journey::local_sign_in::{Sent, with_cookies};
use crate::journey::login_page::{self, login_of};
use crate::journey::sign_in;
use crate::locale::Message;
use crate::pages;
use crate::wire::form::{FormBody, QueryForm};
use crate::wire::{Failure, PageFailure};

/// The name of this step in form tokens.
const STEP: &str = "login";

/// Shows the form, or redirects a login that is past this page to the page it is at.
pub(super) async fn show(
    State(deps): State<Arc<Deps>>,
    ctx: Ctx,
    headers: HeaderMap,
    query: Result<QueryForm, Failure>,
) -> Result<Response, PageFailure> {
    let (flow_id, browser) = login_of(&query?.0, &headers, &ctx.base)?;
    Ok(match flow::waits(&deps, &ctx, &flow_id, &browser).await? {
        Waits::Here(waiting) => form_page(StatusCode::OK, &deps, &ctx, &waiting, (&flow_id, &browser), None)?,
        Waits::Elsewhere(target) => pages::see_other(&target),
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
        Ok(Waits::Elsewhere(target)) => return Ok(pages::see_other(&target)),
        // The user has clicked twice, and the other request has ended this login with a session.
        Err(error @ JourneyError::LoginUnknown { .. }) => {
            let purpose = sign_in::purpose(&form).ok_or(error)?;
            return Ok(pages::see_other(&own_page_address(&ctx.base, &purpose)));
        }
        Err(error) => return Err(error.into()),
    };
    if !csrf_matches(&csrf(browser.expose(), &flow_id, STEP, ""), form.get("csrf")) {
        let outdated = Some(Message::Outdated);
        let login = (&flow_id, &browser);
        let mut response = form_page(StatusCode::BAD_REQUEST, &deps, &ctx, &waiting, login, outdated)?;
        let client_id = waiting.login.client_id().map(str::to_owned);
        response.extensions_mut().insert(JourneyError::FormToken { client_id }.note());
        return Ok(response);
    }
    let sent = Sent::read(&deps, &ctx, &headers);
    let tried = if let Some(response) = form.get("passkey").filter(|response| !response.is_empty()) {
        passkey::attempt(&deps, &ctx, (&flow_id, &browser), &waiting, response, &sent).await?
    } else {
        let typed = Typed {
            name: form.get("username").unwrap_or_default(),
            password: Secret::new(form.get("password").unwrap_or_default().to_owned()),
        };
        flow::attempt(&deps, &ctx, &flow_id, &browser, &waiting, &typed, &sent).await?
    };
    Ok(match tried {
        Tried::Right { target, cookies } => {
            with_cookies(pages::see_other(&target), &deps, &ctx, &browser, &cookies)
        }
        Tried::Wrong { text, wait } => {
            let status = if wait.is_some() { StatusCode::TOO_MANY_REQUESTS } else { StatusCode::FORBIDDEN };
            let mut response = form_page(status, &deps, &ctx, &waiting, (&flow_id, &browser), Some(text))?;
            if let Some(seconds) = wait {
                response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
            }
            response
        }
        Tried::Refused(ended) => {
            let mut response = login_page::ended(Message::NoAccessTitle, &ctx.base, &ended);
            response.headers_mut().append(header::SET_COOKIE, browser.remove_cookie(&ctx.base));
            response
        }
    })
}

fn form_page(
    status: StatusCode,
    deps: &Deps,
    ctx: &Ctx,
    waiting: &flow::Waiting,
    (flow_id, browser): (&FlowId, &Browser),
    problem: Option<Message>,
) -> Result<Response, JourneyError> {
    let token = csrf(browser.expose(), flow_id, STEP, "");
    let asked = passkey::ask(deps, ctx, flow_id, browser)?;
    Ok(view::login(status, ctx, waiting, (flow_id, &token), asked, problem).into_response())
}
