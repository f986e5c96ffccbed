//! Handles the user's decision, without HTTP types.

use events::{Kind, Reason};
use protocol::encoding::b64url_encode;
use protocol::error::OAuthError;
use protocol::scope::ScopeSet;
use protocol::secret::Secret;
use protocol::server::login::StepKind;
use protocol::settings::Identity;
use store::Advance;
use store::crypto::Place;
use store::entropy::{EntropyError, random_bytes};
use store::intent::logins::{AdvanceLogin, LoginKey};
use store::record::{Callback, LoginRecord, LoginStep};

use super::deps::Deps;
use super::question::Question;
use crate::edge::Ctx;
use crate::journey::browser::Browser;
use crate::journey::code::Grant;
use crate::journey::drop::drop_login;
use crate::journey::error::{EndReason, JourneyError};
use crate::journey::flow_id::{FlowId, page_address};
use crate::journey::redirect::ClientRedirect;
use crate::journey::upstream_leg::{UpstreamSecrets, UpstreamState};
use crate::journey::wire::Ended;
use crate::upstream::{Begin, Registration};

/// Where the browser goes next.
#[derive(Debug)]
pub(super) enum Decided {
    /// Back to the client, with a code.
    Approved(ClientRedirect),
    /// Back to the client: the user denied access.
    Denied(ClientRedirect),
    /// To the sign-in page, with a new cookie for the `secs` seconds that the login still lasts.
    SignInAgain { target: String, browser: Browser, secs: u64 },
    /// To the provider, with a new cookie for the `secs` seconds that the login still lasts.
    ToProvider { target: String, browser: Browser, secs: u64 },
    /// The login ended although the user approved.
    Ended(Box<Ended>),
}

/// The user approved.
pub(super) async fn approve(
    deps: &Deps,
    ctx: &Ctx,
    flow: &FlowId,
    browser: &Browser,
    question: Question,
) -> Result<Decided, JourneyError> {
    match question.login.step.clone() {
        LoginStep::AwaitConsent(signed_in) => {
            finish(deps, ctx, browser, question, signed_in.identity()).await
        }
        // A user who returned from the provider's page without signing in is sent there again.
        LoginStep::AwaitApproval | LoginStep::AwaitCallback(_) => {
            to_provider(deps, ctx, flow, browser, question).await
        }
        LoginStep::AwaitPassword => Err(JourneyError::lost(&question.login)),
    }
}

/// The user denied access: ends the login and responds to the client with an error.
pub(super) async fn deny(
    deps: &Deps,
    ctx: &Ctx,
    browser: &Browser,
    question: Question,
) -> Result<Decided, JourneyError> {
    let login = question.login;
    drop_login((&deps.store, &*deps.clock), ctx, browser, &login).await?;
    deps.journal
        .record(ctx.event_because(Kind::ConsentDenied, Reason::DeniedByUser).client(&login.client_id));
    Ok(Decided::Denied(ClientRedirect::error(&login, &ctx.base, OAuthError::AccessDenied)))
}

/// The local user wants to sign in with another account: the login goes back to the password.
pub(super) async fn another_account(
    deps: &Deps,
    ctx: &Ctx,
    flow: &FlowId,
    browser: &Browser,
    question: Question,
) -> Result<Decided, JourneyError> {
    let login = question.login;
    let step = login.step.clone().another_account().ok_or_else(|| JourneyError::lost(&login))?;
    let fresh = browser.renewed(&*deps.entropy)?;
    let now = deps.clock.now();
    let advance = AdvanceLogin {
        login: LoginKey { tenant: ctx.tenant(), flow: flow.hash(), browser: browser.hash() },
        step,
        rebind: Some(fresh.hash()),
        now,
    };
    // Nothing is decided yet, so there is nothing to record.
    if deps.store.write(advance).await? == Advance::Lost {
        return Err(JourneyError::lost(&login));
    }
    let target = page_address(&ctx.base, StepKind::AwaitPassword, flow);
    Ok(Decided::SignInAgain { target, browser: fresh, secs: login.expires.since(now) })
}

/// Completes a local login with a code.
async fn finish(
    deps: &Deps,
    ctx: &Ctx,
    browser: &Browser,
    question: Question,
    identity: &Identity,
) -> Result<Decided, JourneyError> {
    let Question { login, scopes, .. } = question;
    // The options may have changed since the password was checked.
    let admitted = match ctx.settings.authorize(identity) {
        Ok(admitted) => admitted,
        Err(refusal) => {
            return ended(deps, ctx, browser, &login, EndReason::not_admitted(refusal, identity, None)).await;
        }
    };
    let step = login.step.clone().consent_given(admitted).ok_or_else(|| JourneyError::lost(&login))?;
    let grant = Grant { scopes, step, because: Kind::ConsentGiven, upstream_refresh: None };
    let target = deps.codes.issue(ctx, browser, &login, grant).await?;
    Ok(Decided::Approved(target))
}

/// Records the approval and sends the user to the provider. `state`, `nonce` and `code_verifier` are made only now.
async fn to_provider(
    deps: &Deps,
    ctx: &Ctx,
    flow: &FlowId,
    browser: &Browser,
    question: Question,
) -> Result<Decided, JourneyError> {
    let login = question.login;
    let at = match Registration::of(&ctx.settings, &question.scopes) {
        Ok(at) => at,
        Err(error) => return ended(deps, ctx, browser, &login, EndReason::Upstream(error)).await,
    };
    let secrets = UpstreamSecrets {
        nonce: random_text(deps)?,
        verifier: random_text(deps)?,
        approved: question.scopes,
    };
    let state = UpstreamState::fresh(&*deps.entropy, flow)?;
    let begin = Begin {
        redirect_uri: ctx.base.join("/oauth/callback"),
        scopes: upstream_scopes(ctx),
        state: state.text().clone(),
        nonce: secrets.nonce.clone(),
        verifier: secrets.verifier.clone(),
        prompt: ["login", "select_account"]
            .into_iter()
            .find(|prompt| login.prompt.contains(*prompt))
            .map(str::to_owned),
        login_hint: login.login_hint.clone(),
        max_age: login.max_age,
    };
    let url = match deps.upstream.authorize_url(&at, &begin).await {
        Ok(url) => url,
        Err(error) => return ended(deps, ctx, browser, &login, EndReason::Upstream(error)).await,
    };
    let sealed = deps.sealer.seal(&Place::login(&flow.hash()), secrets.to_bytes().expose())?;
    let callback = Callback { upstream_state: state.hash(), secrets: sealed };
    let step = login.step.clone().sent_to_provider(callback).ok_or_else(|| JourneyError::lost(&login))?;
    let fresh = browser.renewed(&*deps.entropy)?;
    let now = deps.clock.now();
    let advance = AdvanceLogin {
        login: LoginKey { tenant: ctx.tenant(), flow: flow.hash(), browser: browser.hash() },
        step,
        rebind: Some(fresh.hash()),
        now,
    };
    let event = ctx.event(Kind::ConsentGiven).client(&login.client_id);
    let events = move |done: &Advance| (*done == Advance::Done).then(|| event.clone()).into_iter().collect();
    let done = deps.journal.write(advance, events).await?;
    if done == Advance::Lost {
        return Err(JourneyError::lost(&login));
    }
    Ok(Decided::ToProvider { target: url, browser: fresh, secs: login.expires.since(now) })
}

/// Ends the login. The client gets the error, and the page shows the user the reason.
async fn ended(
    deps: &Deps,
    ctx: &Ctx,
    browser: &Browser,
    login: &LoginRecord,
    reason: EndReason,
) -> Result<Decided, JourneyError> {
    drop_login((&deps.store, &*deps.clock), ctx, browser, login).await?;
    Ok(Decided::Ended(Box::new(Ended::of(login, ctx, reason))))
}

/// The scopes to request from the provider: those of the tenant's options, and `email` if a rule needs the address.
fn upstream_scopes(ctx: &Ctx) -> ScopeSet {
    let mut scopes = ctx.settings.scopes.clone();
    if ctx.settings.access.need_address() {
        scopes.insert("email");
    }
    scopes
}

fn random_text(deps: &Deps) -> Result<Secret<String>, EntropyError> {
    let bytes: [u8; 32] = random_bytes(&*deps.entropy)?;
    Ok(Secret::new(b64url_encode(&bytes)))
}
