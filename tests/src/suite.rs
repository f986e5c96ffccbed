//! Runs the official conformance suite (`@modelcontextprotocol/conformance`) through its command line.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::browser::{Browser, Outcome, Person};
use crate::flow::Flow;
use crate::http::Http;
use crate::paths;
use crate::process::Program;

/// The status of each check. The key is made of the scenario and the check; repeated checks are numbered.
pub type Checks = BTreeMap<String, String>;

/// Returns the path of a file in the packages of `tests/conformance`.
pub fn package(file: &str) -> std::path::PathBuf {
    let path = paths::of_tests("conformance/node_modules").join(file);
    assert!(path.exists(), "{} is missing: run `make conformance`, which installs it.", path.display());
    path
}

fn program(name: &str) -> Program {
    Program::new(name, paths::node()).arg(package("@modelcontextprotocol/conformance/dist/index.js"))
}

/// Runs the suite's command `server`: the scenarios that a revision requires, against an MCP server.
pub async fn server(name: &str, url: &str, requirements: &str, directory: &Path) -> Checks {
    let out = directory.join(name);
    let mut process = program(name)
        .args(["server", "--url", url, "--requirements", requirements, "--output-dir"])
        .arg(&out)
        .start(directory);
    // The suite's exit code says whether any scenario failed; the results say which.
    process.ended().await;
    let checks = read(&out);
    assert!(!checks.is_empty(), "{name}: no results\n{}\n{}", process.stdout(), process.stderr());
    checks
}

/// Runs the suite's command `client`: a scenario of the suite's own servers, with the client program
/// `tests/node/conformance-client.mjs`, which authenticates in the same way as the client of the end-to-end tests.
pub async fn client(scenario: &str, directory: &Path) -> Checks {
    let name = scenario.replace('/', "-");
    let out = directory.join(&name);
    let script = paths::of_tests("node/conformance-client.mjs");
    let command = format!("{} {}", paths::node().display(), script.display());
    let mut process = program(&name)
        .args(["client", "--scenario", scenario, "--command", &command, "--output-dir"])
        .arg(&out)
        .start(directory);
    process.ended().await;
    // The scenario's name has a slash, so its results are one folder deeper.
    let folder = scenario.split_once('/').map_or("", |(folder, _)| folder);
    let checks = read(&out.join(folder));
    assert!(!checks.is_empty(), "{name}: no results\n{}\n{}", process.stdout(), process.stderr());
    checks
}

/// Runs the suite's command `authorization`: tests our authorization server. `person` logs in when the suite asks for
/// it.
pub async fn authorization(tenant: &Flow, person: Person<'_>, version: &str, directory: &Path) -> Checks {
    let name = format!("authorization-{version}");
    let port = free_port();
    let metadata = serde_json::json!({
        "client_name": "conformance", "redirect_uris": [format!("http://127.0.0.1:{port}/callback")],
    });
    let answer = tenant.http.post_json(&tenant.endpoint("register"), &[], &metadata).await.expect(201);
    let client = answer.json()["client_id"].as_str().expect("an id").to_owned();
    let out = directory.join(&name);
    let mut process = program(&name)
        .args(["authorization", "--url", &tenant.base, "--client-id", &client, "--resource", &tenant.mcp()])
        .args(["--port", &port.to_string(), "--spec-version", version, "--output-dir"])
        .arg(&out)
        .start(directory);
    let prefix = tenant.endpoint("authorize");
    let url = process
        .wait_for("asks for a login", |out, _| {
            // Log in only when the suite is listening for the callback.
            out.contains("Callback server started").then_some(())?;
            out.lines().find(|line| line.starts_with(&prefix)).map(str::to_owned)
        })
        .await;
    let outcome = Browser::new(&tenant.http).log_in(&url, person).await;
    let Outcome::Callback(callback) = outcome else { panic!("{name}: {outcome:?}") };
    Http::new(port).get(callback.as_str()).await;
    process.ended().await;
    let checks = read(&out);
    assert!(!checks.is_empty(), "{name}: no results\n{}\n{}", process.stdout(), process.stderr());
    checks
}

/// Returns a free port, because the suite requires a port number.
fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}

/// Reads every `checks.json` below a directory.
fn read(directory: &Path) -> Checks {
    let mut found = Checks::new();
    for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
        let folder = entry.file_name().to_string_lossy().into_owned();
        // The folder's name ends with the time of the run, which is removed.
        let scenario = folder.split("-202").next().unwrap_or(&folder).to_owned();
        let text = std::fs::read_to_string(entry.path().join("checks.json")).unwrap_or_default();
        let checks: Vec<Value> = serde_json::from_str(&text).unwrap_or_default();
        for check in checks {
            let text = |name: &str| check[name].as_str().unwrap_or_default().to_owned();
            let mut key = format!("{scenario}/{}", text("id"));
            while found.contains_key(&key) {
                key.push('+');
            }
            found.insert(key, text("status"));
        }
    }
    found
}

/// Returns the number of checks that passed, and the names of those that failed.
pub fn score(checks: &Checks) -> (usize, Vec<&str>) {
    let passed = checks.values().filter(|status| *status == "SUCCESS").count();
    let failed = checks.iter().filter(|(_, status)| *status == "FAILURE").map(|(name, _)| name.as_str());
    (passed, failed.collect())
}
