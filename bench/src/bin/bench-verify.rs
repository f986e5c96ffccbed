//! `make bench-verify`: instructions the plugin executes for a request, counted in wasmtime. Exact, so
//! that a change can be judged on a noisy machine.

use bench::report::row;
use bench::tokens::Signer;
use e2e::paths;
use wasm_host::{Guest, Outcome, Plugin, State};

/// What was asked of the host, and how many instructions ran before.
type Calls = Vec<(&'static str, u64)>;

/// Linear memory an instance may have, in bytes.
const MEMORY: usize = 16 << 20;

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
    let environment = vec![
        ("BOUNCER_PLUGIN_KEY".to_owned(), signer.keys.plugin_key.clone()),
        ("BOUNCER_TRUST_ANCHOR".to_owned(), signer.keys.trust_anchor.clone()),
    ];
    let options = r#"{"resource":"plugin","pathPrefix":"","providerIssuer":"local","scopes":"read write"}"#;
    let mut state = State::new(options, environment);
    state.now = signer.now();
    let plugin = Plugin::compile(&wasm, 512 * 1024);
    let mut guest = plugin.start(state, MEMORY);
    let mut with = |token: Option<&String>| ask(&mut guest, &headers, token.map(String::as_str));
    let mut rows = vec![
        ("first, with a token", with(Some(&tokens[0]))),
        ("the same token again", with(Some(&tokens[0]))),
        ("a new token, known key", with(Some(&tokens[1]))),
        ("another new one", with(Some(&tokens[2]))),
        ("no token", with(None)),
    ];
    let last = tokens[3..].iter().map(|token| with(Some(token))).last().expect("tokens");
    rows.push(("a new one, key seen often", last));
    rows.extend(rs256(&plugin, &signer, &headers));
    println!("{}", row("instructions", &["in all".to_owned(), "host calls".to_owned()]));
    for (name, (instructions, calls)) in &rows {
        println!("{}", row(name, &[instructions.to_string(), calls.len().to_string()]));
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

/// One request: how many instructions it took, and what was asked of the host. It goes on with a token, which is
/// a good one, and only then.
fn ask(guest: &mut Guest, headers: &[(&str, &str)], token: Option<&str>) -> (u64, Calls) {
    let bearer = token.map(|token| ("authorization", format!("Bearer {token}")));
    let all = headers.iter().map(|(name, value)| (*name, (*value).to_owned())).chain(bearer);
    guest.state().request = all.map(|(name, value)| (name.to_owned(), value.into_bytes())).collect();
    let outcome = guest.request();
    let instructions = guest.instructions();
    assert_eq!(outcome == Outcome::Forwarded(0), token.is_some(), "{:?}", guest.state().log);
    (instructions, guest.state().calls.clone())
}

/// New tokens of another issuer, which signs with RS256.
fn rs256(plugin: &Plugin, signer: &Signer, headers: &[(&str, &str)]) -> Vec<(&'static str, (u64, Calls))> {
    let fixture = include_str!("../../fixtures/rs256.json");
    let tokens = serde_json::from_str::<serde_json::Value>(fixture).expect("JSON");
    let options = r#"{"resource":"plugin","pathPrefix":"","providerIssuer":"local","jwksFile":"/keys/jwks.json","jwksIssuer":"https://idp.example/realm","audience":"api"}"#;
    let mut state =
        State::new(options, vec![("BOUNCER_PLUGIN_KEY".to_owned(), signer.keys.plugin_key.clone())]);
    state.now = 1_800_000_100;
    state.files.insert("jwks.json".to_owned(), fixture.as_bytes().to_vec());
    let mut guest = plugin.start(state, MEMORY);
    let mut with = |number: usize| ask(&mut guest, headers, tokens["tokens"][number].as_str());
    vec![("RS256: the first, key file", with(0)), ("RS256: a new token", with(1))]
}
