//! Sessions of browsers in which a user signed in, and the grants that users see and revoke in them.
//!
//! A session begins in the transaction of the sign-in ([`AdvanceLogin`](super::logins::AdvanceLogin),
//! [`FinishSignIn`](super::logins::FinishSignIn)). A user has at most
//! [`SESSIONS_PER_USER`](crate::limits::SESSIONS_PER_USER) at a tenant.

use super::{ReadIntent, WriteIntent};
use crate::decide;
use crate::error::StoreError;
use crate::outcome::{Connections, SessionUse};
use crate::record::{GrantId, GrantRecord, Hash, RevokeReason, SignInMethod};
use crate::rows::{grants, sessions, tokens};
use crate::tables::keys::Mark;
use crate::tables::{Damaged, Read, Write};
use protocol::server::session::{self, Decision, LiveSession};
use protocol::tenant::Tenant;
use protocol::time::UnixTime;

/// Uses a session, as [`protocol::server::session`] decides inside the transaction. The presented secret is:
///
/// - The current one: [`SessionUse::Live`]. If the secret is old, `next` replaces it, and the session lives longer. Of
///   parallel calls, exactly one replaces the secret.
/// - Replaced a moment ago: [`SessionUse::Live`]; nothing changes.
/// - Replaced before that: [`SessionUse::Reused`]; the session is deleted in this transaction.
/// - Another one, or the session has expired or belongs to another tenant: [`SessionUse::Gone`]; nothing changes.
#[derive(Clone, Debug)]
pub struct UseSession {
    /// The tenant.
    pub tenant: Tenant,
    /// The session's id.
    pub session: Hash,
    /// The hash of the presented secret.
    pub presented: Hash,
    /// The hash of the secret that may replace the presented one.
    pub next: Hash,
    /// The time.
    pub now: UnixTime,
}

impl WriteIntent for UseSession {
    type Output = SessionUse;

    fn run(&self, tx: &impl Write) -> Result<SessionUse, StoreError> {
        let Some(record) = sessions::find(tx, &self.tenant, &self.session)? else {
            return Ok(SessionUse::Gone);
        };
        match session::decide(&record.stored(), &self.presented, self.now) {
            Decision::Live { session, rotate: false } => {
                Ok(SessionUse::Live { session, record: Box::new(record), rotated: false })
            }
            Decision::Live { session, rotate: true } => {
                let next = decide::rotated_session(&record, self.next, self.now);
                sessions::replace(tx, &record, &next)?;
                Ok(SessionUse::Live { session, record: Box::new(next), rotated: true })
            }
            Decision::Reuse => {
                sessions::remove(tx, &record)?;
                Ok(SessionUse::Reused(Box::new(record)))
            }
            Decision::Gone => Ok(SessionUse::Gone),
        }
    }
}

/// Ends a session; `true` if it existed at this tenant. A login in which this session replaced the sign-in cannot
/// finish any more.
#[derive(Clone, Debug)]
pub struct EndSession {
    /// The tenant.
    pub tenant: Tenant,
    /// The session's id.
    pub session: Hash,
}

impl WriteIntent for EndSession {
    type Output = bool;

    fn run(&self, tx: &impl Write) -> Result<bool, StoreError> {
        let session = sessions::find(tx, &self.tenant, &self.session)?;
        session.map_or(Ok(false), |session| sessions::remove(tx, &session).map(|()| true))
    }
}

/// Ends every other session of a user at the tenant, and makes the live session one of a new sign-in with `method`.
/// The user has just proven their identity again, and signs in in this way from now on. Returns `false`, without
/// changing anything, if the live session has ended meanwhile. Logins that belong to the other sessions cannot finish
/// any more.
#[derive(Clone, Debug)]
pub struct RestartSessions {
    /// The tenant.
    pub tenant: Tenant,
    /// The live session, in which the user asked for this.
    pub live: LiveSession,
    /// How the user signs in from now on.
    pub method: SignInMethod,
    /// The hash of the new secret of the live session; `None` keeps the secret, because it was replaced a moment ago.
    pub next: Option<Hash>,
    /// The time.
    pub now: UnixTime,
}

impl WriteIntent for RestartSessions {
    type Output = bool;

    fn run(&self, tx: &impl Write) -> Result<bool, StoreError> {
        let found = sessions::find(tx, &self.tenant, self.live.id())?;
        let Some(session) = found.filter(|session| decide::may_restart(session, &self.live, self.now)) else {
            return Ok(false);
        };
        sessions::remove_of(tx, &self.tenant, self.live.subject(), Some(&session.id))?;
        let next = decide::restarted_session(&session, self.method, self.next, self.now);
        sessions::replace(tx, &session, &next)?;
        Ok(true)
    }
}

/// Ends the sessions at these tenants that a local user began with a password or a passkey; returns their number. Keeps
/// sessions that began at an identity provider, because another person may have the same `sub` there.
#[derive(Clone, Debug)]
pub struct EndPasswordSessions {
    /// The tenants.
    pub tenants: Vec<Tenant>,
    /// The local user's `sub`.
    pub subject: String,
}

impl WriteIntent for EndPasswordSessions {
    type Output = usize;

    fn run(&self, tx: &impl Write) -> Result<usize, StoreError> {
        let mut ended = 0;
        for tenant in &self.tenants {
            for session in sessions::of_user(tx, tenant, &self.subject)? {
                if decide::is_of_local_user(&session) {
                    sessions::remove(tx, &session)?;
                    ended += 1;
                }
            }
        }
        Ok(ended)
    }
}

/// Returns the number of live sessions of a user at a tenant, not counting the session `but`.
#[derive(Clone, Debug)]
pub struct CountOtherSessions {
    /// The tenant.
    pub tenant: Tenant,
    /// The user's `sub`.
    pub subject: String,
    /// The session that does not count.
    pub but: Hash,
    /// The time.
    pub now: UnixTime,
}

impl ReadIntent for CountOtherSessions {
    type Output = usize;

    fn run(&self, tx: &impl Read) -> Result<usize, StoreError> {
        let theirs = sessions::of_user(tx, &self.tenant, &self.subject)?;
        Ok(theirs.iter().filter(|session| session.id != self.but && self.now < session.expires).count())
    }
}

/// Which of the user's own grants are to be revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnGrants {
    /// One grant.
    One(GrantId),
    /// All grants, personal access tokens included; also ends every session of the user except `but`.
    All {
        /// The session in which the user asks for this.
        but: Hash,
    },
}

/// Revokes live grants of a user at a tenant, with the reason [`RevokeReason::ByUser`], in one transaction; returns
/// those that this call revoked. Leaves out a grant of another user or tenant.
#[derive(Clone, Debug)]
pub struct EndOwnGrants {
    /// The tenant.
    pub tenant: Tenant,
    /// The user's `sub`.
    pub subject: String,
    /// Which grants.
    pub which: OwnGrants,
    /// The time.
    pub now: UnixTime,
}

impl WriteIntent for EndOwnGrants {
    type Output = Vec<GrantRecord>;

    fn run(&self, tx: &impl Write) -> Result<Vec<GrantRecord>, StoreError> {
        let live = match &self.which {
            OwnGrants::One(grant) => {
                let grant = tx.readable::<GrantRecord>(&grant.0, &mut Damaged::new())?;
                grant.filter(|grant| self.has(grant)).into_iter().collect()
            }
            OwnGrants::All { but } => {
                sessions::remove_of(tx, &self.tenant, &self.subject, Some(but))?;
                grants::live_of_user(tx, (&self.tenant, &self.subject), &Mark::ALL_LIVE, self.now)?
            }
        };
        grants::revoke_each(tx, live, RevokeReason::ByUser, self.now)
    }
}

impl EndOwnGrants {
    /// Whether this is a live grant of the user, who may therefore revoke it.
    pub(crate) fn has(&self, grant: &GrantRecord) -> bool {
        decide::grant_of_user(grant, &self.tenant, &self.subject, self.now)
    }
}

/// Returns live grants that clients hold from a user at a tenant, the newest first: leaves out the first `skip`, and
/// returns at most `limit` of the others.
#[derive(Clone, Debug)]
pub struct ConnectionsOfUser {
    /// The tenant.
    pub tenant: Tenant,
    /// The user's `sub`.
    pub subject: String,
    /// How many of the newest grants are left out.
    pub skip: usize,
    /// The maximum number of grants in the result.
    pub limit: usize,
    /// The time.
    pub now: UnixTime,
}

impl ReadIntent for ConnectionsOfUser {
    type Output = Connections;

    fn run(&self, tx: &impl Read) -> Result<Connections, StoreError> {
        let theirs = grants::live_of_user(tx, (&self.tenant, &self.subject), &[Mark::Live], self.now)?;
        let all = theirs.len();
        let mut items = Vec::new();
        for grant in theirs.into_iter().rev().skip(self.skip).take(self.limit) {
            let newest = tokens::newest(tx, &grant.id)?;
            items.push(decide::connection(grant, newest.as_ref()));
        }
        Ok(Connections { items, all })
    }
}
