//! How long a transaction waits that has lost a race, before it is run again.

use std::time::Duration;

/// The longest pause after the first lost race, in nanoseconds: about as long as a short transaction takes.
const FIRST_NANOS: u64 = 1_000_000;
/// How many times it doubles, once with each further lost race.
const DOUBLINGS: u32 = 5;

/// The pause after `lost` lost races in a row: `random`, as a part of `u32::MAX`, of a time that doubles up to 32 ms. All of
/// it is random, so that transactions which have lost to the same one do not meet again.
pub(super) fn after(lost: u32, random: u32) -> Duration {
    let longest = FIRST_NANOS << lost.saturating_sub(1).min(DOUBLINGS);
    Duration::from_nanos(longest * u64::from(random) / u64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::super::ATTEMPTS;
    use super::*;
    use crate::limits::POSTGRES_PATIENCE;

    #[test]
    fn the_longest_pause_doubles_up_to_a_bound() {
        let longest = |lost| after(lost, u32::MAX).as_millis();
        assert_eq!([1, 2, 3, 4, 5, 6, 7, u32::MAX].map(longest), [1, 2, 4, 8, 16, 32, 32, 32]);
    }

    #[test]
    fn every_pause_up_to_the_longest_may_come() {
        for lost in [1, 6] {
            let longest = after(lost, u32::MAX);
            assert_eq!(after(lost, 0), Duration::ZERO);
            assert!(after(lost, u32::MAX / 2).abs_diff(longest / 2) < Duration::from_micros(1));
        }
    }

    #[test]
    fn all_pauses_of_an_operation_take_less_time_than_one_silent_response() {
        let all: Duration = (1..ATTEMPTS).map(|lost| after(lost, u32::MAX)).sum();
        assert!(all < POSTGRES_PATIENCE, "{all:?}");
    }
}
