//! Handles the user's decision, without HTTP types.

use events::{Kind, Reason};
use protocol::encoding::b64url_encode;
use protocol::error::OAuthError;
use protocol::scope::ScopeSet;
use protocol::secret::Secret;
use protocol::settings::{BoxItem, Identity};
use store::Advance;
use store::crypto::Place;
use store::entropy::{EntropyError, random_bytes};
use store::intent::logins::{AdvanceLogin, FindLogin, LoginKey};
use store::record::{Callback, LoginRecord, LoginStep};

use super::deps::Deps;
use super::question::{Asking, Question, Waits, waits};
use crate::edge::Ctx;
use crate::journey::browser::Browser;
use crate::journey::code::{Grant, Issued};
use crate::journey::drop::drop_login;
use crate::journey::error::{EndReason, JourneyError, LOGIN_SECS};
use crate::journey::flow_id::{FlowId, page_address};
use crate::journey::form_token::{csrf, csrf_matches};
use crate::journey::redirect::ClientRedirect;
use crate::journey::session::SessionCookie;
use crate::journey::upstream_leg::{UpstreamSecrets, UpstreamState};
use crate::journey::wire::Ended;
use crate::upstream::{Begin, Registration};

/// The name of this step in form tokens.
pub(super) const STEP: &str = "consent";
/// The maximum number of times that a user may submit the form until the browser shows the first response.
const MOST_CLICKS: usize = 4;

/// Where the browser goes next.
#[derive(Debug)]
pub(super) enum Decided {
    /// Back to the client, with a code.
    Approved(ClientRedirect),
    /// To a page that says so: the user has approved, and the client has already redeemed the code.
    ApprovedBefore,
    /// Back to the client, with an error: the user denied access.
    Denied(ClientRedirect),
    /// To a page with a link to sign in: the user cancelled a sign-in that no client asked for.
    NotSignedIn,
    /// To the sign-in page, with a new cookie. The login still lasts `secs` seconds.
    SignInAgain { target: String, browser: Browser, secs: u64 },
    /// To the provider, with a new cookie. The login still lasts `secs` seconds.
    ToProvider { target: String, browser: Browser, secs: u64 },
    /// To the page that says why the login ended although the user approved.
    Ended(Box<Ended>),
}

/// Continues the login of a user who approved: with a code if a local user has signed in, otherwise at the provider.
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
        // A user who came back from the provider's page without signing in is sent there again.
        LoginStep::AwaitApproval | LoginStep::AwaitCallback(_) => {
            to_provider(deps, ctx, flow, browser, question).await
        }
        LoginStep::AwaitPassword | LoginStep::AwaitSecondFactor(_) => {
            Err(JourneyError::lost(&question.login))
        }
    }
}

/// Handles an approval of a login that is no longer at this step with this cookie. If an earlier request of the browser
/// approved, and the browser did not show its response, returns where that request led; `None` if there was no such
/// request, if this form was not made for it, or after too many approvals.
pub(super) async fn approve_again(
    deps: &Deps,
    ctx: &Ctx,
    flow: &FlowId,
    browser: &Browser,
    token: Option<&str>,
) -> Result<Option<Decided>, JourneyError> {
    match deps.codes.issued(ctx, &flow.hash(), browser).await? {
        Some(Issued::Open(target)) => return Ok(Some(Decided::Approved(target))),
        Some(Issued::Redeemed) => return Ok(Some(Decided::ApprovedBefore)),
        None => {}
    }
    // Each approval that leads to the provider replaces the cookie's value by the next one.
    let mut current = browser.clone();
    for _ in 1..MOST_CLICKS {
        current = current.next(&deps.sealer);
        let question = match waits(deps, ctx, flow, &current).await {
            Ok(Waits::Here(question)) => question,
            Ok(Waits::Elsewhere(_)) => return Ok(None),
            Err(JourneyError::LoginUnknown { .. }) => continue,
            Err(error) => return Err(error),
        };
        let is_sent = matches!(question.login.step, LoginStep::AwaitCallback(_));
        let expected = csrf(browser.expose(), flow, STEP, &question.fingerprint());
        if !is_sent || !csrf_matches(&expected, token) {
            return Ok(None);
        }
        return to_provider(deps, ctx, flow, &current, *question).await.map(Some);
    }
    Ok(None)
}

/// Handles a request for another account in a login that is no longer at this step with this cookie. If an earlier
/// request of the browser took the login back to the password, returns where that request led; `None` if there was no
/// such request.
pub(super) async fn another_account_again(
    deps: &Deps,
    ctx: &Ctx,
    flow: &FlowId,
    browser: &Browser,
) -> Result<Option<Decided>, JourneyError> {
    let browser = browser.next(&deps.sealer);
    match waits(deps, ctx, flow, &browser).await {
        Ok(Waits::Elsewhere(target)) => Ok(Some(Decided::SignInAgain { target, browser, secs: LOGIN_SECS })),
        Ok(Waits::Here(_)) | Err(JourneyError::LoginUnknown { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Ends the login of a user who denied access: the client gets an error. The record stays until the login would have
/// expired, so that [`deny_again`] finds it.
pub(super) async fn deny(
    deps: &Deps,
    ctx: &Ctx,
    browser: &Browser,
    question: &Question,
) -> Result<Decided, JourneyError> {
    let login = &question.login;
    let step = login.step.clone().denied().ok_or_else(|| JourneyError::lost(login))?;
    let key = LoginKey { tenant: ctx.tenant(), flow: login.flow, browser: browser.hash() };
    let rebind = Some(browser.denied(&deps.sealer).hash());
    let advance = AdvanceLogin { login: key, step, rebind, session: None, now: deps.clock.now() };
    let event = |id| ctx.event_because(Kind::ConsentDenied, Reason::DeniedByUser).client(id);
    let event = login.client_id().map(event);
    let events =
        move |done: &Advance| event.iter().filter(|_| *done == Advance::Done).cloned().collect::<Vec<_>>();
    if deps.journal.write(advance, events).await? == Advance::Lost {
        return Err(JourneyError::lost(login));
    }
    Ok(denied(ctx, login))
}

/// Handles a denial of a login that is no longer at this step with this cookie. If an earlier request of the browser
/// denied access, returns where that request led; `None` if there was no such request, or if the login has expired.
pub(super) async fn deny_again(
    deps: &Deps,
    ctx: &Ctx,
    flow: &FlowId,
    browser: &Browser,
) -> Result<Option<Decided>, JourneyError> {
    let browser = browser.denied(&deps.sealer).hash();
    let key = LoginKey { tenant: ctx.tenant(), flow: flow.hash(), browser };
    let found = deps.store.read(FindLogin { login: key, now: deps.clock.now() }).await?;
    Ok(found.map(|login| denied(ctx, &login)))
}

/// Returns where a denial leads (RFC 6749 §4.1.2.1).
fn denied(ctx: &Ctx, login: &LoginRecord) -> Decided {
    login.client().map_or(Decided::NotSignedIn, |request| {
        Decided::Denied(ClientRedirect::error(request, &ctx.base, OAuthError::AccessDenied))
    })
}

/// Ends the session of a user who wants to sign in with another account, and takes the login back to the password.
pub(super) async fn another_account(
    deps: &Deps,
    ctx: &Ctx,
    flow: &FlowId,
    browser: &Browser,
    question: &Question,
    session: Option<&SessionCookie>,
) -> Result<Decided, JourneyError> {
    let login = &question.login;
    let step = login.step.clone().another_account().ok_or_else(|| JourneyError::lost(login))?;
    let target = page_address(&ctx.base, step.to().kind(), flow);
    let (fresh, now) = (browser.next(&deps.sealer), deps.clock.now());
    let key = LoginKey { tenant: ctx.tenant(), flow: flow.hash(), browser: browser.hash() };
    let advance = AdvanceLogin { login: key, step, rebind: Some(fresh.hash()), session: None, now };
    // The session ends first: if this failed after the login had moved on, the browser would not get the login's new
    // cookie.
    if let Some(resumed) = deps.sessions.resume(ctx, session).await? {
        deps.sessions.end(ctx, &resumed.live, Reason::SignedOut, None).await?;
    }
    if deps.store.write(advance).await? == Advance::Lost {
        return Err(JourneyError::lost(login));
    }
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
    let Question { login, client } = question;
    let Some(Asking { request, scopes, .. }) = client else { return Err(JourneyError::lost(&login)) };
    // The tenant's options may have changed since the password was checked.
    let admitted = match ctx.settings.authorize(identity) {
        Ok(admitted) => admitted,
        Err(refusal) => {
            return ended(deps, ctx, browser, &login, EndReason::not_admitted(refusal, identity, None)).await;
        }
    };
    let step = login.step.clone().consent_given(admitted).ok_or_else(|| JourneyError::lost(&login))?;
    let grant =
        Grant { scopes, step, because: Kind::ConsentGiven, upstream_refresh: None, upstream_token: None };
    let target = deps.codes.issue(ctx, browser, (&login, &request), grant).await?;
    Ok(Decided::Approved(target))
}

/// Records the approval and sends the user to the provider. `state`, `nonce` and `code_verifier` are made here, not
/// before.
async fn to_provider(
    deps: &Deps,
    ctx: &Ctx,
    flow: &FlowId,
    browser: &Browser,
    question: Question,
) -> Result<Decided, JourneyError> {
    let Question { login, client } = question;
    let scopes = client.map(|asking| asking.scopes).unwrap_or_default();
    let at = match Registration::of(&ctx.settings, &scopes) {
        Ok(at) => at,
        Err(error) => return ended(deps, ctx, browser, &login, EndReason::Upstream(error)).await,
    };
    let secrets =
        UpstreamSecrets { nonce: random_text(deps)?, verifier: random_text(deps)?, approved: scopes };
    let state = UpstreamState::fresh(&*deps.entropy, flow)?;
    let begin = Begin {
        redirect_uri: ctx.base.join("/oauth/callback"),
        scopes: upstream_scopes(ctx, &login),
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
    let fresh = browser.next(&deps.sealer);
    let now = deps.clock.now();
    let advance = AdvanceLogin {
        login: LoginKey { tenant: ctx.tenant(), flow: flow.hash(), browser: browser.hash() },
        step,
        rebind: Some(fresh.hash()),
        session: None,
        now,
    };
    // A user who only signs in gives no consent, so there is no event.
    let event = login.client_id().map(|client_id| ctx.event(Kind::ConsentGiven).client(client_id));
    let events =
        move |done: &Advance| event.iter().filter(|_| *done == Advance::Done).cloned().collect::<Vec<_>>();
    let done = deps.journal.write(advance, events).await?;
    if done == Advance::Lost {
        return Err(JourneyError::lost(&login));
    }
    Ok(Decided::ToProvider { target: url, browser: fresh, secs: login.expires.since(now) })
}

/// Ends the login with this reason: the client gets an error, and the page shows the reason to the user.
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

/// Returns the scopes to request from the provider: those of the tenant's options, `email` if an access rule or
/// `identityHeaders` needs the address, and `profile` if `identityHeaders` needs a name (OpenID Connect Core §5.4). A
/// sign-in that no client asked for needs no refresh token; so `offline_access` is left out, because some providers
/// keep only the newest refresh token of a user.
fn upstream_scopes(ctx: &Ctx, login: &LoginRecord) -> ScopeSet {
    let mut scopes = ctx.settings.scopes.clone();
    if login.client().is_none() {
        scopes = scopes.without(&["offline_access"]);
    }
    let settings = &ctx.settings;
    if settings.access.need_address() || settings.boxes(BoxItem::Email) {
        scopes.insert("email");
    }
    if settings.boxes(BoxItem::Name) || settings.boxes(BoxItem::Username) {
        scopes.insert("profile");
    }
    scopes
}

fn random_text(deps: &Deps) -> Result<Secret<String>, EntropyError> {
    let bytes: [u8; 32] = random_bytes(&*deps.entropy)?;
    Ok(Secret::new(b64url_encode(&bytes)))
}
