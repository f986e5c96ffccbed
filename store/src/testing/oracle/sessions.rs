//! Sessions, and the grants that users see and revoke in them.

use super::{OnOracle, Tables};
use crate::decide::{self, EXISTS};
use crate::error::StoreError;
use crate::intent::sessions::{
    ConnectionsOfUser, CountOtherSessions, EndOwnGrants, EndPasswordSessions, EndSession, OwnGrants,
    RestartSessions, UseSession,
};
use crate::limits::{SESSIONS_PER_PART, SESSIONS_PER_USER};
use crate::outcome::{Connections, NewSession, SessionUse};
use crate::record::{GrantId, GrantRecord, Hash, RevokeReason, SessionRecord};
use crate::tables::keys::user_digest_of;
use protocol::server::session::{self, Decision};
use protocol::tenant::Tenant;
use protocol::time::UnixTime;

impl OnOracle<SessionUse> for UseSession {
    fn on(&self, tables: &mut Tables) -> Result<SessionUse, StoreError> {
        let Some(record) = tables.session(&self.tenant, &self.session).cloned() else {
            return Ok(SessionUse::Gone);
        };
        Ok(match session::decide(&record.stored(), &self.presented, self.now) {
            Decision::Live { session, rotate: rotated } => {
                let mut record = record;
                if rotated {
                    record = decide::rotated_session(&record, self.next, self.now);
                    tables.sessions.insert(record.id, record.clone());
                }
                SessionUse::Live { session, record: Box::new(record), rotated }
            }
            Decision::Reuse => {
                tables.sessions.remove(&record.id);
                SessionUse::Reused(Box::new(record))
            }
            Decision::Gone => SessionUse::Gone,
        })
    }
}

impl OnOracle<bool> for EndSession {
    fn on(&self, tables: &mut Tables) -> Result<bool, StoreError> {
        let found = tables.session(&self.tenant, &self.session).is_some();
        Ok(found && tables.sessions.remove(&self.session).is_some())
    }
}

impl OnOracle<bool> for RestartSessions {
    fn on(&self, tables: &mut Tables) -> Result<bool, StoreError> {
        let found = tables.session(&self.tenant, self.live.id());
        let Some(session) = found.filter(|session| decide::may_restart(session, &self.live, self.now)) else {
            return Ok(false);
        };
        let next = decide::restarted_session(session, self.method, self.next, self.now);
        tables.sessions.retain(|_, session| !session.is_of(&self.tenant, self.live.subject()));
        tables.sessions.insert(next.id, next);
        Ok(true)
    }
}

impl OnOracle<usize> for EndPasswordSessions {
    fn on(&self, tables: &mut Tables) -> Result<usize, StoreError> {
        let before = tables.sessions.len();
        tables.sessions.retain(|_, session| {
            session.identity.sub != self.subject
                || !self.tenants.contains(&session.tenant)
                || !decide::is_of_local_user(session)
        });
        Ok(before - tables.sessions.len())
    }
}

impl OnOracle<usize> for CountOtherSessions {
    fn on(&self, tables: &mut Tables) -> Result<usize, StoreError> {
        let counts = |session: &&SessionRecord| {
            session.is_of(&self.tenant, &self.subject) && session.id != self.but && self.now < session.expires
        };
        Ok(tables.sessions.values().filter(counts).count())
    }
}

impl OnOracle<Vec<GrantRecord>> for EndOwnGrants {
    fn on(&self, tables: &mut Tables) -> Result<Vec<GrantRecord>, StoreError> {
        if let OwnGrants::All { but } = self.which {
            let theirs = |session: &SessionRecord| session.is_of(&self.tenant, &self.subject);
            tables.sessions.retain(|id, session| *id == but || !theirs(session));
        }
        let chosen = |id: &GrantId| match self.which {
            OwnGrants::One(grant) => *id == grant,
            OwnGrants::All { .. } => true,
        };
        let theirs = tables.grants.values().filter(|grant| chosen(&grant.id) && self.has(grant));
        let mut theirs: Vec<GrantRecord> = theirs.cloned().collect();
        theirs.sort_by_key(|grant| (grant.personal.is_some(), grant.created, grant.id));
        theirs.retain(|grant| tables.revoke(&grant.id, RevokeReason::ByUser, self.now));
        Ok(theirs)
    }
}

impl OnOracle<Connections> for ConnectionsOfUser {
    fn on(&self, tables: &mut Tables) -> Result<Connections, StoreError> {
        let theirs = |grant: &&GrantRecord| {
            grant.personal.is_none() && decide::grant_of_user(grant, &self.tenant, &self.subject, self.now)
        };
        let mut theirs: Vec<GrantRecord> = tables.grants.values().filter(theirs).cloned().collect();
        theirs.sort_by_key(|grant| std::cmp::Reverse((grant.created, grant.id)));
        let all = theirs.len();
        let shown = theirs.into_iter().skip(self.skip).take(self.limit);
        let items = shown.map(|grant| {
            let tokens = tables.tokens.values().filter(|token| token.grant == grant.id);
            let newest = tokens.max_by_key(|token| (token.generation, token.token)).cloned();
            decide::connection(grant, newest.as_ref())
        });
        Ok(Connections { items: items.collect(), all })
    }
}

impl Tables {
    /// Stores a session. Before, deletes the oldest sessions of its user, and of its part of the tenant's users, if
    /// one more would be too many.
    pub(super) fn begin_session(&mut self, new: &NewSession) {
        let session = &new.record;
        for old in new.replaces.iter().chain([&session.id]) {
            if self.session(&session.tenant, old).is_some() {
                self.sessions.remove(old);
            }
        }
        let (tenant, subject) = (session.tenant.clone(), session.identity.sub.clone());
        self.drop_oldest(SESSIONS_PER_USER, |other| other.is_of(&tenant, &subject));
        let part = |subject: &str| user_digest_of(&tenant, subject).first().copied();
        let mine = part(&subject);
        self.drop_oldest(SESSIONS_PER_PART, |other| {
            other.tenant == tenant && part(&other.identity.sub) == mine
        });
        self.sessions.insert(session.id, session.clone());
    }

    /// Refuses the id of a session of another tenant.
    pub(super) fn check_session_id(&self, new: &NewSession) -> Result<(), StoreError> {
        let known = self.sessions.get(&new.record.id);
        if known.is_some_and(|known| known.tenant != new.record.tenant) { Err(EXISTS) } else { Ok(()) }
    }

    fn drop_oldest(&mut self, most: usize, which: impl Fn(&SessionRecord) -> bool) {
        let mut chosen: Vec<(UnixTime, Hash)> =
            self.sessions.values().filter(|r| which(r)).map(|r| (r.created, r.id)).collect();
        chosen.sort_unstable();
        for (_, id) in chosen.iter().take((chosen.len() + 1).saturating_sub(most)) {
            self.sessions.remove(id);
        }
    }

    pub(super) fn session_is_live(&self, tenant: &Tenant, session: &Hash, now: UnixTime) -> bool {
        self.session(tenant, session).is_some_and(|session| now < session.expires)
    }

    fn session(&self, tenant: &Tenant, session: &Hash) -> Option<&SessionRecord> {
        self.sessions.get(session).filter(|session| session.tenant == *tenant)
    }
}
