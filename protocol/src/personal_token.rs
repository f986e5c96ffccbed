//! Personal access tokens: what distinguishes them from other access tokens.
//!
//! A personal access token is an access token (RFC 9068) that a user made without a client, for a script that cannot do
//! OAuth. It lives for days or months. Four properties distinguish it from other access tokens, and each of them is
//! checked:
//!
//! - its signing key has a certificate of a kind of its own
//!   ([`KeyPurpose::PersonalTokens`](crate::jose::key_certificate::KeyPurpose)), so no key for other tokens can sign a
//!   personal access token, and this key can sign nothing else;
//! - its `client_id` is [`CLIENT_ID`], which no other client can have;
//! - it is written with [`PREFIX`] before the JWT, so that people and secret scanners recognise it;
//! - a tenant accepts it only with the option `personalTokens`, whose value is the longest lifetime in days, and only
//!   if the tenant reads the list of revoked grants.

/// The text that is written before the JWT of a personal access token.
pub const PREFIX: &str = "mcpbp_";
/// The `client_id` of every personal access token.
pub const CLIENT_ID: &str = "personal";
/// The largest value of the option `personalTokens`, in days.
pub const MOST_DAYS: u16 = 366;
/// Seconds of a day.
pub const DAY_SECS: u64 = 86_400;
/// The longest lifetime of a personal access token, in seconds.
pub const MOST_SECS: u64 = MOST_DAYS as u64 * DAY_SECS;

/// Returns the JWT in a bearer token, and whether [`PREFIX`] stood before it.
pub fn split(token: &str) -> (&str, bool) {
    token.strip_prefix(PREFIX).map_or((token, false), |jwt| (jwt, true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prefix_is_removed_once() {
        assert_eq!(split("mcpbp_a.b.c"), ("a.b.c", true));
        assert_eq!(split("mcpbp_mcpbp_a.b.c"), ("mcpbp_a.b.c", true));
        assert_eq!(split("MCPBP_a.b.c"), ("MCPBP_a.b.c", false));
        assert_eq!(split("a.b.c"), ("a.b.c", false));
        assert_eq!(split(""), ("", false));
    }
}
