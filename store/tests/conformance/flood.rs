//! A flood of registrations: unapproved clients are limited in number, size and lifetime, and other clients are not
//! affected.

use crate::fixtures::*;
use protocol::limits::registration::METADATA;
use protocol::server::redirect::RedirectRules;
use protocol::server::registration::ClientMetadata;
use protocol::text::TextSet;
use protocol::time::UnixTime;
use serde_json::{Value, json};
use store::limits::{UNAPPROVED_BATCH, UNAPPROVED_CLIENTS};
use store::record::ClientRecord;
use store::{AuditLimits, Store, SweepLimits, Swept};

const LIMITS: SweepLimits =
    SweepLimits { client_idle_secs: 90 * DAY, batch: 500, audit: AuditLimits::DEFAULT };
/// The registrations per hour: a tenth of those that one address may make (`BOUNCER_REGISTER_RATE_LIMIT`), so that the
/// test is fast. `docs/limits.md` has the figure for 600.
const AN_HOUR: usize = 60;
/// The number of concurrent writes, like those of many connections.
const AT_ONCE: usize = 100;

fn registered(name: &str, metadata: Value, now: UnixTime) -> ClientRecord {
    ClientRecord { metadata, ..client(&tenant(), name, now) }
}

/// The largest client metadata that is accepted.
fn largest() -> Value {
    let rules = RedirectRules::new(&TextSet::default(), &TextSet::default());
    let mut accepted = Value::Null;
    for length in 1.. {
        let sent = json!({
            "redirect_uris": ["https://client.example/cb"],
            "scope": "a".repeat(4_000),
            "tos_uri": format!("https://client.example/{}", "a".repeat(length)),
        });
        let Ok(metadata) = ClientMetadata::parse(sent.to_string().as_bytes(), &rules) else { break };
        accepted = metadata.to_json();
    }
    assert_eq!(accepted.to_string().len(), METADATA.most);
    accepted
}

fn register(store: &Store, records: &[ClientRecord], now: UnixTime) {
    for some in records.chunks(AT_ONCE) {
        std::thread::scope(|scope| {
            for record in some {
                scope.spawn(|| assert!(store.register_client(record.clone(), now).unwrap().created));
            }
        });
    }
}

fn sweep(store: &Store, now: UnixTime) -> usize {
    let mut removed = 0;
    loop {
        let Swept { clients, more, .. } = store.sweep(now, &LIMITS).unwrap();
        removed += clients;
        if !more {
            return removed;
        }
    }
}

fn count(store: &Store, table: &str) -> u64 {
    store.sizes().unwrap().into_iter().find(|(name, _)| *name == table).unwrap().1
}

/// A network registers clients of the maximum size at a constant rate for a day and a half.
#[test]
fn registrations_of_one_network_make_the_file_grow_for_a_day_only() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bouncer.db");
    let store = Store::open_file(&path).unwrap();
    with_grant(&store, 1, T0);
    let bytes = || std::fs::metadata(&path).unwrap().len();
    let metadata = largest();
    let mut after_a_day = 0;
    for hour in 0..36 {
        let now = T0.plus(hour * 3_600);
        let records: Vec<_> = (0..AN_HOUR)
            .map(|n| registered(&format!("flood {hour:02} {n:012}"), metadata.clone(), now))
            .collect();
        register(&store, &records, now);
        let removed = sweep(&store, now);
        assert_eq!(removed, if hour < 24 { 0 } else { AN_HOUR }, "what is a day old goes");
        if hour == 23 {
            after_a_day = bytes();
            println!("after a day: {} clients, {after_a_day} bytes", count(&store, "clients"));
        }
    }
    println!("after a day and a half: {} clients, {} bytes", count(&store, "clients"), bytes());
    assert_eq!(count(&store, "clients"), 24 * AN_HOUR as u64 + 1);
    // Two pages of 4 KiB per client, an index entry, and the increments in which the file grows.
    assert!(after_a_day <= 24 * AN_HOUR as u64 * 24_576, "{after_a_day} bytes");
    assert!(bytes() <= 2 * after_a_day, "room that became free is used again: {}", bytes());
    // The approved client still exists with its grant, and so does the last client that registered.
    let now = T0.plus(36 * 3_600);
    assert!(store.client(&tenant(), CLIENT).unwrap().is_some());
    assert!(store.refresh(&tenant(), &id(1), now).unwrap().is_some());
    assert!(store.client(&tenant(), "flood 35 000000000000").unwrap().is_some());
    assert_eq!(sweep(&store, now.plus(DAY)), 24 * AN_HOUR, "and when it ends, all of it goes within a day");
}

fn beyond_the_limit_the_least_recently_used_clients_are_removed(store: &Store) {
    with_grant(store, 1, T0);
    let most = usize::try_from(UNAPPROVED_CLIENTS).unwrap() + UNAPPROVED_BATCH;
    let named = |n: usize| format!("client {n:05}");
    let records: Vec<_> = (0..most).map(|n| registered(&named(n), json!({}), T0.plus(n as u64))).collect();
    register(store, &records, T0);
    let there = |n: usize| store.client(&tenant(), &named(n)).unwrap().is_some();
    assert!(there(0) && there(most - 1), "as many as there may be");
    let now = T0.plus(most as u64);
    // Registering again counts as use.
    store.register_client(registered(&named(0), json!({}), now), now).unwrap();
    // The first one beyond the limit removes a whole batch, the next ones nothing.
    for n in most..most + 3 {
        register(store, &[registered(&named(n), json!({}), now)], now);
    }
    assert!(there(0) && (1..=UNAPPROVED_BATCH).all(|n| !there(n)));
    assert!(there(UNAPPROVED_BATCH + 1) && there(most + 2));
    assert_eq!(count(store, "clients"), UNAPPROVED_CLIENTS + 3 + 1);
    assert!(store.client(&tenant(), CLIENT).unwrap().is_some(), "who was approved does not count");
    assert!(store.refresh(&tenant(), &id(1), T0).unwrap().is_some());
}

#[test]
fn beyond_the_limit_the_file_drops_the_least_recently_used_clients() {
    let folder = tempfile::tempdir().unwrap();
    beyond_the_limit_the_least_recently_used_clients_are_removed(
        &Store::open_file(&folder.path().join("bouncer.db")).unwrap(),
    );
}

#[test]
fn beyond_the_limit_the_oracle_drops_the_least_recently_used_clients() {
    beyond_the_limit_the_least_recently_used_clients_are_removed(&Store::oracle());
}
