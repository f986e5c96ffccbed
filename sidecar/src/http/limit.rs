//! Ceilings against floods, per client address. They are far above honest use, because hosted clients
//! share a few addresses; they are no login throttle (that one is the users' own).

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};

use protocol::time::UnixTime;

use super::error::{Failure, Kind};

/// What is counted separately.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Bucket {
    /// Everything an address does.
    All,
    /// Client registrations.
    Register,
    /// Logins begun: each one is a record in the store.
    Authorize,
}

/// A ceiling: so many in so many seconds.
#[derive(Debug, Clone, Copy)]
pub struct Ceiling {
    /// How many are let through in a window.
    pub count: u32,
    /// The window, in seconds.
    pub window_secs: u64,
}

/// At most this many addresses are remembered; beyond it the oldest windows are forgotten first.
const ADDRESSES: usize = 50_000;

/// Counters in fixed windows, in memory, bounded.
#[derive(Debug)]
pub struct Limits {
    register: Ceiling,
    windows: Mutex<HashMap<(Bucket, IpAddr), Window>>,
}

#[derive(Debug, Clone, Copy)]
struct Window {
    began: UnixTime,
    used: u32,
}

impl Limits {
    /// The registration ceiling is a setting; the others are fixed.
    pub fn new(register: Ceiling) -> Self {
        Self { register, windows: Mutex::default() }
    }

    const fn ceiling(&self, bucket: Bucket) -> Ceiling {
        match bucket {
            Bucket::All => Ceiling { count: 12_000, window_secs: 60 },
            Bucket::Register => self.register,
            Bucket::Authorize => Ceiling { count: 1_200, window_secs: 60 },
        }
    }

    /// Counts one; refuses with 429 above the ceiling. Requests whose address is unknown share one
    /// counter.
    pub fn check(&self, bucket: Bucket, address: Option<IpAddr>, now: UnixTime) -> Result<(), Failure> {
        let ceiling = self.ceiling(bucket);
        let key = (bucket, fold(address));
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        if windows.len() >= ADDRESSES && !windows.contains_key(&key) {
            self.make_room(&mut windows, now);
        }
        let window = windows.entry(key).or_insert(Window { began: now, used: 0 });
        // A clock that steps back opens a new window rather than closing one for good.
        if now < window.began || now.since(window.began) >= ceiling.window_secs {
            *window = Window { began: now, used: 0 };
        }
        if window.used >= ceiling.count {
            let retry_after = ceiling.window_secs.saturating_sub(now.since(window.began)).max(1);
            return Err(Failure::new(Kind::TooMany { retry_after }, "rate_limited"));
        }
        window.used += 1;
        Ok(())
    }

    /// Drops windows that are over; if that is not enough, the older half.
    fn make_room(&self, windows: &mut HashMap<(Bucket, IpAddr), Window>, now: UnixTime) {
        windows.retain(|(bucket, _), window| now.since(window.began) < self.ceiling(*bucket).window_secs);
        if windows.len() >= ADDRESSES {
            let mut began: Vec<UnixTime> = windows.values().map(|window| window.began).collect();
            began.sort_unstable();
            let middle = began.get(began.len() / 2).copied().unwrap_or(now);
            windows.retain(|_, window| window.began > middle);
        }
    }
}

/// One IPv6 subscriber has a /64, so that is what is counted.
fn fold(address: Option<IpAddr>) -> IpAddr {
    match address {
        Some(IpAddr::V4(v4)) => IpAddr::V4(v4),
        Some(IpAddr::V6(v6)) => match v6.to_ipv4_mapped() {
            Some(v4) => IpAddr::V4(v4),
            None => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX))),
        },
        None => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits() -> Limits {
        Limits::new(Ceiling { count: 2, window_secs: 10 })
    }

    #[test]
    fn the_third_is_refused_until_the_window_is_over() {
        let limits = limits();
        let address = Some(IpAddr::from([192, 0, 2, 1]));
        let at = |secs| limits.check(Bucket::Register, address, UnixTime::new(secs));
        assert!(at(100).is_ok() && at(101).is_ok());
        assert_eq!(at(104).unwrap_err().kind(), Kind::TooMany { retry_after: 6 });
        assert!(at(110).is_ok());
    }

    #[test]
    fn addresses_and_buckets_do_not_share_a_counter() {
        let limits = limits();
        let now = UnixTime::new(100);
        let check = |bucket, address: &str| limits.check(bucket, Some(address.parse().unwrap()), now).is_ok();
        assert!(check(Bucket::Register, "2001:db8::1") && check(Bucket::Register, "2001:db8::2"));
        assert!(!check(Bucket::Register, "2001:db8::3"), "one /64 is one subscriber");
        assert!(check(Bucket::Register, "2001:db8:0:1::1"));
        assert!(check(Bucket::Authorize, "2001:db8::1"));
        assert!(check(Bucket::Register, "192.0.2.1") && check(Bucket::Register, "::ffff:192.0.2.1"));
        assert!(!check(Bucket::Register, "192.0.2.1"));
    }

    #[test]
    fn memory_is_bounded() {
        let limits = limits();
        for n in 0..ADDRESSES + 10 {
            let address = IpAddr::from(u32::try_from(n).unwrap().to_be_bytes());
            let now = UnixTime::new(100 + u64::from(n > ADDRESSES / 2));
            assert!(limits.check(Bucket::All, Some(address), now).is_ok());
        }
        assert!(limits.windows.lock().unwrap().len() <= ADDRESSES);
    }
}
