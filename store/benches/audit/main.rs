//! `make bench-audit`: what the audit table costs a refresh, and how long it takes to find rows among a million, on a
//! redb file and on PostgreSQL. `BENCH_QUICK=1` is for working on the benchmark itself.
#![expect(
    clippy::cast_precision_loss,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark reads the clock, prints what it measures, and may stop"
)]

mod seed;

use protocol::secret::Secret;
use protocol::time::UnixTime;
use seed::{Grant, T0};
use std::path::Path;
use std::time::{Duration, Instant};
use store::entropy::SystemEntropy;
use store::intent::audit::{Append, AuditFilter, Audited, FindAudit, Order};
use store::intent::sweep::Sweep;
use store::record::{AuditClass, AuditIds, AuditRecord};
use store::{AuditLimits, Rotation, Store, StoreError, SweepLimits};
use test_programs::postgres::Cluster;

const CLIENTS: usize = 64;
/// Each has a hundred of the million rows.
const USERS: usize = 10_000;
/// No sweep is due while the benchmark runs.
const ROOMY: AuditLimits =
    AuditLimits { kept_secs: 900 * 86_400, rows: 10_000_000, unproven_rows: 10_000_000 };

struct Plan {
    rows: usize,
    grants: usize,
    rounds: usize,
    time: Duration,
}

fn main() {
    let plan = if std::env::var_os("BENCH_QUICK").is_some() {
        Plan { rows: 50_000, grants: 640, rounds: 2, time: Duration::from_millis(500) }
    } else {
        Plan { rows: 1_000_000, grants: 3_200, rounds: 7, time: Duration::from_millis(1_500) }
    };
    let cluster = test_programs::runtime::run(Cluster::start(true));
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let [without, audited, full] = ["plain", "audited", "full"].map(|name| folder.path().join(name));
    let open = |path: &Path| Store::open_file(path).unwrap();
    measure(&plan, "redb", &[open(&without), open(&audited), open(&full)], &|| {
        std::fs::metadata(&full).unwrap().len()
    });
    let urls = [cluster.database(), cluster.database(), cluster.database()];
    let stores = urls.each_ref().map(|url| Store::connect(&Secret::new(url.clone())).unwrap());
    let name = urls[2].rsplit('/').next().unwrap();
    let size = "SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relname LIKE 'mcpbouncer_audit%' AND relkind = 'r'";
    measure(&plan, "postgres", &stores, &|| cluster.sql(name, size).trim().parse().unwrap());
}

fn measure(plan: &Plan, name: &str, stores: &[Store; 3], size: &dyn Fn() -> u64) {
    let ids = AuditIds::new(&SystemEntropy).unwrap();
    let grants = stores.each_ref().map(|store| seed::grants(store, plan.grants));
    let full = &stores[2];
    let (before, began) = (size(), Instant::now());
    fill(full, &ids, plan.rows);
    let took = began.elapsed().as_secs_f64();
    let bytes = (size() - before) / plan.rows as u64;
    println!("{name}: {} rows appended in {took:.1} s, {bytes} bytes each", plan.rows);
    let mut rates = [const { Vec::new() }; 3];
    let mut figures = [const { (Vec::new(), Vec::new()) }; 3];
    for _ in 0..plan.rounds {
        for (at, store) in stores.iter().enumerate() {
            let (rate, p50, p99) = round(plan, store, &grants[at], (at > 0).then_some(&ids));
            rates[at].push(rate);
            figures[at].0.push(p50);
            figures[at].1.push(p99);
        }
    }
    for (at, what) in ["no row", "a row, table empty", "a row, table full"].into_iter().enumerate() {
        let ratio = median(rates[at].iter().zip(&rates[0]).map(|(rate, plain)| rate / plain).collect());
        let (p50, p99) = (median(figures[at].0.clone()), median(figures[at].1.clone()));
        let rate = median(rates[at].clone());
        println!(
            "{name}: refresh with {what:<20} {rate:6.0}/s · {p50:5.2} · {p99:5.2} ms · {ratio:.2} of no row"
        );
    }
    searches(name, full);
    sweeps(name, full);
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values[values.len() / 2]
}

/// A row as a refresh writes it.
fn row(ids: &AuditIds, at: UnixTime, grant: &Grant) -> AuditRecord {
    AuditRecord {
        tenant: Some(grant.tenant.key().into()),
        client: Some(grant.client_id.as_str().into()),
        subject: Some(grant.subject.as_str().into()),
        address: Some("203.0.113.171".into()),
        grant: Some(grant.id.to_string().into()),
        ..AuditRecord::new(AuditClass::Proven, at, ids.next(), "token.refreshed", "ok")
    }
}

fn fill(store: &Store, ids: &AuditIds, rows: usize) {
    for first in (0..rows).step_by(1_000) {
        let at = T0.minus((rows - first) as u64);
        let rows = (first..first + 1_000).map(|n| row(ids, at, &Grant::of(n * 7_919 % USERS))).collect();
        store.write(Append { rows, limits: ROOMY }).unwrap();
    }
}

/// Refreshes by all clients at once: how many per second, and the latencies in milliseconds.
fn round(plan: &Plan, store: &Store, grants: &[Grant], ids: Option<&AuditIds>) -> (f64, f64, f64) {
    let end = Instant::now() + plan.time;
    let mut times: Vec<f64> = std::thread::scope(|scope| {
        let client = |grants: &[Grant]| {
            let mut times = Vec::new();
            for grant in grants.iter().cycle() {
                let began = Instant::now();
                if began > end {
                    break;
                }
                refresh(store, grant, ids);
                times.push(began.elapsed().as_secs_f64() * 1e3);
            }
            times
        };
        let threads: Vec<_> =
            grants.chunks(grants.len() / CLIENTS).map(|theirs| scope.spawn(move || client(theirs))).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    times.sort_unstable_by(f64::total_cmp);
    let rate = times.len() as f64 / plan.time.as_secs_f64();
    (rate, times[times.len() / 2], times[times.len() * 99 / 100])
}

fn refresh(store: &Store, grant: &Grant, ids: Option<&AuditIds>) {
    let rotate = grant.next_rotation();
    let rotation = match ids {
        None => store.write(rotate),
        Some(ids) => {
            let row = row(ids, T0, grant);
            let audited = Audited::new(rotate, ROOMY, move |_| vec![row.clone()]);
            store.write(audited).map(|(rotation, appended)| {
                assert_eq!(appended.written, 1);
                rotation
            })
        }
    };
    match rotation {
        Ok(Rotation::Rotated { .. }) => grant.rotated(),
        Err(StoreError::Busy) => {}
        other => panic!("{other:?}"),
    }
}

/// The middle and the longest duration of a search, in milliseconds.
fn searches(name: &str, store: &Store) {
    let page = |filter: AuditFilter, limit: usize, scan_limit: usize| FindAudit {
        filter,
        order: Order::NewestFirst,
        after: None,
        limit,
        scan_limit,
    };
    let user = |n: usize| AuditFilter {
        subject: Some(Grant::of(n).subject.as_str().into()),
        ..AuditFilter::default()
    };
    let text = AuditFilter { text: Some("nowhere".to_owned()), ..AuditFilter::default() };
    let searches: [(&str, &dyn Fn(usize) -> FindAudit); 3] = [
        ("all rows of one user", &|n| page(user(USERS - 1 - n), 1_000, 1_000)),
        ("the newest 100 rows", &|_| page(AuditFilter::default(), 100, 100)),
        ("a text in 50,000 rows", &|_| page(text.clone(), 100, 50_000)),
    ];
    for (what, search) in searches {
        let (mut times, mut found) = (Vec::new(), 0);
        for n in 0..21 {
            let began = Instant::now();
            found = store.read(search(n)).unwrap().rows.len();
            times.push(began.elapsed().as_secs_f64() * 1e3);
        }
        let longest = times.iter().copied().fold(0.0, f64::max);
        println!("{name}: {what}: {found} found in {:.1} ms, at most {longest:.1} ms", median(times));
    }
}

/// Sweeps of the sidecar's batches, when every one finds rows that are too many.
fn sweeps(name: &str, store: &Store) {
    let limits =
        SweepLimits { client_idle_secs: 900 * 86_400, batch: 500, audit: AuditLimits { rows: 1, ..ROOMY } };
    let (began, mut rows) = (Instant::now(), 0);
    for _ in 0..40 {
        rows += store.write(Sweep { limits, now: T0 }).unwrap().audit;
    }
    println!(
        "{name}: {rows} rows swept in batches of 500, {:.2} ms a batch",
        began.elapsed().as_secs_f64() * 25.0
    );
}
