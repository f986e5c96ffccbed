//! The open connections of one listener, and the choice of the connection that is closed to make room for a new one.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use events::{Event, Field, Kind, Reason};
use tokio::sync::Notify;
use tokio::time::Instant;

use super::limits::ConnectionLimits;
use super::watched::{Activity, now};
use crate::journal::Journal;

/// The minimum time between two log lines about too many connections.
const LOGGED_EVERY: Duration = Duration::from_mins(1);

/// The open connections of one listener.
#[derive(Debug)]
pub(super) struct Connections {
    most: usize,
    journal: Journal,
    table: Mutex<Table>,
}

#[derive(Debug, Default)]
struct Table {
    next: u64,
    open: BTreeMap<u64, Open>,
    logged: Option<Instant>,
}

#[derive(Debug, Clone)]
struct Open {
    peer: IpAddr,
    activity: Arc<Activity>,
    close: Arc<Notify>,
}

/// The slot of a connection in the table of open connections. Dropping the value frees the slot.
#[derive(Debug)]
pub(super) struct Held {
    connections: Arc<Connections>,
    id: u64,
    open: Open,
}

impl Connections {
    pub(super) fn new(limits: ConnectionLimits, journal: Journal) -> Self {
        Self { most: limits.most, journal, table: Mutex::default() }
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a slot for a new connection, and closes another connection if necessary. Returns `None` if the new
    /// connection must be closed.
    pub(super) fn admit(self: &Arc<Self>, peer: IpAddr) -> Option<Held> {
        let mut table = self.table();
        if table.open.len() >= self.most {
            let yields = table.least_needed(peer);
            if table.should_log() {
                let event = Event::because(Kind::Operation, Reason::ConnectionsFull).address(Some(peer));
                self.journal.record(event.with(Field::Count, table.open.len()).saying(
                    "the maximum number of connections is open; a new one replaces one that serves no request, or is closed if there is none",
                ));
            }
            if let Some(yields) = table.open.remove(&yields?) {
                yields.close.notify_one();
            }
        }
        let open = Open { peer, activity: Arc::new(Activity::new()), close: Arc::default() };
        let id = table.next;
        table.next += 1;
        table.open.insert(id, open.clone());
        Some(Held { connections: Arc::clone(self), id, open })
    }
}

impl Table {
    /// Returns the connection to close for a new connection of the peer `newcomer`. It serves no request, belongs to
    /// the peer that has the most connections, and of that peer's connections it has been unused longest. Returns
    /// `None` if every connection serves a request, or if `newcomer`, counting the new connection, would have more
    /// connections than that peer.
    fn least_needed(&self, newcomer: IpAddr) -> Option<u64> {
        let mut of_peer: HashMap<IpAddr, usize> = HashMap::from([(newcomer, 1)]);
        for open in self.open.values() {
            *of_peer.entry(open.peer).or_default() += 1;
        }
        let count = |peer: &IpAddr| of_peer.get(peer).copied().unwrap_or_default();
        let unused = self.open.iter().filter_map(|(id, open)| {
            let since = open.activity.unused_since()?;
            Some(((count(&open.peer), Reverse(since), Reverse(*id)), *id))
        });
        let ((held, ..), id) = unused.max_by_key(|(rank, _)| *rank)?;
        (held >= count(&newcomer)).then_some(id)
    }

    fn should_log(&mut self) -> bool {
        if self.logged.is_some_and(|logged| logged.elapsed() < LOGGED_EVERY) {
            return false;
        }
        self.logged = Some(now());
        true
    }
}

impl Held {
    pub(super) fn activity(&self) -> Arc<Activity> {
        Arc::clone(&self.open.activity)
    }

    /// Waits until this connection must be closed because another one gets its slot.
    pub(super) async fn close_requested(&self) {
        self.open.close.notified().await;
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.connections.table().open.remove(&self.id);
    }
}
