//! Concurrent registrations beyond the maximum number of unapproved clients, on PostgreSQL: they do not stop each
//! other, and the maximum is enforced.

use crate::fixtures::*;
use crate::server::{SERVER, database, open};
use sqlx::{Connection as _, Executor as _, PgConnection};
use store::Store;
use store::limits::{UNAPPROVED_BATCH, UNAPPROVED_CLIENTS};

const THREADS: usize = 20;
/// The registrations of each thread: in total more than the number by which clients may exceed the maximum.
const REGISTRATIONS: usize = 60;
const BATCH: u64 = UNAPPROVED_BATCH as u64;

/// A store with entries of `count` unapproved clients, older than all others; and the database's name and URL.
fn crowded(count: u64) -> (Store, String, String) {
    let (name, url) = database();
    let store = open(&url).unwrap();
    for table in ["unapproved_clients", "clients_by_use"] {
        SERVER.sql(
            &name,
            &format!(
                "INSERT INTO mcpbouncer_{table} SELECT decode(lpad(to_hex(n), 16, '0') || '61', 'hex'), '' \
                 FROM generate_series(1, {count}) n"
            ),
        );
    }
    (store, name, url)
}

fn register(store: &Store, name: &str) {
    assert!(store.register_client(client(&tenant(), name, T0), T0).unwrap().created);
}

fn stored(database: &str) -> u64 {
    let counts = ["unapproved_clients", "clients_by_use"]
        .map(|table| SERVER.sql(database, &format!("SELECT count(*) FROM mcpbouncer_{table}")));
    assert_eq!(counts[0], counts[1], "both indexes have the same clients");
    counts[0].parse().unwrap()
}

#[test]
fn concurrent_registrations_enforce_the_maximum() {
    let (store, name, _) = crowded(UNAPPROVED_CLIENTS + BATCH - 50);
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let store = &store;
            scope.spawn(move || (0..REGISTRATIONS).for_each(|n| register(store, &format!("{thread} {n}"))));
        }
    });
    let stored = stored(&name);
    // There are never fewer clients than are kept: a flood must not remove more clients than it has to.
    assert!((UNAPPROVED_CLIENTS..=UNAPPROVED_CLIENTS + BATCH + 768).contains(&stored), "{stored}");
    let there = |thread, n| store.client(&tenant(), &format!("{thread} {n}")).unwrap().is_some();
    assert!((0..THREADS).all(|thread| (0..REGISTRATIONS).all(|n| there(thread, n))), "the oldest went");
}

/// A lock on the oldest client stops the registration that deletes this client, and no other.
#[test]
fn one_registration_deletes_the_oldest_clients_while_others_go_on() {
    let (store, name, url) = crowded(UNAPPROVED_CLIENTS + BATCH);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut locking = runtime.block_on(PgConnection::connect(&url)).unwrap();
    runtime
        .block_on(
            locking.execute(
                "BEGIN; SELECT 1 FROM mcpbouncer_unapproved_clients ORDER BY key LIMIT 1 FOR UPDATE",
            ),
        )
        .unwrap();
    let mut watching = runtime.block_on(PgConnection::connect(&url)).unwrap();
    let waiting =
        "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    std::thread::scope(|scope| {
        let deleting = scope.spawn(|| register(&store, "deleting"));
        while runtime.block_on(watching.fetch_optional(waiting)).unwrap().is_none() {
            assert!(!deleting.is_finished(), "it did not wait for the lock");
        }
        register(&store, "another");
        assert!(!deleting.is_finished());
        runtime.block_on(locking.execute("ROLLBACK")).unwrap();
    });
    assert_eq!(stored(&name), UNAPPROVED_CLIENTS + 2);
    assert!(store.client(&tenant(), "deleting").unwrap().is_some());
}

/// Replicas know only their own changes between two counts. A replica that finds its count too high counts again
/// before it deletes, because another replica may have deleted enough.
#[test]
fn replicas_together_delete_no_more_than_one_would() {
    let (first, name, url) = crowded(UNAPPROVED_CLIENTS + BATCH - 2);
    let second = open(&url).unwrap();
    register(&first, "1");
    register(&second, "2");
    // Both have counted the maximum or one less.
    register(&first, "3");
    register(&first, "4");
    register(&second, "5");
    assert_eq!(stored(&name), UNAPPROVED_CLIENTS + 3);
}
