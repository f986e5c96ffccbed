//! Rules of the layout that the compiler does not enforce: concepts do not import each other, `http` files do not use
//! the store, `flow` files do not use the HTTP framework, and files stay short.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::fs;
use std::path::{Path, PathBuf};

/// Folders with one OAuth concept each. Concepts pass data to each other through stored state, never by calls.
const CONCEPTS: [&str; 15] = [
    "journey/account",
    "journey/approval",
    "journey/callback",
    "journey/connections",
    "journey/password",
    "journey/second_factor",
    "journey/start",
    "connect",
    "discovery",
    "introspection",
    "jwks",
    "registration",
    "revocation",
    "token",
    "userinfo",
];

/// The maximum number of lines of a file.
const LINES: usize = 500;

fn sources(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            found.push((path, text));
        }
    }
    found
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// The sources of the sidecar and of its store.
fn programs() -> Vec<(PathBuf, String)> {
    let store = Path::new(env!("CARGO_MANIFEST_DIR")).join("../store/src");
    [sources(&root()), sources(&store)].concat()
}

/// Returns the source without its comments, because comments may mention what code must not use.
fn code(text: &str) -> String {
    text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

#[test]
fn concepts_do_not_import_each_other() {
    for concept in CONCEPTS {
        let files = sources(&root().join(concept));
        assert!(!files.is_empty(), "{concept} does not exist");
        for (path, text) in files {
            let code = code(&text);
            for sibling in CONCEPTS.iter().filter(|sibling| **sibling != concept) {
                let sibling = sibling.replace('/', "::");
                for form in [
                    format!("crate::{sibling}::"),
                    format!("crate::{sibling};"),
                    format!("sidecar::{sibling}"),
                ] {
                    assert!(!code.contains(&form), "{} imports {sibling}", path.display());
                }
                // Grouped imports have the form: use crate::{authorize, …}.
                for group in code.split("use crate::{").skip(1).filter_map(|rest| rest.split('}').next()) {
                    let names = group.split([',', ' ', '\n', ':', '{']).any(|name| name == sibling);
                    assert!(!names, "{} imports {sibling} in a group", path.display());
                }
            }
        }
    }
}

#[test]
fn http_files_do_not_use_the_store_and_flow_files_do_not_use_axum() {
    let (mut http, mut flow) = (0, 0);
    for concept in CONCEPTS {
        for (path, text) in sources(&root().join(concept)) {
            let code = code(&text);
            match path.file_name().and_then(|name| name.to_str()) {
                Some("http.rs") => {
                    http += 1;
                    let knows = ["store::", "deps.store"].iter().any(|needle| code.contains(needle));
                    assert!(!knows, "{} uses the store", path.display());
                }
                Some("flow.rs") => {
                    flow += 1;
                    assert!(!code.contains("axum"), "{} uses axum", path.display());
                }
                _ => {}
            }
        }
    }
    assert!(
        http >= 4 && flow >= 4,
        "the split into http.rs and flow.rs is missing: {http} http.rs, {flow} flow.rs"
    );
}

#[test]
fn only_one_place_makes_an_http_client_reads_a_clock_or_draws_randomness() {
    for (needle, homes) in [
        ("Client::builder", &["upstream/http.rs"][..]),
        ("SystemTime::now", &["clock.rs"]),
        ("getrandom::", &["store/src/entropy.rs"]),
        // The runtime's clock, which tests of connections can pause, and the stopwatch, on which no decision depends.
        ("Instant::now", &["listen/watched.rs", "store/src/observe.rs"]),
        ("env::var(", &[]),
    ] {
        for (path, text) in programs() {
            let is_home = homes.iter().any(|home| path.ends_with(home));
            assert!(is_home || !code(&text).contains(needle), "{} contains {needle}", path.display());
        }
    }
}

#[test]
fn files_are_short_and_begin_with_their_purpose() {
    for (path, text) in programs() {
        let lines = text.lines().count();
        assert!(lines <= LINES, "{} has {lines} lines", path.display());
        assert!(text.starts_with("//! "), "{} does not begin with its purpose", path.display());
    }
}

/// Every route of a concept is an endpoint that the plugin knows, and vice versa.
#[test]
fn the_routes_equal_the_plugins_list_of_endpoints() {
    use protocol::context::Endpoint;
    let mut routes: Vec<String> = Vec::new();
    for (_, text) in CONCEPTS.iter().flat_map(|concept| sources(&root().join(concept))) {
        let named = text.split(".route(").skip(1).filter_map(|rest| rest.trim_start().strip_prefix('"'));
        routes.extend(named.filter_map(|rest| rest.split('"').next()).map(str::to_owned));
    }
    let mut endpoints = [
        Endpoint::AuthorizationServerMetadata,
        Endpoint::OpenidConfiguration,
        Endpoint::Register,
        Endpoint::Authorize,
        Endpoint::Consent,
        Endpoint::Login,
        Endpoint::SecondFactor,
        Endpoint::Callback,
        Endpoint::Connections,
        Endpoint::Account,
        Endpoint::Token,
        Endpoint::RegisteredClient { client_id: String::new() },
        Endpoint::Revoke,
        Endpoint::Introspect,
        Endpoint::Userinfo,
        Endpoint::Jwks,
        Endpoint::Connect,
    ]
    .map(|endpoint| endpoint.sidecar_path());
    routes.sort_unstable();
    endpoints.sort_unstable();
    assert_eq!(routes, endpoints);
}

/// Only events may log a reason, so that every reason is counted too.
#[test]
fn only_the_journal_logs_reasons() {
    for (path, text) in sources(&root()) {
        let text = code(text.split("#[cfg(test)]").next().unwrap_or_default());
        let is_journal = path.ends_with("journal/log.rs");
        let logs = text.split("tracing::").skip(1).filter(|call| {
            let arguments = call.split(");").next().unwrap_or_default();
            arguments.contains("reason")
        });
        assert_eq!(
            logs.count() > 0,
            is_journal,
            "{}: record an event in the journal instead",
            path.display()
        );
    }
}
