//! Counters over time: [`Hour`] counts per hour, [`Failures`] adds growing delays, and [`Paced`] refills at a rate.

use protocol::time::UnixTime;

/// The number of failed guesses, from an address or a known browser, that cause no delay.
pub(super) const FREE: u32 = 5;
/// The maximum delay between two guesses as long as the hourly limit is not reached, in seconds.
pub(super) const MAX_DELAY_SECS: u64 = 30;

const HOUR_SECS: u64 = 3_600;

/// Counts events within the hour that begins with the first of them.
#[derive(Clone, Copy, Default)]
pub(super) struct Hour {
    began: UnixTime,
    count: u32,
}

impl Hour {
    /// Returns how many seconds it takes until the count is below `most` again; `None` if it is below `most` now. If
    /// the clock was set back, a new hour begins.
    pub(super) fn wait(&self, most: u32, now: UnixTime) -> Option<u64> {
        (self.counts(now) && self.count >= most).then(|| self.began.plus(HOUR_SECS).since(now))
    }

    pub(super) fn count(&mut self, now: UnixTime) {
        if !self.counts(now) {
            *self = Self { began: now, count: 0 };
        }
        self.count = self.count.saturating_add(1);
    }

    pub(super) fn forgive(&mut self) {
        self.count = self.count.saturating_sub(1);
    }

    /// Whether the hour has not ended yet.
    pub(super) fn counts(&self, now: UnixTime) -> bool {
        !now.is_past(self.began, HOUR_SECS)
    }
}

/// Failed guesses. The first [`FREE`] cause no delay; after that, each failure makes the next guess wait longer.
#[derive(Clone, Copy, Default)]
pub(super) struct Failures {
    pub(super) hour: Hour,
    running: u32,
    last: UnixTime,
}

impl Failures {
    /// Returns how many seconds it takes until the next guess is allowed; `None` if it is allowed now.
    pub(super) fn delay(&self, now: UnixTime) -> Option<u64> {
        if !self.counts(now) {
            return None;
        }
        // The wait is limited, so that nobody waits longer because the clock was set back.
        let wait = self.last.plus(delay_secs(self.running)).since(now).min(MAX_DELAY_SECS);
        (wait > 0).then_some(wait)
    }

    pub(super) fn count(&mut self, now: UnixTime) {
        if !self.counts(now) {
            self.running = 0;
        }
        self.running = self.running.saturating_add(1);
        self.last = now;
        self.hour.count(now);
    }

    pub(super) fn forgive(&mut self) {
        self.running = self.running.saturating_sub(1);
        self.hour.forgive();
    }

    pub(super) const fn start_afresh(&mut self) {
        self.running = 0;
    }

    /// Whether a failure still matters: the last one was within the past hour, or its hour has not ended.
    pub(super) fn counts(&self, now: UnixTime) -> bool {
        self.running > 0 && now.since(self.last) < HOUR_SECS || self.hour.counts(now)
    }
}

/// Returns the delay after this number of failures, in seconds.
fn delay_secs(failures: u32) -> u64 {
    match failures.checked_sub(FREE) {
        None => 0,
        Some(beyond) => 1_u64.checked_shl(beyond.min(63)).unwrap_or(u64::MAX).min(MAX_DELAY_SECS),
    }
}

/// A rate: `burst` events at once, and one more event every `every_secs` seconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    pub(super) burst: u64,
    pub(super) every_secs: u64,
}

/// How much has been spent at a [`Pace`], stored as the time at which all of it will have been refilled.
#[derive(Clone, Copy, Default)]
pub(super) struct Paced(UnixTime);

impl Paced {
    /// Returns how many seconds it takes until one more event may be spent; `None` if it may be spent now.
    pub(super) fn wait(self, pace: Pace, now: UnixTime) -> Option<u64> {
        let wait = self.0.since(now).saturating_sub((pace.burst - 1) * pace.every_secs);
        // The wait is limited, so that nobody waits longer because the clock was set back.
        (wait > 0).then_some(wait.min(pace.every_secs))
    }

    /// Spends one event; the balance does not drop below zero.
    pub(super) fn spend(&mut self, pace: Pace, now: UnixTime) {
        let end = self.0.max(now).plus(pace.every_secs);
        self.0 = end.min(now.plus(pace.burst * pace.every_secs));
    }

    pub(super) fn give_back(&mut self, pace: Pace) {
        self.0 = self.0.minus(pace.every_secs);
    }

    /// Whether a part of what was spent is not refilled yet.
    pub(super) fn counts(self, now: UnixTime) -> bool {
        self.0 > now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const T0: UnixTime = UnixTime::new(1_000_000);

    #[test]
    fn an_hour_counts_from_its_first_and_ends() {
        let mut hour = Hour::default();
        for _ in 0..3 {
            assert_eq!(hour.wait(3, T0.plus(60)), None);
            hour.count(T0.plus(60));
        }
        assert_eq!(hour.wait(3, T0.plus(61)), Some(3_599));
        assert_eq!(hour.wait(4, T0.plus(61)), None);
        assert_eq!(hour.wait(3, T0.plus(3_660)), None);
        assert_eq!(hour.wait(3, T0), None, "a clock that was set back");
        hour.forgive();
        assert_eq!(hour.wait(3, T0.plus(61)), None);
    }

    #[test]
    fn the_delay_doubles_to_thirty_seconds_after_five_failures() {
        let mut failures = Failures::default();
        let mut now = T0;
        for _ in 0..5 {
            assert_eq!(failures.delay(now), None);
            failures.count(now);
        }
        for wait in [1, 2, 4, 8, 16, 30, 30, 30] {
            assert_eq!(failures.delay(now), Some(wait));
            assert_eq!(failures.delay(now.plus(wait - 1)), Some(1));
            assert_eq!(
                failures.delay(now.minus(500)),
                Some(30).filter(|_| wait > 0),
                "a clock that was set back"
            );
            now = now.plus(wait);
            assert_eq!(failures.delay(now), None);
            failures.count(now);
        }
        assert_eq!(failures.delay(now.plus(3_600)), None);
        failures.start_afresh();
        assert_eq!(failures.delay(now), None);
    }

    #[test]
    fn a_pace_allows_a_burst_and_then_one_each_time() {
        let pace = Pace { burst: 3, every_secs: 10 };
        let mut paced = Paced::default();
        for _ in 0..3 {
            assert_eq!(paced.wait(pace, T0), None);
            paced.spend(pace, T0);
        }
        assert_eq!(paced.wait(pace, T0), Some(10));
        assert_eq!(paced.wait(pace, T0.minus(500)), Some(10), "a clock that was set back");
        assert_eq!(paced.wait(pace, T0.plus(9)), Some(1));
        assert_eq!(paced.wait(pace, T0.plus(10)), None);
        for _ in 0..50 {
            paced.spend(pace, T0);
        }
        assert_eq!(paced.wait(pace, T0), Some(10), "never more than all is owed");
        paced.give_back(pace);
        assert_eq!(paced.wait(pace, T0), None);
        assert!(paced.counts(T0) && !paced.counts(T0.plus(20)));
    }
}
