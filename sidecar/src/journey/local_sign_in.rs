//! The common part of the two pages on which local users sign in: the page for the password or a passkey, and the page
//! for the second factor.

use std::sync::Arc;

use axum::http::{HeaderMap, header};
use axum::response::Response;
use events::Event;
use protocol::server::login::{Advanced, Authenticated};
use protocol::server::passkey::PasskeyProof;
use protocol::server::second_factor::{NotDue, SecondFactorProof};
use protocol::settings::AuthorizedUser;
use store::crypto::Sealer;
use store::entropy::Entropy;
use store::intent::logins::{AdvanceLogin, FindLogin, FinishSignIn, LoginKey};
use store::record::{Callback, LoginRecord, LoginStep, Purpose, SignInMethod};
use store::{Advance, StoreHandle};

use super::browser::Browser;
use super::error::JourneyError;
use super::flow_id::{FlowId, after_sign_in, page_address};
use super::known_browser::KnownBrowser;
use crate::clock::Clock;
use crate::edge::Ctx;
use crate::journal::Journal;
use crate::journey::session::{SessionCookie, Sessions};
use crate::passkeys::Passkeys;
use crate::second_factor::SecondFactors;
use crate::users::Users;

/// What both pages need.
#[derive(Clone)]
pub struct LocalSignIn {
    /// Records what happens.
    pub journal: Journal,
    /// Holds the logins that wait for a password or a second factor.
    pub store: StoreHandle,
    /// Decides whether a login has expired.
    pub clock: Arc<dyn Clock>,
    /// Makes cookie values.
    pub entropy: Arc<dyn Entropy>,
    /// Encrypts the cookie of known browsers.
    pub sealer: Sealer,
    /// Checks names and passwords.
    pub users: Users,
    /// Says whether a second factor is due, and checks codes.
    pub second_factors: SecondFactors,
    /// Checks passkeys.
    pub passkeys: Passkeys,
    /// Begins the session of a user who has signed in.
    pub sessions: Sessions,
}

/// The login to which a request belongs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Of<'a> {
    /// The id of the login.
    pub(super) flow: &'a FlowId,
    /// The login's cookie, as the browser sent it.
    pub(super) browser: &'a Browser,
    /// The login's record.
    pub(super) login: &'a LoginRecord,
}

/// What the browser sent in addition to the login's cookie.
#[derive(Debug)]
pub(super) struct Sent {
    /// The users who have signed in with this browser before.
    pub(super) known: KnownBrowser,
    /// The cookie of the browser's session.
    pub(super) session: Option<SessionCookie>,
}

/// The proof that a user may go on.
#[derive(Debug)]
pub(super) enum Proven {
    /// The password was right, and no second factor is due.
    Password(NotDue),
    /// The second factor was right, after the password.
    SecondFactor(SecondFactorProof),
    /// The user presented a passkey instead of the password and the second factor.
    Passkey(PasskeyProof),
}

/// A user who has proven everything that is due, and may enter.
#[derive(Debug)]
pub(super) struct Admitted {
    /// The user.
    pub(super) user: AuthorizedUser,
    /// The proof that allows the next step.
    pub(super) proven: Proven,
    /// How the user signed in; the session keeps it.
    pub(super) method: SignInMethod,
}

/// The cookies of a browser in which somebody has signed in.
#[derive(Debug)]
pub(super) struct Cookies {
    /// The login's new cookie, for the seconds that the login still lasts; `None` if the login has ended.
    pub(super) browser: Option<(Browser, u64)>,
    /// Marks this browser as known from now on; `None` if the user has not signed in yet.
    pub(super) known: Option<KnownBrowser>,
    /// The session's cookie; `None` if the user has not signed in yet, or another request of the browser has begun the
    /// session.
    pub(super) session: Option<SessionCookie>,
}

impl Sent {
    /// Reads the cookies of a request.
    pub(super) fn read(deps: &LocalSignIn, ctx: &Ctx, headers: &HeaderMap) -> Self {
        Self {
            known: KnownBrowser::read(headers, &ctx.base, &deps.sealer, deps.clock.now()),
            session: SessionCookie::read(headers, &ctx.base),
        }
    }
}

impl Proven {
    /// Moves the login to the consent. Returns `None` if the login waits for another proof or for another user.
    fn to_consent(&self, step: LoginStep, user: AuthorizedUser) -> Option<Advanced<Callback>> {
        match self {
            Self::Password(not_due) => step.password_proven(user, not_due),
            Self::SecondFactor(proof) => step.second_factor_proven(proof, user),
            Self::Passkey(proof) => step.passkey_proven(proof, user),
        }
    }

    /// Like [`Self::to_consent`], for a login that no client requested: completes it.
    fn authenticate(&self, step: LoginStep, user: AuthorizedUser) -> Option<Authenticated> {
        match self {
            Self::Password(not_due) => step.authenticated_by_password(user, not_due),
            Self::SecondFactor(proof) => step.authenticated_by_second_factor(proof, user),
            Self::Passkey(proof) => step.authenticated_by_passkey(proof, user),
        }
    }
}

/// Returns the key of a login in the store.
pub(super) fn key(ctx: &Ctx, flow: &FlowId, browser: &Browser) -> LoginKey {
    LoginKey { tenant: ctx.tenant(), flow: flow.hash(), browser: browser.hash() }
}

/// Finds a login of this browser; `None` if it does not exist or has expired.
pub(super) async fn find(
    deps: &LocalSignIn,
    ctx: &Ctx,
    flow: &FlowId,
    browser: &Browser,
) -> Result<Option<LoginRecord>, JourneyError> {
    Ok(deps.store.read(FindLogin { login: key(ctx, flow, browser), now: deps.clock.now() }).await?)
}

/// Takes a login to its next page, or completes it if no client requested it, and begins the session. Records `event`
/// in the same transaction. Returns the address of the next page and the cookies for the browser; `None` if another
/// request has already moved the login on.
pub(super) async fn go_on(
    deps: &LocalSignIn,
    ctx: &Ctx,
    Of { flow, browser, login }: Of<'_>,
    Admitted { user, proven, method }: Admitted,
    sent: &Sent,
    event: Event,
) -> Result<Option<(String, Cookies)>, JourneyError> {
    let (now, lost) = (deps.clock.now(), || JourneyError::lost(login));
    let known = sent.known.clone().remember(&ctx.tenant(), &user.identity().sub, &*deps.entropy, now)?;
    let before = deps.sessions.resume(ctx, sent.session.as_ref()).await?;
    let (session, new) = deps.sessions.fresh(ctx, user.identity(), method, before.as_ref())?;
    let events =
        move |moved: &Advance| (*moved == Advance::Done).then(|| event.clone()).into_iter().collect();
    let login_key = key(ctx, flow, browser);
    let (moved, target, browser) = match &login.purpose {
        Purpose::Client(_) => {
            let fresh = browser.next(&deps.sealer);
            let step = proven.to_consent(login.step.clone(), user).ok_or_else(lost)?;
            let step = step.with_session(new.record.id);
            let target = page_address(&ctx.base, step.to().kind(), flow);
            let rebind = Some(fresh.hash());
            let advance = AdvanceLogin { login: login_key, step, rebind, session: Some(new), now };
            let moved = deps.journal.write(advance, events).await?;
            (moved, target, Some((fresh, login.expires.since(now))))
        }
        Purpose::Connections | Purpose::Account => {
            let step = proven.authenticate(login.step.clone(), user).ok_or_else(lost)?;
            let finish = FinishSignIn { login: login_key, step, session: new, now };
            (deps.journal.write(finish, events).await?, after_sign_in(&ctx.base, login), None)
        }
    };
    let cookies = Cookies { browser, known: Some(known), session: Some(session) };
    Ok((moved == Advance::Done).then_some((target, cookies)))
}

/// Adds the cookies of a browser in which somebody has signed in to the response. `browser` is the cookie of the login
/// that the browser sent.
pub(super) fn with_cookies(
    mut response: Response,
    deps: &LocalSignIn,
    ctx: &Ctx,
    browser: &Browser,
    cookies: &Cookies,
) -> Response {
    let map = response.headers_mut();
    map.append(
        header::SET_COOKIE,
        match &cookies.browser {
            Some((browser, secs)) => browser.set_cookie(&ctx.base, *secs),
            None => browser.remove_cookie(&ctx.base),
        },
    );
    // Without this cookie the browser only stays unknown, so an error here does not refuse the sign-in.
    if let Some(Ok(known)) = cookies.known.as_ref().map(|known| known.set_cookie(&deps.sealer, &ctx.base)) {
        map.append(header::SET_COOKIE, known);
    }
    if let Some(session) = &cookies.session {
        map.append(header::SET_COOKIE, session.set_cookie(&ctx.base));
    }
    response
}
