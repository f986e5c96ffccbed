//! The decisions about logins and the sessions that they begin.

use crate::error::StoreError;
use crate::outcome::NewSession;
use crate::record::{Callback, CodeRecord, Hash, LoginRecord, LoginStep, SessionRecord, SignInMethod};
use protocol::server::login::{Advanced, Authenticated, Finished, StepKind};
use protocol::server::session;
use protocol::tenant::Tenant;
use protocol::time::UnixTime;

/// Whether this tenant and browser may access the login.
pub(crate) fn login_visible(login: &LoginRecord, tenant: &Tenant, browser: &Hash, now: UnixTime) -> bool {
    login.tenant == *tenant && login.browser == *browser && now < login.expires
}

/// Whether this tenant and browser may access the login and it is in the step `from`, in which the transition starts.
pub(crate) fn login_may_step(
    login: &LoginRecord,
    tenant: &Tenant,
    browser: &Hash,
    from: StepKind,
    now: UnixTime,
) -> bool {
    login_visible(login, tenant, browser, now) && login.step.kind() == from
}

/// Refuses a new login that is not in a first step.
pub(crate) fn check_first(login: &LoginRecord) -> Result<(), StoreError> {
    if login.step.is_first() {
        Ok(())
    } else {
        Err(StoreError::Invariant("a login that does not begin with a first step"))
    }
}

/// Returns the step at which a new login begins: its first step, or the consent if a live session was proven. Refuses
/// a transition that does not start in the login's first step.
pub(crate) fn begin_at(
    login: &LoginRecord,
    proven: Option<&Advanced<Callback>>,
) -> Result<LoginStep, StoreError> {
    check_first(login)?;
    let Some(proven) = proven else { return Ok(login.step.clone()) };
    check_advance(login, proven)?;
    let by_session =
        matches!(proven.to(), LoginStep::AwaitConsent(signed_in) if signed_in.session().is_some());
    if proven.from() == login.step.kind() && by_session {
        Ok(proven.to().clone())
    } else {
        Err(StoreError::Invariant("a login that begins without its first step and without a session"))
    }
}

/// Refuses the step of consent for a login that no client requested.
pub(crate) fn check_advance(login: &LoginRecord, step: &Advanced<Callback>) -> Result<(), StoreError> {
    if login.client().is_none() && step.to().kind() == StepKind::AwaitConsent {
        return Err(StoreError::Invariant("a consent without a client"));
    }
    Ok(())
}

/// Refuses a session that does not match the login or the transition's user, or a login that ends with a code.
pub(crate) fn check_sign_in(
    login: &LoginRecord,
    step: &Authenticated,
    new: &NewSession,
) -> Result<(), StoreError> {
    let session = &new.record;
    let matches =
        login.client().is_none() && session.tenant == login.tenant && session.identity == *step.identity();
    if matches { Ok(()) } else { Err(StoreError::Invariant("a session that does not match its login")) }
}

/// Refuses a session that does not match the login, or that is of another user than the one who has just signed in.
pub(crate) fn check_session(
    login: &LoginRecord,
    step: &Advanced<Callback>,
    new: &NewSession,
) -> Result<(), StoreError> {
    let matches = match step.to() {
        LoginStep::AwaitConsent(signed_in) => {
            new.record.tenant == login.tenant
                && new.record.identity == *signed_in.identity()
                && signed_in.session() == Some(&new.record.id)
        }
        LoginStep::AwaitPassword
        | LoginStep::AwaitSecondFactor(_)
        | LoginStep::AwaitApproval
        | LoginStep::AwaitCallback(_) => false,
    };
    if matches { Ok(()) } else { Err(StoreError::Invariant("a session that does not match its login")) }
}

/// Returns the session that must be live for the login to finish; `None` if the login depends on no session.
pub(crate) const fn session_of(login: &LoginRecord) -> Option<&Hash> {
    match &login.step {
        LoginStep::AwaitConsent(signed_in) => signed_in.session(),
        LoginStep::AwaitPassword
        | LoginStep::AwaitSecondFactor(_)
        | LoginStep::AwaitApproval
        | LoginStep::AwaitCallback(_) => None,
    }
}

/// Whether the session's user is a local user, who typed a password or presented a passkey.
pub(crate) const fn is_of_local_user(session: &SessionRecord) -> bool {
    matches!(session.method, SignInMethod::Password { .. } | SignInMethod::Passkey { .. })
}

/// Returns the session with the new secret `next`; the secret that it had becomes the previous one.
pub(crate) fn rotated_session(session: &SessionRecord, next: Hash, now: UnixTime) -> SessionRecord {
    SessionRecord {
        secret: next,
        previous: Some(session.secret),
        rotated: now,
        expires: session::expiry(session.created, now),
        ..session.clone()
    }
}

/// Whether `session` is the session that `live` is about, and is still live.
pub(crate) fn may_restart(session: &SessionRecord, live: &session::LiveSession, now: UnixTime) -> bool {
    session.id == *live.id() && session.identity.sub == live.subject() && now < session.expires
}

/// Returns the session after its user has signed in again with `method`; its secret becomes `next`, if that is given.
pub(crate) fn restarted_session(
    session: &SessionRecord,
    method: SignInMethod,
    next: Option<Hash>,
    now: UnixTime,
) -> SessionRecord {
    let session = next.map_or_else(|| session.clone(), |next| rotated_session(session, next, now));
    SessionRecord { method, authenticated: now, ..session }
}

/// Refuses a code that does not match the login's request, is for another user, or is already redeemed.
pub(crate) fn check_code(login: &LoginRecord, step: &Finished, code: &CodeRecord) -> Result<(), StoreError> {
    let led_to = code.tenant == login.tenant
        && login.client().is_some_and(|request| {
            code.client_id == request.client_id
                && code.redirect_uri == request.redirect_uri
                && code.state == request.state
                && code.code_challenge == request.code_challenge
                && code.resource == request.resource
        })
        && code.identity == *step.identity()
        && code.spent.is_none()
        && has_signed_in(&login.step, step);
    if led_to { Ok(()) } else { Err(StoreError::Invariant("a code that does not match its login")) }
}

/// Whether the user who consented is the one who signed in to this login; `true` if the login is not in the step of
/// consent.
fn has_signed_in(step: &LoginStep, finished: &Finished) -> bool {
    match step {
        LoginStep::AwaitConsent(signed_in) => signed_in.identity().sub == finished.identity().sub,
        LoginStep::AwaitPassword
        | LoginStep::AwaitSecondFactor(_)
        | LoginStep::AwaitApproval
        | LoginStep::AwaitCallback(_) => true,
    }
}
