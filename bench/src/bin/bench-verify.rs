//! `make bench-verify`: counts in wasmtime the instructions that the plugin executes for a request. The count is exact,
//! so that changes can be compared on a noisy machine. Prints a table and writes `target/bench/verify.json`; with
//! `--calls` also the host calls of each request, and the number of instructions before each call.

use bench::report::{processor, row};
use bench::tokens::{self, Signer};
use e2e::paths;
use protocol::encoding::b64url_encode;
use protocol::settings::BoxItem;
use protocol::tenant::TenantId;
use protocol::token_box::BoxContents;
use serde_json::json;
use wasm_host::{Guest, Outcome, Plugin, State};

/// The host calls, each with the number of instructions before it.
type Calls = Vec<(&'static str, u64)>;

/// The maximum linear memory of an instance, in bytes.
const MEMORY: usize = 16 << 20;
/// A tenant as recommended in the documentation, so that tokens have a realistic length.
const BASE: &str = "https://wiki.example.com";
/// The address at which the plugin's stack ends.
const STACK: usize = 64 * 1024;
/// The number of users in a crowd, and the number of their requests.
const CROWD: usize = 1_000;
const CROWD_REQUESTS: usize = 10_000;

/// The headers of an MCP request in Traefik, without `Authorization`.
const HEADERS: [(&str, &str); 13] = [
    ("accept", "application/json, text/event-stream"),
    ("content-length", "71"),
    ("content-type", "application/json"),
    ("host", "wiki.example.com"),
    ("mcp-protocol-version", "2025-11-25"),
    ("mcp-session-id", "2b4e8f30-1f6c-4d0e-9f43-0a6f0b3c7d51"),
    ("user-agent", "bench"),
    ("x-forwarded-for", "127.0.0.1"),
    ("x-forwarded-host", "wiki.example.com"),
    ("x-forwarded-port", "443"),
    ("x-forwarded-proto", "https"),
    ("x-forwarded-server", "bench"),
    ("x-real-ip", "127.0.0.1"),
];

/// A counted request.
struct Counted {
    /// The key of the request in the JSON file; empty if the request is only printed.
    key: &'static str,
    name: &'static str,
    instructions: u64,
    calls: Calls,
}

fn main() {
    let signer = Signer::new();
    let tokens = signer.tokens(BASE, "wiki", CROWD + 64);
    let wasm = std::fs::read(paths::plugin_wasm()).expect("the plugin");
    let plugin = Plugin::compile(&wasm, 512 * 1024);
    let mut guest = start(&plugin, &signer);
    let mut rows = Vec::new();
    let mut count = |key, name, token: Option<&str>| {
        let (instructions, calls) = ask(&mut guest, token);
        rows.push(Counted { key, name, instructions, calls });
    };
    let few = &tokens[CROWD..];
    count("first", "the first of an instance", Some(&few[0]));
    count("repeat", "like the one before", Some(&few[0]));
    count("new", "a new token", Some(&few[1]));
    count("", "another new token", Some(&few[2]));
    count("none", "no token", None);
    // Repeated, so that caches of such a request are filled.
    count("", "no token again", None);
    let memory = guest.memory();
    let touched = touched(&plugin, &signer, &few[0]);
    let hot = few[3..].iter().map(|token| ask(&mut guest, Some(token))).last().expect("tokens");
    rows.push(Counted {
        key: "new_hot",
        name: "a new token of a key seen often",
        instructions: hot.0,
        calls: hot.1,
    });
    rows.push(crowd(&plugin, &signer, &tokens[..CROWD]));
    rows.extend(rs256(&plugin, &signer));
    rows.extend(policy(&plugin, &signer, &few[0]));
    rows.extend(boxed(&plugin, &signer));

    println!("{}", processor());
    println!("{}", row("instructions", &["in all".to_owned(), "host calls".to_owned()]));
    for counted in &rows {
        println!(
            "{}",
            row(counted.name, &[counted.instructions.to_string(), counted.calls.len().to_string()])
        );
    }
    println!("{}", row("linear memory, KiB", &[(memory / 1024).to_string()]));
    let of_it = format!("{} stack, {} other", touched.0 / 1024, touched.1 / 1024);
    println!("{:<28}{of_it:>26}", "of it in use, KiB");
    println!("{}", row("plugin.wasm, bytes", &[wasm.len().to_string()]));
    println!("{}", row("a token, characters", &[few[0].len().to_string()]));
    if std::env::args().any(|argument| argument == "--calls") {
        for Counted { name, calls, .. } in &rows {
            println!("\n{name}: instructions before each call to the host");
            for (call, since) in calls {
                println!("  {since:>9}  {call}");
            }
        }
    }
    let instructions: serde_json::Map<String, serde_json::Value> = rows
        .iter()
        .filter(|counted| !counted.key.is_empty())
        .map(|counted| (counted.key.to_owned(), json!(counted.instructions)))
        .collect();
    let result = json!({
        "instructions": instructions,
        "memory_kib": memory / 1024,
        "token_chars": few[0].len(),
        "wasm_bytes": wasm.len(),
    });
    bench::report::write("verify.json", &result);
}

fn start(plugin: &Plugin, signer: &Signer) -> Guest {
    let options = r#"{"resource":"wiki","pathPrefix":"","providerIssuer":"local","scopes":"read write"}"#;
    start_with(plugin, signer, options)
}

fn start_with(plugin: &Plugin, signer: &Signer, options: &str) -> Guest {
    let environment = vec![
        ("BOUNCER_PLUGIN_KEY".to_owned(), signer.keys.plugin_key.clone()),
        ("BOUNCER_TRUST_ANCHOR".to_owned(), signer.keys.trust_anchor.clone()),
    ];
    let mut state = State::new(options, environment);
    state.now = signer.now();
    plugin.start(state, MEMORY)
}

/// The memory that an instance uses after its first request: stack, and everything else.
fn touched(plugin: &Plugin, signer: &Signer, token: &str) -> (usize, usize) {
    let mut guest = start(plugin, signer);
    ask(&mut guest, Some(token));
    guest.touched(STACK)
}

/// Runs one request; returns the number of instructions and the host calls. Asserts that it is forwarded if, and only
/// if, it has a token, which must be valid.
fn ask(guest: &mut Guest, token: Option<&str>) -> (u64, Calls) {
    let bearer = token.map(|token| ("authorization", format!("Bearer {token}")));
    let all = HEADERS.iter().map(|(name, value)| (*name, (*value).to_owned())).chain(bearer);
    guest.state().request = all.map(|(name, value)| (name.to_owned(), value.into_bytes())).collect();
    let outcome = guest.request();
    let instructions = guest.instructions();
    assert_eq!(outcome == Outcome::Forwarded(0), token.is_some(), "{:?}", guest.state().log);
    (instructions, guest.state().calls.clone())
}

/// The mean over many requests of random users, all of whose tokens the instance knows.
fn crowd(plugin: &Plugin, signer: &Signer, tokens: &[String]) -> Counted {
    crowd_of(start(plugin, signer), tokens, "a crowd of 1,000 known tokens, mean", "crowd")
}

fn crowd_of(mut guest: Guest, tokens: &[String], name: &'static str, key: &'static str) -> Counted {
    for token in tokens {
        ask(&mut guest, Some(token));
    }
    let mut sum = 0;
    let mut calls = Vec::new();
    for user in tokens::crowd(tokens.len(), CROWD_REQUESTS) {
        let (instructions, asked) = ask(&mut guest, Some(&tokens[user]));
        (sum, calls) = (sum + instructions, asked);
    }
    println!("linear memory with {} tokens known: {} KiB", tokens.len(), guest.memory() / 1024);
    Counted { key, name, instructions: sum / CROWD_REQUESTS as u64, calls }
}

/// Requests with tokens whose sealed box tells the MCP server more about the caller: in one group an address, a name
/// and five groups, in the other a token of the provider of 2.5 KiB.
fn boxed(plugin: &Plugin, signer: &Signer) -> Vec<Counted> {
    const IDENTITY: [&str; 3] =
        ["identityHeaders: a new token", "identityHeaders: like before", "identityHeaders: a crowd of 300"];
    const UPSTREAM: [&str; 3] =
        ["upstreamToken: a new token", "upstreamToken: like before", "upstreamToken: a crowd of 300"];
    let mut identity = BoxContents::new();
    identity.insert(BoxItem::Email, "alice@example.com");
    identity.insert(BoxItem::Name, "Alice Example");
    (0..5).for_each(|number| identity.insert(BoxItem::Groups, &format!("group-{number}")));
    let mut upstream = BoxContents::new();
    let part = |length: usize| b64url_encode(&vec![7; length]);
    let jwt = [part(60), part(1_536), part(256)].join(".");
    upstream.insert(BoxItem::UpstreamToken, &jwt);
    let tid = TenantId::derive("wiki", "https://idp.example", "wiki", &[]);
    let mut rows = Vec::new();
    for (names, keys, option, contents) in [
        (
            IDENTITY,
            ["identity_new", "identity_repeat", "identity_crowd"],
            r#""identityHeaders":"X-Mcp-Email=email, X-Mcp-Name=name, X-Mcp-Groups=groups""#,
            identity,
        ),
        (
            UPSTREAM,
            ["upstream_new", "upstream_repeat", "upstream_crowd"],
            r#""upstreamToken":"Authorization""#,
            upstream,
        ),
    ] {
        let options = format!(
            r#"{{"resource":"wiki","pathPrefix":"","providerIssuer":"https://idp.example","clientID":"wiki","scopes":"read write",{option}}}"#
        );
        let tokens = signer.boxed_tokens(BASE, tid, &contents, 302);
        let mut guest = start_with(plugin, signer, &options);
        let mut one = |name, key, token: &str| {
            let (instructions, calls) = ask(&mut guest, Some(token));
            Counted { key, name, instructions, calls }
        };
        one("", "", &tokens[300]);
        rows.push(one(names[0], keys[0], &tokens[301]));
        rows.push(one(names[1], keys[1], &tokens[301]));
        println!("{}: {} characters", names[0], tokens[0].len());
        rows.push(crowd_of(guest, &tokens[..300], names[2], keys[2]));
    }
    rows
}

/// A call of a tool whose body has `length` bytes.
fn call(length: usize) -> Vec<u8> {
    const LINE: &str = "The quick brown fox jumps over the lazy dog.\\n";
    // JSON escapes the backslash with another one.
    const IN_JSON: usize = LINE.len() + 1;
    let arguments = json!({"path": "notes/today.md", "lines": [1, 2, 3], "flags": {"force": true, "mode": null}, "text": ""});
    let mut body = json!({"jsonrpc": "2.0", "id": 17, "method": "tools/call", "params": {"name": "write_page", "arguments": arguments}});
    let room = length.saturating_sub(body.to_string().len());
    body["params"]["arguments"]["text"] = json!(LINE.repeat(room / IN_JSON) + &"x".repeat(room % IN_JSON));
    let body = body.to_string().into_bytes();
    assert_eq!(body.len(), length);
    body
}

/// Requests where `toolPolicy` has 24 rules. A call of 1 MiB takes no more memory than one of 1 KB.
/// docs/performance.md has the numbers of instructions that the calls take, and the targets.
fn policy(plugin: &Plugin, signer: &Signer, token: &str) -> Vec<Counted> {
    let rules: Vec<String> = (0..24).map(|number| format!("delete_{number}_*=admin")).collect();
    let options = json!({"resource": "wiki", "pathPrefix": "", "providerIssuer": "local", "scopes": "read write", "toolPolicy": rules});
    let mut guest = start_with(plugin, signer, &options.to_string());
    let mut rows = Vec::new();
    let mut count = |key, name, length: usize, most: u64| {
        guest.state().request_body = call(length);
        ask(&mut guest, Some(token));
        let before = guest.memory();
        let (instructions, calls) = ask(&mut guest, Some(token));
        assert!(instructions <= most, "{name}: {instructions} instructions, more than {most}");
        assert_eq!(guest.memory(), before, "{name}: memory does not grow with the body");
        assert_eq!(guest.state().forwarded_body, Some(call(length)), "{name}: the body arrives whole");
        rows.push(Counted { key, name, instructions, calls });
        before
    };
    let small = count("policy", "toolPolicy: a call of 1 KB", 1_000, 22_000);
    let large = count("policy_1m", "toolPolicy: a call of 1 MiB", 1 << 20, 9_000_000);
    assert_eq!(small, large, "memory of an instance");
    rows
}

/// Requests with new tokens of another issuer, which signs with RS256.
fn rs256(plugin: &Plugin, signer: &Signer) -> Vec<Counted> {
    let fixture = include_str!("../../fixtures/rs256.json");
    let tokens = serde_json::from_str::<serde_json::Value>(fixture).expect("JSON");
    let options = r#"{"resource":"plugin","pathPrefix":"","providerIssuer":"local","jwksFile":"/keys/jwks.json","jwksIssuer":"https://idp.example/realm","audience":"api"}"#;
    let mut state =
        State::new(options, vec![("BOUNCER_PLUGIN_KEY".to_owned(), signer.keys.plugin_key.clone())]);
    state.now = 1_800_000_100;
    state.files.insert("jwks.json".to_owned(), fixture.as_bytes().to_vec());
    let mut guest = plugin.start(state, MEMORY);
    let mut count = |key, name, number: usize| {
        let (instructions, calls) = ask(&mut guest, tokens["tokens"][number].as_str());
        Counted { key, name, instructions, calls }
    };
    vec![count("", "RS256: the first, key file", 0), count("rs256", "RS256: a new token", 1)]
}
