//! `make bench-sidecar`: measures the throughput of the sidecar over HTTP, on each of its stores, empty and full, and
//! its use of memory and disk. Prints tables and writes `target/bench/sidecar.json`. `BENCH_ONLY=register` measures
//! only the registrations, `refresh` and `flows` only these, and `full` only the comparison of an empty store with a
//! full one.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use bench::crowd::{Round, Work, gather, gather_stored, round};
use bench::oauth::Door;
use bench::report::{median, processor, row, shown, write};
use bench::sidecar::Sidecar;
use bench::stored;
use e2e::paths;
use e2e::postgres::Cluster;
use serde_json::{Map, Value, json};
use tempfile::TempDir;
use tokio::task::LocalSet;

const CLIENTS: [usize; 3] = [1, 8, 64];
/// `naive` is redb with a transaction for each write.
const STORES: [&str; 3] = ["redb", "naive", "postgres"];

/// Durations and counts; `BENCH_QUICK=1` selects smaller ones, for working on the benchmark itself.
struct Plan {
    rounds: usize,
    time: Duration,
    stored: usize,
}

fn main() {
    let quick = std::env::var_os("BENCH_QUICK").is_some();
    let plan = if quick {
        Plan { rounds: 1, time: Duration::from_millis(500), stored: 50_000 }
    } else {
        Plan { rounds: 5, time: Duration::from_millis(1500), stored: 1_000_000 }
    };
    let cluster = e2e::runtime::run(Cluster::start(true));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    println!("{}", processor());
    let mut result = Map::from_iter([("processor".to_owned(), json!(processor()))]);
    LocalSet::new().block_on(&runtime, async {
        if ["refresh", "register", "flows"].into_iter().any(is_wanted) {
            stores(&plan, &cluster, &mut result).await;
        }
        if is_wanted("full") {
            full(&plan, &mut result).await;
        }
    });
    let binary = paths::repository().join("target/static/mcpbouncer");
    let size = std::fs::metadata(&binary).expect("the sidecar").len() as f64 / 1_048_576.0;
    line("binary, MiB", size);
    result.insert("binary_mib".to_owned(), json!(size));
    write("sidecar.json", &Value::Object(result));
}

/// Whether this part is measured.
fn is_wanted(part: &str) -> bool {
    std::env::var_os("BENCH_ONLY").is_none_or(|only| only == part)
}

fn line(name: &str, value: f64) {
    println!("{name:<48}{:>12}", shown(value));
}

fn middle(rounds: &[Round], value: fn(&Round) -> f64) -> f64 {
    median(&mut rounds.iter().map(value).collect::<Vec<_>>())
}

/// Measures the stores alternately.
async fn stores(plan: &Plan, cluster: &Cluster, result: &mut Map<String, Value>) {
    let folders: Vec<TempDir> = STORES.iter().map(|_| TempDir::new().expect("a folder")).collect();
    let database = cluster.database();
    let mut sidecars = [
        Sidecar::start(folders[0].path(), None, None),
        Sidecar::start(folders[1].path(), None, Some(1)),
        Sidecar::start(folders[2].path(), Some(&database), None),
    ];
    tokio::time::sleep(Duration::from_secs(2)).await;
    let idle = sidecars[0].resident_mib();
    let mut loaded = idle;
    let door = Door::default();
    for (name, work) in [("refresh", Work::Refresh), ("register", Work::Register), ("flows", Work::Flow)] {
        if !is_wanted(name) {
            continue;
        }
        println!("\n{}", row(name, &STORES.map(str::to_owned)));
        let mut figures = Map::new();
        for clients in CLIENTS {
            let rounds = rounds(plan, &mut sidecars, &door, clients, &work).await;
            loaded = sidecars[0].resident_mib().max(loaded);
            let mut print = |what: &str, unit: &str, value: fn(&Round) -> f64| {
                let middles = rounds.each_ref().map(|rounds| middle(rounds, value));
                println!("{}", row(&format!("{clients:>3} clients: {what}"), &middles.map(shown)));
                for (store, middle) in STORES.iter().zip(middles) {
                    figures.insert(format!("{store}_{clients}_{unit}"), json!(middle));
                }
            };
            print("a second", "per_s", |round| round.per_s);
            print("p50, ms", "p50_ms", |round| round.p50_ms);
            print("p99, ms", "p99_ms", |round| round.p99_ms);
        }
        result.insert(name.to_owned(), Value::Object(figures));
    }
    println!();
    line("resident, MiB: idle", idle);
    line("resident, MiB: under this load", loaded);
    result.insert("idle_rss_mib".to_owned(), json!(idle));
    result.insert("loaded_rss_mib".to_owned(), json!(loaded));
}

/// Measures the rounds of each store in turn, and returns them without the first round, which is for warming up.
async fn rounds(
    plan: &Plan,
    sidecars: &mut [Sidecar; 3],
    door: &Door,
    clients: usize,
    work: &Work,
) -> [Vec<Round>; 3] {
    let mut crowds = Vec::new();
    for sidecar in sidecars.iter() {
        crowds.push(gather(sidecar, door, clients, work).await);
    }
    let mut rounds: [Vec<Round>; 3] = Default::default();
    for number in 0..=plan.rounds {
        for ((sidecar, crowd), rounds) in sidecars.iter_mut().zip(&mut crowds).zip(&mut rounds) {
            if matches!(work, Work::Flow) {
                // Otherwise the later rounds would measure the limits on started logins: all tenants together may start
                // 12,000 at once, and then 200 per second.
                sidecar.restart();
                *crowd = gather(sidecar, door, clients, work).await;
                round(crowd, work, plan.time / 5).await;
            }
            let round = round(crowd, work, plan.time).await;
            if number > 0 {
                rounds.push(round);
            }
        }
    }
    rounds
}

/// Measures an empty store and a full one alternately: 64 clients refresh. In the full store each stored token is used
/// once, so that every request accesses a different part of the file.
async fn full(plan: &Plan, result: &mut Map<String, Value>) {
    let (empty, full) = (TempDir::new().expect("a folder"), TempDir::new().expect("a folder"));
    stored::fill(&empty.path().join("bouncer.db"), 64);
    let file = full.path().join("bouncer.db");
    let load_s = stored::timed_fill(&file, plan.stored);
    let bytes = std::fs::metadata(&file).expect("the file").len() as f64 / plan.stored as f64;
    // Measures a start after the sidecar has ended in this way: it was stopped regularly or killed.
    let start = |folder: &TempDir, end: fn(Sidecar)| {
        end(Sidecar::start(folder.path(), None, None));
        let mut all = Vec::new();
        for _ in 0..7 {
            let sidecar = Sidecar::start(folder.path(), None, None);
            all.push(sidecar.start_ms);
            end(sidecar);
        }
        median(&mut all)
    };
    let (killed_empty, killed_full) = (start(&empty, drop), start(&full, drop));
    let (start_empty, start_full) = (start(&empty, Sidecar::stop), start(&full, Sidecar::stop));

    let sidecars = [Sidecar::start(empty.path(), None, None), Sidecar::start(full.path(), None, None)];
    let works = [Work::Refresh, Work::Walk(Rc::new(Cell::new(0)))];
    let door = Door::default();
    let mut crowds = Vec::new();
    for sidecar in &sidecars {
        crowds.push(gather_stored(sidecar, &door, 64).await);
    }
    let mut rounds: [Vec<Round>; 2] = Default::default();
    for number in 0..=plan.rounds {
        for at in 0..2 {
            let round = round(&mut crowds[at], &works[at], plan.time).await;
            if number > 0 {
                rounds[at].push(round);
            }
        }
    }
    println!("\n{}", row("refresh, 64 clients", &["empty", "full"].map(str::to_owned)));
    let print = |what: &str, value: fn(&Round) -> f64| {
        println!("{}", row(what, &[0, 1].map(|at| shown(middle(&rounds[at], value)))));
    };
    print("a second", |round| round.per_s);
    print("p50, ms", |round| round.p50_ms);
    print("p99, ms", |round| round.p99_ms);
    // The ratio is computed per round, so that a temporary slowdown of the machine affects both.
    let pairs = rounds[0].iter().zip(&rounds[1]);
    let ratio = median(&mut pairs.map(|(empty, full)| full.p99_ms / empty.p99_ms).collect::<Vec<_>>());
    println!();
    line("p99 of the full one in that of the empty one", ratio);
    line("clients stored, and as many grants with a token", plan.stored as f64);
    line("bytes of file for one of each", bytes);
    line("seconds to store them", load_s);
    line("start, ms: empty", start_empty);
    line("start, ms: full", start_full);
    line("start after a kill, ms: empty", killed_empty);
    line("start after a kill, ms: full", killed_full);
    line("resident, MiB: after load on the full one", sidecars[1].resident_mib());
    sidecars.into_iter().for_each(Sidecar::stop);
    let compacted = stored::compacted(&file) as f64 / plan.stored as f64;
    line("bytes of file for one of each, compacted", compacted);
    result.insert("bytes_each_compacted".to_owned(), json!(compacted));
    result.insert("start_ms".to_owned(), json!({ "empty": start_empty, "million": start_full }));
    result.insert("start_after_kill_ms".to_owned(), json!({ "empty": killed_empty, "million": killed_full }));
    let p99 = |at: usize| middle(&rounds[at], |round| round.p99_ms);
    result.insert("refresh_p99_ms".to_owned(), json!({ "empty": p99(0), "million": p99(1), "ratio": ratio }));
    result.insert("bytes_each".to_owned(), json!(bytes));
    result.insert("stored".to_owned(), json!(plan.stored));
}
