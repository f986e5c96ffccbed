//! Handles a submitted name and password, without HTTP types.

use events::{Event, Field, Kind, Reason};
use protocol::encoding::b64url_encode;
use protocol::secret::Secret;
use protocol::server::login::StepKind;
use protocol::server::second_factor::Due;
use protocol::settings::{AuthorizedUser, Identity, Provider};
use store::Advance;
use store::intent::clients::FindClient;
use store::intent::logins::AdvanceLogin;
use store::record::{LoginRecord, LoginStep, SignInMethod};

use super::deps::Deps;
use crate::client_name::shown_name;
use crate::edge::Ctx;
use crate::journal::Journal;
use crate::journey::browser::Browser;
use crate::journey::drop::drop_login;
use crate::journey::error::{EndReason, JourneyError};
use crate::journey::flow_id::{FlowId, page_address};
use crate::journey::known_browser::KnownBrowser;
use crate::journey::local_sign_in::{Admitted, Cookies, Of, Proven, Sent, find, go_on, key};
use crate::journey::wire::Ended;
use crate::journey::words;
use crate::locale::{Message, Value};
use crate::users::{Asker, Credential, LoginRefused};

/// At which page a login is.
#[derive(Debug)]
pub(super) enum Waits {
    /// It waits for a password.
    Here(Box<Waiting>),
    /// On the page at this URL.
    Elsewhere(String),
}

/// A login that waits for a password.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) login: LoginRecord,
    /// The client's name, cleaned for display; `None` if no client asks for anything.
    pub(super) client_name: Option<Value>,
}

/// The result of an attempt.
#[derive(Debug)]
pub(super) enum Tried {
    /// To the next page, with these cookies.
    Right { target: String, cookies: Box<Cookies> },
    /// The same page again, with this text; `wait` is the number of seconds to wait before the next attempt.
    Wrong { text: Message, wait: Option<u64> },
    /// Back to the client: the user has no access here.
    Refused(Box<Ended>),
}

/// The submitted form.
#[derive(Debug)]
pub(super) struct Typed<'a> {
    /// May be a password that was typed into the wrong field, so it is logged as typed only if it is a user's name.
    pub(super) name: &'a str,
    pub(super) password: Secret<String>,
}

impl Waiting {
    /// The client's `login_hint`; the user may type another name.
    pub(super) fn hint(&self) -> Option<&str> {
        self.login.login_hint.as_deref()
    }
}

/// Finds the login. If it is past this page, returns the URL of the page it is at.
pub(super) async fn waits(
    deps: &Deps,
    ctx: &Ctx,
    flow: &FlowId,
    browser: &Browser,
) -> Result<Waits, JourneyError> {
    let login = find(deps, ctx, flow, browser).await?.ok_or_else(JourneyError::unknown)?;
    if login.step.kind() != StepKind::AwaitPassword {
        return Ok(Waits::Elsewhere(page_address(&ctx.base, login.step.kind(), flow)));
    }
    waiting(deps, ctx, login).await
}

/// The same for a submitted form. A browser sends it twice if the user clicks twice; the second request has the cookie
/// that the first one has replaced, and counts as one more attempt.
pub(super) async fn waits_for_form(
    deps: &Deps,
    ctx: &Ctx,
    flow: &FlowId,
    browser: &Browser,
) -> Result<Waits, JourneyError> {
    match waits(deps, ctx, flow, browser).await {
        Err(JourneyError::LoginUnknown { .. }) => {}
        found => return found,
    }
    let moved_on = find(deps, ctx, flow, &browser.next(&deps.sealer)).await?;
    let further = [StepKind::AwaitSecondFactor, StepKind::AwaitConsent];
    let moved_on = moved_on.filter(|login| further.contains(&login.step.kind()));
    waiting(deps, ctx, moved_on.ok_or_else(JourneyError::unknown)?).await
}

async fn waiting(deps: &Deps, ctx: &Ctx, login: LoginRecord) -> Result<Waits, JourneyError> {
    if ctx.settings.provider != Provider::Local {
        return Err(JourneyError::LoginUnknown {
            client_id: login.client_id().map(str::to_owned),
            detail: Some("this tenant's users are not local"),
        });
    }
    let client_name = match login.client_id() {
        Some(client_id) => {
            let client_id = client_id.to_owned();
            let found = FindClient { tenant: ctx.tenant(), client_id: client_id.clone() };
            let client = deps.store.read(found).await?;
            Some(shown_name(&client.ok_or(JourneyError::ClientUnknown { client_id })?))
        }
        None => None,
    };
    Ok(Waits::Here(Box::new(Waiting { login, client_name })))
}

/// Checks a name and a password.
pub(super) async fn attempt(
    deps: &Deps,
    ctx: &Ctx,
    flow: &FlowId,
    browser: &Browser,
    waiting: &Waiting,
    typed: &Typed<'_>,
    sent: &Sent,
) -> Result<Tried, JourneyError> {
    let now = deps.clock.now();
    let login = &waiting.login;
    let device = sent.known.device(&ctx.tenant(), typed.name);
    let asker = Asker { address: ctx.client_address, browser: browser.hash(), device };
    let attempt = Attempt { ctx, login, user: shown(deps, typed.name), known: device.is_some() };
    let user = match deps.users.verify(typed.name, &typed.password, &ctx.base, &asker, now).await {
        Ok(user) => user,
        Err(refused) => return attempt.refuse(&deps.journal, &refused),
    };
    let (credential, identity) = (user.credential(), user.into_identity());
    let follow = || follow(deps, ctx, flow, browser.next(&deps.sealer), &identity, &sent.known);
    let told = |event: Event| attempt.event(event);
    let admitted = match admit(deps, ctx, browser, login, &identity, &told).await? {
        Ok(admitted) => admitted,
        Err(tried) => return Ok(tried),
    };
    if login.step.kind() != StepKind::AwaitPassword {
        return follow().await;
    }
    let not_due = match deps.second_factors.due(&identity.sub).await? {
        Due::Nothing(not_due) => not_due,
        Due::Code | Due::Enrolment => {
            return match to_second_factor(deps, ctx, (flow, browser), login, admitted, credential).await? {
                Some(tried) => Ok(tried),
                None => follow().await,
            };
        }
    };
    let event = attempt.event(ctx.event(Kind::SignIn)).subject(&identity.sub);
    let method = SignInMethod::Password { credential };
    let admitted = Admitted { user: admitted, proven: Proven::Password(not_due), method };
    match go_on(deps, ctx, Of { flow, browser, login }, admitted, sent, event).await? {
        Some((target, cookies)) => Ok(Tried::Right { target, cookies: Box::new(cookies) }),
        None => follow().await,
    }
}

/// Checks the user against the tenant's rules, which can restrict further what the users file allows. If they refuse
/// the user, ends the login; the error is then the page that says so. `told` adds to the recorded event what is known
/// about the attempt.
pub(super) async fn admit(
    deps: &Deps,
    ctx: &Ctx,
    browser: &Browser,
    login: &LoginRecord,
    identity: &Identity,
    told: &(dyn Fn(Event) -> Event + Sync),
) -> Result<Result<AuthorizedUser, Tried>, JourneyError> {
    let refusal = match ctx.settings.authorize(identity) {
        Ok(admitted) => return Ok(Ok(admitted)),
        Err(refusal) => refusal,
    };
    drop_login((&deps.store, &*deps.clock), ctx, browser, login).await?;
    let ended = Ended::of(login, ctx, EndReason::not_admitted(refusal, identity, None));
    let detail = ended.note.detail.clone().unwrap_or_default();
    deps.journal.record(told(ctx.event_because(Kind::SignInRefused, ended.note.reason)).detail(detail));
    Ok(Err(Tried::Refused(Box::new(ended))))
}

/// Takes a login whose password was right to the page that asks for the second factor. No session begins, and the browser does
/// not become a known one. `None` if another request has moved the login on.
async fn to_second_factor(
    deps: &Deps,
    ctx: &Ctx,
    (flow, browser): (&FlowId, &Browser),
    login: &LoginRecord,
    admitted: AuthorizedUser,
    credential: Credential,
) -> Result<Option<Tried>, JourneyError> {
    let now = deps.clock.now();
    let step = login.step.clone().first_factor_proven(admitted, credential);
    let step = step.ok_or_else(|| JourneyError::lost(login))?;
    let target = page_address(&ctx.base, step.to().kind(), flow);
    let fresh = browser.next(&deps.sealer);
    let rebind = Some(fresh.hash());
    let advance = AdvanceLogin { login: key(ctx, flow, browser), step, rebind, session: None, now };
    if deps.store.write(advance).await? == Advance::Lost {
        return Ok(None);
    }
    let browser = Some((fresh, login.expires.since(now)));
    Ok(Some(Tried::Right { target, cookies: Box::new(Cookies { browser, known: None, session: None }) }))
}

/// The user has sent the same form twice, and the other request has moved the login on: this one leads to the same page,
/// because it has proven the same user. The session is that of the other request, so this one sets no cookie of it.
pub(super) async fn follow(
    deps: &Deps,
    ctx: &Ctx,
    flow: &FlowId,
    browser: Browser,
    identity: &Identity,
    known: &KnownBrowser,
) -> Result<Tried, JourneyError> {
    let login = find(deps, ctx, flow, &browser).await?.ok_or_else(JourneyError::unknown)?;
    let (step, known) = match &login.step {
        LoginStep::AwaitConsent(signed_in) if signed_in.identity().sub == identity.sub => {
            let now = deps.clock.now();
            let known = known.clone().remember(&ctx.tenant(), &identity.sub, &*deps.entropy, now)?;
            (StepKind::AwaitConsent, Some(known))
        }
        LoginStep::AwaitSecondFactor(first) if first.identity().sub == identity.sub => {
            (StepKind::AwaitSecondFactor, None)
        }
        _ => return Err(JourneyError::lost(&login)),
    };
    let target = page_address(&ctx.base, step, flow);
    let browser = Some((browser, login.expires.since(deps.clock.now())));
    Ok(Tried::Right { target, cookies: Box::new(Cookies { browser, known, session: None }) })
}

/// How a submitted name is logged: unchanged if it is in the users file, otherwise as a keyed digest. Users sometimes
/// type their password into this field, so the log must contain nothing of an unknown name, not even its first letters
/// or a hash that can be guessed. The digest still shows which lines are about the same name.
fn shown(deps: &Deps, name: &str) -> String {
    if deps.users.knows(name) {
        return name.to_owned();
    }
    let tag = deps.sealer.tag("mcpbouncer unknown user v1", name.as_bytes());
    let short = tag.first_chunk::<6>().copied().unwrap_or_default();
    ["unknown:", &b64url_encode(&short)].concat()
}

/// One attempt, for the log.
struct Attempt<'a> {
    ctx: &'a Ctx,
    login: &'a LoginRecord,
    user: String,
    known: bool,
}

impl Attempt<'_> {
    fn event(&self, event: Event) -> Event {
        self.login
            .client_id()
            .into_iter()
            .fold(event, Event::client)
            .with(Field::User, &*self.user)
            .with(Field::KnownBrowser, self.known)
    }

    /// The event of a failed attempt: the user, the address, the reason.
    fn refused(&self, reason: Reason, cause: &dyn std::fmt::Display, wait: Option<u64>) -> Event {
        let event = self.event(self.ctx.event_because(Kind::SignInRefused, reason)).detail(cause);
        wait.into_iter().fold(event, |event, secs| event.with(Field::WaitSecs, secs))
    }

    fn refuse(&self, journal: &Journal, refused: &LoginRefused) -> Result<Tried, JourneyError> {
        let (wait, reason) = match refused {
            LoginRefused::Credentials(_) => (None, Reason::Credentials),
            LoginRefused::Wait { secs } => (Some(*secs), Reason::LoginThrottled),
            LoginRefused::Busy => (Some(1), Reason::LoginBusy),
            LoginRefused::Unavailable(_) => (None, Reason::UsersUnavailable),
        };
        let Some(text) = words::sign_in(refused) else {
            let (client_id, detail) = (self.login.client_id().map(str::to_owned), refused.to_string());
            return Err(JourneyError::UsersUnavailable { client_id, detail });
        };
        journal.record(self.refused(reason, refused, wait));
        Ok(Tried::Wrong { text, wait })
    }
}
