//! Decides which passwords are checked next: a few are checked at the same time, and a limited number waits.
//!
//! A place is a password that is being checked or waits. A browser can have two places, because people click twice; an
//! address can have a few, and a network a few more. If all waiting places are taken, the network with the most places
//! loses its newest waiting place to a network that has at least two fewer. Known browsers have waiting places of their
//! own, without limits per address or network, and are served first. So a caller that sends random names takes only a
//! share of the places.

use super::types::Asker;
use crate::budget::{Origin, Prefix};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;

/// The maximum number of passwords that are checked at the same time.
const AT_ONCE: usize = 2;
/// The maximum number of passwords from unknown browsers that wait.
const QUEUE: usize = 16;
/// The maximum number of passwords from known browsers that wait.
const KNOWN_QUEUE: usize = 16;
/// The maximum number of places of one browser.
const PER_BROWSER: usize = 2;
/// The maximum number of places of the unknown browsers at one address (IPv6: /64).
const PER_SOURCE: usize = 4;
/// The maximum number of places of the unknown browsers in one network (IPv4: /24, IPv6: /48).
const PER_NETWORK: usize = 6;

/// The caller that occupies a place.
#[derive(Clone, Copy, Debug)]
struct Holder {
    browser: [u8; 32],
    origin: Origin,
    known: bool,
}

impl Holder {
    fn of(asker: &Asker) -> Self {
        Self { browser: asker.browser, origin: Origin::of(asker.address), known: asker.device.is_some() }
    }
}

#[derive(Debug)]
struct Waiting {
    holder: Holder,
    admit: oneshot::Sender<Permit>,
}

#[derive(Debug, Default)]
struct State {
    /// The callers whose passwords are being checked, each with the number of its permit.
    running: Vec<(u64, Holder)>,
    next: u64,
    waiting: VecDeque<Waiting>,
}

/// The queue of passwords to check. Clones share it.
#[derive(Clone, Debug, Default)]
pub(super) struct PasswordQueue(Arc<Mutex<State>>);

/// The error if there is no place for this caller, or if its place was given to another caller.
#[derive(Debug)]
pub(super) struct Full;

/// A place in the queue.
#[derive(Debug)]
pub(super) struct Place(oneshot::Receiver<Permit>);

/// The permit to check one password. Dropping it returns it.
#[derive(Debug)]
pub(super) struct Permit {
    queue: PasswordQueue,
    number: u64,
}

impl PasswordQueue {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a place in the queue. Fails if there is no place for this caller.
    pub(super) fn join(&self, asker: &Asker) -> Result<Place, Full> {
        let holder = Holder::of(asker);
        let mut state = self.state();
        // Callers that have disconnected no longer wait.
        state.waiting.retain(|waiting| !waiting.admit.is_closed());
        state.make_place(&holder)?;
        let (admit, admitted) = oneshot::channel();
        state.waiting.push_back(Waiting { holder, admit });
        drop(state);
        self.admit_next();
        Ok(Place(admitted))
    }

    /// Gives permits to the next callers, known browsers first, as long as fewer than [`AT_ONCE`] passwords are being
    /// checked.
    fn admit_next(&self) {
        loop {
            let mut state = self.state();
            if state.running.len() >= AT_ONCE {
                return;
            }
            let known = state.waiting.iter().position(|waiting| waiting.holder.known);
            let Some(next) = state.waiting.remove(known.unwrap_or_default()) else { return };
            let number = state.next;
            state.next = state.next.wrapping_add(1);
            state.running.push((number, next.holder));
            // If the caller has disconnected, the permit is dropped here, which locks the state again.
            drop(state);
            drop(next.admit.send(Permit { queue: self.clone(), number }));
        }
    }
}

impl State {
    fn count(&self, which: impl Fn(&Holder) -> bool) -> usize {
        let running = self.running.iter().map(|(_, holder)| holder);
        running
            .chain(self.waiting.iter().map(|waiting| &waiting.holder))
            .filter(|holder| which(holder))
            .count()
    }

    fn of_network(&self, network: Prefix) -> usize {
        self.count(|holder| !holder.known && holder.origin.network == network)
    }

    /// Makes sure that there is a place for this caller. If necessary, takes it from a network that has at least two
    /// places more. Fails if there is no place.
    fn make_place(&mut self, new: &Holder) -> Result<(), Full> {
        if self.count(|holder| holder.browser == new.browser) >= PER_BROWSER {
            return Err(Full);
        }
        let waiting = self.waiting.iter().filter(|waiting| waiting.holder.known == new.known).count();
        if new.known {
            return if waiting < KNOWN_QUEUE { Ok(()) } else { Err(Full) };
        }
        let theirs = self.of_network(new.origin.network);
        let same_source =
            self.count(|holder| !holder.known && holder.origin.subscriber == new.origin.subscriber);
        if same_source >= PER_SOURCE || theirs >= PER_NETWORK {
            return Err(Full);
        }
        if waiting < QUEUE {
            return Ok(());
        }
        let newest_of_most = (0..self.waiting.len())
            .filter_map(|at| self.waiting.get(at).map(|waiting| (at, waiting.holder)))
            .filter(|(_, holder)| !holder.known)
            .map(|(at, holder)| (self.of_network(holder.origin.network), at))
            .max();
        match newest_of_most {
            Some((count, at)) if count > theirs + 1 => {
                // Removing the entry closes the channel, so waiting on its `Place` fails.
                self.waiting.remove(at);
                Ok(())
            }
            _ => Err(Full),
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.queue.state().running.retain(|(number, _)| *number != self.number);
        self.queue.admit_next();
    }
}

impl Place {
    /// Waits for the permit. Fails if the place was given to another caller.
    pub(super) async fn wait(self) -> Result<Permit, Full> {
        self.0.await.map_err(|_| Full)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::users::DeviceId;

    fn asker(browser: u8, address: &str) -> Asker {
        Asker { address: Some(address.parse().unwrap()), browser: [browser; 32], device: None }
    }

    fn known(browser: u8, address: &str) -> Asker {
        Asker { device: Some(DeviceId([browser; 8])), ..asker(browser, address) }
    }

    /// Takes a place for each of these browsers, all at one address.
    fn fill(queue: &PasswordQueue, browsers: std::ops::Range<u8>, address: &str) -> Vec<Place> {
        browsers.filter_map(|browser| queue.join(&asker(browser, address)).ok()).collect()
    }

    #[tokio::test]
    async fn one_address_and_one_network_have_a_share() {
        let queue = PasswordQueue::default();
        let places = fill(&queue, 0..200, "192.0.2.1");
        assert_eq!(places.len(), PER_SOURCE);
        let more: Vec<Place> =
            (2..200).flat_map(|n| fill(&queue, 200 - n..201 - n, &format!("192.0.2.{n}"))).collect();
        assert_eq!(places.len() + more.len(), PER_NETWORK);
        assert!(queue.join(&asker(201, "2001:db8:1:1::1")).is_ok(), "another network");
        assert!(queue.join(&asker(202, "2001:db8:1:2::1")).is_ok(), "another address of it");
    }

    #[tokio::test]
    async fn one_browser_has_two_places() {
        let queue = PasswordQueue::default();
        let place = queue.join(&asker(1, "192.0.2.1")).unwrap();
        let _second = queue.join(&asker(1, "192.0.2.1")).unwrap();
        assert!(
            queue.join(&asker(1, "192.0.2.1")).is_err() && queue.join(&asker(1, "198.51.100.1")).is_err()
        );
        drop(place.wait().await.unwrap());
        assert!(queue.join(&asker(1, "192.0.2.1")).is_ok());
    }

    #[tokio::test]
    async fn the_queue_is_bounded_and_the_greediest_network_makes_room() {
        let queue = PasswordQueue::default();
        let mut places = Vec::new();
        for network in 0..3_u8 {
            for source in 0..3 {
                let from = network * 50 + source * 10;
                places.extend(fill(&queue, from..from + 2, &format!("10.0.{network}.{source}")));
            }
        }
        assert_eq!(places.len(), AT_ONCE + QUEUE, "three networks fill it");
        let mut newcomers = Vec::new();
        for n in 0..12_u8 {
            newcomers.push(queue.join(&asker(200 + n, &format!("10.1.{n}.1"))).unwrap());
        }
        let gone =
            |place: &mut Place| matches!(place.0.try_recv(), Err(oneshot::error::TryRecvError::Closed));
        let displaced = places.iter_mut().map(gone).filter(|gone| *gone);
        assert_eq!(displaced.count(), 12);
        let all = queue.state();
        assert!(all.waiting.len() <= QUEUE && all.running.len() == AT_ONCE);
    }

    #[tokio::test]
    async fn known_browsers_are_next_whoever_waits() {
        let queue = PasswordQueue::default();
        let mut places = fill(&queue, 0..3, "192.0.2.1");
        let more: Vec<Place> =
            (0..40).filter_map(|n| queue.join(&asker(50 + n, &format!("10.2.{n}.1"))).ok()).collect();
        assert!(queue.join(&asker(250, "10.3.0.1")).is_err(), "full");
        let here = queue.join(&known(100, "192.0.2.1")).unwrap();
        assert_eq!(fill(&queue, 120..121, "192.0.2.1").len(), 0);
        drop(places.remove(0).wait().await.unwrap());
        let permit = here.wait().await.unwrap();
        assert!(more.len() > 10 && queue.state().running.len() == AT_ONCE);
        drop(permit);
        let many: Vec<_> = (0..60_u8).map(|n| queue.join(&known(150 + n, "192.0.2.1")).is_ok()).collect();
        assert!(many.iter().all(|taken| *taken), "nobody waits who went away");
        let held: Vec<Place> =
            (0..60_u8).filter_map(|n| queue.join(&known(150 + n, "192.0.2.1")).ok()).collect();
        assert_eq!(held.len(), KNOWN_QUEUE);
    }

    #[tokio::test]
    async fn places_come_back_from_those_who_go_away() {
        let queue = PasswordQueue::default();
        for _ in 0..100 {
            let places = fill(&queue, 0..4, "192.0.2.1");
            assert_eq!(places.len(), PER_SOURCE);
        }
        let permit = queue.join(&asker(1, "192.0.2.1")).unwrap().wait().await.unwrap();
        drop(permit);
        let state = queue.state();
        assert!(state.running.is_empty() && state.waiting.len() <= PER_SOURCE);
    }
}
