//! Many tenants behind one Traefik, with fake MCP servers that record requests. Traefik trusts its peers here, so that
//! tests can mark a request as https.

use e2e::backend::Backend;
use e2e::deployed::{self, Tenant};
use e2e::flow::Flow;
use e2e::idp::Idp;
use e2e::mcp_server::McpServer;
use e2e::paths;
use e2e::sidecar::{ALICE, BOB};
use e2e::stack::{Plan, Stack};
use tokio::sync::OnceCell;

pub struct Hosts {
    pub stack: Stack,
    /// The MCP server of every tenant except those with a broken OAuth router.
    pub backend: Backend,
    /// The MCP server of the tenants with a broken OAuth router.
    pub undefended: McpServer,
    _idp: Idp,
}

/// The tenants with a broken OAuth router, named after what is broken.
pub const DOORS: [&str; 4] =
    ["missing.localhost", "misspelt.localhost", "stopped.localhost", "wrong.localhost"];

impl Hosts {
    /// Returns the tenant with its own host, such as `localhost` or `127.0.0.1`.
    pub fn host(&self, host: &str) -> Flow {
        Flow::new(&self.stack.http, &self.stack.at(host))
    }

    /// Returns a tenant below a path of `paths.localhost`: `docs` or `code`.
    pub fn path(&self, name: &str) -> Flow {
        Flow::new(&self.stack.http, &format!("{}/{name}", self.stack.at("paths.localhost")))
    }

    /// Returns the tenant whose labels claim the base of the tenant `localhost`, with another provider. A special
    /// header routes requests to it.
    pub fn claimant(&self) -> Flow {
        Flow::new(&self.stack.http.clone().always("x-claimant", "1"), &self.stack.at("localhost"))
    }

    async fn start() -> Self {
        let backend = Backend::start().await;
        let undefended = McpServer::start().await;
        let idp = Idp::start(&["http://localhost/oauth/callback"]).await;
        let at_backend = |name: &str| Tenant::local(name, &backend.url());
        let claimant = at_backend("claimant").with_provider(idp.provider());
        let mut files = vec![
            // If two tenants claim one issuer, the sidecar writes OAuth routers for neither.
            ("localhost.yml", deployed::by_hand(&deployed::host_tenant("localhost", &at_backend("first")))),
            ("claimant.yml", deployed::by_hand(&claiming(&deployed::host_tenant("localhost", &claimant)))),
            ("address.yml", deployed::host_tenant("127.0.0.1", &at_backend("second"))),
            (
                "paths.yml",
                deployed::path_tenants(
                    "paths.localhost",
                    &at_backend("docs").with("forwardIssuer: true"),
                    &at_backend("code"),
                ),
            ),
            ("https.yml", deployed::path_tenants("h.test", &at_backend("wiki"), &at_backend("other"))),
            ("https-host.yml", deployed::host_tenant("alone.test", &at_backend("alone"))),
            ("required.yml", deployed::host_tenant("scoped.localhost", &scoped(at_backend("scoped")))),
        ];
        let strict = deployed::host_tenant("strict.localhost", &strict(at_backend("strict")));
        files.push(("strict.yml", strict));
        files.push(("leak.yml", deployed::by_hand(&LEAK.replace("BACKEND", &backend.url()))));
        files.extend(doors(&undefended.url(), &backend.url()));
        let stack = Stack::start(Plan {
            users: vec![ALICE, BOB],
            files,
            sidecar: vec![
                ("BOUNCER_INTERNAL_ISSUERS", idp.issuer().to_owned()),
                // All tests use the same client address.
                ("BOUNCER_REGISTER_RATE_LIMIT", "10000".to_owned()),
            ],
            trusts_peers: true,
            ..Plan::default()
        })
        .await;
        let hosts = Self { stack, backend, undefended, _idp: idp };
        let mut urls = vec![
            hosts.host("localhost").mcp(),
            hosts.host("127.0.0.1").mcp(),
            hosts.host("scoped.localhost").mcp(),
            hosts.host("strict.localhost").mcp(),
        ];
        urls.extend([
            hosts.path("docs").mcp(),
            hosts.path("code").mcp(),
            "https://alone.test/mcp".to_owned(),
        ]);
        urls.extend(["wiki", "other"].map(|name| format!("https://h.test/{name}/mcp")));
        hosts.stack.ready(&urls).await;
        let mut others = vec![hosts.stack.at("leak.localhost")];
        others.extend(DOORS.map(|host| hosts.host(host).mcp()));
        hosts.stack.routed(&others).await;
        hosts
    }
}

/// Returns the tenants, which are started once and shared by all tests.
pub async fn hosts() -> &'static Hosts {
    static HOSTS: OnceCell<Hosts> = OnceCell::const_new();
    HOSTS.get_or_init(Hosts::start).await
}

/// A router of another operator that passes route proofs to the operator's own server.
const LEAK: &str = "http:
  services:
    leak: { loadBalancer: { servers: [{ url: BACKEND }] } }
  routers:
    leak: { rule: Host(`leak.localhost`), service: leak, middlewares: [mcpb-route] }
";

/// Returns routers for the same host that take precedence if a request has the header.
fn claiming(text: &str) -> String {
    text.replace("Host(`localhost`)", "Host(`localhost`) && Header(`X-Claimant`, `1`)")
        .replace("priority: 1", "priority: 9")
}

/// Returns the tenant with two scopes to offer and one to require. `admin` is only for a group that alice is not in.
fn scoped(tenant: Tenant) -> Tenant {
    tenant.with("scopes: openid read write admin").with("requiredScopes: read").with("scopeMap: admin=admins")
}

/// Returns the tenant with a required scope that is only for a group that alice is not in, and with one allowed origin.
fn strict(tenant: Tenant) -> Tenant {
    let scopes = tenant.with("scopes: openid read").with("requiredScopes: read admin");
    scopes.with("scopeMap: admin=admins").with("allowedOrigins: https://app.example")
}

fn doors(undefended: &str, foreign: &str) -> Vec<(&'static str, String)> {
    let tenant = |host: &str| {
        deployed::host_tenant(host, &Tenant::local(host.split('.').next().expect("a name"), undefended))
    };
    let service = |host: &str, url: &str| {
        let own = format!(
            "  services:\n    elsewhere-{host}:\n      loadBalancer:\n        servers:\n          - url: {url}\n"
        );
        let text = tenant(&format!("{host}.localhost"))
            .replace("service: mcpbouncer", &format!("service: elsewhere-{host}"));
        text.replace("  services:\n", &own)
    };
    let missing = tenant("missing.localhost");
    let missing = missing.split("    missing-oauth:").next().expect("the first router").to_owned();
    let misspelt = tenant("misspelt.localhost").replace("mcpb-route", "mcpb-rout");
    // If the sidecar knows the host, it repairs both files. With these rules it does not know the host, so they stay as
    // they are.
    let unknown = |text: String| {
        if paths::runs_with_one_label() {
            deployed::by_hand(&text).replace("Host(`", "HostRegexp(`")
        } else {
            text
        }
    };
    let (missing, misspelt) = (unknown(missing), unknown(misspelt));
    let service = |host: &str, url: &str| deployed::by_hand(&service(host, url));
    vec![
        ("missing.yml", missing),
        ("misspelt.yml", misspelt),
        // Nothing listens on port 1.
        ("stopped.yml", service("stopped", "http://127.0.0.1:1")),
        ("wrong.yml", service("wrong", foreign)),
    ]
}
