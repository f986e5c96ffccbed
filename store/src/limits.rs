//! Limits on how much is stored, and for how long.

use protocol::limits::stored;

/// The maximum number of logins in progress, over all tenants, as a defence against floods. Beyond it, starting a login
/// returns [`Begin::Full`](crate::Begin::Full).
pub const LOGINS_IN_ALL: u64 = 200_000;
/// How long a redeemed code is kept, in seconds, so that its reuse is detected and revokes the grant.
pub const SPENT_CODE_KEPT_SECS: u64 = 3_600;
/// How many rotated refresh tokens are kept per grant. An older one counts as unknown, like an expired one.
pub const ROTATED_KEPT: u64 = 512;
/// The longest lifetime of an access token that can be configured, in seconds.
pub const LONGEST_TOKEN_SECS: u64 = 24 * 3_600;
/// The maximum number of live grants of one user at one tenant; one more revokes the oldest.
pub const GRANTS_PER_USER: usize = 128;
/// The maximum number of revoked grants of one user at one tenant whose access tokens may not have expired. When it is
/// reached, no further grant is made. It is higher than [`GRANTS_PER_USER`], so that a user who revokes all grants at
/// once can still log in.
pub const ENDED_PER_USER: usize = 192;
/// The precision of an approved client's `last_used`, in seconds: it is written at most once in this time.
pub const CLIENT_TOUCH_SECS: u64 = 86_400;
/// The same for an unapproved client, which is kept for a shorter time.
pub const UNAPPROVED_TOUCH_SECS: u64 = 3_600;
/// The maximum number of unapproved clients, over all tenants; one more deletes the one that has been unused longest.
pub const UNAPPROVED_CLIENTS: u64 = stored::UNAPPROVED_CLIENTS.most as u64;
/// An unapproved client is deleted after this many seconds without use.
pub const UNAPPROVED_CLIENT_SECS: u64 = stored::UNAPPROVED_CLIENT_LIFE.most as u64;
