//! Counts the entries of tables, to compare the count with a maximum.
//!
//! The statistics of the PostgreSQL server are not sufficient: they are empty after a crash or a reset, and otherwise
//! delayed. Counting a table at every login would read all of it. So a table is counted once, and this process adds
//! and subtracts its own changes when they are committed. After [`RECOUNT_AFTER`] changes and reads the table is
//! counted again, which includes the changes of other replicas. Meanwhile the old count is used, so that concurrent
//! operations do not all count. A count does not include what other replicas changed after it was taken, and may be
//! wrong by what was being committed while it was taken.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The number of changes and reads after which a table is counted again.
const RECOUNT_AFTER: u64 = 256;
/// A table whose count may be rough ([`Precision::Rough`]) is counted again after one change or read per this many
/// entries, if that is more than [`RECOUNT_AFTER`].
const RECOUNT_FRACTION: u64 = 64;

/// How often a table is counted.
#[derive(Clone, Copy, Debug)]
pub(super) enum Precision {
    /// After [`RECOUNT_AFTER`] changes and reads.
    Fine,
    /// After one change or read per [`RECOUNT_FRACTION`] entries, and at least [`RECOUNT_AFTER`]. Counting a million
    /// rows takes a tenth of a second.
    Rough,
}

#[derive(Clone, Copy, Debug)]
struct Count {
    entries: u64,
    /// The number of changes and reads since the table was counted.
    since: u64,
}

/// The counts of one process.
#[derive(Debug)]
pub(super) struct Counts {
    tables: Mutex<BTreeMap<&'static str, Count>>,
    /// One permit, for the transaction that deletes entries because there are too many.
    turn: Arc<Semaphore>,
}

impl Default for Counts {
    fn default() -> Self {
        Self { tables: Mutex::default(), turn: Arc::new(Semaphore::new(1)) }
    }
}

/// The right to delete entries of tables that have too many. Dropping it returns the right.
pub(super) type Turn = OwnedSemaphorePermit;

/// How many entries each table gained; negative if it lost entries.
pub(super) type Changes = BTreeMap<&'static str, i64>;

impl Counts {
    fn counts(&self) -> MutexGuard<'_, BTreeMap<&'static str, Count>> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The number of entries in the table; `None` if the caller has to count them. Until the caller has, other callers
    /// get the old count, if there is one.
    pub(super) fn get(&self, table: &'static str, precision: Precision) -> Option<u64> {
        let mut counts = self.counts();
        let count = counts.get_mut(table)?;
        count.since += 1;
        let enough = match precision {
            Precision::Fine => RECOUNT_AFTER,
            Precision::Rough => RECOUNT_AFTER.max(count.entries / RECOUNT_FRACTION),
        };
        if count.since < enough {
            return Some(count.entries);
        }
        count.since = 0;
        None
    }

    /// Takes the turn to delete entries, unless another transaction of this process has it.
    pub(super) fn turn(&self) -> Option<Turn> {
        Arc::clone(&self.turn).try_acquire_owned().ok()
    }

    /// Stores the result of counting a table.
    pub(super) fn set(&self, table: &'static str, entries: u64) {
        self.counts().insert(table, Count { entries, since: 0 });
    }

    /// Applies the changes of a committed transaction.
    pub(super) fn apply(&self, changes: &Changes) {
        let mut counts = self.counts();
        for (table, change) in changes {
            if let Some(count) = counts.get_mut(table) {
                count.entries = count.entries.saturating_add_signed(*change);
                count.since += change.unsigned_abs();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_follows_what_is_committed_and_is_taken_again_in_time() {
        let counts = Counts::default();
        assert_eq!(counts.get("logins", Precision::Fine), None);
        counts.apply(&Changes::from([("logins", 5)]));
        assert_eq!(counts.get("logins", Precision::Fine), None, "nothing to add it to");
        counts.set("logins", 10);
        counts.apply(&Changes::from([("logins", 3), ("codes", 9)]));
        assert_eq!(counts.get("logins", Precision::Fine), Some(13));
        counts.apply(&Changes::from([("logins", -100)]));
        assert_eq!(counts.get("logins", Precision::Fine), Some(0));
        let asked = std::iter::from_fn(|| counts.get("logins", Precision::Fine)).count() as u64;
        assert!(asked < RECOUNT_AFTER, "{asked}");
        counts.set("logins", 7);
        assert_eq!(counts.get("logins", Precision::Fine), Some(7));
    }

    #[test]
    fn a_large_table_is_counted_less_often_and_by_one_caller_at_a_time() {
        let asked = |entries: u64| {
            let counts = Counts::default();
            counts.set("audit", entries);
            let asked = std::iter::from_fn(|| counts.get("audit", Precision::Rough)).count() as u64;
            assert_eq!(counts.get("audit", Precision::Rough), Some(entries), "while another caller counts");
            asked
        };
        assert_eq!(asked(10), RECOUNT_AFTER - 1);
        assert_eq!(asked(640_000), 9_999);
    }

    #[test]
    fn one_at_a_time_has_the_turn() {
        let counts = Counts::default();
        let turn = counts.turn();
        assert!(turn.is_some() && counts.turn().is_none());
        drop(turn);
        assert!(counts.turn().is_some());
    }
}
