//! The limits and the result of a sweep.

use super::AuditLimits;
use crate::error::DamagedRecord;

/// The limits of a sweep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SweepLimits {
    /// Clients without a live grant that have not been used for this many seconds are deleted
    /// (`BOUNCER_CLIENT_TTL_DAYS`).
    pub client_idle_secs: u64,
    /// The maximum number of records of each kind per transaction; small enough that a sweep does not delay logins.
    pub batch: usize,
    /// The limits of the audit table.
    pub audit: AuditLimits,
}

/// How many records of each kind a sweep deleted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Logins.
    pub logins: usize,
    /// Codes, including redeemed ones.
    pub codes: usize,
    /// Refresh tokens.
    pub refresh_tokens: usize,
    /// Grants.
    pub grants: usize,
    /// Clients.
    pub clients: usize,
    /// Used client assertions that have expired, and revocations of grants whose access tokens have expired.
    pub marks: usize,
    /// Rows of the audit table.
    pub audit: usize,
    /// Sessions.
    pub sessions: usize,
    /// Unreadable records that were deleted when they were due.
    pub damaged: Vec<DamagedRecord>,
    /// Whether there may be more to delete; then sweep again.
    pub more: bool,
}

impl Swept {
    /// Adds the numbers of the next sweep, and takes over its `more`.
    pub fn add(&mut self, next: Self) {
        let Self { logins, codes, refresh_tokens, grants, clients, marks, audit, sessions, damaged, more } =
            next;
        self.logins += logins;
        self.codes += codes;
        self.refresh_tokens += refresh_tokens;
        self.grants += grants;
        self.clients += clients;
        self.marks += marks;
        self.audit += audit;
        self.sessions += sessions;
        self.damaged.extend(damaged);
        self.more = more;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_is_added() {
        let damaged = DamagedRecord { table: "codes", id: "x".to_owned(), reason: "r".to_owned() };
        let one = Swept {
            logins: 1,
            codes: 2,
            refresh_tokens: 3,
            grants: 4,
            clients: 5,
            marks: 6,
            audit: 7,
            sessions: 8,
            damaged: vec![damaged.clone()],
            more: true,
        };
        let mut total = Swept::default();
        total.add(one.clone());
        assert_eq!(total, one);
        total.add(Swept { more: false, ..one });
        let twice = Swept {
            logins: 2,
            codes: 4,
            refresh_tokens: 6,
            grants: 8,
            clients: 10,
            marks: 12,
            audit: 14,
            sessions: 16,
            damaged: vec![damaged.clone(), damaged],
            more: false,
        };
        assert_eq!(total, twice);
    }
}
