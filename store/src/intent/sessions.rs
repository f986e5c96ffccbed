//! Sessions of browsers in which somebody signed in, and what their users see and end.
//!
//! A session begins in the transaction of the sign-in ([`AdvanceLogin`](super::logins::AdvanceLogin),
//! [`FinishSignIn`](super::logins::FinishSignIn)). A user has at most
//! [`SESSIONS_PER_USER`](crate::limits::SESSIONS_PER_USER) at a tenant.

use super::{ReadIntent, WriteIntent};
use crate::decide;
use crate::error::StoreError;
use crate::outcome::{Connections, SessionUse};
use crate::record::{GrantId, GrantRecord, Hash, RefreshRecord, RevokeReason, SignInMethod};
use crate::rows::{grants, sessions};
use crate::tables::keys::{GRANTS_BY_USER, Mark, TOKENS_BY_GRANT, id_in, key, user_digest_of};
use crate::tables::{Damaged, Order, Read, Write};
use protocol::server::session::{self, Decision, LiveSession};
use protocol::tenant::Tenant;
use protocol::time::UnixTime;

/// Uses a session, by the decision of [`protocol::server::session`], inside the transaction:
///
/// - The secret is the current one: [`SessionUse::Live`]. If it is old, `next` replaces it, and the session lives longer.
///   Of parallel calls, one replaces it.
/// - It was replaced a moment ago: [`SessionUse::Live`]; nothing changes.
/// - It was replaced before that: [`SessionUse::Reused`]; the session is deleted in this transaction.
/// - Otherwise, or if the session has expired or belongs to another tenant: [`SessionUse::Gone`]; nothing changes.
#[derive(Clone, Debug)]
pub struct UseSession {
    /// The tenant.
    pub tenant: Tenant,
    /// The session's id.
    pub session: Hash,
    /// The hash of the presented secret.
    pub presented: Hash,
    /// The hash of the secret that may replace it.
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

/// Ends a session; `true` if it existed at this tenant. A login whose user was proven by it cannot finish any more.
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

/// The user of a live session has proven again who they are, and signs in in another way from now on: ends every other
/// session of theirs at the tenant, and makes this one a session of the new sign-in; `false`, without changing anything, if it
/// has ended meanwhile. Logins that belong to the other sessions cannot finish any more.
#[derive(Clone, Debug)]
pub struct RestartSessions {
    /// The tenant.
    pub tenant: Tenant,
    /// The session in which the user asked for it.
    pub live: LiveSession,
    /// How the user signs in from now on.
    pub method: SignInMethod,
    /// The hash of the secret that replaces that of the session; `None` if it was replaced a moment ago.
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

/// Ends the sessions at these tenants that a local user began, with a password or a passkey; returns their number. At a tenant with an identity
/// provider, somebody else may have the same `sub`.
#[derive(Clone, Debug)]
pub struct EndPasswordSessions {
    /// The tenants.
    pub tenants: Vec<Tenant>,
    /// The local user: `sub`.
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

/// Returns the number of live sessions of a user at a tenant, without this one.
#[derive(Clone, Debug)]
pub struct CountOtherSessions {
    /// The tenant.
    pub tenant: Tenant,
    /// The user: `sub`.
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

/// Which of their own grants a user ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnGrants {
    /// One.
    One(GrantId),
    /// All of them, personal access tokens too, and every session of theirs but this one.
    All {
        /// The session in which the user asks for it.
        but: Hash,
    },
}

/// Ends live grants of a user at a tenant, for [`RevokeReason::ByUser`], in one transaction; returns those that this call
/// ended. A grant of another user or tenant is left out.
#[derive(Clone, Debug)]
pub struct EndOwnGrants {
    /// The tenant.
    pub tenant: Tenant,
    /// The user: `sub`.
    pub subject: String,
    /// Which ones.
    pub which: OwnGrants,
    /// The time.
    pub now: UnixTime,
}

impl WriteIntent for EndOwnGrants {
    type Output = Vec<GrantRecord>;

    fn run(&self, tx: &impl Write) -> Result<Vec<GrantRecord>, StoreError> {
        let ids = match &self.which {
            OwnGrants::One(grant) => vec![grant.0],
            OwnGrants::All { but } => {
                sessions::remove_of(tx, &self.tenant, &self.subject, Some(but))?;
                let mut entries = Vec::new();
                for mark in [Mark::Live, Mark::PersonalLive] {
                    entries.extend(of_user(tx, &self.tenant, &self.subject, mark)?);
                }
                entries.iter().map(|entry| id_in::<16>(GRANTS_BY_USER, entry)).collect::<Result<_, _>>()?
            }
        };
        let mut ended = Vec::new();
        for id in ids {
            let grant = tx.readable::<GrantRecord>(&id, &mut Damaged::new())?;
            if let Some(grant) = grant.filter(|grant| self.has(grant))
                && grants::revoke(tx, grant.clone(), RevokeReason::ByUser, self.now)?
            {
                ended.push(grant);
            }
        }
        Ok(ended)
    }
}

impl EndOwnGrants {
    /// Whether the user may end this grant.
    pub(crate) fn has(&self, grant: &GrantRecord) -> bool {
        decide::grant_of_user(grant, &self.tenant, &self.subject, self.now)
    }
}

/// Returns the live grants of clients of a user at a tenant, the newest first, without the first `skip`, at most `limit`.
#[derive(Clone, Debug)]
pub struct ConnectionsOfUser {
    /// The tenant.
    pub tenant: Tenant,
    /// The user: `sub`.
    pub subject: String,
    /// How many newer ones are left out.
    pub skip: usize,
    /// The maximum number.
    pub limit: usize,
    /// The time.
    pub now: UnixTime,
}

impl ReadIntent for ConnectionsOfUser {
    type Output = Connections;

    fn run(&self, tx: &impl Read) -> Result<Connections, StoreError> {
        let mut theirs = Vec::new();
        // A user has a bounded number of live grants, and the sweep removes the expired ones.
        for entry in of_user(tx, &self.tenant, &self.subject, Mark::Live)?.iter().rev() {
            let id = id_in::<16>(GRANTS_BY_USER, entry)?;
            let grant = tx.readable::<GrantRecord>(&id, &mut Damaged::new())?;
            theirs.extend(
                grant.filter(|grant| decide::grant_of_user(grant, &self.tenant, &self.subject, self.now)),
            );
        }
        let all = theirs.len();
        let mut items = Vec::new();
        for grant in theirs.into_iter().skip(self.skip).take(self.limit) {
            let newest = newest_token(tx, &grant.id)?;
            items.push(decide::connection(grant, newest.as_ref()));
        }
        Ok(Connections { items, all })
    }
}

/// The entries in [`GRANTS_BY_USER`] of a user's grants with this mark, the oldest first.
pub(super) fn of_user(
    tx: &impl Read,
    tenant: &Tenant,
    subject: &str,
    mark: Mark,
) -> Result<Vec<Vec<u8>>, StoreError> {
    tx.keys_under(GRANTS_BY_USER, &mark.under(&user_digest_of(tenant, subject)), usize::MAX)
}

/// The refresh token of a grant that was issued last.
fn newest_token(tx: &impl Read, grant: &GrantId) -> Result<Option<RefreshRecord>, StoreError> {
    let to = key(&[&grant.0, &[0xff; 80]]);
    let newest = tx.range(TOKENS_BY_GRANT, &grant.0, &to, Order::NewestFirst, 1)?.pop();
    let Some((entry, _)) = newest else { return Ok(None) };
    tx.readable::<RefreshRecord>(&id_in::<32>(TOKENS_BY_GRANT, &entry)?, &mut Damaged::new())
}
