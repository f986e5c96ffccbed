//! Handles a passkey that a user presents at the sign-in, without HTTP types.

use events::{Event, Field, Kind, Reason};
use protocol::server::login::StepKind;
use store::PasskeyUse;
use store::record::{LoginRecord, SignInMethod};

use super::deps::Deps;
use super::flow::{Tried, Waiting, admit, follow};
use crate::edge::Ctx;
use crate::journey::browser::Browser;
use crate::journey::error::JourneyError;
use crate::journey::flow_id::FlowId;
use crate::journey::form_token::csrf;
use crate::journey::local_sign_in::{Admitted, Of, Proven, Sent, go_on};
use crate::locale::Message;
use crate::passkeys::PasskeyRefused;
use crate::users::NoLongerAllowed;

/// The step under which the tags of challenges are made; see [`csrf`].
const STEP: &str = "passkey";

/// Returns the function that makes the tags of the challenges of this login.
fn tag(ctx: &Ctx, flow: &FlowId, browser: &Browser) -> impl Fn(&str) -> String + Sync {
    move |body: &str| csrf(browser.expose(), flow, STEP, &[ctx.base.as_str(), " ", body].concat())
}

/// Returns the options with which the page's script asks the browser for a passkey; `None` if this tenant accepts no
/// passkeys.
pub(super) fn ask(
    deps: &Deps,
    ctx: &Ctx,
    flow: &FlowId,
    browser: &Browser,
) -> Result<Option<String>, JourneyError> {
    Ok(deps.passkeys.ask(&ctx.base, &tag(ctx, flow, browser))?)
}

/// Checks the browser's response, which the page's script has sent, and signs the user in.
pub(super) async fn attempt(
    deps: &Deps,
    ctx: &Ctx,
    (flow, browser): (&FlowId, &Browser),
    waiting: &Waiting,
    response: &str,
    sent: &Sent,
) -> Result<Tried, JourneyError> {
    let login = &waiting.login;
    let verified = match deps.passkeys.check(&ctx.base, response, &tag(ctx, flow, browser)).await? {
        Ok(verified) => verified,
        Err(error) => return Ok(refused(deps, ctx, login, None, &error)),
    };
    let user = &*verified.user;
    let (identity, credential) = match deps.users.allowed_with_passkey(user, &ctx.base) {
        Ok(allowed) => allowed,
        Err(NoLongerAllowed::Refused(reason)) => {
            return Ok(refused(deps, ctx, login, Some(user), &reason));
        }
        Err(error @ NoLongerAllowed::Unavailable(_)) => return Err(unavailable(login, &error)),
    };
    let known = sent.known.device(&ctx.tenant(), user).is_some();
    let told = |event: Event| of_login(event, login).with(Field::User, user).with(Field::KnownBrowser, known);
    let admitted = match admit(deps, ctx, browser, login, &identity, &told).await? {
        Ok(admitted) => admitted,
        Err(tried) => return Ok(tried),
    };
    let follow = || follow(deps, ctx, flow, browser.next(&deps.sealer), &identity, &sent.known);
    let proof = match deps.passkeys.accept(&verified).await? {
        PasskeyUse::Accepted(proof) => proof,
        // The user has sent the form twice. If the other request has moved the login on, this one leads to the same
        // page.
        PasskeyUse::Repeated => {
            return match follow().await {
                Err(JourneyError::LoginUnknown { .. }) => {
                    Ok(refused(deps, ctx, login, Some(user), &PasskeyRefused::Challenge))
                }
                followed => followed,
            };
        }
        PasskeyUse::WentBack { stored } => {
            let error = verified.went_back(stored);
            deps.journal
                .record(told(ctx.event_because(Kind::SignInRefused, Reason::PasskeyCounter)).detail(&error));
            return Ok(wrong());
        }
        PasskeyUse::Gone => return Ok(refused(deps, ctx, login, Some(user), &PasskeyRefused::Unknown)),
    };
    if login.step.kind() != StepKind::AwaitPassword {
        return follow().await;
    }
    let event = told(ctx.event(Kind::SignIn)).subject(user).with(Field::SecondFactor, "passkey");
    let method = SignInMethod::Passkey { credential, passkey: verified.digest() };
    let admitted = Admitted { user: admitted, proven: Proven::Passkey(proof), method };
    match go_on(deps, ctx, Of { flow, browser, login }, admitted, sent, event).await? {
        Some((target, cookies)) => Ok(Tried::Right { target, cookies: Box::new(cookies) }),
        None => follow().await,
    }
}

/// Returns the error of a login whose user cannot be looked up, because the users file cannot be used.
fn unavailable(login: &LoginRecord, error: &NoLongerAllowed) -> JourneyError {
    JourneyError::UsersUnavailable {
        client_id: login.client_id().map(str::to_owned),
        detail: error.to_string(),
    }
}

/// Adds the login's client, if it has one, to the event.
fn of_login(event: Event, login: &LoginRecord) -> Event {
    login.client_id().into_iter().fold(event, Event::client)
}

/// Records why a passkey was refused. The page says only that it was refused.
fn refused(
    deps: &Deps,
    ctx: &Ctx,
    login: &LoginRecord,
    user: Option<&str>,
    why: &dyn std::fmt::Display,
) -> Tried {
    let event = of_login(ctx.event_because(Kind::SignInRefused, Reason::Passkey), login).detail(why);
    deps.journal.record(user.into_iter().fold(event, |event, user| event.with(Field::User, user)));
    wrong()
}

fn wrong() -> Tried {
    Tried::Wrong { text: Message::PasskeyFailed, wait: None }
}
