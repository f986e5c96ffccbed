//! Traefik, a sidecar with local users and users of a provider, and Prometheus; then the traffic of a day in short.

use e2e::backend::Backend;
use e2e::browser::{Browser, Decides, Person};
use e2e::collector::Collector;
use e2e::deployed::{self, Tenant};
use e2e::flow::{Flow, Tokens};
use e2e::idp::Idp;
use e2e::prometheus::Prometheus;
use e2e::sidecar::{ALICE, BOB};
use e2e::stack::{Form, Plan, Stack};
use e2e::wait;
use reqwest::StatusCode;
use serde_json::json;
use tokio::sync::OnceCell;

/// A router that leads to the server of `wiki` without the plugin.
const BARE: &str = "http: { routers: { open: { rule: 'Host(`open.example`)', service: wiki } } }\n";

pub(crate) struct World {
    pub(crate) stack: Stack,
    pub(crate) prometheus: Prometheus,
    _server: Backend,
    _idp: Idp,
    _collector: Collector,
}

impl World {
    /// Starts all programs. On `localhost`, one tenant has its own host and local users. On `127.0.0.1`, `/docs` has
    /// users of a provider, and `/code` has local users.
    pub(crate) async fn start() -> Self {
        let server = Backend::start().await;
        let idp = Idp::start(&["http://127.0.0.1/docs/oauth/callback"]).await;
        let collector = Collector::start().await;
        let local = |name: &str| Tenant::local(name, &server.url());
        let docs = local("docs").with_provider(idp.provider());
        let plan = Plan {
            users: vec![ALICE, BOB],
            files: vec![
                ("host-tenant.yml", deployed::host_tenant("localhost", &local("wiki"))),
                ("path-tenants.yml", deployed::path_tenants("127.0.0.1", &docs, &local("code"))),
                ("bare.yml", BARE.to_owned()),
            ],
            sidecar: vec![
                ("BOUNCER_INTERNAL_ISSUERS", idp.issuer().to_owned()),
                ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url()),
            ],
            shares: true,
            form: Form::OneLabel,
            ..Plan::default()
        };
        let stack = Stack::start(plan).await;
        let prometheus = Prometheus::start(&stack.sidecar.ops_url()).await;
        let world = Self { stack, prometheus, _server: server, _idp: idp, _collector: collector };
        let flows = [world.wiki(), world.docs()];
        world.stack.ready(&flows.map(|flow| flow.mcp())).await;
        world
    }

    pub(crate) fn wiki(&self) -> Flow {
        Flow::new(&self.stack.http, &self.stack.at("localhost"))
    }

    fn docs(&self) -> Flow {
        Flow::new(&self.stack.http, &format!("{}/docs", self.stack.at("127.0.0.1")))
    }

    /// Makes logins, refreshes and refusals of each kind.
    async fn traffic(&self) {
        wait::until("nothing has happened in the first scrape", async || {
            let clients = self.prometheus.query("bouncer_clients_in_db == 0").await.expect("a query");
            (!clients.is_empty()).then_some(())
        })
        .await;
        let (wiki, docs) = (self.wiki(), self.docs());
        let alice = Person::user(ALICE);
        for flow in [&wiki, &docs] {
            let tokens = flow.tokens("a client", alice).await;
            flow.call(&tokens.access).await.expect(200);
            reuse(flow, tokens).await;
        }
        let client = wiki.register("refused").await;
        wiki.refresh(&client, "mcpb_rt_unknown").await.expect(400);
        let guess = Person { password: "not her password", ..alice };
        Browser::new(&wiki.http).log_in(&wiki.authorize_url(&client, &[]), guess).await.page();
        let denied = wiki.log_in(&client, alice.deciding(Decides::Deny)).await;
        assert_eq!(denied.parameter("error").as_deref(), Some("access_denied"));
        let metadata = json!({ "redirect_uris": ["javascript:alert(1)"] });
        wiki.http.post_json(&wiki.endpoint("register"), &[], &metadata).await.expect(400);
        self.past_the_plugin().await;
    }

    /// Sends requests to the sidecar itself, past the plugin, and to its operations listener without the encryption
    /// key.
    async fn past_the_plugin(&self) {
        let http = &self.stack.http;
        for _ in 0..10 {
            let url = format!("{}/oauth/token", self.stack.sidecar.url());
            let answer = http.post_form(&url, &[], &[("grant_type", "refresh_token")]).await;
            assert!(answer.status.is_client_error(), "{answer:?}");
        }
        let backup = format!("{}/admin/backup", self.stack.sidecar.ops_url());
        assert_eq!(http.post_form(&backup, &[], &[]).await.status, StatusCode::FORBIDDEN);
    }
}

/// Refreshes twice, repeats the last refresh, and then presents the first refresh token again.
async fn reuse(flow: &Flow, first: Tokens) {
    let client = first.client_id.clone();
    let second = Tokens::of(client.clone(), &flow.refresh(&client, &first.refresh).await.expect(200));
    let third = Tokens::of(client.clone(), &flow.refresh(&client, &second.refresh).await.expect(200));
    flow.refresh(&client, &second.refresh).await.expect(200);
    flow.refresh(&client, &third.refresh).await.expect(200);
    flow.refresh(&client, &first.refresh).await.expect(400);
}

/// Returns the world after the traffic, for tests that only read.
pub(crate) async fn after_the_traffic() -> &'static World {
    static WORLD: OnceCell<World> = OnceCell::const_new();
    let start = async || {
        let world = World::start().await;
        world.traffic().await;
        world
    };
    WORLD.get_or_init(start).await
}
