//! Handles a submitted code, without HTTP types.

use events::{Event, Field, Kind};
use protocol::server::login::StepKind;
use protocol::server::second_factor::{Due, SecondFactorProof};
use protocol::settings::{AuthorizedUser, Identity};
use store::Advance;
use store::intent::logins::AdvanceLogin;
use store::record::{LoginRecord, LoginStep, SignInMethod};

use super::deps::Deps;
use crate::edge::Ctx;
use crate::journey::browser::Browser;
use crate::journey::drop::drop_login;
use crate::journey::error::{EndReason, JourneyError};
use crate::journey::flow_id::{FlowId, page_address};
use crate::journey::local_sign_in::{Admitted, Cookies, Of, Proven, Sent, find, go_on, key};
use crate::journey::wire::Ended;
use crate::journey::words;
use crate::locale::Message;
use crate::second_factor::{Checked, CodeRefused, Enrolled, How, Offer, RecoveryCodes};
use crate::users::{Asker, NoLongerAllowed};

/// At which page a login is.
#[derive(Debug)]
pub(super) enum Waits {
    /// It waits for a second factor.
    Here(Box<Waiting>),
    /// On the page at this URL.
    Elsewhere(String),
}

/// A login that waits for a second factor, or did until another request of the same form.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) login: LoginRecord,
    /// Who has typed the password.
    pub(super) user: Identity,
    /// Identifies that password; `None` if another request has moved the login on.
    credential: Option<[u8; 32]>,
}

/// What the page asks for.
#[derive(Debug)]
pub(super) enum Asks {
    /// A code.
    Code,
    /// To set up this second factor.
    SetUp(Box<Offer>),
}

/// The submitted form.
#[derive(Debug)]
pub(super) struct Typed<'a> {
    pub(super) code: &'a str,
    /// What the page offered to set up.
    pub(super) enrolment: Option<&'a str>,
}

/// The result of an attempt.
#[derive(Debug)]
pub(super) enum Tried {
    /// To the next page, with these cookies; or first to the page that shows these recovery codes.
    Right { target: String, cookies: Box<Cookies>, codes: Option<RecoveryCodes> },
    /// The same page again, with this text; `wait` is the number of seconds to wait before the next attempt.
    Wrong { text: Message, wait: Option<u64> },
    /// Back to the client: the user has no access here any more.
    Refused(Box<Ended>),
}

/// Finds the login. If it is at another page, returns the URL of that page.
pub(super) async fn waits(
    deps: &Deps,
    ctx: &Ctx,
    flow: &FlowId,
    browser: &Browser,
) -> Result<Waits, JourneyError> {
    let login = find(deps, ctx, flow, browser).await?.ok_or_else(JourneyError::unknown)?;
    match login.step.clone() {
        LoginStep::AwaitSecondFactor(first) => {
            let (user, credential) = (first.identity().clone(), Some(*first.credential()));
            Ok(Waits::Here(Box::new(Waiting { login, user, credential })))
        }
        other => Ok(Waits::Elsewhere(page_address(&ctx.base, other.kind(), flow))),
    }
}

/// The same for a submitted form. A browser sends it twice if the user clicks twice; the second request has the cookie that
/// the first one has replaced.
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
    let moved_on = moved_on.ok_or_else(JourneyError::unknown)?;
    match moved_on.step.clone() {
        LoginStep::AwaitConsent(signed_in) => {
            let user = signed_in.identity().clone();
            Ok(Waits::Here(Box::new(Waiting { login: moved_on, user, credential: None })))
        }
        _ => Err(JourneyError::unknown()),
    }
}

/// What the page asks for. `offered` is what it offered before.
pub(super) async fn asks(
    deps: &Deps,
    ctx: &Ctx,
    flow: &FlowId,
    waiting: &Waiting,
    offered: Option<&str>,
) -> Result<Asks, JourneyError> {
    let (user, host) = (&*waiting.user.sub, ctx.base.host());
    Ok(match (deps.second_factors.due(user).await?, offered) {
        (Due::Enrolment, None) => {
            Asks::SetUp(Box::new(deps.second_factors.offer(&flow.hash(), user, host)?))
        }
        (Due::Enrolment, Some(offered)) => {
            Asks::SetUp(Box::new(deps.second_factors.offer_again(offered, &flow.hash(), user, host)?))
        }
        // Whoever has none any more, because it was removed, need not have one: any form leads back to the password.
        (Due::Code | Due::Nothing(_), _) => Asks::Code,
    })
}

/// Checks a code, or sets up what was offered.
pub(super) async fn attempt(
    deps: &Deps,
    ctx: &Ctx,
    (flow, browser): (&FlowId, &Browser),
    waiting: &Waiting,
    typed: &Typed<'_>,
    sent: &Sent,
) -> Result<Tried, JourneyError> {
    let user = match still_admitted(deps, ctx, browser, waiting).await? {
        Ok(user) => user,
        Err(ended) => return Ok(Tried::Refused(ended)),
    };
    // Where somebody signed in before it was set up, nobody has proven it.
    let sub = &*waiting.user.sub;
    let enrolled = deps.second_factors.find(sub).await?.map(|found| found.enrolled);
    let device = enrolled.and_then(|enrolled| sent.known.device_since(&ctx.tenant(), sub, enrolled));
    let asker = Asker { address: ctx.client_address, browser: browser.hash(), device };
    let attempt = Attempt { deps, ctx, flow, browser, waiting, asker };
    match typed.enrolment {
        Some(sealed) => attempt.enrol(user, sealed, typed.code, sent).await,
        None => attempt.check(user, typed.code, sent).await,
    }
}

/// The user who typed the password, if the users file and the tenant's rules still allow it; otherwise the end of the login.
async fn still_admitted(
    deps: &Deps,
    ctx: &Ctx,
    browser: &Browser,
    waiting: &Waiting,
) -> Result<Result<AuthorizedUser, Box<Ended>>, JourneyError> {
    let (login, sub) = (&waiting.login, &waiting.user.sub);
    let allowed = match &waiting.credential {
        Some(credential) => deps.users.still_signed_in(sub, &ctx.base, credential),
        None => deps.users.still_allowed(sub, &ctx.base),
    };
    let identity = match allowed {
        Ok(identity) => identity,
        Err(error @ NoLongerAllowed::Unavailable(_)) => {
            let client_id = login.client_id().map(str::to_owned);
            return Err(JourneyError::UsersUnavailable { client_id, detail: error.to_string() });
        }
        // Another password was set, or the user was removed: the login begins again.
        Err(NoLongerAllowed::Refused(_)) => {
            drop_login((&deps.store, &*deps.clock), ctx, browser, login).await?;
            return Err(JourneyError::lost(login));
        }
    };
    match ctx.settings.authorize(&identity) {
        Ok(user) => Ok(Ok(user)),
        Err(refusal) => {
            drop_login((&deps.store, &*deps.clock), ctx, browser, login).await?;
            let ended = Ended::of(login, ctx, EndReason::not_admitted(refusal, &identity, None));
            Ok(Err(Box::new(ended)))
        }
    }
}

/// The user wants to sign in with another account: the login goes back to the password.
pub(super) async fn another_account(
    deps: &Deps,
    ctx: &Ctx,
    (flow, browser): (&FlowId, &Browser),
    waiting: &Waiting,
) -> Result<(String, Browser, u64), JourneyError> {
    let login = &waiting.login;
    let step = login.step.clone().another_account().ok_or_else(|| JourneyError::lost(login))?;
    let target = page_address(&ctx.base, step.to().kind(), flow);
    let (fresh, now) = (browser.next(&deps.sealer), deps.clock.now());
    let login_key = key(ctx, flow, browser);
    let advance = AdvanceLogin { login: login_key, step, rebind: Some(fresh.hash()), session: None, now };
    match deps.store.write(advance).await? {
        Advance::Done => Ok((target, fresh, login.expires.since(now))),
        Advance::Lost => Err(JourneyError::lost(login)),
    }
}

/// One attempt.
struct Attempt<'a> {
    deps: &'a Deps,
    ctx: &'a Ctx,
    flow: &'a FlowId,
    browser: &'a Browser,
    waiting: &'a Waiting,
    asker: Asker,
}

impl Attempt<'_> {
    async fn check(&self, user: AuthorizedUser, code: &str, sent: &Sent) -> Result<Tried, JourneyError> {
        match self.deps.second_factors.check(&self.waiting.user.sub, code, &self.asker).await? {
            Checked::Right(proof, how) => {
                let event = self.event(self.ctx.event(Kind::SignIn)).subject(proof.subject());
                self.go_on(user, proof, with_how(event, how), sent, None).await
            }
            Checked::Repeated => match self.follow(sent, None).await? {
                Some(tried) => Ok(tried),
                None => Ok(self.wrong(CodeRefused::Wrong)),
            },
            Checked::Refused(refused) => Ok(self.wrong(refused)),
        }
    }

    async fn enrol(
        &self,
        user: AuthorizedUser,
        sealed: &str,
        code: &str,
        sent: &Sent,
    ) -> Result<Tried, JourneyError> {
        let sub = &*self.waiting.user.sub;
        let event = self.ctx.event(Kind::AccountChanged).subject(sub).actor(sub);
        let event = event.with(Field::Action, "set_up_second_factor");
        let of = self.flow.hash();
        match self.deps.second_factors.enrol((&of, sub), sealed, code, event).await? {
            Enrolled::Done(proof, codes) => {
                let event = self.event(self.ctx.event(Kind::SignIn)).subject(sub);
                self.go_on(user, proof, with_how(event, How::Totp), sent, Some(codes)).await
            }
            Enrolled::Before(codes) => {
                let followed = self.follow(sent, Some(codes)).await?;
                followed.ok_or_else(|| JourneyError::lost(&self.waiting.login))
            }
            Enrolled::Wrong => Ok(Tried::Wrong { text: Message::CodeWrong, wait: None }),
            Enrolled::Outdated => Ok(Tried::Wrong { text: Message::Outdated, wait: None }),
        }
    }

    /// Takes the login to its next page, or completes it.
    async fn go_on(
        &self,
        user: AuthorizedUser,
        proof: SecondFactorProof,
        event: Event,
        sent: &Sent,
        codes: Option<RecoveryCodes>,
    ) -> Result<Tried, JourneyError> {
        let Self { deps, ctx, flow, browser, waiting, .. } = self;
        let (login, lost) = (&waiting.login, || JourneyError::lost(&waiting.login));
        let method = SignInMethod::Password { credential: waiting.credential.ok_or_else(lost)? };
        let admitted = Admitted { user, proven: Proven::SecondFactor(proof), method };
        let gone_on = go_on(deps, ctx, Of { flow, browser, login }, admitted, sent, event).await?;
        let (target, cookies) = gone_on.ok_or_else(lost)?;
        Ok(Tried::Right { target, cookies: Box::new(cookies), codes })
    }

    /// The user has sent the same form twice, and the other request has moved the login on: this one leads to the same page,
    /// because it has presented the same code. `None` if the login was not moved on.
    async fn follow(&self, sent: &Sent, codes: Option<RecoveryCodes>) -> Result<Option<Tried>, JourneyError> {
        let Self { deps, ctx, flow, browser, waiting, .. } = self;
        let next = browser.next(&deps.sealer);
        let Some(login) = find(deps, ctx, flow, &next).await? else { return Ok(None) };
        let LoginStep::AwaitConsent(signed_in) = &login.step else { return Ok(None) };
        if signed_in.identity().sub != waiting.user.sub {
            return Ok(None);
        }
        let target = page_address(&ctx.base, StepKind::AwaitConsent, flow);
        let browser = Some((next, login.expires.since(deps.clock.now())));
        let cookies = Cookies { browser, known: Some(sent.known.clone()), session: None };
        Ok(Some(Tried::Right { target, cookies: Box::new(cookies), codes }))
    }

    fn event(&self, event: Event) -> Event {
        let event = self.waiting.login.client_id().into_iter().fold(event, Event::client);
        event
            .with(Field::User, &*self.waiting.user.sub)
            .with(Field::KnownBrowser, self.asker.device.is_some())
    }

    /// Records a refused code; returns what the page says.
    fn wrong(&self, refused: CodeRefused) -> Tried {
        let (reason, text, wait) = words::code(refused);
        let event = self.event(self.ctx.event_because(Kind::SignInRefused, reason)).detail(refused);
        let event = wait.into_iter().fold(event, |event, secs| event.with(Field::WaitSecs, secs));
        self.deps.journal.record(event);
        Tried::Wrong { text, wait }
    }
}

fn with_how(event: Event, how: How) -> Event {
    match how {
        How::Totp => event.with(Field::SecondFactor, "totp"),
        How::Recovery(left) => event.with(Field::SecondFactor, "recovery_code").with(Field::Count, left),
    }
}
