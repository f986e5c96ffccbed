//! Which passwords are checked next: a few at once, some waiting, shared out among those who ask.
//!
//! One browser has one place, one address a few, one network a few more. When all places are taken, the network that
//! has most of them gives its newest to one that has fewer. Known browsers wait in a line of their own. So whoever
//! sends random names takes only a share.

use super::types::Asker;
use crate::budget::{Origin, Prefix};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;

/// Passwords checked at the same time.
const AT_ONCE: usize = 2;
/// Passwords waiting besides them.
const QUEUE: usize = 16;
/// Passwords waiting that come from known browsers.
const KNOWN_QUEUE: usize = 16;
/// Places of one address, checked and waiting.
const PER_SOURCE: usize = 4;
/// Places of one network.
const PER_NETWORK: usize = 6;

/// Who has a place.
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
    call: oneshot::Sender<Turn>,
}

#[derive(Debug, Default)]
struct State {
    /// Those whose password is being checked, with a number to give the place back by.
    running: Vec<(u64, Holder)>,
    next: u64,
    waiting: VecDeque<Waiting>,
}

/// Where passwords are checked.
#[derive(Clone, Debug, Default)]
pub(super) struct Desk(Arc<Mutex<State>>);

/// There is no place for this one, or it was given to another.
#[derive(Debug)]
pub(super) struct Full;

/// A place in the queue.
#[derive(Debug)]
pub(super) struct Seat(oneshot::Receiver<Turn>);

/// The right to check one password; given back when dropped.
#[derive(Debug)]
pub(super) struct Turn {
    desk: Desk,
    number: u64,
}

impl Desk {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a place in the queue, if there is one for this asker.
    pub(super) fn queue(&self, asker: &Asker) -> Result<Seat, Full> {
        let holder = Holder::of(asker);
        let mut state = self.state();
        // Whoever went away waits for nothing.
        state.waiting.retain(|waiting| !waiting.call.is_closed());
        state.make_place(&holder)?;
        let (call, called) = oneshot::channel();
        state.waiting.push_back(Waiting { holder, call });
        drop(state);
        self.call_next();
        Ok(Seat(called))
    }

    /// Calls those who are next, while there is room.
    fn call_next(&self) {
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
            // A turn that nobody takes any more is dropped, which locks the state again.
            drop(state);
            drop(next.call.send(Turn { desk: self.clone(), number }));
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

    /// Sees that there is a place in the queue for this one, at the expense of a network that has more.
    fn make_place(&mut self, new: &Holder) -> Result<(), Full> {
        if self.count(|holder| holder.browser == new.browser) > 0 {
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
                // Its seat learns of it by the end of the channel.
                self.waiting.remove(at);
                Ok(())
            }
            _ => Err(Full),
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.desk.state().running.retain(|(number, _)| *number != self.number);
        self.desk.call_next();
    }
}

impl Seat {
    /// Waits for the turn.
    pub(super) async fn called(self) -> Result<Turn, Full> {
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

    /// One place for each of so many browsers at an address.
    fn fill(desk: &Desk, browsers: std::ops::Range<u8>, address: &str) -> Vec<Seat> {
        browsers.filter_map(|browser| desk.queue(&asker(browser, address)).ok()).collect()
    }

    #[tokio::test]
    async fn one_address_and_one_network_have_a_share() {
        let desk = Desk::default();
        let seats = fill(&desk, 0..200, "192.0.2.1");
        assert_eq!(seats.len(), PER_SOURCE);
        let more: Vec<Seat> =
            (2..200).flat_map(|n| fill(&desk, 200 - n..201 - n, &format!("192.0.2.{n}"))).collect();
        assert_eq!(seats.len() + more.len(), PER_NETWORK);
        assert!(desk.queue(&asker(201, "2001:db8:1:1::1")).is_ok(), "another network");
        assert!(desk.queue(&asker(202, "2001:db8:1:2::1")).is_ok(), "another address of it");
    }

    #[tokio::test]
    async fn one_browser_has_one_place() {
        let desk = Desk::default();
        let seat = desk.queue(&asker(1, "192.0.2.1")).unwrap();
        assert!(
            desk.queue(&asker(1, "192.0.2.1")).is_err() && desk.queue(&asker(1, "198.51.100.1")).is_err()
        );
        drop(seat.called().await.unwrap());
        assert!(desk.queue(&asker(1, "192.0.2.1")).is_ok());
    }

    #[tokio::test]
    async fn the_queue_is_bounded_and_the_greediest_network_makes_room() {
        let desk = Desk::default();
        let mut seats = Vec::new();
        for network in 0..3_u8 {
            for source in 0..3 {
                let from = network * 50 + source * 10;
                seats.extend(fill(&desk, from..from + 2, &format!("10.0.{network}.{source}")));
            }
        }
        assert_eq!(seats.len(), AT_ONCE + QUEUE, "three networks fill it");
        let mut newcomers = Vec::new();
        for n in 0..12_u8 {
            newcomers.push(desk.queue(&asker(200 + n, &format!("10.1.{n}.1"))).unwrap());
        }
        let gone = |seat: &mut Seat| matches!(seat.0.try_recv(), Err(oneshot::error::TryRecvError::Closed));
        let displaced = seats.iter_mut().map(gone).filter(|gone| *gone);
        assert_eq!(displaced.count(), 12);
        let all = desk.state();
        assert!(all.waiting.len() <= QUEUE && all.running.len() == AT_ONCE);
    }

    #[tokio::test]
    async fn known_browsers_are_next_whoever_waits() {
        let desk = Desk::default();
        let mut seats = fill(&desk, 0..3, "192.0.2.1");
        let more: Vec<Seat> =
            (0..40).filter_map(|n| desk.queue(&asker(50 + n, &format!("10.2.{n}.1"))).ok()).collect();
        assert!(desk.queue(&asker(250, "10.3.0.1")).is_err(), "full");
        let here = desk.queue(&known(100, "192.0.2.1")).unwrap();
        assert_eq!(fill(&desk, 120..121, "192.0.2.1").len(), 0);
        drop(seats.remove(0).called().await.unwrap());
        let turn = here.called().await.unwrap();
        assert!(more.len() > 10 && desk.state().running.len() == AT_ONCE);
        drop(turn);
        let many: Vec<_> = (0..60_u8).map(|n| desk.queue(&known(150 + n, "192.0.2.1")).is_ok()).collect();
        assert!(many.iter().all(|taken| *taken), "nobody waits who went away");
        let held: Vec<Seat> =
            (0..60_u8).filter_map(|n| desk.queue(&known(150 + n, "192.0.2.1")).ok()).collect();
        assert_eq!(held.len(), KNOWN_QUEUE);
    }

    #[tokio::test]
    async fn places_come_back_from_those_who_go_away() {
        let desk = Desk::default();
        for _ in 0..100 {
            let seats = fill(&desk, 0..4, "192.0.2.1");
            assert_eq!(seats.len(), PER_SOURCE);
        }
        let turn = desk.queue(&asker(1, "192.0.2.1")).unwrap().called().await.unwrap();
        drop(turn);
        let state = desk.state();
        assert!(state.running.is_empty() && state.waiting.len() <= PER_SOURCE);
    }
}
