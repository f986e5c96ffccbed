//! How much is kept, and for how long.

use protocol::limits::stored;

/// Logins kept in all, a ceiling against floods; beyond it a new login is [`Begin::Full`](crate::Begin::Full).
pub const LOGINS_IN_ALL: u64 = 200_000;
/// How long a spent code is remembered, seconds, so that its reuse revokes what it was spent for.
pub const SPENT_CODE_KEPT_SECS: u64 = 3_600;
/// Rotated refresh tokens remembered per grant; an older one no longer works, like an expired one.
pub const ROTATED_KEPT: u64 = 512;
/// The longest life of an access token that can be configured, seconds.
pub const LONGEST_TOKEN_SECS: u64 = 24 * 3_600;
/// Live grants of one user at one tenant; one more ends the oldest.
pub const GRANTS_PER_USER: usize = 128;
/// Ended grants of one user at one tenant whose access tokens may still live; beyond it no further grant is made. More
/// than [`GRANTS_PER_USER`], so that ending all grants at once keeps nobody out.
pub const ENDED_PER_USER: usize = 192;
/// `last_used` of an approved client is written again after this many seconds, not at every use.
pub const CLIENT_TOUCH_SECS: u64 = 86_400;
/// The same for a client that nobody approved, whose life is shorter.
pub const UNAPPROVED_TOUCH_SECS: u64 = 3_600;
/// Clients kept in all that strangers caused and nobody approved: one more removes the longest unused of them.
pub const UNAPPROVED_CLIENTS: u64 = stored::UNAPPROVED_CLIENTS.most as u64;
/// A client that nobody approved goes after this many seconds without use.
pub const UNAPPROVED_CLIENT_SECS: u64 = stored::UNAPPROVED_CLIENT_LIFE.most as u64;
