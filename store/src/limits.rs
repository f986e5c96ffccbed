//! How much is kept, and for how long.

use protocol::limits::stored;

/// Most logins that are under way at once, over all tenants, against floods. With so many, beginning another returns
/// [`Begin::Full`](crate::Begin::Full).
pub const LOGINS_IN_ALL: u64 = 200_000;
/// How long a spent code is kept, seconds, so that its reuse is detected and revokes the grant.
pub const SPENT_CODE_KEPT_SECS: u64 = 3_600;
/// Rotated refresh tokens kept per grant. An older one counts as unknown, like an expired one.
pub const ROTATED_KEPT: u64 = 512;
/// The longest life of an access token that can be configured, seconds.
pub const LONGEST_TOKEN_SECS: u64 = 24 * 3_600;
/// Most live grants of one user at one tenant; one more revokes the oldest.
pub const GRANTS_PER_USER: usize = 128;
/// Most revoked grants of one user at one tenant whose access tokens may not have expired yet; with so many, no further
/// grant is made. More than [`GRANTS_PER_USER`], so that a user who revokes all grants at once can still log in.
pub const ENDED_PER_USER: usize = 192;
/// How often `last_used` of an approved client is written at most: once in this many seconds.
pub const CLIENT_TOUCH_SECS: u64 = 86_400;
/// The same for a client that nobody approved, which is kept for a shorter time.
pub const UNAPPROVED_TOUCH_SECS: u64 = 3_600;
/// Most clients that strangers caused and nobody approved, over all tenants; one more removes the longest unused one.
pub const UNAPPROVED_CLIENTS: u64 = stored::UNAPPROVED_CLIENTS.most as u64;
/// A client that nobody approved is removed after this many seconds without use.
pub const UNAPPROVED_CLIENT_SECS: u64 = stored::UNAPPROVED_CLIENT_LIFE.most as u64;
