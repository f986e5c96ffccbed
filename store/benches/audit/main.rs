//! `make bench-audit`: measures what the audit table costs a refresh, and how long it takes to find rows among a
//! million, on a redb file and on PostgreSQL. `BENCH_QUICK=1` is for working on the benchmark itself.
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
use std::sync::Arc;
use std::time::{Duration, Instant};
use store::entropy::SystemEntropy;
use store::intent::audit::{Append, AuditFilter, Audited, FindAudit, Order};
use store::intent::sweep::Sweep;
use store::limits::POSTGRES_PATIENCE;
use store::record::{AuditClass, AuditIds, AuditRecord};
use store::{AuditLimits, Rotation, Store, StoreError, SweepLimits};
use test_programs::postgres::Cluster;

const CLIENTS: usize = 64;
/// The number of users; each has a hundred of the million rows.
const USERS: usize = 10_000;
/// Limits so high that no row is deleted while the benchmark runs, except by [`sweeps`].
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
        Plan { rows: 50_000, grants: 640, rounds: 3, time: Duration::from_millis(500) }
    } else {
        Plan { rows: 1_000_000, grants: 3_200, rounds: 15, time: Duration::from_secs(1) }
    };
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let paths = WHAT.map(|what| folder.path().join(what));
    let length = || std::fs::metadata(&paths[FULL]).unwrap().len();
    measure(&plan, "redb", &paths.each_ref().map(|path| Store::open_file(path).unwrap()), &length);
    if std::env::var_os("BENCH_FILE").is_some() {
        return;
    }
    let cluster = test_programs::runtime::run(Cluster::start(true));
    let urls = WHAT.map(|_| cluster.database());
    let stores = urls.each_ref().map(|url| {
        let url = Secret::new(url.clone());
        Store::connect(&url, POSTGRES_PATIENCE, Arc::new(SystemEntropy)).unwrap()
    });
    let name = urls[FULL].rsplit('/').next().unwrap();
    let size = "SELECT sum(pg_total_relation_size(oid)) FROM pg_class \
                WHERE relname LIKE 'mcpbouncer_audit%' AND relkind = 'r'";
    measure(&plan, "postgres", &stores, &|| cluster.sql(name, size).trim().parse().unwrap());
}

/// What is written to the audit table with a refresh.
const WHAT: [&str; 4] = ["nothing", "a row without subject", "a row", "a row, a million there"];
const FULL: usize = 3;

fn measure(plan: &Plan, name: &str, stores: &[Store; 4], size: &dyn Fn() -> u64) {
    let ids = AuditIds::new(&SystemEntropy).unwrap();
    let grants = stores.each_ref().map(|store| seed::grants(store, plan.grants));
    let full = &stores[FULL];
    let (before, began) = (size(), Instant::now());
    fill(full, &ids, plan.rows);
    let took = began.elapsed().as_secs_f64();
    let bytes = (size() - before) / plan.rows as u64;
    println!("{name}: {} rows appended in {took:.1} s, {bytes} bytes each", plan.rows);
    let mut rounds = [const { Vec::new() }; 4];
    for _ in 0..plan.rounds {
        for (at, store) in stores.iter().enumerate() {
            rounds[at].push(round(plan, store, &grants[at], at, &ids));
        }
    }
    for (at, what) in WHAT.iter().enumerate() {
        let all = |value: fn(&Round) -> f64| median(rounds[at].iter().map(value).collect());
        let ratio =
            median(rounds[at].iter().zip(&rounds[0]).map(|(this, none)| this.rate / none.rate).collect());
        let (rate, p50, p99) = (all(|r| r.rate), all(|r| r.p50), all(|r| r.p99));
        // Other work on the machine makes the processor time larger, never smaller.
        let cpu = rounds[at].iter().map(|round| round.cpu).fold(f64::INFINITY, f64::min);
        println!(
            "{name}: refresh with {what:<24}{rate:6.0}/s · {p50:5.2} · {p99:5.2} ms · {cpu:4.0} µs CPU · {ratio:.2}"
        );
    }
    searches(name, full);
    sweeps(name, full);
}

/// The result of a round: refreshes per second, latencies in milliseconds, and the processor time of this process per
/// refresh in microseconds. On a machine with other work, only the processor time is meaningful.
struct Round {
    rate: f64,
    p50: f64,
    p99: f64,
    cpu: f64,
}

/// The processor time of this process, in microseconds.
fn cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    let ticks: f64 = fields[11..13].iter().map(|ticks| ticks.parse::<f64>().unwrap()).sum();
    ticks * 10_000.0
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

/// Lets all clients refresh at once.
fn round(plan: &Plan, store: &Store, grants: &[Grant], what: usize, ids: &AuditIds) -> Round {
    let (end, before) = (Instant::now() + plan.time, cpu());
    let mut times: Vec<f64> = std::thread::scope(|scope| {
        let client = |grants: &[Grant]| {
            let mut times = Vec::new();
            for grant in grants.iter().cycle() {
                let began = Instant::now();
                if began > end {
                    break;
                }
                refresh(store, grant, what, ids);
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
    let cpu = (cpu() - before) / times.len() as f64;
    Round { rate, p50: times[times.len() / 2], p99: times[times.len() * 99 / 100], cpu }
}

fn refresh(store: &Store, grant: &Grant, what: usize, ids: &AuditIds) {
    let rotate = grant.next_rotation();
    let rotation = if what == 0 {
        store.write(rotate)
    } else {
        let mut row = row(ids, T0, grant);
        row.subject = row.subject.filter(|_| what > 1);
        let audited = Audited::new(rotate, ROOMY, move |_| vec![row.clone()]);
        store.write(audited).map(|(rotation, appended)| {
            assert_eq!(appended.written, 1);
            rotation
        })
    };
    match rotation {
        Ok(Rotation::Rotated { .. }) => grant.rotated(),
        Err(StoreError::Busy) => {}
        other => panic!("{other:?}"),
    }
}

/// Prints the median and the longest duration of each search, in milliseconds.
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

/// Measures sweeps in batches as large as the sidecar's, each of which finds rows beyond the maximum number.
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
