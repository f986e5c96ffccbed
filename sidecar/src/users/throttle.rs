//! Slows down the guessing of passwords: refuses a guess until enough time has passed. It never sleeps.
//!
//! Every guess of a user's password is charged to one or more counters, and each counter allows a limited number of
//! guesses per hour:
//!
//! - A **known browser** has signed in as this user before and presents an encrypted cookie that proves it. It has its
//!   own counter, which nobody else can use up. At most [`KNOWN`] browsers of a user have failures at a time; any
//!   further one counts like a browser that is not known.
//! - Any other browser is charged to its address (one IPv4 address, one IPv6 /64), to its network (/24, /48) and to the
//!   user. After [`super::counters::FREE`] failures from an address the next guess has to wait: first 1 s, then twice
//!   as long each time, up to [`super::counters::MAX_DELAY_SECS`]. A network from which the user has signed in before
//!   is not charged for guesses from elsewhere.
//! - When those counters are used up, a **new browser** may still guess now and then, from a reserve that refills every
//!   minute or two. So a user who shares an address with an attacker and has no known browser has to wait, but is not
//!   locked out.
//!
//! For a password, nobody has to wait longer than [`LONGEST_WAIT_SECS`]. `docs/threat-model.md` describes what an
//! attacker can achieve. A guess counts as failed when it starts, so that concurrent guesses cannot exceed the limits.

use super::counters::{Failures, Hour, Pace, Paced};
use super::types::{Asker, DeviceId};
use crate::budget::{Origin, Prefix};
use protocol::time::UnixTime;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The maximum number of guesses of one user's password per hour from one known browser.
pub(super) const PER_DEVICE_AND_HOUR: u32 = 30;
/// The maximum number per hour from one address.
pub(super) const PER_SOURCE_AND_HOUR: u32 = 30;
/// The maximum number per hour from one network.
pub(super) const PER_NETWORK_AND_HOUR: u32 = 60;
/// The maximum number per hour from all networks together from which the user has not signed in before.
pub(super) const PER_USER_AND_HOUR: u32 = 100;
/// The reserves for new browsers: of one browser, of one address, and of one user in total.
pub(super) const BROWSER_RESERVE: Pace = Pace { burst: 3, every_secs: 120 };
pub(super) const SOURCE_RESERVE: Pace = Pace { burst: 10, every_secs: 120 };
pub(super) const USER_RESERVE: Pace = Pace { burst: 30, every_secs: 60 };
/// The longest time until each of these reserves regains a guess, in seconds. So nobody has to wait longer.
pub(super) const LONGEST_WAIT_SECS: u64 = 120;

/// The limits for codes of the second factor. A code has six digits, and three codes of a million are right at a time.
/// Whoever guesses codes knows the password already.
pub(super) const CODES_PER_DEVICE_AND_HOUR: u32 = 20;
pub(super) const CODES_PER_SOURCE_AND_HOUR: u32 = 10;
pub(super) const CODES_PER_NETWORK_AND_HOUR: u32 = 10;
pub(super) const CODES_PER_USER_AND_HOUR: u32 = 10;
pub(super) const CODES_BROWSER_RESERVE: Pace = Pace { burst: 2, every_secs: 600 };
pub(super) const CODES_SOURCE_RESERVE: Pace = Pace { burst: 2, every_secs: 600 };
pub(super) const CODES_USER_RESERVE: Pace = Pace { burst: 4, every_secs: 600 };
pub(super) const CODES_LONGEST_WAIT_SECS: u64 = 600;

/// How many guesses are allowed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    per_device: u32,
    per_source: u32,
    per_network: u32,
    per_user: u32,
    browser_reserve: Pace,
    source_reserve: Pace,
    user_reserve: Pace,
    longest_wait_secs: u64,
}

impl Limits {
    /// The limits for passwords.
    pub(super) const PASSWORDS: Self = Self {
        per_device: PER_DEVICE_AND_HOUR,
        per_source: PER_SOURCE_AND_HOUR,
        per_network: PER_NETWORK_AND_HOUR,
        per_user: PER_USER_AND_HOUR,
        browser_reserve: BROWSER_RESERVE,
        source_reserve: SOURCE_RESERVE,
        user_reserve: USER_RESERVE,
        longest_wait_secs: LONGEST_WAIT_SECS,
    };
    /// The limits for codes of the second factor.
    pub(super) const CODES: Self = Self {
        per_device: CODES_PER_DEVICE_AND_HOUR,
        per_source: CODES_PER_SOURCE_AND_HOUR,
        per_network: CODES_PER_NETWORK_AND_HOUR,
        per_user: CODES_PER_USER_AND_HOUR,
        browser_reserve: CODES_BROWSER_RESERVE,
        source_reserve: CODES_SOURCE_RESERVE,
        user_reserve: CODES_USER_RESERVE,
        longest_wait_secs: CODES_LONGEST_WAIT_SECS,
    };
}

/// The maximum number of remembered names that are not in the users file. Beyond it, the name with the oldest last
/// guess is dropped.
const STRANGERS: usize = 2_000;
/// The maximum number of remembered users of the users file; more than a users file can hold.
const USERS: usize = 50_000;
/// The maximum number, per user, of known networks and of known browsers with failures.
pub(super) const KNOWN: usize = 16;
/// If one of a user's tables has more entries than this, entries that no longer count are removed.
const TIDY_FROM: usize = 64;

/// The guesses of one user's password.
#[derive(Default)]
struct Guesses {
    last: UnixTime,
    /// The guesses from networks that are not known.
    elsewhere: Hour,
    networks: BTreeMap<Prefix, Hour>,
    sources: BTreeMap<Prefix, Failures>,
    devices: BTreeMap<DeviceId, Failures>,
    browsers: BTreeMap<[u8; 32], Paced>,
    source_reserve: BTreeMap<Prefix, Paced>,
    reserve: Paced,
    /// Networks from which the user has signed in.
    known: BTreeSet<Prefix>,
}

#[derive(Default)]
struct Tables {
    users: BTreeMap<String, Guesses>,
    /// Names that no user has. They are kept separately, so that invented names cannot evict the entries of users.
    strangers: BTreeMap<String, Guesses>,
}

/// Remembers failed guesses, in memory.
pub(super) struct Throttle {
    limits: Limits,
    tables: Mutex<Tables>,
}

impl Default for Throttle {
    fn default() -> Self {
        Self::of(Limits::PASSWORDS)
    }
}

impl std::fmt::Debug for Throttle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Throttle")
    }
}

/// The user whose password is guessed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target<'a> {
    pub(super) name: &'a str,
    /// Whether the users file contains that name.
    pub(super) exists: bool,
}

/// The counters to which a guess was charged. Needed to take the charge back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Charge {
    /// The counter of a known browser.
    Device(DeviceId),
    /// The counters of the address, the network and the user.
    Usual,
    /// The reserves for new browsers.
    Reserve,
}

impl Throttle {
    /// Makes a throttle with these limits.
    pub(super) fn of(limits: Limits) -> Self {
        Self { limits, tables: Mutex::default() }
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the number of entries about users of the users file, and about names that no user has.
    #[cfg(test)]
    pub(super) fn remembered(&self) -> (usize, usize) {
        let tables = self.tables();
        (tables.users.values().map(Guesses::len).sum(), tables.strangers.len())
    }

    /// Counts a guess as failed. If no guess is allowed now, counts nothing; the error then says how many seconds to
    /// wait (at least 1, at most the longest wait of the limits).
    pub(super) fn begin(&self, target: Target<'_>, asker: &Asker, now: UnixTime) -> Result<Charge, u64> {
        let mut tables = self.tables();
        let guesses = tables.of(target);
        guesses.last = now;
        guesses.tidy(now);
        guesses.begin(&self.limits, asker, now).map_err(|wait| wait.clamp(1, self.limits.longest_wait_secs))
    }

    /// Takes back what [`Self::begin`] counted, because the guess was not checked.
    pub(super) fn forgive(&self, target: Target<'_>, asker: &Asker, charge: Charge) {
        self.tables().of(target).forgive(&self.limits, asker, charge);
    }

    /// Records that the guess was right: it is no failure, the delay starts over, and the network is known from now on.
    pub(super) fn succeeded(&self, target: Target<'_>, asker: &Asker, charge: Charge) {
        let mut tables = self.tables();
        let guesses = tables.of(target);
        guesses.forgive(&self.limits, asker, charge);
        match charge {
            Charge::Device(device) => drop(guesses.devices.remove(&device)),
            // The guesses of this hour stay counted, because an attacker may share the address.
            Charge::Usual => {
                if let Some(failures) = guesses.sources.get_mut(&Origin::of(asker.address).subscriber) {
                    failures.start_afresh();
                }
            }
            Charge::Reserve => {}
        }
        let network = Origin::of(asker.address).network;
        if guesses.known.len() >= KNOWN && !guesses.known.contains(&network) {
            guesses.known.pop_first();
        }
        guesses.known.insert(network);
    }
}

impl Guesses {
    fn begin(&mut self, limits: &Limits, asker: &Asker, now: UnixTime) -> Result<Charge, u64> {
        if let Some(device) = asker.device
            && (self.devices.len() < KNOWN || self.devices.contains_key(&device))
        {
            let failures = self.devices.entry(device).or_default();
            if failures.hour.wait(limits.per_device, now).is_none() {
                failures.delay(now).map_or(Ok(()), Err)?;
                failures.count(now);
                return Ok(Charge::Device(device));
            }
        }
        // A known browser counts like any other if it has used up its hour, or if too many known browsers have
        // failures. If an old counter were dropped instead, it would start again, and somebody with the cookies of many
        // browsers could guess without end.
        let Some(usual) = self.usual(limits, asker, now) else {
            self.browser(asker).spend(limits.browser_reserve, now);
            return Ok(Charge::Usual);
        };
        self.reserved(limits, asker, now).map_or(Ok(Charge::Reserve), |wait| Err(wait.min(usual)))
    }

    fn browser(&mut self, asker: &Asker) -> &mut Paced {
        self.browsers.entry(asker.browser).or_default()
    }

    /// Charges the address, the network and the user. If no guess is allowed now, charges nothing and returns how many
    /// seconds to wait.
    fn usual(&mut self, limits: &Limits, asker: &Asker, now: UnixTime) -> Option<u64> {
        let Origin { subscriber: source, network } = Origin::of(asker.address);
        let known = self.known.contains(&network);
        let failures = self.sources.get(&source).copied().unwrap_or_default();
        let waits = [
            failures.delay(now),
            failures.hour.wait(limits.per_source, now),
            self.networks.get(&network).and_then(|hour| hour.wait(limits.per_network, now)),
            if known { None } else { self.elsewhere.wait(limits.per_user, now) },
        ];
        if let Some(wait) = waits.into_iter().flatten().max() {
            return Some(wait);
        }
        self.sources.entry(source).or_default().count(now);
        self.networks.entry(network).or_default().count(now);
        if !known {
            self.elsewhere.count(now);
        }
        None
    }

    /// Charges the reserves. If no guess is allowed now, charges nothing and returns how many seconds to wait.
    fn reserved(&mut self, limits: &Limits, asker: &Asker, now: UnixTime) -> Option<u64> {
        let source = Origin::of(asker.address).subscriber;
        let waits = [
            self.browsers.get(&asker.browser).and_then(|paced| paced.wait(limits.browser_reserve, now)),
            self.source_reserve.get(&source).and_then(|paced| paced.wait(limits.source_reserve, now)),
            self.reserve.wait(limits.user_reserve, now),
        ];
        let wait = waits.into_iter().flatten().max();
        if wait.is_none() {
            self.browser(asker).spend(limits.browser_reserve, now);
            self.source_reserve.entry(source).or_default().spend(limits.source_reserve, now);
            self.reserve.spend(limits.user_reserve, now);
        }
        wait
    }

    fn forgive(&mut self, limits: &Limits, asker: &Asker, charge: Charge) {
        let Origin { subscriber: source, network } = Origin::of(asker.address);
        match charge {
            Charge::Device(device) => {
                if let Some(failures) = self.devices.get_mut(&device) {
                    failures.forgive();
                }
            }
            Charge::Usual => {
                self.browser(asker).give_back(limits.browser_reserve);
                if let Some(failures) = self.sources.get_mut(&source) {
                    failures.forgive();
                }
                if let Some(hour) = self.networks.get_mut(&network) {
                    hour.forgive();
                }
                if !self.known.contains(&network) {
                    self.elsewhere.forgive();
                }
            }
            Charge::Reserve => {
                self.browser(asker).give_back(limits.browser_reserve);
                self.source_reserve.entry(source).or_default().give_back(limits.source_reserve);
                self.reserve.give_back(limits.user_reserve);
            }
        }
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.sources.len()
            + self.networks.len()
            + self.browsers.len()
            + self.source_reserve.len()
            + self.devices.len()
            + self.known.len()
    }

    /// Removes entries that no longer count. The number of entries that count is bounded by the number of guesses that
    /// are possible in an hour.
    fn tidy(&mut self, now: UnixTime) {
        if self.sources.len() > TIDY_FROM {
            self.sources.retain(|_, failures| failures.counts(now));
        }
        if self.networks.len() > TIDY_FROM {
            self.networks.retain(|_, hour| hour.counts(now));
        }
        if self.browsers.len() > TIDY_FROM {
            self.browsers.retain(|_, paced| paced.counts(now));
        }
        if self.source_reserve.len() > TIDY_FROM {
            self.source_reserve.retain(|_, paced| paced.counts(now));
        }
        if self.devices.len() >= KNOWN {
            self.devices.retain(|_, failures| failures.counts(now));
        }
    }
}

impl Tables {
    fn of(&mut self, target: Target<'_>) -> &mut Guesses {
        let (table, most) =
            if target.exists { (&mut self.users, USERS) } else { (&mut self.strangers, STRANGERS) };
        if !table.contains_key(target.name)
            && table.len() >= most
            && let Some(oldest) = table.iter().min_by_key(|(_, g)| g.last).map(|(name, _)| name.clone())
        {
            table.remove(&oldest);
        }
        table.entry(target.name.to_owned()).or_default()
    }
}
