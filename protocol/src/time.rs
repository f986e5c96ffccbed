//! Points in time, as the protocols write them: whole seconds since 1970-01-01T00:00:00Z.

use serde::{Deserialize, Serialize};

/// How far two clocks may disagree, in seconds, wherever the times of a token or a sealed value are validated.
pub const CLOCK_SKEW: u64 = 60;

/// Seconds since the Unix epoch (`NumericDate` of RFC 7519 §2, whole seconds only).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnixTime(u64);

impl UnixTime {
    /// The instant `secs` seconds after the epoch.
    pub const fn new(secs: u64) -> Self {
        Self(secs)
    }

    /// Seconds since the epoch.
    pub const fn as_secs(self) -> u64 {
        self.0
    }

    /// The instant `secs` seconds later; at most the last instant that the type can hold.
    #[must_use]
    pub const fn plus(self, secs: u64) -> Self {
        Self(self.0.saturating_add(secs))
    }

    /// The instant `secs` seconds earlier; at the earliest the epoch.
    #[must_use]
    pub const fn minus(self, secs: u64) -> Self {
        Self(self.0.saturating_sub(secs))
    }

    /// Seconds from `earlier` to this instant; 0 if `earlier` is the later one.
    pub const fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Whether at least `secs` seconds have passed since `at`. If the clock was set back to before `at`, nobody knows,
    /// and they count as passed: what was to happen then happens too early instead of never.
    pub const fn is_past(self, at: Self, secs: u64) -> bool {
        self.0 < at.0 || self.since(at) >= secs
    }

    /// Whether fewer than `secs` seconds have passed since `at`. An instant that lies ahead was written by another
    /// replica, whose clock is at most [`CLOCK_SKEW`] ahead; if it lies further ahead, the clock was set back, nobody
    /// knows how old it is, and it does not count as recent.
    pub const fn is_recent(self, at: Self, secs: u64) -> bool {
        at.0 <= self.0.saturating_add(CLOCK_SKEW) && self.since(at) < secs
    }

    /// Whether the two instants are at most [`CLOCK_SKEW`] apart.
    pub const fn within_skew_of(self, other: Self) -> bool {
        self.0.abs_diff(other.0) <= CLOCK_SKEW
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic_saturates_at_both_ends() {
        assert_eq!(UnixTime::new(5).minus(6), UnixTime::new(0));
        assert_eq!(UnixTime::new(u64::MAX).plus(1), UnixTime::new(u64::MAX));
        assert_eq!(UnixTime::new(5).since(UnixTime::new(9)), 0);
        let recent = |now: u64, at: u64| UnixTime::new(now).is_recent(UnixTime::new(at), 10);
        assert!(recent(1_009, 1_000) && !recent(1_010, 1_000));
        assert!(recent(1_000, 1_000 + CLOCK_SKEW) && !recent(1_000, 1_001 + CLOCK_SKEW));
    }

    #[test]
    fn time_has_passed_exactly_then_and_if_the_clock_was_set_back() {
        let at = UnixTime::new(1_000);
        let past = [900, 999, 1_000, 1_059, 1_060, 2_000].map(|now| UnixTime::new(now).is_past(at, 60));
        assert_eq!(past, [true, true, false, false, true, true]);
    }

    #[test]
    fn skew_is_inclusive_in_both_directions() {
        let now = UnixTime::new(1_000);
        assert!(now.within_skew_of(UnixTime::new(940)));
        assert!(now.within_skew_of(UnixTime::new(1_060)));
        assert!(!now.within_skew_of(UnixTime::new(939)));
        assert!(!now.within_skew_of(UnixTime::new(1_061)));
    }
}
