//! `make bench-plugin`: measures throughput and latency of several routes in one Traefik, alternately, and the memory
//! that streams and reloads need. Prints tables and writes `target/bench/plugin.json`.

use std::net::SocketAddr;
use std::time::Duration;

use bench::load::{Requests, Round, round};
use bench::memory::{per_stream, processor_seconds, reloads};
use bench::report::{median, processor, row, shown};
use bench::tokens::{Signer, crowd};
use bench::{routes, server};
use e2e::paths;
use serde_json::{Map, Value, json};

/// The compared routes. Those in [`OURS`] all have the host `plugin`; every other route is named after its host.
const ROUTES: [&str; 7] = ["none", "noop", "calls", "repeat", "crowd", "distinct", "forward_auth"];
/// The routes at which streams are opened. `mounted` is `plugin` with its keys in a mounted file, not in the
/// environment.
const STREAMED: [&str; 4] = ["none", "noop", routes::PLUGIN, "mounted"];
/// The routes through our plugin. They differ in the tokens of their requests: the same one each time, those of a
/// crowd of users, or all tokens in turn.
const OURS: [&str; 3] = ["repeat", "crowd", "distinct"];
/// The numbers of concurrent connections; `BENCH_CONNECTIONS` selects one of them.
const CONNECTIONS: [usize; 3] = [1, 16, 128];
/// The number of users in the crowd, and the length of their random order.
const USERS: usize = 1_000;
const ORDER: usize = 60_000;
const DISTINCT: usize = 60_000;
const STREAMS: usize = 1_000;
const RELOADS: usize = 25;
const ROUTERS: usize = 30;

/// Durations and counts; `BENCH_QUICK=1` selects smaller ones, for working on the benchmark itself.
struct Plan {
    rounds: usize,
    time: Duration,
    /// How long a route is warmed up before each of its rounds, because the host drops idle instances: the benchmark
    /// measures a route in continuous use.
    lead: Duration,
    /// How long the crowd is warmed up, multiplied by the number of connections (at most 40): until every instance has
    /// seen nearly every token.
    crowd: Duration,
    idle: Duration,
    /// Whether reloads are measured; `BENCH_ONLY=streams` leaves them out.
    reloads: bool,
}

fn main() {
    let quick = std::env::var_os("BENCH_QUICK").is_some();
    let only = std::env::var_os("BENCH_ONLY").unwrap_or_default();
    let plan = if quick {
        Plan {
            rounds: 5,
            time: Duration::from_millis(700),
            lead: Duration::from_millis(100),
            crowd: Duration::from_millis(250),
            idle: Duration::from_secs(5),
            reloads: only != "streams",
        }
    } else {
        Plan {
            rounds: 9,
            time: Duration::from_millis(1500),
            lead: Duration::from_millis(400),
            crowd: Duration::from_millis(560),
            idle: Duration::from_secs(300),
            reloads: only != "streams",
        }
    };
    let signer = Signer::new();
    let backend = server::start();
    println!("{}", processor());
    let mut result = Map::from_iter([("processor".to_owned(), json!(processor()))]);
    if only != "memory" && only != "streams" {
        result.extend(speed(&plan, &signer, backend));
    }
    if only != "speed" {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        result.extend(runtime.block_on(memory(&plan, &signer, backend)));
    }
    let size = std::fs::metadata(paths::plugin_wasm()).expect("the plugin").len();
    println!("\nplugin.wasm                 {size:>13} bytes");
    result.insert("wasm_bytes".to_owned(), json!(size));
    bench::report::write("plugin.json", &Value::Object(result));
}

fn speed(plan: &Plan, signer: &Signer, backend: SocketAddr) -> Map<String, Value> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let traefik = runtime.block_on(async {
        let traefik = routes::start(&signer.keys, &format!("http://{backend}")).await;
        for host in ["none", "noop", "calls", routes::PLUGIN, "forward_auth"] {
            routes::ready(&traefik, host).await;
        }
        traefik
    });
    let address = SocketAddr::from(([127, 0, 0, 1], traefik.port()));
    let tokens = signer.tokens(&routes::base(&traefik), routes::PLUGIN, DISTINCT);
    let requests: Vec<Requests> = ROUTES
        .iter()
        .map(|route| {
            let host = if OURS.contains(route) { routes::PLUGIN } else { route };
            let tokens = match *route {
                "distinct" => tokens.clone(),
                "crowd" => crowd(USERS, ORDER).map(|user| tokens[user].clone()).collect(),
                _ => tokens[..1].to_vec(),
            };
            Requests::post(&format!("{host}.localhost:{}", traefik.port()), tokens)
        })
        .collect();
    let mut from = [0; ROUTES.len()];
    let mut result = Map::new();
    let only = std::env::var_os("BENCH_CONNECTIONS");
    let asked = |connections: &usize| only.as_ref().is_none_or(|only| *only == *connections.to_string());
    for connections in CONNECTIONS.into_iter().filter(asked) {
        let mut rounds: Vec<Vec<Round>> = vec![Vec::new(); ROUTES.len()];
        let mut processor = [0.0; ROUTES.len()];
        for number in 0..=plan.rounds {
            for (at, requests) in requests.iter().enumerate() {
                let lead = match ROUTES[at] {
                    "crowd" => plan.crowd * u32::try_from(connections.min(40)).expect("few"),
                    _ => plan.lead,
                };
                round(address, requests, connections, lead.max(plan.lead), &mut from[at]);
                let before = processor_seconds(traefik.id());
                let round = round(address, requests, connections, plan.time, &mut from[at]);
                // The first round is for warming up.
                if number > 0 {
                    processor[at] += processor_seconds(traefik.id()) - before;
                    rounds[at].push(round);
                }
            }
        }
        let of = |rounds: &[Round], value: fn(&Round) -> f64| {
            median(&mut rounds.iter().map(value).collect::<Vec<_>>())
        };
        let throughput: Vec<f64> = rounds.iter().map(|rounds| of(rounds, |round| round.throughput)).collect();
        let p99: Vec<f64> = rounds.iter().map(|rounds| of(rounds, |round| round.p99_ms)).collect();
        // The ratio is computed per round, so that a temporary slowdown of the machine affects both.
        let ratio = |at: usize| {
            let pairs = rounds[at].iter().zip(&rounds[1]);
            median(&mut pairs.map(|(one, noop)| one.throughput / noop.throughput).collect::<Vec<_>>())
        };
        println!("\n{}", row(&format!("{connections} connections"), &ROUTES.map(str::to_owned)));
        println!("{}", row("requests/s", &throughput.iter().map(|value| shown(*value)).collect::<Vec<_>>()));
        println!(
            "{}",
            row(
                "relative to noop",
                &(0..ROUTES.len()).map(|at| format!("{:.3}", ratio(at))).collect::<Vec<_>>()
            )
        );
        println!(
            "{}",
            row("99th percentile, ms", &p99.iter().map(|value| shown(*value)).collect::<Vec<_>>())
        );
        let each = |at: usize| {
            let requests: usize = rounds[at].iter().map(|round| round.requests).sum();
            shown(processor[at] * 1e6 / requests as f64)
        };
        println!(
            "{}",
            row("Traefik's CPU, µs per request", &(0..ROUTES.len()).map(each).collect::<Vec<_>>())
        );
        if connections == 16 {
            let named = |values: &[f64]| -> Map<String, Value> {
                ROUTES.iter().zip(values).map(|(name, value)| ((*name).to_owned(), json!(value))).collect()
            };
            result.insert("throughput".to_owned(), Value::Object(named(&throughput)));
            result.insert("p99_ms".to_owned(), Value::Object(named(&p99)));
        }
    }
    let direct = Requests::post("none.localhost", vec!["x".to_owned()]);
    let direct = round(backend, &direct, 16, plan.time, &mut 0).throughput;
    println!("\nload generator and server alone, 16 connections: {} requests/s", shown(direct));
    result
}

async fn memory(plan: &Plan, signer: &Signer, backend: SocketAddr) -> Map<String, Value> {
    let backend = format!("http://{backend}");
    let (mut streams, mut opening) = (Map::new(), Map::new());
    let mounted = tempfile::tempdir().expect("a folder");
    for name in STREAMED {
        let (host, traefik) = match name {
            "mounted" => {
                let started = routes::start_with_keys_file(&signer.keys, &backend, mounted.path());
                (routes::PLUGIN, started.await)
            }
            host => (host, routes::start(&signer.keys, &backend).await),
        };
        routes::ready(&traefik, host).await;
        let token = signer.tokens(&routes::base(&traefik), routes::PLUGIN, 1).remove(0);
        let cost = per_stream(&traefik, host, &token, STREAMS).await;
        streams.insert(name.to_owned(), json!(cost.kib));
        opening.insert(name.to_owned(), json!(cost.open_millis));
    }
    println!("\n{}", row("", &STREAMED.map(str::to_owned)));
    let column = |map: &Map<String, Value>, name: &str| shown(map[name].as_f64().expect("a number"));
    println!("{}", row("KiB for each open stream", &STREAMED.map(|name| column(&streams, name))));
    println!("{}", row("ms until one is open", &STREAMED.map(|name| column(&opening, name))));
    let mut result = Map::from_iter([
        ("sse_kib_per_stream".to_owned(), Value::Object(streams)),
        ("stream_open_ms".to_owned(), Value::Object(opening)),
    ]);
    if !plan.reloads {
        return result;
    }

    let noop = routes::with(&signer.keys, &[]).await;
    let noop_reloads = reloads(&noop, &backend, ROUTERS, RELOADS, |name, generation| {
        format!("    {name}: {{ plugin: {{ noop: {{ generation: \"{generation}\" }} }} }}\n")
    })
    .await;
    let ours = routes::with(&signer.keys, &[]).await;
    let our_reloads =
        reloads(&ours, &backend, ROUTERS, RELOADS, |name, generation| routes::tenant(name, name, generation))
            .await;
    tokio::time::sleep(plan.idle).await;
    let reload = json!({
        "noop": noop_reloads.peak_mib,
        "plugin": our_reloads.peak_mib,
        "noop_after": noop_reloads.left_mib(&noop),
        "plugin_after": our_reloads.left_mib(&ours),
    });
    let number = |name: &str| shown(reload[name].as_f64().expect("a number"));
    let title = format!("MiB after {RELOADS} reloads of {ROUTERS}");
    println!("{}", row(&title, &[String::new(), number("noop"), number("plugin")]));
    let title = format!("the same, {} s later", plan.idle.as_secs());
    println!("{}", row(&title, &[String::new(), number("noop_after"), number("plugin_after")]));
    println!(
        "{}",
        row(
            "ms until one is in effect",
            &[String::new(), shown(noop_reloads.millis), shown(our_reloads.millis)]
        )
    );
    result.insert("reload_mib".to_owned(), reload);
    result
}
