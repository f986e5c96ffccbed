//! Three sidecars with one PostgreSQL database behind Traefik's load balancer. One of them is killed under load.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use e2e::backend::Backend;
use e2e::browser::{Browser, Outcome, Person};
use e2e::deployed::{self, Tenant};
use e2e::flow::{Flow, Tokens};
use e2e::http::Http;
use e2e::postgres::Cluster;
use e2e::process::json_lines;
use e2e::runtime::run;
use e2e::sidecar::{ALICE, Keys, Sidecar};
use e2e::traefik::Traefik;
use e2e::wait;
use reqwest::StatusCode;
use tokio::task::JoinSet;

use crate::life::Grant;

const REFRESHING: usize = 6;
const LOGGING_IN: usize = 3;

/// Starts sidecars at separate addresses with the same operations port, as in containers.
async fn replicas(keys: &Keys, database: &str) -> Vec<Sidecar> {
    let mut all: Vec<Sidecar> = Vec::new();
    for number in 1..=3 {
        let host = format!("127.0.0.{number}");
        let ops_port = all
            .first()
            .map_or("0".to_owned(), |first| first.ops_url().rsplit(':').next().expect("a port").to_owned());
        let (listen, ops) = (format!("{host}:0"), format!("{host}:{ops_port}"));
        let users = all.first().map(|first| first.users_file().display().to_string());
        let mut extra = vec![
            ("BOUNCER_DATABASE_URL", database),
            ("BOUNCER_LISTEN_ADDR", &listen),
            ("BOUNCER_METRICS_ADDR", &ops),
        ];
        if let Some(users) = &users {
            extra.push(("BOUNCER_USERS_FILE", users));
        }
        let own: &[_] = if all.is_empty() { &[ALICE] } else { &[] };
        let mut sidecar = Sidecar::start(keys, own, &extra).await;
        // A sidecar that is started again must be at the address that Traefik knows.
        let (address, ops) = (sidecar.url(), sidecar.ops_url());
        sidecar.set("BOUNCER_LISTEN_ADDR", address.trim_start_matches("http://"));
        sidecar.set("BOUNCER_METRICS_ADDR", ops.trim_start_matches("http://"));
        all.push(sidecar);
    }
    all
}

/// Returns the example's files, changed for replicas as `docs/configuration.md` describes.
fn files(replicas: &[Sidecar], backend: &str) -> Vec<(&'static str, String)> {
    let ops = replicas[0].ops_url();
    let port = ops.rsplit(':').next().expect("a port");
    let one = deployed::sidecar("THE-REPLICAS");
    let servers: String =
        replicas.iter().map(|sidecar| format!("          - url: {}\n", sidecar.url())).collect();
    let health =
        format!("        healthCheck: {{ path: /readyz, port: {port}, interval: 1s, timeout: 1s }}\n");
    let sidecar = one
        .replace("          - url: THE-REPLICAS\n", &(servers + &health))
        .replace("  middlewares:\n", "  middlewares:\n    mcpb-retry:\n      retry: { attempts: 3 }\n");
    assert!(sidecar.contains("healthCheck") && sidecar.contains("mcpb-retry"));
    let tenant = deployed::host_tenant("localhost", &Tenant::local("wiki", backend));
    let with_retry = tenant.replace("[mcpb-route, wiki-mcp]", "[mcpb-route, wiki-mcp, mcpb-retry]");
    assert_ne!(tenant, with_retry);
    vec![("sidecar.yml", sidecar), ("wiki.yml", with_retry)]
}

#[derive(Clone)]
struct Load {
    tenant: Flow,
    answers: Arc<AtomicUsize>,
    failures: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
}

impl Load {
    fn stopped(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }

    fn answered(&self) {
        self.answers.fetch_add(1, Ordering::SeqCst);
    }

    async fn reach(&self, count: usize) {
        wait::until("the load continues", async || {
            (self.answers.load(Ordering::SeqCst) >= count).then_some(())
        })
        .await;
    }

    /// Refreshes repeatedly. If there is no response, tries again with the same token, which must work.
    async fn refresh(self, mut grant: Grant) -> Grant {
        while !self.stopped() {
            let tokens = &grant.tokens;
            let answer = self.tenant.refresh(&tokens.client_id, &tokens.refresh).await;
            if answer.status == StatusCode::SERVICE_UNAVAILABLE {
                self.failures.fetch_add(1, Ordering::SeqCst);
                continue;
            }
            grant.take(&answer.expect(200));
            self.answered();
        }
        grant
    }

    /// Logs in repeatedly. Returns the tokens of the successful logins.
    async fn log_in(self, client_id: String) -> Vec<Tokens> {
        let mut all = Vec::new();
        while !self.stopped() {
            let mut browser = Browser::new(&self.tenant.http);
            let outcome =
                browser.log_in(&self.tenant.authorize_url(&client_id, &[]), Person::user(ALICE)).await;
            let code = match outcome {
                Outcome::Callback(_) => outcome.parameter("code").expect("a code"),
                Outcome::Page(page) => {
                    assert_eq!(page.status, 503, "{page:?}");
                    self.failures.fetch_add(1, Ordering::SeqCst);
                    continue;
                }
            };
            let answer = self.tenant.redeem(&client_id, &code).await;
            if answer.status == StatusCode::SERVICE_UNAVAILABLE {
                self.failures.fetch_add(1, Ordering::SeqCst);
                continue;
            }
            all.push(Tokens::of(client_id.clone(), &answer.expect(200)));
            self.answered();
        }
        all
    }
}

#[test]
fn killing_a_replica_fails_only_the_requests_in_flight() {
    run(async {
        let keys = Keys::generate().await;
        let cluster = Cluster::start(true).await;
        let mut replicas = replicas(&keys, &cluster.database()).await;
        let backend = Backend::start().await;
        let traefik =
            Traefik::start(&keys, &deployed::traefik(false, None), &files(&replicas, &backend.url())).await;
        let http = Http::new(traefik.port());
        let tenant = Flow::new(&http, &format!("http://localhost:{}", traefik.port()));
        wait::until("the routes are there", async || {
            (http.get(&tenant.endpoint("jwks.json")).await.status == 200).then_some(())
        })
        .await;

        // The requests of one login reach all replicas, and all replicas have the same keys.
        let tokens = tenant.tokens("first", Person::user(ALICE)).await;
        tenant.call(&tokens.access).await.expect(200);
        let mut shown = BTreeSet::new();
        for _ in 0..6 {
            shown.insert(http.get(&tenant.endpoint("jwks.json")).await.expect(200).body);
        }
        assert_eq!(shown.len(), 1, "{shown:?}");
        for replica in &replicas {
            assert!(requests(replica) > 0, "{}", replica.log());
        }

        let load = Load {
            tenant: tenant.clone(),
            answers: Arc::default(),
            failures: Arc::default(),
            stop: Arc::default(),
        };
        let (mut refreshing, mut logging_in) = (JoinSet::new(), JoinSet::new());
        for number in 0..REFRESHING {
            let tokens = tenant.tokens(&format!("refreshing {number}"), Person::user(ALICE)).await;
            refreshing.spawn(load.clone().refresh(Grant::new(tokens)));
        }
        for number in 0..LOGGING_IN {
            let client_id = tenant.register(&format!("logging in {number}")).await;
            logging_in.spawn(load.clone().log_in(client_id));
        }
        load.reach(100).await;
        replicas[1].kill();
        load.reach(500).await;
        let failed = load.failures.load(Ordering::SeqCst);
        println!("in flight at the kill: at most {}; failed: {failed}", REFRESHING + LOGGING_IN);
        assert!(failed <= REFRESHING + LOGGING_IN, "{failed} requests failed");
        replicas[1].resume().await;
        load.reach(700).await;
        load.stop.store(true, Ordering::SeqCst);

        let (grants, logins) = (refreshing.join_all().await, logging_in.join_all().await);
        let given: usize = grants.iter().map(|grant| grant.access.len()).sum();
        println!("{given} access tokens by refreshing, {} logins", logins.concat().len());
        let logins = logins.concat();
        assert!(logins.len() > LOGGING_IN);
        for mut grant in grants.into_iter().chain(logins.into_iter().map(Grant::new)) {
            for access in &grant.access {
                tenant.call(access).await.expect(200);
            }
            grant.still_works(&tenant).await;
        }
    });
}

/// Returns the number of login steps that a replica has processed, according to its log.
fn requests(replica: &Sidecar) -> usize {
    json_lines(&replica.log()).iter().filter(|line| line["tenant"].is_string()).count()
}
