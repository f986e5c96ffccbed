//! PostgreSQL: one server for all cases with a database for each, and tests of PostgreSQL alone.

use crate::audit::{FEW, ids, row};
use crate::fixtures::*;
use crate::second_factors::{enrol, second_factor};
use protocol::secret::Secret;
use protocol::server::second_factor::Presented;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, LazyLock};
use std::time::Duration;
use store::engine::postgres::OpenError;
use store::entropy::{Entropy, EntropyError, SystemEntropy};
use store::intent::audit::{Append, Audited};
use store::intent::second_factors::UseSecondFactor;
use store::limits::{LOGINS_IN_ALL, POSTGRES_PATIENCE};
use store::record::AuditClass;
use store::{Advance, Appended, AuditLimits, Begin, SecondFactorUse, Store, StoreError};
use test_programs::postgres::{Cluster, PASSWORD};

/// The server does not wait for the disk, because no test here is about power cuts.
pub(crate) static SERVER: LazyLock<Cluster> =
    LazyLock::new(|| test_programs::runtime::run(Cluster::start(false)));

/// No case here is about a slow server, and a busy machine may stand still for seconds.
const UNHURRIED: Duration = Duration::from_mins(2);

pub(crate) fn open(url: &str) -> Result<Store, OpenError> {
    Store::connect(&Secret::new(url.to_owned()), UNHURRIED, Arc::new(SystemEntropy))
}

/// A store in a new database.
pub(crate) fn store() -> Store {
    open(&SERVER.database()).unwrap()
}

/// The name and URL of a new database.
pub(crate) fn database() -> (String, String) {
    let url = SERVER.database();
    (url.rsplit('/').next().unwrap().to_owned(), url)
}

#[test]
fn all_records_are_visible_to_another_store_on_the_same_database() {
    let (_, url) = database();
    with_grant(&open(&url).unwrap(), 1, T0);
    let store = open(&url).unwrap();
    assert!(store.refresh(&tenant(), &id(1), T0).unwrap().is_some());
    store.ready().unwrap();
}

#[test]
fn replicas_that_start_together_create_the_tables_once() {
    let (_, url) = database();
    std::thread::scope(|scope| {
        let opening: Vec<_> = (0..6).map(|_| scope.spawn(|| open(&url).unwrap())).collect();
        let stores: Vec<Store> = opening.into_iter().map(|thread| thread.join().unwrap()).collect();
        with_client(&stores[0]);
        assert!(stores.iter().all(|store| store.client(&tenant(), CLIENT).unwrap().is_some()));
    });
}

#[test]
fn errors_on_opening_are_one_sentence_without_the_password() {
    let (name, good) = database();
    SERVER.sql("postgres", "CREATE ROLE weak LOGIN PASSWORD 'of the tests'");
    SERVER.sql(&name, "REVOKE ALL ON SCHEMA public FROM public");
    let visible = database().0;
    SERVER.sql(&visible, "REVOKE CREATE ON SCHEMA public FROM public");
    let nobody = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap();
    let cases = [
        (good.replace("of%20the%20tests", "canary"), "refuses the user or the password"),
        (good.replace(&name, "nowhere"), "\"nowhere\" does not exist; create it"),
        (format!("postgres://u:canary@{nobody}/d"), "cannot be reached"),
        (SERVER.url("weak", PASSWORD, &name), "lacks privileges in this database"),
        (SERVER.url("weak", PASSWORD, &visible), "lacks privileges in this database"),
        ("http://u:canary@h/d".to_owned(), "must have the form postgres://"),
    ];
    for (url, expected) in cases {
        let text = open(&url).unwrap_err().to_string();
        assert!(text.contains(expected), "{text}");
        assert!(!text.contains("canary") && !text.contains(PASSWORD) && !text.contains('\n'), "{text}");
    }
    assert_eq!(SERVER.sql(&name, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"), "0");
}

#[test]
fn a_database_of_a_newer_release_is_refused_and_not_changed() {
    let newer = [
        "INSERT INTO mcpbouncer_migrations SELECT version + 1, description, installed_on, success, checksum, \
         execution_time FROM mcpbouncer_migrations ORDER BY version DESC LIMIT 1",
        "UPDATE mcpbouncer_meta SET value = '\\x00000000000000ff' WHERE key = 'layout'",
    ];
    for sql in newer {
        let (name, url) = database();
        drop(open(&url).unwrap());
        SERVER.sql(&name, sql);
        assert!(matches!(open(&url).unwrap_err(), OpenError::Newer));
    }
}

#[test]
fn operations_fail_while_the_server_is_down_and_succeed_afterwards() {
    let mut server = test_programs::runtime::run(Cluster::start(true));
    let url = Secret::new(server.database());
    let store = Store::connect(&url, POSTGRES_PATIENCE, Arc::new(SystemEntropy)).unwrap();
    with_grant(&store, 1, T0);
    server.kill();
    for error in [store.ready().unwrap_err(), store.client(&tenant(), CLIENT).map(drop).unwrap_err()] {
        assert!(matches!(error, StoreError::Backend(_) | StoreError::Busy), "{error}");
    }
    assert!(store.register_client(client(&tenant(), "another", T0), T0).is_err());
    test_programs::runtime::run(server.resume());
    store.ready().unwrap();
    assert!(store.refresh(&tenant(), &id(1), T0).unwrap().is_some(), "it was answered, so it is there");
    assert!(store.client(&tenant(), "another").unwrap().is_none());
    with_grant(&store, 2, T0);
}

#[test]
fn a_connection_that_the_server_closed_is_replaced_without_an_error() {
    let (name, url) = database();
    let store = open(&url).unwrap();
    with_grant(&store, 1, T0);
    for n in 2..6 {
        SERVER.sql(
            "postgres",
            &format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"),
        );
        with_grant(&store, n, T0);
        assert!(store.refresh(&tenant(), &id(1), T0).unwrap().is_some());
    }
}

/// After a reset of the server's statistics, which a crash causes too, the maximum number of logins is still enforced.
#[test]
fn the_maximum_of_logins_is_enforced_after_a_reset_of_the_statistics() {
    let (name, url) = database();
    with_client(&open(&url).unwrap());
    SERVER.sql(
        &name,
        &format!(
            "INSERT INTO mcpbouncer_logins SELECT decode(lpad(to_hex(n), 64, '0'), 'hex'), '\\x01' \
             FROM generate_series(1, {}) n",
            LOGINS_IN_ALL - 2
        ),
    );
    SERVER.sql(&name, "SELECT pg_stat_reset()");
    let store = open(&url).unwrap();
    let begin = |n: u8| store.begin_login(login(n, T0), T0).unwrap();
    assert_eq!([begin(201), begin(202), begin(203)], [Begin::Done, Begin::Done, Begin::Full]);
    assert!(store.sizes().unwrap().iter().any(|(table, _)| *table == "logins"));
    // Removals by this process make room immediately, removals by others after some operations.
    assert_eq!(store.drop_login(&tenant(), &id(201), &BROWSER, given_up(), T0).unwrap(), Advance::Done);
    assert_eq!([begin(204), begin(205)], [Begin::Done, Begin::Full]);
    SERVER.sql(&name, "DELETE FROM mcpbouncer_logins WHERE key < '\\x01'");
    let refused = (0..1_000).take_while(|_| begin(206) == Begin::Full).count();
    assert!(refused < 256, "{refused}");
}

#[test]
fn a_client_id_of_maximum_length_fits_into_the_indexes() {
    let store = store();
    // An index entry has to fit into a third of a page, and this id cannot be compressed.
    let numbers = (0_u64..300).map(|n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_string());
    let long = numbers.collect::<Vec<_>>().concat();
    for suffix in ["a", "b"] {
        let name = format!("https://client.example/{long}{suffix}");
        assert!(store.register_client(client(&tenant(), &name, T0), T0).unwrap().created);
        assert_eq!(store.client(&tenant(), &name).unwrap().unwrap().client_id, name);
    }
}

/// A sidecar counts the table when it first writes to it, and then adds what it writes itself.
#[test]
fn a_full_audit_table_is_full_for_a_sidecar_that_starts() {
    let (_, url) = database();
    let ids = ids();
    let append = |store: &Store, count: usize| {
        let rows = (0..count).map(|_| row(&ids, AuditClass::Unproven, T0, "ann")).collect();
        store.write(Append { rows, limits: FEW }).unwrap()
    };
    assert_eq!(append(&open(&url).unwrap(), 9), Appended { written: 9, full: 0 });
    let store = open(&url).unwrap();
    assert_eq!(append(&store, 1), Appended { written: 1, full: 0 });
    assert_eq!(append(&store, 3), Appended { written: 1, full: 2 });
    assert_eq!(append(&store, 1), Appended { written: 0, full: 1 });
}

/// Counts how often random bytes are requested. All bytes are zero, so every pause ends at once.
#[derive(Default)]
struct Drawn(AtomicUsize);

impl Entropy for Drawn {
    fn fill(&self, out: &mut [u8]) -> Result<(), EntropyError> {
        self.0.fetch_add(1, SeqCst);
        out.fill(0);
        Ok(())
    }
}

/// The operation pauses after each conflict. `store/src/engine/postgres/pause.rs` tests the lengths of the pauses.
#[test]
fn a_transaction_pauses_each_time_that_it_has_lost_a_race() {
    let (name, url) = database();
    let drawn = Arc::new(Drawn::default());
    let store = Store::connect(&Secret::new(url), UNHURRIED, Arc::clone(&drawn) as Arc<dyn Entropy>).unwrap();
    enrol(&store, second_factor("ann", 7));
    assert_eq!(drawn.0.load(SeqCst), 0, "no race, no pause");
    let races = AtomicUsize::new(3);
    let overtaken = move |_: &SecondFactorUse| {
        // Another transaction changes and commits the row that this one has read and is about to write.
        if races.fetch_update(SeqCst, SeqCst, |left| left.checked_sub(1)).is_ok() {
            SERVER.sql(&name, "UPDATE mcpbouncer_second_factors SET value = value");
        }
        Vec::new()
    };
    let (user, presented) = ("ann".to_owned(), Presented::Step(9));
    let using = UseSecondFactor { user, secret: sealed("secret"), presented };
    let (outcome, _) = store.write(Audited::new(using, AuditLimits::DEFAULT, overtaken)).unwrap();
    assert!(matches!(outcome, SecondFactorUse::Accepted { .. }), "{outcome:?}");
    assert_eq!(drawn.0.load(SeqCst), 3);
}
