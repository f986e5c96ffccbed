//! Logins in progress, from the authorization request to the code.

use super::{ReadIntent, WriteIntent};
use crate::decide::{self, EXISTS};
use crate::error::StoreError;
use crate::limits::LOGINS_IN_ALL;
use crate::outcome::{Advance, Begin, NewSession};
use crate::record::{Callback, CodeRecord, Hash, LoginRecord, Stored as _};
use crate::rows::{clients, codes, logins, sessions};
use crate::tables::keys::{LOGINS_BY_STATE, id_in};
use crate::tables::{Read, Write};
use protocol::server::login::{Advanced, Authenticated, Ended, Finished, StepKind};
use protocol::tenant::Tenant;
use protocol::time::UnixTime;

/// Identifies a login and the browser it belongs to.
#[derive(Clone, Debug)]
pub struct LoginKey {
    /// The tenant at which the login was started.
    pub tenant: Tenant,
    /// The hash of the login's flow id.
    pub flow: Hash,
    /// The hash of the cookie of the login's browser.
    pub browser: Hash,
}

/// Stores a new login and marks its client, if it has one, as used, so that the client is not swept while the login
/// lives. Stores nothing if the client is unknown or too many logins (of all tenants) are stored. Refuses a login that
/// is not in a first step, or whose flow id is already stored ([`StoreError::Invariant`]). If `proven` is set, a live
/// session replaces the sign-in, and the login begins at the consent.
#[derive(Clone, Debug)]
pub struct BeginLogin {
    /// The login.
    pub record: LoginRecord,
    /// The transition to the consent that a live session makes possible; `None` if the user has to sign in.
    pub proven: Option<Advanced<Callback>>,
    /// The time.
    pub now: UnixTime,
}

impl WriteIntent for BeginLogin {
    type Output = Begin;

    fn run(&self, tx: &impl Write) -> Result<Begin, StoreError> {
        let Self { record, proven, now } = self;
        let step = decide::begin_at(record, proven.as_ref())?;
        if let Some(client_id) = record.client_id()
            && clients::find(tx, &record.tenant, client_id)?.is_none()
        {
            return Ok(Begin::NoSuchClient);
        }
        if tx.bytes(LoginRecord::TABLE, &record.flow)?.is_some() {
            return Err(EXISTS);
        }
        if tx.count(LoginRecord::TABLE)? >= LOGINS_IN_ALL {
            return Ok(Begin::Full);
        }
        if let Some(client_id) = record.client_id() {
            clients::touch(tx, &record.tenant, client_id, *now)?;
        }
        logins::put(tx, &LoginRecord { step, ..record.clone() })?;
        Ok(Begin::Done)
    }
}

/// Returns the login, if it belongs to this tenant and browser and has not expired.
#[derive(Clone, Debug)]
pub struct FindLogin {
    /// The login.
    pub login: LoginKey,
    /// The time.
    pub now: UnixTime,
}

impl ReadIntent for FindLogin {
    type Output = Option<LoginRecord>;

    fn run(&self, tx: &impl Read) -> Result<Option<LoginRecord>, StoreError> {
        let login = tx.record::<LoginRecord>(&self.login.flow)?;
        Ok(login
            .filter(|login| decide::login_visible(login, &self.login.tenant, &self.login.browser, self.now)))
    }
}

/// Returns the login that waits for the provider's response with this `state`, under the conditions of [`FindLogin`].
#[derive(Clone, Debug)]
pub struct FindLoginByUpstreamState {
    /// The tenant.
    pub tenant: Tenant,
    /// The hash of the `state` that was sent to the provider.
    pub upstream_state: Hash,
    /// The hash of the browser's cookie.
    pub browser: Hash,
    /// The time.
    pub now: UnixTime,
}

impl ReadIntent for FindLoginByUpstreamState {
    type Output = Option<LoginRecord>;

    fn run(&self, tx: &impl Read) -> Result<Option<LoginRecord>, StoreError> {
        for entry in tx.keys_under(LOGINS_BY_STATE, &self.upstream_state, usize::MAX)? {
            let flow: Hash = id_in(LOGINS_BY_STATE, &entry)?;
            let login = tx.record::<LoginRecord>(&flow)?;
            let found =
                login.filter(|login| decide::login_visible(login, &self.tenant, &self.browser, self.now));
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }
}

/// Moves a login to its next step, if [`FindLogin`] would return it and it is in the kind of step that the transition
/// starts from. Of parallel calls, at most one returns [`Advance::Done`] if the kind of step changes or `rebind` is
/// set. A transition to the same kind of step therefore needs `rebind`. Only the step (and the browser) change.
///
/// If `rebind` is set, the browser gets a new cookie value for this login, and the login is no longer found under the
/// old value. Each login has its own cookie, so no other login is affected. The sidecar derives the new value from the
/// old one, because a user who clicks twice sends the same form twice, with the old value. The second form leads where
/// the first one led: the password form to the next page, if it has the right password too; Allow to the client or the
/// provider; Deny to the client; "Use another account" to the password page. The old value gives access to nothing
/// else. After a denial no browser gets the new value.
///
/// If `session` is set, a session of the user who has just signed in begins in the same transaction. Refuses a session
/// of another tenant or user, or one to which the step does not belong ([`StoreError::Invariant`]).
#[derive(Clone, Debug)]
pub struct AdvanceLogin {
    /// The login.
    pub login: LoginKey,
    /// The transition.
    pub step: Advanced<Callback>,
    /// The hash of the browser's new cookie; `None` keeps the old one.
    pub rebind: Option<Hash>,
    /// The session that begins.
    pub session: Option<NewSession>,
    /// The time.
    pub now: UnixTime,
}

impl WriteIntent for AdvanceLogin {
    type Output = Advance;

    fn run(&self, tx: &impl Write) -> Result<Advance, StoreError> {
        let Some(login) = take(tx, &self.login, self.step.from(), self.now)? else {
            return Ok(Advance::Lost);
        };
        decide::check_advance(&login, &self.step)?;
        if let Some(session) = &self.session {
            decide::check_session(&login, &self.step, session)?;
            sessions::begin(tx, session)?;
        }
        let browser = self.rebind.unwrap_or(login.browser);
        logins::put(tx, &LoginRecord { step: self.step.to().clone(), browser, ..login })?;
        Ok(Advance::Done)
    }
}

/// Ends a login with a code, if it is in the step that the transition starts from: deletes the login, stores the code
/// and marks the client as approved, all or nothing. Returns [`Advance::Lost`] if the login is not found, has expired
/// or is in another step, if its client no longer exists, or if the session to which it belongs has ended. Refuses a
/// code that does not match the login's request or the transition's user ([`StoreError::Invariant`]).
#[derive(Clone, Debug)]
pub struct FinishLogin {
    /// The login.
    pub login: LoginKey,
    /// The transition.
    pub step: Finished,
    /// The code.
    pub code: CodeRecord,
    /// The time.
    pub now: UnixTime,
}

impl WriteIntent for FinishLogin {
    type Output = Advance;

    fn run(&self, tx: &impl Write) -> Result<Advance, StoreError> {
        let Some(client) = clients::find(tx, &self.login.tenant, &self.code.client_id)? else {
            return Ok(Advance::Lost);
        };
        let Some(login) = find_in(tx, &self.login, self.step.from(), self.now)? else {
            return Ok(Advance::Lost);
        };
        decide::check_code(&login, &self.step, &self.code)?;
        if let Some(session) = decide::session_of(&login)
            && !sessions::is_live(tx, &login.tenant, session, self.now)?
        {
            return Ok(Advance::Lost);
        }
        logins::remove(tx, &login)?;
        clients::change(tx, client, |client| decide::approve(client, self.now))?;
        codes::put_new(tx, &self.code)?;
        Ok(Advance::Done)
    }
}

/// Ends a login that no client requested: deletes the login and begins a session, all or nothing, if the login is in
/// the step that the transition starts from. Refuses a session that does not match the login or the transition's user,
/// and a login that a client requested ([`StoreError::Invariant`]).
#[derive(Clone, Debug)]
pub struct FinishSignIn {
    /// The login.
    pub login: LoginKey,
    /// The transition.
    pub step: Authenticated,
    /// The session that begins.
    pub session: NewSession,
    /// The time.
    pub now: UnixTime,
}

impl WriteIntent for FinishSignIn {
    type Output = Advance;

    fn run(&self, tx: &impl Write) -> Result<Advance, StoreError> {
        let Some(login) = take(tx, &self.login, self.step.from(), self.now)? else {
            return Ok(Advance::Lost);
        };
        decide::check_sign_in(&login, &self.step, &self.session)?;
        sessions::begin(tx, &self.session)?;
        Ok(Advance::Done)
    }
}

/// Deletes a login that failed, without a code, if it is in the step that the transition starts from.
#[derive(Clone, Debug)]
pub struct DropLogin {
    /// The login.
    pub login: LoginKey,
    /// The transition.
    pub step: Ended,
    /// The time.
    pub now: UnixTime,
}

impl WriteIntent for DropLogin {
    type Output = Advance;

    fn run(&self, tx: &impl Write) -> Result<Advance, StoreError> {
        let taken = take(tx, &self.login, self.step.from(), self.now)?;
        Ok(if taken.is_some() { Advance::Done } else { Advance::Lost })
    }
}

/// Deletes and returns the login, if it belongs to this tenant and browser, has not expired and is in the expected
/// step.
fn take(
    tx: &impl Write,
    key: &LoginKey,
    from: StepKind,
    now: UnixTime,
) -> Result<Option<LoginRecord>, StoreError> {
    let login = find_in(tx, key, from, now)?;
    login.as_ref().map_or(Ok(()), |login| logins::remove(tx, login))?;
    Ok(login)
}

/// Returns the login under the conditions of [`take`], and keeps it.
fn find_in(
    tx: &impl Read,
    key: &LoginKey,
    from: StepKind,
    now: UnixTime,
) -> Result<Option<LoginRecord>, StoreError> {
    let login = tx.record::<LoginRecord>(&key.flow)?;
    Ok(login.filter(|login| decide::login_may_step(login, &key.tenant, &key.browser, from, now)))
}
