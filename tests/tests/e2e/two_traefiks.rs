//! Two Traefiks poll one sidecar, each from its own address. Each gets its own configuration, and a fault of one does
//! not concern the other.

use std::net::{Ipv4Addr, SocketAddr};

use e2e::browser::Person;
use e2e::deployed;
use e2e::docker_api::{Container, DockerApi};
use e2e::flow::Flow;
use e2e::http::Http;
use e2e::mcp_server::McpServer;
use e2e::ports::Held;
use e2e::process::json_lines;
use e2e::relay::Relay;
use e2e::runtime::run;
use e2e::sidecar::{ALICE, Keys, Sidecar};
use e2e::traefik::Traefik;
use e2e::wait;
use serde_json::Value;

const FIRST: Ipv4Addr = Ipv4Addr::LOCALHOST;
const SECOND: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

/// The programs that both Traefiks share.
struct Shared {
    keys: Keys,
    sidecar: Sidecar,
    server: McpServer,
    /// The port of each Traefik's API, at that Traefik's own address.
    api: Held,
}

impl Shared {
    async fn start() -> Self {
        let keys = Keys::generate().await;
        let api = Held::at(&[FIRST, SECOND]);
        let port = format!(":{}", api.number());
        let sidecar = Sidecar::start(&keys, &[ALICE], &[("BOUNCER_TRAEFIK_API", &port)]).await;
        Self { keys, sidecar, server: McpServer::start().await, api }
    }

    /// Returns a container with the one label.
    fn container(&self, name: &str, rule: &str) -> Container {
        let labels = vec![
            "traefik.enable=true".to_owned(),
            format!("traefik.http.routers.{name}.rule={rule}"),
            format!("traefik.http.routers.{name}.middlewares=mcp-auth@http"),
        ];
        Container { name: name.to_owned(), labels, url: self.server.url() }
    }

    /// Returns what the sidecar logged about the Traefik at this address, in order.
    fn reports(&self, address: Ipv4Addr) -> Vec<String> {
        let lines = json_lines(&self.sidecar.log());
        lines.iter().filter(|line| line["traefik"] == address.to_string()).map(Value::to_string).collect()
    }

    /// Returns the warnings among them.
    fn warnings(&self, address: Ipv4Addr) -> Vec<String> {
        let mut reports = self.reports(address);
        reports.retain(|line| line.contains(r#""level":"WARN""#));
        reports
    }

    /// Waits until the last line about the Traefik at this address has these texts.
    async fn reports_last(&self, address: Ipv4Addr, texts: [&str; 2]) {
        wait::until(&format!("{texts:?} is the last report on {address}"), async || {
            let last = self.reports(address).pop()?;
            texts.iter().all(|text| last.contains(text)).then_some(())
        })
        .await;
    }

    async fn warns(&self, address: Ipv4Addr, text: &str) {
        wait::until(&format!("a warning of {text} about {address}"), async || {
            self.warnings(address).iter().any(|line| line.contains(text)).then_some(())
        })
        .await;
    }
}

/// A Traefik that polls from its own address, with its own containers.
struct Edge {
    docker: DockerApi,
    relay: Relay,
    configuration: String,
    traefik: Traefik,
    http: Http,
}

impl Edge {
    async fn start(shared: &Shared, address: Ipv4Addr, containers: Vec<Container>) -> Self {
        let docker = DockerApi::start(containers).await;
        let operations = shared.sidecar.ops_url();
        let operations: SocketAddr = operations.trim_start_matches("http://").parse().expect("an address");
        let relay = Relay::start(address, operations).await;
        let api = SocketAddr::from((address, shared.api.number()));
        let configuration = deployed::one_label(false, Some(&docker.endpoint()), (&relay.url(), api), None);
        let traefik = Traefik::start(&shared.keys, &configuration, &[]).await;
        let http = Http::new(traefik.port());
        Self { docker, relay, configuration, traefik, http }
    }

    /// Starts Traefik again after it was stopped, with its configuration as `change` returns it.
    async fn resume(&mut self, shared: &Shared, change: impl FnOnce(&str) -> String) {
        self.traefik = Traefik::start(&shared.keys, &change(&self.configuration), &[]).await;
        self.http = Http::new(self.traefik.port());
    }

    /// Returns the tenant of this host at this Traefik.
    fn flow(&self, host: &str) -> Flow {
        Flow::new(&self.http, &format!("http://{host}:{}", self.traefik.port()))
    }

    /// Returns the sidecar's response to a poll from this Traefik's address.
    async fn polled(&self) -> String {
        let response = reqwest::get(format!("{}/traefik", self.relay.url())).await.expect("a poll");
        response.error_for_status().expect("the configuration").text().await.expect("a body")
    }
}

async fn is_served(flow: &Flow) {
    wait::until(&format!("{} is served", flow.base), async || {
        let answer = flow.http.get(&flow.endpoint("jwks.json")).await;
        (answer.status == 200 && answer.body.contains("\"keys\"")).then_some(())
    })
    .await;
}

async fn logs_in(flow: &Flow) {
    is_served(flow).await;
    let tokens = flow.tokens("two traefiks", Person::user(ALICE)).await;
    assert_ne!(flow.call(&tokens.access).await.status, 401);
}

#[test]
fn each_gets_its_own_routers_and_its_problems_are_named_apart() {
    run(async {
        let shared = Shared::start().await;
        let wiki = shared.container("wiki", "Host(`localhost`)");
        let regexp = shared.container("regexp", "HostRegexp(`^a$`)");
        let first = Edge::start(&shared, FIRST, vec![wiki, regexp]).await;
        let docs = shared.container("docs", "Host(`127.0.0.1`)");
        let negated = shared.container("negated", "Host(`a.localhost`) && !PathPrefix(`/b`)");
        let second = Edge::start(&shared, SECOND, vec![docs, negated]).await;
        logs_in(&first.flow("localhost")).await;
        logs_in(&second.flow("127.0.0.1")).await;

        for (edge, others_host, own, other) in
            [(&first, "127.0.0.1", "wiki", "docs"), (&second, "localhost", "docs", "wiki")]
        {
            let flow = edge.flow(others_host);
            for url in [flow.mcp(), flow.endpoint("jwks.json")] {
                flow.http.get(&url).await.expect(404);
            }
            let response = edge.polled().await;
            assert!(response.contains(&format!("mcpb-oauth-{own}-docker")), "{response}");
            assert!(!response.contains(&format!("mcpb-oauth-{other}-docker")), "{response}");
        }
        shared.warns(FIRST, "rule_hosts").await;
        shared.warns(SECOND, "rule_path").await;
        let [of_first, of_second] = [FIRST, SECOND].map(|address| {
            let mut problems = shared.warnings(address);
            problems.retain(|line| !line.contains("traefik_api"));
            problems
        });
        assert!(of_first.len() == 1 && of_first[0].contains("regexp@docker"), "{of_first:?}");
        assert!(of_second.len() == 1 && of_second[0].contains("negated@docker"), "{of_second:?}");
    });
}

#[test]
fn one_that_stops_or_breaks_changes_nothing_for_the_other() {
    run(async {
        let shared = Shared::start().await;
        let wiki = shared.container("wiki", "Host(`localhost`)");
        let first = Edge::start(&shared, FIRST, vec![wiki.clone()]).await;
        let docs = shared.container("docs", "Host(`127.0.0.1`)");
        let mut second = Edge::start(&shared, SECOND, vec![docs.clone()]).await;
        let wiki_flow = first.flow("localhost");
        is_served(&wiki_flow).await;
        let tokens = wiki_flow.tokens("before", Person::user(ALICE)).await;
        is_served(&second.flow("127.0.0.1")).await;
        // On a busy machine, a starting Traefik polls several times before its API answers.
        let of_first = shared.reports(FIRST);
        let before = shared.reports(SECOND).len();

        // One Traefik is stopped: the other one gets a new server. A Traefik that does not poll is not reported; only
        // the last poll, which it sent while it stopped, may have found its API closed.
        second.traefik.stop().await;
        let added = shared.container("added", "Host(`127.0.0.1`)");
        first.docker.replace(vec![wiki.clone(), added]);
        logs_in(&first.flow("127.0.0.1")).await;
        let last = shared.reports(SECOND).split_off(before);
        assert!(last.len() <= 1 && last.iter().all(|line| line.contains("traefik_api")), "{last:?}");

        // One Traefik is broken: its API is missing, which is reported for it alone. If its last poll was reported, the
        // problem still stands, and is not reported again.
        second.resume(&shared, |text| text.replace("api:\n  insecure: true\n", "")).await;
        shared.reports_last(SECOND, ["router problem", "traefik_api"]).await;
        let flow = second.flow("127.0.0.1");
        flow.http.get(&flow.mcp()).await.expect(404);
        first.docker.replace(vec![wiki, shared.container("later", "Host(`later.localhost`)")]);
        logs_in(&first.flow("later.localhost")).await;
        assert_ne!(wiki_flow.call(&tokens.access).await.status, 401);
        assert!(first.polled().await.contains("mcpb-oauth-wiki-docker"));

        // It is repaired, which is logged for it alone.
        second.traefik.stop().await;
        second.resume(&shared, str::to_owned).await;
        logs_in(&second.flow("127.0.0.1")).await;
        shared.reports_last(SECOND, ["router mended", "traefik_api"]).await;
        assert_eq!(shared.reports(FIRST), of_first);
    });
}
