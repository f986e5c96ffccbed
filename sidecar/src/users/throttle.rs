//! Slowing down wrong guesses, by time and without sleeping.
//!
//! - After [`FREE`] failures of a (user, network) pair the next guess must wait, 1 s doubling to
//!   [`MAX_DELAY_SECS`]; it is refused before any password is checked.
//! - A user's failures in an hour over all networks have a ceiling. Beyond it, guesses from networks
//!   where that user never succeeded must wait for the hour to end. Networks where they did go on: so
//!   nobody can be locked out of where they usually are.
//!
//! A guess counts as failed from its beginning, so many at once do not slip through together.

use protocol::time::UnixTime;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Failures of a pair that cost no waiting.
const FREE: u32 = 5;
/// The longest wait of a pair, seconds.
const MAX_DELAY_SECS: u64 = 30;
/// Failures of a user within an hour, over all networks.
const PER_USER_AND_HOUR: u32 = 100;
const HOUR_SECS: u64 = 3_600;
/// Pairs and users remembered at most; the least recently failed give way.
const CAPACITY: usize = 10_000;
/// Networks remembered per user as known.
const KNOWN_NETWORKS: usize = 16;

/// A client's network: /24 of IPv4, /64 of IPv6.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Network {
    V4([u8; 3]),
    V6([u16; 4]),
    Unknown,
}

impl Network {
    pub(super) fn of(address: Option<IpAddr>) -> Self {
        match address.map(|address| address.to_canonical()) {
            Some(IpAddr::V4(address)) => Self::v4(address),
            Some(IpAddr::V6(address)) => Self::v6(address),
            None => Self::Unknown,
        }
    }

    fn v4(address: Ipv4Addr) -> Self {
        let [a, b, c, _] = address.octets();
        Self::V4([a, b, c])
    }

    fn v6(address: Ipv6Addr) -> Self {
        let [a, b, c, d, ..] = address.segments();
        Self::V6([a, b, c, d])
    }
}

#[derive(Clone, Copy)]
struct Failures {
    count: u32,
    last: UnixTime,
}

#[derive(Clone, Copy)]
struct Hour {
    began: UnixTime,
    count: u32,
}

#[derive(Default)]
struct Tables {
    pairs: BTreeMap<(String, Network), Failures>,
    hours: BTreeMap<String, Hour>,
    known: BTreeMap<String, BTreeSet<Network>>,
}

/// Who failed how often, in memory.
#[derive(Default)]
pub(super) struct Throttle(Mutex<Tables>);

impl std::fmt::Debug for Throttle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Throttle")
    }
}

impl Throttle {
    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a guess as failed, or says how many seconds to wait (at least 1); then it is not counted.
    pub(super) fn begin(&self, name: &str, network: Network, now: UnixTime) -> Result<(), u64> {
        let mut tables = self.tables();
        let pair = (name.to_owned(), network);
        let before = tables.pairs.get(&pair).copied().filter(|f| now.since(f.last) < HOUR_SECS);
        let count = before.map_or(0, |f| f.count);
        if let Some(failures) = before {
            let wait = failures.last.plus(delay_secs(count)).since(now);
            if wait > 0 {
                // A clock that was set back must not make anybody wait longer than that.
                return Err(wait.min(MAX_DELAY_SECS));
            }
        }
        let fresh = Hour { began: now, count: 0 };
        let mut hour = tables.hours.get(name).copied().unwrap_or(fresh);
        if now.since(hour.began) >= HOUR_SECS || now < hour.began {
            hour = fresh;
        }
        let known = tables.known.get(name).is_some_and(|networks| networks.contains(&network));
        if hour.count >= PER_USER_AND_HOUR && !known {
            return Err(hour.began.plus(HOUR_SECS).since(now).max(1));
        }
        hour.count = hour.count.saturating_add(1);
        tables.hours.insert(name.to_owned(), hour);
        tables.pairs.insert(pair, Failures { count: count.saturating_add(1), last: now });
        tables.make_room();
        Ok(())
    }

    /// Takes back what [`Self::begin`] counted: the guess was never looked at.
    pub(super) fn forgive(&self, name: &str, network: Network) {
        let mut tables = self.tables();
        if let Some(failures) = tables.pairs.get_mut(&(name.to_owned(), network)) {
            failures.count = failures.count.saturating_sub(1);
        }
        if let Some(hour) = tables.hours.get_mut(name) {
            hour.count = hour.count.saturating_sub(1);
        }
    }

    /// The guess was right: the pair starts afresh, the network is known from now on.
    pub(super) fn succeeded(&self, name: &str, network: Network) {
        self.forgive(name, network);
        let mut tables = self.tables();
        tables.pairs.remove(&(name.to_owned(), network));
        let known = tables.known.entry(name.to_owned()).or_default();
        if known.len() >= KNOWN_NETWORKS && !known.contains(&network) {
            known.pop_first();
        }
        known.insert(network);
    }
}

/// What a pair with this many failures must wait after the last of them.
fn delay_secs(failures: u32) -> u64 {
    match failures.checked_sub(FREE) {
        None => 0,
        Some(beyond) => 1_u64.checked_shl(beyond.min(63)).unwrap_or(u64::MAX).min(MAX_DELAY_SECS),
    }
}

impl Tables {
    fn make_room(&mut self) {
        if self.pairs.len() > CAPACITY
            && let Some(oldest) = self.pairs.iter().min_by_key(|(_, f)| f.last).map(|(pair, _)| pair.clone())
        {
            self.pairs.remove(&oldest);
        }
        if self.hours.len() > CAPACITY
            && let Some(oldest) = self.hours.iter().min_by_key(|(_, h)| h.began).map(|(name, _)| name.clone())
        {
            self.hours.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const T0: UnixTime = UnixTime::new(1_000_000);

    fn net(text: &str) -> Network {
        Network::of(Some(text.parse().unwrap()))
    }

    #[test]
    fn networks_are_24_and_64_bits() {
        assert_eq!(net("192.0.2.1"), net("192.0.2.254"));
        assert_ne!(net("192.0.2.1"), net("192.0.3.1"));
        assert_eq!(net("::ffff:192.0.2.1"), net("192.0.2.9"));
        assert_eq!(net("2001:db8:0:1::1"), net("2001:db8:0:1:ffff::2"));
        assert_ne!(net("2001:db8:0:1::1"), net("2001:db8:0:2::1"));
        assert_eq!(Network::of(None), Network::Unknown);
    }

    #[test]
    fn the_wait_doubles_to_thirty_seconds_after_five_failures() {
        let throttle = Throttle::default();
        let here = net("192.0.2.1");
        let mut now = T0;
        for _ in 0..5 {
            assert_eq!(throttle.begin("ann", here, now), Ok(()));
        }
        for wait in [1, 2, 4, 8, 16, 30, 30, 30] {
            assert_eq!(throttle.begin("ann", here, now), Err(wait));
            assert_eq!(throttle.begin("ann", here, now.plus(wait - 1)), Err(1));
            now = now.plus(wait);
            assert_eq!(throttle.begin("ann", here, now), Ok(()));
        }
        assert_eq!(throttle.begin("ann", net("192.0.3.1"), now), Ok(()), "another network");
        assert_eq!(throttle.begin("bob", here, now), Ok(()), "another user");
    }

    #[test]
    fn success_starts_the_pair_afresh() {
        let throttle = Throttle::default();
        let here = net("192.0.2.1");
        for _ in 0..5 {
            throttle.begin("ann", here, T0).unwrap();
        }
        let later = T0.plus(1);
        throttle.begin("ann", here, later).unwrap();
        throttle.succeeded("ann", here);
        for _ in 0..5 {
            assert_eq!(throttle.begin("ann", here, later), Ok(()));
        }
    }

    #[test]
    fn the_hourly_ceiling_spares_known_networks_and_ends() {
        let throttle = Throttle::default();
        let home = net("198.51.100.7");
        throttle.begin("ann", home, T0).unwrap();
        throttle.succeeded("ann", home);
        for i in 0..PER_USER_AND_HOUR {
            let bot = Network::V4([10, 0, u8::try_from(i).unwrap()]);
            assert_eq!(throttle.begin("ann", bot, T0), Ok(()));
        }
        let elsewhere = net("203.0.113.1");
        assert_eq!(throttle.begin("ann", elsewhere, T0.plus(600)), Err(3_000));
        assert_eq!(throttle.begin("ann", home, T0.plus(600)), Ok(()));
        assert_eq!(throttle.begin("ann", elsewhere, T0.plus(3_600)), Ok(()));
    }

    #[test]
    fn memory_is_bounded() {
        let throttle = Throttle::default();
        for i in 0..CAPACITY + 50 {
            throttle.begin(&format!("user{i}"), Network::Unknown, T0.plus(i as u64)).unwrap();
        }
        let tables = throttle.tables();
        assert_eq!((tables.pairs.len(), tables.hours.len()), (CAPACITY, CAPACITY));
    }

    proptest! {
        #[test]
        fn no_wait_is_longer_than_an_hour(steps in prop::collection::vec((0_u8..4, 0_u64..5_000), 1..200)) {
            let throttle = Throttle::default();
            for (third, secs) in steps {
                let answer = throttle.begin("ann", Network::V4([10, 0, third]), UnixTime::new(secs));
                prop_assert!(answer.is_ok() || answer.is_err_and(|wait| (1..=3_600).contains(&wait)));
            }
        }
    }
}
