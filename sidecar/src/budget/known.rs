//! The networks from which a user has signed in, per tenant. Only a successful sign-in or a valid grant adds a network.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use protocol::time::UnixTime;

/// The maximum number of networks. To remember one more, the network that was seen longest ago is forgotten.
const MOST: usize = 20_000;
/// How long a network is remembered after it was last seen, in seconds.
const KEPT_SECS: u64 = 30 * 86_400;
/// The time of a known network is updated at most once in this number of seconds.
const PRECISION_SECS: u64 = 3_600;

/// Maps the keyed hash of a tenant and a network to the time when the network was last seen there.
#[derive(Debug, Default)]
pub(super) struct Known(Mutex<HashMap<u128, UnixTime>>);

impl Known {
    pub(super) fn is(&self, key: u128, now: UnixTime) -> bool {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.get(&key).is_some_and(|at| now.since(*at) < KEPT_SECS)
    }

    pub(super) fn add(&self, key: u128, now: UnixTime) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.get(&key).is_some_and(|at| !now.is_past(*at, PRECISION_SECS)) {
            return;
        }
        if seen.len() >= MOST
            && !seen.contains_key(&key)
            && let Some(oldest) = seen.iter().min_by_key(|(_, at)| **at).map(|(key, _)| *key)
        {
            seen.remove(&oldest);
        }
        seen.insert(key, now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_for_thirty_days_and_the_oldest_give_way() {
        let known = Known::default();
        let at = |secs: u64| UnixTime::new(1_800_000_000 + secs);
        assert!(!known.is(1, at(0)));
        known.add(1, at(0));
        assert!(known.is(1, at(KEPT_SECS - 1)) && !known.is(1, at(KEPT_SECS)));
        for key in 2..=MOST as u128 + 1 {
            known.add(key, at(1));
        }
        assert!(!known.is(1, at(2)) && known.is(2, at(2)) && known.is(MOST as u128 + 1, at(2)));
        assert_eq!(known.0.lock().unwrap().len(), MOST);
    }
}
