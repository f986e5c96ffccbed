//! `make bench-verify`: instructions the plugin executes for a request, counted in wasmtime. Exact, so
//! that a change can be judged on a noisy machine.

use bench::guest::{Cost, Guest, State};
use bench::report::row;
use bench::tokens::Signer;
use e2e::paths;

const BASE: &str = "http://plugin.localhost:8080";

fn main() {
    let signer = Signer::new();
    let tokens = signer.tokens(BASE, "plugin", 64);
    let wasm = std::fs::read(paths::plugin_wasm()).expect("the plugin");
    let headers = [
        ("accept", "application/json, text/event-stream"),
        ("content-length", "71"),
        ("content-type", "application/json"),
        ("host", "plugin.localhost:8080"),
        ("mcp-protocol-version", "2025-11-25"),
        ("mcp-session-id", "2b4e8f30-1f6c-4d0e-9f43-0a6f0b3c7d51"),
        ("user-agent", "bench"),
        ("x-forwarded-for", "127.0.0.1"),
        ("x-forwarded-host", "plugin.localhost:8080"),
        ("x-forwarded-port", "8080"),
        ("x-forwarded-proto", "http"),
        ("x-forwarded-server", "bench"),
        ("x-real-ip", "127.0.0.1"),
    ];
    let mut guest = Guest::start(
        &wasm,
        State {
            config: r#"{"resource":"plugin","pathPrefix":"","providerIssuer":"local","scopes":"read write"}"#
                .to_owned(),
            environment: vec![
                format!("BOUNCER_PLUGIN_KEY={}", signer.keys.plugin_key),
                format!("BOUNCER_TRUST_ANCHOR={}", signer.keys.trust_anchor),
            ],
            now: signer.now(),
            uri: "/mcp".to_owned(),
            headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            ..State::default()
        },
    );
    let mut with = |token: Option<&String>| -> (Cost, Vec<(&'static str, u64)>) {
        match token {
            Some(token) => {
                guest.state().headers.insert("authorization".to_owned(), format!("Bearer {token}"))
            }
            None => guest.state().headers.remove("authorization"),
        };
        let cost = guest.request();
        assert_eq!(cost.forwarded, token.is_some(), "a good token lets the request go on, none does not");
        (cost, guest.state().calls.clone())
    };
    let mut rows = vec![
        ("first, with a token", with(Some(&tokens[0]))),
        ("the same token again", with(Some(&tokens[0]))),
        ("a new token, known key", with(Some(&tokens[1]))),
        ("another new one", with(Some(&tokens[2]))),
        ("no token", with(None)),
    ];
    let last = tokens[3..].iter().map(|token| with(Some(token))).last().expect("tokens");
    rows.push(("a new one, key seen often", last));
    println!("{}", row("instructions", &["in all".to_owned(), "host calls".to_owned()]));
    for (name, (cost, calls)) in &rows {
        println!("{}", row(name, &[cost.instructions.to_string(), calls.len().to_string()]));
    }
    println!("{}", row("linear memory, KiB", &[(guest.memory() / 1024).to_string()]));
    if std::env::args().any(|argument| argument == "--calls") {
        for (name, (_, calls)) in &rows {
            println!("\n{name}: instructions before each call to the host");
            for (call, since) in calls {
                println!("  {since:>9}  {call}");
            }
        }
    }
}
