//! The source of the current time. Code takes it as a parameter.
//!
//! This is the only file that may read the machine's wall clock. All other code takes a [`Clock`] or a [`UnixTime`], so
//! that tests set the time and never sleep.

use protocol::time::UnixTime;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

/// Tells the current time.
pub trait Clock: Send + Sync + 'static {
    /// Returns the current time, in whole seconds since 1970-01-01T00:00:00Z.
    fn now(&self) -> UnixTime;
}

/// The machine's wall clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]
    fn now(&self) -> UnixTime {
        // A clock before 1970 reads as 0. This fails safe: requests and tokens that were signed at the right time seem
        // to come from the future and are refused.
        UnixTime::new(SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |d| d.as_secs()))
    }
}

/// A clock that tests set.
#[derive(Debug)]
pub struct ManualClock(AtomicU64);

impl ManualClock {
    /// Makes a clock that shows `now` until it is changed.
    pub const fn at(now: UnixTime) -> Self {
        Self(AtomicU64::new(now.as_secs()))
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        self.0.fetch_add(by.as_secs(), Ordering::SeqCst);
    }

    /// Sets the clock to `now`, which may be earlier than before.
    pub fn set(&self, now: UnixTime) {
        self.0.store(now.as_secs(), Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> UnixTime {
        UnixTime::new(self.0.load(Ordering::SeqCst))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manual_clock_moves_only_when_told() {
        let clock = ManualClock::at(UnixTime::new(100));
        assert_eq!(clock.now(), UnixTime::new(100));
        clock.advance(Duration::from_secs(5));
        assert_eq!(clock.now(), UnixTime::new(105));
        clock.set(UnixTime::new(7));
        assert_eq!(clock.now(), UnixTime::new(7));
    }

    #[test]
    fn the_system_clock_is_past_the_year_2020() {
        assert!(SystemClock.now() > UnixTime::new(1_577_836_800));
    }
}
