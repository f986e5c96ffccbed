//! How long an operation waits before it is repeated, because its transaction conflicted with another one.

use std::time::Duration;

/// The maximum pause after the first conflict, in nanoseconds: about as long as a short transaction takes.
const FIRST_NANOS: u64 = 1_000_000;
/// How many times the maximum doubles: once with each further conflict.
const DOUBLINGS: u32 = 5;

/// Returns the pause after `lost` conflicts in a row. It is between zero and a maximum that doubles up to 32 ms;
/// `random / u32::MAX` chooses the point between them. The whole pause is random, so that two transactions that
/// conflicted with the same one are unlikely to conflict again.
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
