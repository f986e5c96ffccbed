//! `make bench-recording`: measures what metrics, audit rows and traces cost a refresh over HTTP, with the database
//! file. 64 clients each refresh at four sidecars in turn: without metrics and audit, with both, with traces of each
//! request in addition, and with traces of one request in ten. Prints a table and writes
//! `target/bench/recording.json`.

use std::time::Duration;

use bench::crowd::{Round, Work, gather, round};
use bench::oauth::Door;
use bench::report::{median, processor, row, shown, write};
use bench::sidecar::Sidecar;
use e2e::collector::Collector;
use serde_json::{Map, Value, json};
use tempfile::TempDir;
use tokio::task::LocalSet;

const CLIENTS: usize = 64;
const ROUNDS: usize = 15;
const TIME: Duration = Duration::from_millis(1500);
const NAMES: [&str; 4] = ["neither", "both", "every trace", "one in ten"];

fn main() {
    println!("{}", processor());
    let collector = e2e::runtime::run(Collector::start());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    LocalSet::new().block_on(&runtime, measure(&collector));
}

/// The environment variables that make the sidecar export traces of this fraction of the requests.
fn traced(collector: &Collector, part: &str) -> Vec<(&'static str, String)> {
    vec![
        ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url()),
        ("OTEL_TRACES_SAMPLER", "traceidratio".to_owned()),
        ("OTEL_TRACES_SAMPLER_ARG", part.to_owned()),
    ]
}

async fn measure(collector: &Collector) {
    let folders = NAMES.map(|_| TempDir::new().expect("a folder"));
    let sidecars = [
        Sidecar::start_with(folders[0].path(), false, Vec::new()),
        Sidecar::start_with(folders[1].path(), true, Vec::new()),
        Sidecar::start_with(folders[2].path(), true, traced(collector, "1")),
        Sidecar::start_with(folders[3].path(), true, traced(collector, "0.1")),
    ];
    let door = Door::default();
    let mut crowds = Vec::new();
    for sidecar in &sidecars {
        crowds.push(gather(sidecar, &door, CLIENTS, &Work::Refresh).await);
    }
    let mut rounds: [Vec<Round>; 4] = Default::default();
    for number in 0..=ROUNDS {
        for (crowd, rounds) in crowds.iter_mut().zip(&mut rounds) {
            let round = round(crowd, &Work::Refresh, TIME).await;
            // The first round is for warming up.
            if number > 0 {
                rounds.push(round);
            }
        }
    }
    println!("\n{}", row("refresh, 64 clients", &NAMES.map(str::to_owned)));
    let mut figures = Map::from_iter([("processor".to_owned(), json!(processor()))]);
    let mut print = |what: &str, unit: &str, value: fn(&Round) -> f64| {
        let middles =
            rounds.each_ref().map(|rounds| median(&mut rounds.iter().map(value).collect::<Vec<_>>()));
        println!("{}", row(what, &middles.map(shown)));
        figures.insert(unit.to_owned(), json!(middles));
    };
    print("a second", "per_s", |round| round.per_s);
    print("p50, ms", "p50_ms", |round| round.p50_ms);
    print("p99, ms", "p99_ms", |round| round.p99_ms);
    // The ratio is computed per round, so that a temporary slowdown of the machine affects all.
    let ratios = rounds.each_ref().map(|these| {
        let pairs = these.iter().zip(&rounds[0]);
        median(&mut pairs.map(|(this, first)| this.per_s / first.per_s).collect::<Vec<_>>())
    });
    println!("{}", row("a second, of the first", &ratios.map(|ratio| format!("{ratio:.3}"))));
    figures.insert("ratio".to_owned(), json!(ratios));
    write("recording.json", &Value::Object(figures));
    println!("spans that the collector has received: {}", collector.spans().len());
}
