//! Slowing down wrong guesses, by time and without sleeping.
//!
//! Every guess of a user's password is charged to somebody, and each of them has little to spend in an hour:
//!
//! - A **known browser** has signed in as this user before and shows a sealed cookie for it. It has a counter of its
//!   own, so nobody else can use it up.
//! - Everybody else is charged to their address (one IPv4 address, one /64 of IPv6), to the network it lies in (/24,
//!   /48) and to the user. After [`super::counters::FREE`] failures from an address the next guess must wait, 1 s doubling to
//!   [`super::counters::MAX_DELAY_SECS`]. A network where the user has signed in before is not bound by what was guessed elsewhere.
//! - Where that is used up, a **fresh browser** may still guess now and then, from a reserve that refills by the
//!   minute. So somebody who shares an address with an attacker, and has no known browser, waits and is not locked out.
//!
//! Nobody is told to wait longer than [`LONGEST_WAIT_SECS`]. What an attacker gets out of all this is in
//! `docs/threat-model.md`. A guess counts as failed from its beginning, so many at once do not slip through together.

use super::counters::{Failures, Hour, Pace, Paced};
use super::types::{Asker, DeviceId};
use crate::budget::{Origin, Prefix};
use protocol::time::UnixTime;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Guesses of one user's password in an hour: by a known browser.
pub(super) const PER_DEVICE_AND_HOUR: u32 = 30;
/// From one address.
pub(super) const PER_SOURCE_AND_HOUR: u32 = 30;
/// From one network.
pub(super) const PER_NETWORK_AND_HOUR: u32 = 60;
/// From all networks where the user has not signed in before.
pub(super) const PER_USER_AND_HOUR: u32 = 100;
/// The reserve of fresh browsers: of one browser, of one address, and of one user in all.
pub(super) const BROWSER_RESERVE: Pace = Pace { burst: 3, every_secs: 120 };
pub(super) const SOURCE_RESERVE: Pace = Pace { burst: 10, every_secs: 120 };
pub(super) const USER_RESERVE: Pace = Pace { burst: 30, every_secs: 60 };
/// The reserves refill within this time, so nobody waits longer.
pub(super) const LONGEST_WAIT_SECS: u64 = 120;

/// Names remembered that are not in the users file; the least recently guessed give way.
const STRANGERS: usize = 2_000;
/// Users of the file remembered; more than a users file can hold.
const USERS: usize = 50_000;
/// Networks remembered per user as known, and known browsers with failures.
const KNOWN: usize = 16;
/// Tables of one user are looked through for what can be forgotten beyond this many entries.
const TIDY_FROM: usize = 64;

/// What is known of the guesses of one user's password.
#[derive(Default)]
struct Guesses {
    last: UnixTime,
    /// From networks that are not known.
    elsewhere: Hour,
    networks: BTreeMap<Prefix, Hour>,
    sources: BTreeMap<Prefix, Failures>,
    devices: BTreeMap<DeviceId, Failures>,
    browsers: BTreeMap<[u8; 32], Paced>,
    source_reserve: BTreeMap<Prefix, Paced>,
    reserve: Paced,
    /// Where the user signed in.
    known: BTreeSet<Prefix>,
}

#[derive(Default)]
struct Tables {
    users: BTreeMap<String, Guesses>,
    /// Names that nobody has. Apart, so that made-up names cannot push out what is remembered of a user.
    strangers: BTreeMap<String, Guesses>,
}

/// Who failed how often, in memory.
#[derive(Default)]
pub(super) struct Throttle(Mutex<Tables>);

impl std::fmt::Debug for Throttle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Throttle")
    }
}

/// Whose password is guessed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target<'a> {
    pub(super) name: &'a str,
    /// Whether the users file has that name.
    pub(super) exists: bool,
}

/// Who a guess was charged to; needed to take the charge back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Charge {
    /// The known browser.
    Device(DeviceId),
    /// Address, network and user.
    Usual,
    /// The reserve of fresh browsers.
    Reserve,
}

impl Throttle {
    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Entries about users of the file, and names that nobody has.
    #[cfg(test)]
    pub(super) fn remembered(&self) -> (usize, usize) {
        let tables = self.tables();
        (tables.users.values().map(Guesses::len).sum(), tables.strangers.len())
    }

    /// Counts a guess as failed, or says how many seconds to wait (at least 1, at most
    /// [`LONGEST_WAIT_SECS`]); then it is not counted.
    pub(super) fn begin(&self, target: Target<'_>, asker: &Asker, now: UnixTime) -> Result<Charge, u64> {
        let mut tables = self.tables();
        let guesses = tables.of(target);
        guesses.last = now;
        guesses.tidy(now);
        guesses.begin(asker, now).map_err(|wait| wait.clamp(1, LONGEST_WAIT_SECS))
    }

    /// Takes back what [`Self::begin`] counted: the guess was never looked at.
    pub(super) fn forgive(&self, target: Target<'_>, asker: &Asker, charge: Charge) {
        self.tables().of(target).forgive(asker, charge);
    }

    /// The guess was right: it was no failure, waiting starts afresh, and the network is known from now on.
    pub(super) fn succeeded(&self, target: Target<'_>, asker: &Asker, charge: Charge) {
        let mut tables = self.tables();
        let guesses = tables.of(target);
        guesses.forgive(asker, charge);
        match charge {
            Charge::Device(device) => drop(guesses.devices.remove(&device)),
            // What was guessed in this hour stays counted: the address may be shared with an attacker.
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
    fn begin(&mut self, asker: &Asker, now: UnixTime) -> Result<Charge, u64> {
        if let Some(device) = asker.device {
            let failures = self.devices.entry(device).or_default();
            if failures.hour.wait(PER_DEVICE_AND_HOUR, now).is_none() {
                failures.delay(now).map_or(Ok(()), Err)?;
                failures.count(now);
                return Ok(Charge::Device(device));
            }
            // Its hour is used up, so it counts as any other browser.
        }
        let Some(usual) = self.usual(asker, now) else {
            self.browser(asker).spend(BROWSER_RESERVE, now);
            return Ok(Charge::Usual);
        };
        self.reserved(asker, now).map_or(Ok(Charge::Reserve), |wait| Err(wait.min(usual)))
    }

    fn browser(&mut self, asker: &Asker) -> &mut Paced {
        self.browsers.entry(asker.browser).or_default()
    }

    /// Charges address, network and user; or how long to wait.
    fn usual(&mut self, asker: &Asker, now: UnixTime) -> Option<u64> {
        let Origin { subscriber: source, network } = Origin::of(asker.address);
        let known = self.known.contains(&network);
        let failures = self.sources.get(&source).copied().unwrap_or_default();
        let waits = [
            failures.delay(now),
            failures.hour.wait(PER_SOURCE_AND_HOUR, now),
            self.networks.get(&network).and_then(|hour| hour.wait(PER_NETWORK_AND_HOUR, now)),
            if known { None } else { self.elsewhere.wait(PER_USER_AND_HOUR, now) },
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

    /// Charges the reserves; or how long to wait.
    fn reserved(&mut self, asker: &Asker, now: UnixTime) -> Option<u64> {
        let source = Origin::of(asker.address).subscriber;
        let waits = [
            self.browsers.get(&asker.browser).and_then(|paced| paced.wait(BROWSER_RESERVE, now)),
            self.source_reserve.get(&source).and_then(|paced| paced.wait(SOURCE_RESERVE, now)),
            self.reserve.wait(USER_RESERVE, now),
        ];
        let wait = waits.into_iter().flatten().max();
        if wait.is_none() {
            self.browser(asker).spend(BROWSER_RESERVE, now);
            self.source_reserve.entry(source).or_default().spend(SOURCE_RESERVE, now);
            self.reserve.spend(USER_RESERVE, now);
        }
        wait
    }

    fn forgive(&mut self, asker: &Asker, charge: Charge) {
        let Origin { subscriber: source, network } = Origin::of(asker.address);
        match charge {
            Charge::Device(device) => {
                if let Some(failures) = self.devices.get_mut(&device) {
                    failures.forgive();
                }
            }
            Charge::Usual => {
                self.browser(asker).give_back(BROWSER_RESERVE);
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
                self.browser(asker).give_back(BROWSER_RESERVE);
                self.source_reserve.entry(source).or_default().give_back(SOURCE_RESERVE);
                self.reserve.give_back(USER_RESERVE);
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

    /// Forgets what no longer counts. What counts is bounded by what can be guessed in an hour.
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
        if self.devices.len() > KNOWN
            && let Some(oldest) = self.devices.iter().min_by_key(|(_, f)| f.last()).map(|(id, _)| *id)
        {
            self.devices.remove(&oldest);
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
