//! Sessions. A session says that a user has signed in at this tenant with this browser a short while ago.
//!
//! With a session, a local user needs no password at the next authorization. The connections page and the account page
//! need a session. A session never replaces consent. Its user is checked at each use: by the users file, by the
//! tenant's rules, and for a second factor that the user has set up since.

mod cookie;

use std::sync::Arc;

use axum::http::{HeaderMap, header};
use axum::response::Response;
use events::{Kind, Reason};
use protocol::server::session::{self, LiveSession};
use protocol::settings::{AuthorizedUser, Identity};
use protocol::time::UnixTime;
use store::entropy::{Entropy, EntropyError};
use store::intent::passkeys::FindPasskeys;
use store::intent::second_factors::FindSecondFactor;
use store::intent::sessions::{EndSession, UseSession};
use store::record::{SessionRecord, SignInMethod};
use store::{NewSession, SessionUse, StoreError};

pub use cookie::SessionCookie;

use super::error::JourneyError;
use crate::clock::Clock;
use crate::edge::Ctx;
use crate::journal::Journal;
use crate::passkeys;
use crate::users::{NoLongerAllowed, Users};

/// For this number of seconds after a second factor was set up, sessions from before are kept, because the session in
/// which it was set up is renewed a moment later.
const SETTLES_SECS: u64 = 10;

/// Begins, resumes and ends sessions.
#[derive(Clone)]
pub struct Sessions {
    /// Stores the use and the end of sessions, and records events.
    pub journal: Journal,
    /// Decides whether a session has expired.
    pub clock: Arc<dyn Clock>,
    /// Makes the values of cookies.
    pub entropy: Arc<dyn Entropy>,
    /// Says whether a local user still has access.
    pub users: Users,
}

/// A live session, whose user has access now.
#[derive(Debug)]
pub struct Resumed {
    /// Proves that the session is live.
    pub live: LiveSession,
    /// The user's identity and access now.
    pub user: AuthorizedUser,
    /// The browser's cookie for the next requests.
    pub cookie: SessionCookie,
    /// Whether the cookie must be set, because its secret was replaced.
    pub renewed: bool,
}

/// Sets the session's cookie in the response if the secret was replaced.
pub(super) fn with_session(mut response: Response, ctx: &Ctx, resumed: &Resumed) -> Response {
    if resumed.renewed {
        response.headers_mut().append(header::SET_COOKIE, resumed.cookie.set_cookie(&ctx.base));
    }
    response
}

impl Sessions {
    /// Returns the session of the browser that sent these headers; see [`Self::resume`].
    pub(super) async fn of(&self, ctx: &Ctx, headers: &HeaderMap) -> Result<Option<Resumed>, JourneyError> {
        self.resume(ctx, SessionCookie::read(headers, &ctx.base).as_ref()).await
    }

    /// Returns the session of this cookie; `None` unless it is live and its user has access now. Ends the session if
    /// the user no longer has access, or if the user signed in with the password alone and has set up a second factor
    /// since. While the users file cannot be read, local users have no sessions.
    pub(super) async fn resume(
        &self,
        ctx: &Ctx,
        cookie: Option<&SessionCookie>,
    ) -> Result<Option<Resumed>, JourneyError> {
        let Some(cookie) = cookie else { return Ok(None) };
        let renewed = cookie.renewed(&*self.entropy)?;
        let presented = UseSession {
            tenant: ctx.tenant(),
            session: cookie.session(),
            presented: cookie.presented(),
            next: renewed.presented(),
            now: self.clock.now(),
        };
        let reused = ctx.event_because(Kind::SessionEnded, Reason::SessionReused);
        let events = move |used: &SessionUse| match used {
            SessionUse::Reused(session) => vec![reused.clone().subject(&session.identity.sub)],
            SessionUse::Live { .. } | SessionUse::Gone => Vec::new(),
        };
        let (live, record, rotated) = match self.journal.write(presented, events).await? {
            SessionUse::Live { session, record, rotated } => (session, record, rotated),
            SessionUse::Reused(_) | SessionUse::Gone => return Ok(None),
        };
        let cookie = if rotated { renewed } else { cookie.clone() };
        let user = match self.outlived(&record).await? {
            Some(why) => Err(Some((Reason::UserGone, why.to_owned()))),
            None => self.user(ctx, &record),
        };
        Ok(match user {
            Ok(user) => Some(Resumed { live, user, cookie, renewed: rotated }),
            Err(Some((reason, detail))) => {
                self.end(ctx, &live, reason, Some(detail)).await?;
                None
            }
            Err(None) => None,
        })
    }

    /// Returns the reason why the session of a local user no longer counts; `None` if it still counts. A session that
    /// began with a password ends if its user has set up a second factor since then, because the sign-in did not prove
    /// it. A session that began with a passkey ends if its user no longer has this passkey.
    async fn outlived(&self, record: &SessionRecord) -> Result<Option<&'static str>, StoreError> {
        let (user, now) = (record.identity.sub.clone(), self.clock.now());
        Ok(match record.method {
            SignInMethod::Provider => None,
            SignInMethod::Password { .. } => {
                let found = self.journal.store().read(FindSecondFactor { user }).await?;
                let is_later = found.is_some_and(|found| {
                    record.authenticated < found.enrolled && now.is_past(found.enrolled, SETTLES_SECS)
                });
                is_later.then_some("a second factor was set up")
            }
            SignInMethod::Passkey { passkey, .. } => {
                let found = self.journal.store().read(FindPasskeys { user }).await?;
                let mut has = found.into_iter().flat_map(|found| found.passkeys);
                let has = has.any(|known| passkeys::digest(&known) == passkey);
                (!has).then_some("the passkey was removed")
            }
        })
    }

    /// Returns the user of a session with the access that the user has now. The error is the reason for which the
    /// session ends, or `None` if it cannot be found out now whether the user has access.
    fn user(&self, ctx: &Ctx, record: &SessionRecord) -> Result<AuthorizedUser, Option<(Reason, String)>> {
        let identity = match &record.method {
            SignInMethod::Password { credential } | SignInMethod::Passkey { credential, .. } => {
                match self.users.still_signed_in(&record.identity.sub, &ctx.base, credential) {
                    Ok(identity) => identity,
                    Err(NoLongerAllowed::Unavailable(_)) => return Err(None),
                    Err(error @ NoLongerAllowed::Refused(_)) => {
                        return Err(Some((Reason::UserGone, error.to_string())));
                    }
                }
            }
            SignInMethod::Provider => record.identity.clone(),
        };
        match ctx.settings.authorize(&identity) {
            Ok(user) => Ok(user),
            Err(refusal) if refusal.is_of_settings() => Err(None),
            Err(refusal) => Err(Some((Reason::UserRefused, refusal.to_string()))),
        }
    }

    /// Makes a session of a user who has just signed in, and its cookie. If the browser had a session of the same user,
    /// that session continues with another secret, so that logins in other tabs can continue. A session of another user
    /// ends.
    pub(super) fn fresh(
        &self,
        ctx: &Ctx,
        identity: &Identity,
        method: SignInMethod,
        before: Option<&Resumed>,
    ) -> Result<(SessionCookie, NewSession), EntropyError> {
        let now = self.clock.now();
        let same = before.filter(|before| before.live.subject() == identity.sub);
        let cookie = match same {
            Some(before) => before.cookie.renewed(&*self.entropy)?,
            None => SessionCookie::fresh(&*self.entropy)?,
        };
        let record = record(ctx, &cookie, identity, method, now);
        Ok((cookie, NewSession { record, replaces: before.map(|before| *before.live.id()) }))
    }

    /// Ends a session.
    pub(super) async fn end(
        &self,
        ctx: &Ctx,
        live: &LiveSession,
        reason: Reason,
        detail: Option<String>,
    ) -> Result<(), JourneyError> {
        let event = ctx.event_because(Kind::SessionEnded, reason).succeeded().subject(live.subject());
        let event = detail.into_iter().fold(event, events::Event::detail);
        let events = move |ended: &bool| ended.then(|| event.clone()).into_iter().collect();
        self.journal.write(EndSession { tenant: ctx.tenant(), session: *live.id() }, events).await?;
        Ok(())
    }
}

fn record(
    ctx: &Ctx,
    cookie: &SessionCookie,
    identity: &Identity,
    method: SignInMethod,
    now: UnixTime,
) -> SessionRecord {
    SessionRecord {
        id: cookie.session(),
        tenant: ctx.tenant(),
        secret: cookie.presented(),
        previous: None,
        rotated: now,
        identity: identity.clone(),
        method,
        authenticated: now,
        created: now,
        expires: session::expiry(now, now),
    }
}
