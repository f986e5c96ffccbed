//! The provider's answer in, the client's answer out. No store here.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::Response;

use super::Deps;
use super::flow::{self, Answer};
use crate::edge::Ctx;
use crate::journey::browser::Browser;
use crate::journey::error::no_cookie;
use crate::pages as page;
use crate::wire::form::QueryForm;
use crate::wire::{Failure, PageFailure};

/// Takes the browser from the provider to the client. A page rather than a redirect: the provider's own
/// `form-action` policy may reach over its redirect to us, and would then stop one from us. Who was not let in reads
/// why before going back.
pub(super) async fn arrive(
    State(deps): State<Arc<Deps>>,
    ctx: Ctx,
    headers: HeaderMap,
    query: Result<QueryForm, Failure>,
) -> Result<Response, PageFailure> {
    let answer = Answer::parse(&query?.0)?;
    let browser = Browser::read(&headers, &ctx.base, answer.tag()).ok_or_else(no_cookie)?;
    let outcome = flow::arrive(&deps, &ctx, &browser, answer).await?;
    let mut response = match &outcome.refused {
        None => page::onward(&outcome.target, "Signed in", "You are being taken back to the application."),
        Some(refused) => page::ended(&page::Ended {
            title: "You are not signed in",
            why: refused.why,
            account: refused.account.as_deref(),
            reason: refused.note.reason,
            back: &outcome.target,
        }),
    };
    response.headers_mut().append(header::SET_COOKIE, browser.remove_cookie(&ctx.base));
    if let Some(refused) = outcome.refused {
        response.extensions_mut().insert(refused.note);
    }
    Ok(response)
}
