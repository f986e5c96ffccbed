//! Checks that Traefik routes requests as the table `fixtures/rules.json` expects: by each rule in it, and by the rule
//! of the OAuth router that is derived from each rule. `protocol/tests/rules.rs` compares the code with the same table.

use e2e::runtime::run;
use e2e::sidecar::Keys;
use e2e::traefik::{self, Traefik};
use e2e::wire::{Reply, Server, exchange};
use e2e::{wait, wire};
use serde_json::{Value, json};

const TABLE: &str = include_str!("../../fixtures/rules.json");

const CONFIGURATION: &str = "
entryPoints: { web: { address: \"127.0.0.1:0\" } }
providers: { providersThrottleDuration: 1ms, file: { directory: dynamic, watch: true } }
log: { level: ERROR }
global: { checkNewVersion: false, sendAnonymousUsage: false }
";

/// Returns a dynamic file with the two routers of the row, and a router for `row-N.test`, which shows that Traefik has
/// loaded the file.
fn file(number: usize, row: &Value, paths: &Value, backends: &[Server; 3]) -> String {
    let text = |name: &str| row[name].as_str();
    let ready = format!("Host(`row-{number}.test`)");
    let mut routers = json!({
        "ready": { "rule": ready, "service": "ready", "priority": 3000 },
        "mcp": { "rule": text("rule").expect("a rule"), "service": "mcp", "priority": 1000 },
    });
    if let Some(oauth) = text("oauth") {
        let path = text("path").or(text("given")).expect("a path");
        let paths = format!("({})", paths[path].as_str().expect("its paths"));
        let rule = oauth.replace("{paths}", &paths);
        routers["oauth"] = json!({ "rule": rule, "service": "oauth", "priority": 2000 });
    }
    let service = |backend: &Server| json!({ "loadBalancer": { "servers": [{ "url": backend.url() }] } });
    let [mcp, oauth, ready] = backends.each_ref().map(service);
    json!({ "http": { "routers": routers, "services": { "mcp": mcp, "oauth": oauth, "ready": ready } } })
        .to_string()
}

/// Returns which backend responds to a request of the table, as a letter of the column `outcomes`.
async fn outcome(port: u16, request: &str) -> String {
    let mut parts = request.splitn(4, ' ');
    let mut next = || parts.next().unwrap_or_default();
    let (method, host, target, header) = (next(), next(), next(), next());
    let header = if header.is_empty() { String::new() } else { format!("{header}\r\n") };
    let bytes = format!("{method} {target} HTTP/1.1\r\nHost: {host}\r\n{header}Connection: close\r\n\r\n");
    let answer = exchange(port, bytes.as_bytes()).await;
    match answer.status() {
        200 => answer.values("x-backend").concat(),
        404 => "-".to_owned(),
        status => panic!("{request}: {status}"),
    }
}

async fn backend(letter: &'static str) -> Server {
    Server::start(move |_: &wire::Message| Reply::whole("200 OK", "text/plain", "").with("X-Backend", letter))
        .await
}

#[test]
fn traefik_routes_each_request_as_the_table_of_rules_expects() {
    run(async {
        let table: Value = serde_json::from_str(TABLE).expect("the table");
        let list = |name: &str| table[name].as_array().expect("a list").clone();
        let (requests, rows) = (list("requests"), list("rules"));
        assert!(rows.len() >= 50);
        let backends = [backend("m").await, backend("o").await, backend("ready").await];
        let file = |number: usize| file(number, &rows[number], &table["paths"], &backends);
        // No router here has the plugin, so Traefik needs no keys.
        let [encryption_key, plugin_key, trust_anchor] = [const { String::new() }; 3];
        let keys = Keys { encryption_key, plugin_key, trust_anchor };
        let wildcards = traefik::version().await >= (3, 7, 0);
        let traefik = Traefik::start(&keys, CONFIGURATION, &[("rules.yml", file(0))]).await;
        for (number, row) in rows.iter().enumerate() {
            traefik.replace("rules.yml", &file(number));
            let ready = format!("GET row-{number}.test /");
            wait::until("Traefik has the row", async || {
                (outcome(traefik.port(), &ready).await == "ready").then_some(())
            })
            .await;
            let mut outcomes = String::new();
            for request in &requests {
                outcomes += &outcome(traefik.port(), request.as_str().expect("a request")).await;
            }
            // Traefik has no router for a rule that it refuses. Before 3.7, a star is no wildcard.
            let star = row["rule"].as_str().is_some_and(|rule| rule.contains("Host(`*"));
            let none = || "-".repeat(requests.len());
            let expected =
                row["outcomes"].as_str().filter(|_| wildcards || !star).map_or_else(none, str::to_owned);
            assert_eq!(outcomes, expected, "{row}\n{}", traefik.log());
        }
    });
}
