//! Limits on how much is stored, and for how long.

use protocol::limits::stored;
use std::time::Duration;

/// The maximum number of logins in progress, over all tenants, as a defence against floods. Beyond it, starting a login
/// returns [`Begin::Full`](crate::Begin::Full).
pub const LOGINS_IN_ALL: u64 = 200_000;
/// How long a redeemed code is kept, in seconds, so that its reuse is detected and revokes the grant.
pub const SPENT_CODE_KEPT_SECS: u64 = 3_600;
/// The maximum number of rotated refresh tokens that are kept per grant. An older one counts as unknown, like an
/// expired one.
pub const ROTATED_KEPT: u64 = 512;
/// The maximum time that the sidecar waits for a connection to PostgreSQL, and for each response, before the operation
/// fails.
pub const POSTGRES_PATIENCE: Duration = Duration::from_secs(5);
/// The longest lifetime of an access token that can be configured, in seconds.
pub const LONGEST_TOKEN_SECS: u64 = 24 * 3_600;
/// The maximum number of live grants of one user at one tenant; one more revokes the oldest.
pub const GRANTS_PER_USER: usize = 128;
/// The maximum number of revoked grants of one user at one tenant whose access tokens may not have expired. When it is
/// reached, no further grant is made. It is higher than [`GRANTS_PER_USER`], so that a user who revokes all grants at
/// once can still log in.
pub const ENDED_PER_USER: usize = 192;
/// The maximum number of live personal access tokens of one user at one tenant; a further one is refused. Grants of
/// clients do not count.
pub const PERSONAL_PER_USER: usize = stored::PERSONAL_TOKENS.most;
/// The maximum number of revoked but unexpired personal access tokens of one user at one tenant: each stays in the
/// revocation list until it expires. When the maximum is reached, no further personal access token is made.
pub const PERSONAL_ENDED_PER_USER: usize = stored::ENDED_PERSONAL_TOKENS.most;
/// The maximum number of passkeys of a local user, at all hosts together. A further passkey is refused.
pub const PASSKEYS_PER_USER: usize = stored::PASSKEYS.most;
/// The maximum number of sessions of one user at one tenant; one more ends the oldest.
pub const SESSIONS_PER_USER: usize = 8;
/// The maximum number of sessions of one part of a tenant's users; one more ends the oldest of the part. A hash
/// divides the users into 256 parts, so a tenant has at most 16,384 sessions. Beginning a session reads only the keys
/// of its part: their number is limited, and on PostgreSQL two users who sign in at the same time rarely conflict.
pub const SESSIONS_PER_PART: usize = 64;
/// The precision of an approved client's `last_used`, in seconds: it is written at most once in this time.
pub const CLIENT_TOUCH_SECS: u64 = 86_400;
/// The precision of an unapproved client's `last_used`, in seconds; finer, because the client is kept for a shorter
/// time.
pub const UNAPPROVED_TOUCH_SECS: u64 = 3_600;
/// The number of unapproved clients, over all tenants, that are kept whatever else is registered. When
/// [`UNAPPROVED_BATCH`] more are stored, adding another one deletes those that have been unused longest.
pub const UNAPPROVED_CLIENTS: u64 = stored::UNAPPROVED_CLIENTS.most as u64;
/// How many unapproved clients are deleted at once. If each registration deleted one, concurrent ones would all delete
/// the same, and on PostgreSQL their transactions would conflict.
pub const UNAPPROVED_BATCH: usize = 256;
/// An unapproved client is deleted after this many seconds without use.
pub const UNAPPROVED_CLIENT_SECS: u64 = stored::UNAPPROVED_CLIENT_LIFE.most as u64;

/// The audit table ([`AuditRecord`](crate::record::AuditRecord)).
pub mod audit {
    /// The number of rows with a proven cause that a sweep leaves.
    pub const ROWS: u64 = 1_000_000;
    /// The number of other rows that a sweep leaves.
    pub const UNPROVEN_ROWS: u64 = 200_000;
    /// How long a row is kept, in seconds.
    pub const KEPT_SECS: u64 = 90 * 86_400;
    /// Before the next sweep, one more row may be written per this many rows that a sweep leaves. Beyond that, a row
    /// is not written ([`Appended::full`](crate::Appended::full)).
    pub const ONE_MORE_PER: u64 = 10;

    /// A row may be committed at most this many seconds after rows that are sorted behind it.
    pub const LATE_SECS: u64 = 60;

    // The maximum length of each text, in bytes; what is longer is cut. A row is at most 4 KiB long, even if every
    // character has to be escaped.

    /// `kind`.
    pub const KIND: usize = 64;
    /// `outcome`.
    pub const OUTCOME: usize = 32;
    /// `reason`.
    pub const REASON: usize = 64;
    /// `tenant`: base and tenant id.
    pub const TENANT: usize = 320;
    /// `client`. Two clients whose longer ids begin alike cannot be told apart by it.
    pub const CLIENT: usize = 512;
    /// `subject` and `actor`: the maximum length of a subject.
    pub const SUBJECT: usize = 255;
    /// `address`: any IP address, with a zone.
    pub const ADDRESS: usize = 64;
    /// `grant`.
    pub const GRANT: usize = 64;
    /// `detail`.
    pub const DETAIL: usize = 256;
}
