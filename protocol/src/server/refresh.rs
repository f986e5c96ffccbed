//! What a presented refresh token leads to: rotation with a grace period (RFC 9700 §4.14.2, OAuth 2.1 §4.3.1).
//!
//! The first use of a token yields its successor. Each further use yields the *same* successor until the successor is
//! used itself or the grace period is over, because responses get lost and clients refresh in parallel. A later use
//! means that two parties hold the token, so the whole grant is revoked.

use crate::time::UnixTime;

/// A refresh token as the store finds it, inside its transaction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Presented {
    /// Whether the token was issued to the client that has authenticated.
    pub same_client: bool,
    /// Whether the grant is in force: it is not revoked, and its absolute lifetime is not over.
    pub grant_live: bool,
    /// The end of the token's idle lifetime.
    pub expires: UnixTime,
    /// Whether the token was used before, and when.
    pub state: State,
}

/// Whether a refresh token was used before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// The token was never used.
    Active,
    /// The token was used, and has a successor.
    Rotated {
        /// When the token was first used.
        at: UnixTime,
        /// Whether the successor was never used.
        successor_unused: bool,
    },
}

/// What to do with a presented token.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Decision {
    /// First use: store a successor, and mark this token as used.
    Rotate,
    /// Return the same successor again.
    Repeat,
    /// Two parties hold the token: revoke the grant.
    Reuse,
    /// The token was issued to another client: refuse it, and change nothing.
    WrongClient,
    /// The token is expired or revoked: refuse it, and change nothing.
    Gone,
}

/// Decides what to do with a presented token. `grace_secs` is the grace period: for how many seconds after its first
/// use a token yields the same successor.
pub const fn decide(presented: &Presented, grace_secs: u64, now: UnixTime) -> Decision {
    // This is checked first, because another client must not be able to revoke the grant.
    if !presented.same_client {
        return Decision::WrongClient;
    }
    if !presented.grant_live || now.as_secs() >= presented.expires.as_secs() {
        return Decision::Gone;
    }
    match presented.state {
        State::Active => Decision::Rotate,
        State::Rotated { at, successor_unused: true } if now.since(at) < grace_secs => Decision::Repeat,
        State::Rotated { .. } => Decision::Reuse,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixTime = UnixTime::new(10_000);
    const FRESH: Presented = Presented {
        same_client: true,
        grant_live: true,
        expires: UnixTime::new(20_000),
        state: State::Active,
    };

    fn rotated(secs_ago: u64, successor_unused: bool) -> Presented {
        Presented { state: State::Rotated { at: NOW.minus(secs_ago), successor_unused }, ..FRESH }
    }

    #[test]
    fn every_state_of_a_refresh_token_is_decided() {
        let table = [
            (FRESH, Decision::Rotate),
            (rotated(0, true), Decision::Repeat),
            (rotated(59, true), Decision::Repeat),
            (rotated(60, true), Decision::Reuse),
            (rotated(0, false), Decision::Reuse),
            (rotated(9_999, false), Decision::Reuse),
            (Presented { same_client: false, ..FRESH }, Decision::WrongClient),
            (Presented { same_client: false, ..rotated(90, false) }, Decision::WrongClient),
            (Presented { grant_live: false, ..FRESH }, Decision::Gone),
            (Presented { grant_live: false, ..rotated(90, false) }, Decision::Gone),
            (Presented { expires: NOW, ..FRESH }, Decision::Gone),
            (Presented { expires: NOW.plus(1), ..FRESH }, Decision::Rotate),
        ];
        for (presented, expected) in table {
            assert_eq!(decide(&presented, 60, NOW), expected, "{presented:?}");
        }
    }

    #[test]
    fn without_a_grace_period_no_successor_is_repeated() {
        assert_eq!(decide(&rotated(0, true), 0, NOW), Decision::Reuse);
    }
}
