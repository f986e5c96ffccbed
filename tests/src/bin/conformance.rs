//! `make conformance`: runs the official suite and a strict relying party against the whole system, and prints a table.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use e2e::browser::{Browser, Outcome, Person};
use e2e::deployed::{self, Tenant};
use e2e::extensions::{self, Extension, SDKS};
use e2e::flow::Flow;
use e2e::hop::Hop;
use e2e::mcp_server::McpServer;
use e2e::process::{Program, json_lines};
use e2e::sidecar::ALICE;
use e2e::stack::{Plan, Stack};
use e2e::suite::{self, Checks};
use e2e::{html, paths};

/// Checks whose result may differ when the requests go through the stack, with the reasons.
const DIFFERENT: [(&str, &str); 1] = [(
    "server-dns-rebinding-protection/localhost-host-rebinding-rejected",
    "server-everything accepts any Host; the plugin refuses a Host other than the base's",
)];

/// The number of steps of the relying party, which stops at the first step that fails.
const STEPS: usize = 10;

#[tokio::main]
async fn main() -> ExitCode {
    let out = paths::repository().join("target/conformance");
    std::fs::remove_dir_all(&out).ok();
    std::fs::create_dir_all(&out).expect("target/conformance");
    let mut table = Table::default();
    let everything = McpServer::start().await;
    let python = McpServer::python().await;
    let stack = Stack::start(Plan {
        users: vec![ALICE],
        files: vec![
            (
                "everything.yml",
                deployed::host_tenant("localhost", &Tenant::local("everything", &everything.url())),
            ),
            ("python.yml", deployed::host_tenant("127.0.0.1", &Tenant::local("python", &python.url()))),
        ],
        ..Plan::default()
    })
    .await;
    let at = |host: &str| Flow::new(&stack.http, &stack.at(host));
    let (local, address) = (at("localhost"), at("127.0.0.1"));
    stack.ready(&[local.mcp(), address.mcp()]).await;

    for version in ["2025-11-25", "2026-07-28"] {
        let checks = suite::authorization(&local, Person::user(ALICE), version, &out).await;
        table.all_pass(&format!("authorization, {version}"), &checks);
    }
    for (name, direct, tenant, version) in [
        ("server-everything", everything.url(), &local, "2025-11-25"),
        ("PyPI mcp 2.3.0", python.url(), &address, "2026-07-28"),
    ] {
        let token = tenant.tokens("conformance", Person::user(ALICE)).await.access;
        let host = tenant.base.trim_start_matches("http://");
        let hop = Hop::start(host, &token).await;
        let file = name.split(' ').next().unwrap_or(name);
        let alone = suite::server(&format!("{file}-direct"), &format!("{direct}/mcp"), version, &out).await;
        let through =
            suite::server(&format!("{file}-through"), &format!("{}/mcp", hop.url()), version, &out).await;
        table.equal(&format!("server, {name}, {version}"), &alone, &through);
    }
    with_extensions(&mut table, &out).await;
    let steps = relying_party(&local, &out).await;
    table.row(
        "oauth4webapi, strict relying party",
        &format!("{} of {STEPS} steps", steps.len()),
        steps.len() == STEPS,
    );
    table.print()
}

/// Runs, for each extension, the suite's scenario, which tests the client of the TypeScript SDK against a server of the
/// suite, and then the clients of both SDKs against this server.
async fn with_extensions(table: &mut Table, directory: &Path) {
    let world = extensions::World::start().await;
    for extension in Extension::ALL {
        let scenario = extension.scenario();
        table.all_pass(&format!("client, {scenario}"), &suite::client(scenario, directory).await);
        for kind in SDKS {
            let result = world.run(extension, kind).await;
            let text = result.as_ref().unwrap_or_else(|error| error);
            table.row(&format!("  {kind:?} with this server"), text, result.is_ok());
        }
    }
}

/// Runs the relying party's login. Returns the steps that it completed.
async fn relying_party(tenant: &Flow, directory: &Path) -> Vec<String> {
    let script: PathBuf = paths::of_tests("conformance/relying-party.mjs");
    let program = Program::new("relying-party", paths::node()).arg(script).arg(tenant.mcp());
    let (mut process, mut input) = program.start_with_input(directory);
    let url = process
        .wait_for("asks for a login", |out, _| {
            json_lines(out).iter().find_map(|line| Some(line["authorize"].as_str()?.to_owned()))
        })
        .await;
    match Browser::new(&tenant.http).log_in(&url, Person::user(ALICE)).await {
        Outcome::Callback(callback) => writeln!(input, "{callback}").expect("it reads"),
        Outcome::Page(page) => {
            eprintln!("relying party: {} {:?}", page.status, html::meta_refresh(&page.body))
        }
    }
    process.ended().await;
    let lines = json_lines(&process.stdout());
    if !lines.iter().any(|line| line["done"] == true) {
        eprintln!("relying party:\n{}", process.stderr());
    }
    lines.iter().filter_map(|line| Some(line["step"].as_str()?.to_owned())).collect()
}

#[derive(Default)]
struct Table {
    rows: Vec<(String, String, bool)>,
}

impl Table {
    fn row(&mut self, what: &str, result: &str, good: bool) {
        self.rows.push((what.to_owned(), result.to_owned(), good));
    }

    fn all_pass(&mut self, what: &str, checks: &Checks) {
        let (passed, failed) = suite::score(checks);
        let other = checks.values().filter(|status| !["SUCCESS", "INFO"].contains(&status.as_str())).count();
        self.row(
            what,
            &format!("{passed} passed, {} failed {failed:?}", failed.len()),
            other == 0 && passed > 0,
        );
    }

    /// Requires that every check has the same result `alone` and `through` the stack, except the checks that may
    /// differ.
    fn equal(&mut self, what: &str, alone: &Checks, through: &Checks) {
        let expected = |name: &str| DIFFERENT.iter().any(|(known, _)| *known == name);
        let names = alone.keys().chain(through.keys());
        let differing: std::collections::BTreeSet<&String> =
            names.filter(|name| alone.get(*name) != through.get(*name) && !expected(name)).collect();
        let result = format!(
            "direct {} of {}, through {}; differing {differing:?}",
            suite::score(alone).0,
            alone.len(),
            suite::score(through).0
        );
        self.row(what, &result, differing.is_empty() && alone.len() > 40);
    }

    fn print(&self) -> ExitCode {
        println!();
        for (what, result, good) in &self.rows {
            println!("{:<4} {what:<46} {result}", if *good { "ok" } else { "FAIL" });
        }
        for (name, reason) in DIFFERENT {
            println!("\nnot compared: {name}: {reason}");
        }
        let good = self.rows.iter().all(|(_, _, good)| *good);
        if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}
