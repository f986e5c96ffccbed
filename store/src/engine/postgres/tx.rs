//! One transaction over the tables in PostgreSQL.
//!
//! Writes are buffered and sent in one statement, at the end or before anything but a single value is read. A value
//! that was read by its key is not requested again. So an operation needs few round trips to the server.

use super::counts::{self, Counts, Precision, Turn};
use super::server::{Failure, Server};
use crate::ended::EndedGrant;
use crate::error::StoreError;
use crate::tables::{Entries, Order, Read, Write};
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, PgPool, Postgres, Row as _, Transaction};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

/// What this transaction knows about a key: its value, whether the value still has to be written, and whether the key
/// existed before.
struct Known {
    value: Option<Vec<u8>>,
    unwritten: bool,
    /// Whether the table has the key before the value is written; `None` if that is unknown.
    was: Option<bool>,
}

impl Known {
    /// How many entries the table gains when the value is written: -1, 0 or 1. If it is unknown whether the key
    /// existed, a change is assumed.
    fn change(&self) -> i64 {
        let is = self.value.is_some();
        i64::from(is) - i64::from(self.was.unwrap_or(!is))
    }
}

type Knowledge = BTreeMap<(&'static str, Vec<u8>), Known>;

pub(crate) struct Tx {
    server: Server,
    inner: RefCell<Transaction<'static, Postgres>>,
    known: RefCell<Knowledge>,
    lost_race: Cell<bool>,
    counts: Arc<Counts>,
    /// How many entries each table has gained or lost by what was written so far.
    changes: RefCell<counts::Changes>,
    /// Set if this transaction deletes entries of a table that has too many; held until the transaction has ended.
    turn: RefCell<Option<Turn>>,
    ended: RefCell<Vec<EndedGrant>>,
}

impl Tx {
    pub(super) fn begin(
        server: Server,
        pool: &PgPool,
        counts: &Arc<Counts>,
        statement: &'static str,
    ) -> Result<Self, Failure> {
        let inner = server.wait_for(pool.begin_with(statement))?;
        let (known, lost_race, changes) = (RefCell::default(), Cell::new(false), RefCell::default());
        let counts = Arc::clone(counts);
        let (inner, turn, ended) = (RefCell::new(inner), RefCell::default(), RefCell::default());
        Ok(Self { server, inner, known, lost_race, counts, changes, turn, ended })
    }

    /// Whether a statement failed because of a conflict with another transaction.
    pub(super) const fn lost_race(&self) -> bool {
        self.lost_race.get()
    }

    /// Commits; the changes are durable once this returns.
    pub(super) fn commit(self) -> Result<(), Failure> {
        if let Err(error) = self.flush() {
            let lost_race = self.lost_race();
            self.roll_back();
            return Err(if lost_race { Failure::LostRace } else { Failure::Other(error) });
        }
        self.server.wait_for(self.inner.into_inner().commit())?;
        self.counts.apply(&self.changes.into_inner());
        Ok(())
    }

    /// Rolls back. If the request does not reach the server, the server rolls back when the connection ends.
    pub(super) fn roll_back(self) {
        let _context = self.server.handle.enter();
        let _ = self.server.wait_for(self.inner.into_inner().rollback());
    }

    fn rows(&self, sql: String, arguments: &[&[u8]], limit: Option<i64>) -> Result<Vec<PgRow>, StoreError> {
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for argument in arguments {
            query = query.bind(*argument);
        }
        if let Some(limit) = limit {
            query = query.bind(limit);
        }
        let mut inner = self.inner.borrow_mut();
        self.noting(self.server.wait_for(query.fetch_all(&mut **inner)))
    }

    fn noting<T>(&self, result: Result<T, Failure>) -> Result<T, StoreError> {
        result.map_err(|failure| {
            self.lost_race.set(matches!(failure, Failure::LostRace));
            failure.into()
        })
    }

    /// Sends the buffered writes.
    fn flush(&self) -> Result<(), StoreError> {
        let mut known = self.known.borrow_mut();
        let Some(changes) = Changes::of(&known) else { return Ok(()) };
        let mut query = sqlx::query(AssertSqlSafe(changes.sql));
        for list in changes.arguments {
            query = query.bind(list);
        }
        let mut inner = self.inner.borrow_mut();
        self.noting(self.server.wait_for(query.execute(&mut **inner)))?;
        let mut changes = self.changes.borrow_mut();
        for ((table, _), known) in known.iter_mut().filter(|(_, known)| known.unwritten) {
            *changes.entry(table).or_default() += known.change();
            known.unwritten = false;
            known.was = Some(known.value.is_some());
        }
        Ok(())
    }

    fn learn(&self, table: &'static str, key: &[u8], value: Option<Vec<u8>>) {
        let mut known = self.known.borrow_mut();
        let key = (table, key.to_vec());
        let was = known.get(&key).and_then(|known| known.was);
        known.insert(key, Known { value, unwritten: true, was });
    }

    fn single_number(&self, sql: String) -> Result<u64, StoreError> {
        let rows = self.rows(sql, &[], None)?;
        let number = rows.first().map(|row| row.try_get::<i64, _>(0)).transpose();
        let number = number.map_err(|error| StoreError::Backend(error.to_string()))?;
        Ok(number.and_then(|number| u64::try_from(number).ok()).unwrap_or_default())
    }
}

/// The values of one parameter of a statement.
type List = Vec<Vec<u8>>;

/// One statement that makes all changes: one part for each table from which keys are deleted, and one for each table
/// to which keys are written. No key is in two parts, so it does not matter that the parts do not see each other's
/// changes.
struct Changes {
    sql: String,
    arguments: Vec<List>,
}

impl Changes {
    fn of(known: &Knowledge) -> Option<Self> {
        let mut removed: BTreeMap<&'static str, List> = BTreeMap::new();
        let mut put: BTreeMap<&'static str, (List, List)> = BTreeMap::new();
        for ((table, key), known) in known.iter().filter(|(_, known)| known.unwritten) {
            if let Some(value) = &known.value {
                let (keys, values) = put.entry(table).or_default();
                keys.push(key.clone());
                values.push(value.clone());
            } else {
                removed.entry(table).or_default().push(key.clone());
            }
        }
        if removed.is_empty() && put.is_empty() {
            return None;
        }
        let (mut sql, mut arguments) = ("WITH ".to_owned(), Vec::new());
        for (table, keys) in removed {
            arguments.push(keys);
            let n = arguments.len();
            let _ = write!(sql, "p{n} AS (DELETE FROM mcpbouncer_{table} WHERE key = ANY(${n}::bytea[])), ");
        }
        for (table, (keys, values)) in put {
            arguments.extend([keys, values]);
            let n = arguments.len();
            let _ = write!(
                sql,
                "p{n} AS (INSERT INTO mcpbouncer_{table} (key, value) \
                 SELECT * FROM unnest(${}::bytea[], ${n}::bytea[]) \
                 ON CONFLICT (key) DO UPDATE SET value = excluded.value), ",
                n - 1
            );
        }
        sql.truncate(sql.len() - 2);
        sql.push_str(" SELECT 1");
        Some(Self { sql, arguments })
    }
}

const fn direction(order: Order) -> &'static str {
    match order {
        Order::NewestFirst => "DESC",
        Order::OldestFirst => "ASC",
    }
}

fn column(row: &PgRow, at: usize) -> Result<Vec<u8>, StoreError> {
    row.try_get(at).map_err(|error| StoreError::Backend(error.to_string()))
}

impl Read for Tx {
    fn bytes(&self, table: &'static str, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        if let Some(known) = self.known.borrow().get(&(table, key.to_vec())) {
            return Ok(known.value.clone());
        }
        let rows = self.rows(format!("SELECT value FROM mcpbouncer_{table} WHERE key = $1"), &[key], None)?;
        let value = rows.first().map(|row| column(row, 0)).transpose()?;
        let found = Known { was: Some(value.is_some()), value: value.clone(), unwritten: false };
        self.known.borrow_mut().insert((table, key.to_vec()), found);
        Ok(value)
    }

    fn keys(
        &self,
        table: &'static str,
        from: &[u8],
        to: &[u8],
        limit: usize,
    ) -> Result<Vec<Vec<u8>>, StoreError> {
        self.flush()?;
        let sql =
            format!("SELECT key FROM mcpbouncer_{table} WHERE key >= $1 AND key < $2 ORDER BY key LIMIT $3");
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.rows(sql, &[from, to], Some(limit))?.iter().map(|row| column(row, 0)).collect()
    }

    fn entries(&self, table: &'static str, from: &[u8], limit: usize) -> Result<Entries, StoreError> {
        self.flush()?;
        let sql = format!("SELECT key, value FROM mcpbouncer_{table} WHERE key >= $1 ORDER BY key LIMIT $2");
        self.pairs(sql, &[from], limit)
    }

    fn range(
        &self,
        table: &'static str,
        from: &[u8],
        to: &[u8],
        order: Order,
        limit: usize,
    ) -> Result<Entries, StoreError> {
        self.flush()?;
        let sql = format!(
            "SELECT key, value FROM mcpbouncer_{table} WHERE key >= $1 AND key < $2 ORDER BY key {} LIMIT $3",
            direction(order)
        );
        self.pairs(sql, &[from, to], limit)
    }

    fn keys_ending(
        &self,
        table: &'static str,
        from: &[u8],
        to: &[u8],
        ending: &[u8],
        order: Order,
        limit: usize,
    ) -> Result<Vec<Vec<u8>>, StoreError> {
        self.flush()?;
        let sql = format!(
            "SELECT key FROM mcpbouncer_{table} WHERE key >= $1 AND key < $2 \
             AND substring(key from length(key) - length($3) + 1) = $3 ORDER BY key {} LIMIT $4",
            direction(order)
        );
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.rows(sql, &[from, to, ending], Some(limit))?.iter().map(|row| column(row, 0)).collect()
    }

    fn values(&self, table: &'static str, keys: &[Vec<u8>]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        self.flush()?;
        let sql = format!("SELECT key, value FROM mcpbouncer_{table} WHERE key = ANY($1)");
        let query = sqlx::query(AssertSqlSafe(sql)).bind(keys);
        let rows = {
            let mut inner = self.inner.borrow_mut();
            self.noting(self.server.wait_for(query.fetch_all(&mut **inner)))?
        };
        let found = rows.iter().map(|row| Ok((column(row, 0)?, column(row, 1)?)));
        let mut found: BTreeMap<Vec<u8>, Vec<u8>> = found.collect::<Result<_, StoreError>>()?;
        Ok(keys.iter().map(|key| found.remove(key)).collect())
    }

    fn count(&self, table: &'static str) -> Result<u64, StoreError> {
        self.counted(table, Precision::Fine)
    }

    fn rough_count(&self, table: &'static str) -> Result<u64, StoreError> {
        self.counted(table, Precision::Rough)
    }

    fn estimate(&self, table: &'static str) -> Result<u64, StoreError> {
        // If the statistics were reset, the estimate of the last vacuum is used, which is stored separately.
        self.single_number(format!(
            "SELECT CASE WHEN live > 0 THEN live ELSE greatest(reltuples, 0)::bigint END FROM pg_class, \
             pg_stat_get_live_tuples(oid) AS live WHERE oid = 'mcpbouncer_{table}'::regclass"
        ))
    }
}

impl Tx {
    fn counted(&self, table: &'static str, precision: Precision) -> Result<u64, StoreError> {
        self.counts.get(table, precision).map_or_else(|| self.recount(table), Ok)
    }

    fn recount(&self, table: &'static str) -> Result<u64, StoreError> {
        // The count is that of the transaction's snapshot. If the transaction wrote nothing before, the count stays
        // valid even if the transaction is rolled back.
        let count = self.single_number(format!("SELECT count(*) FROM mcpbouncer_{table}"))?;
        self.counts.set(table, count);
        Ok(count)
    }

    fn pairs(&self, sql: String, bounds: &[&[u8]], limit: usize) -> Result<Entries, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = self.rows(sql, bounds, Some(limit))?;
        rows.iter().map(|row| Ok((column(row, 0)?, column(row, 1)?))).collect()
    }
}

impl Write for Tx {
    fn must_trim(&self, table: &'static str, kept: u64, batch: usize) -> Result<bool, StoreError> {
        let (count, most) = (self.count(table)?, kept + batch as u64);
        if count < most {
            return Ok(false);
        }
        // Of transactions that delete the same entries at the same time, one commits and the others must run again. So
        // one transaction deletes, and the others continue without deleting. If the table grows by another `batch`
        // meanwhile, all of them try: one succeeds each time, so the table stops growing.
        let turn = self.counts.turn();
        if turn.is_none() && count < most + batch as u64 {
            return Ok(false);
        }
        self.turn.replace(turn);
        // Another replica may have deleted the entries already.
        Ok(self.recount(table)? >= most)
    }

    fn put_bytes(&self, table: &'static str, key: &[u8], value: &[u8]) -> Result<(), StoreError> {
        self.learn(table, key, Some(value.to_vec()));
        Ok(())
    }

    fn remove_bytes(&self, table: &'static str, key: &[u8]) -> Result<(), StoreError> {
        self.learn(table, key, None);
        Ok(())
    }

    fn ended(&self) -> &RefCell<Vec<EndedGrant>> {
        &self.ended
    }
}
