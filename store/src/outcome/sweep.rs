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

/// What a sweep deleted.
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
    /// Whether there is more to delete; then call again.
    pub more: bool,
}
