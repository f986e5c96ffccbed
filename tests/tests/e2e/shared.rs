//! Servers that several tests share. They are started once, and stopped with the test program.

use e2e::deployed::{self, Tenant};
use e2e::idp::Idp;
use e2e::mcp_server::McpServer;
use e2e::sidecar::{ALICE, BOB};
use e2e::stack::{Plan, Stack};
use tokio::sync::OnceCell;

/// Real MCP servers for real clients.
///
/// On `localhost`, one tenant has its own host. On `127.0.0.1`, two tenants share the host.
pub struct Served {
    pub stack: Stack,
    pub server: McpServer,
    _idp: Idp,
}

impl Served {
    /// Returns the MCP URL of the tenant `place`: `host`, `docs` or `code`.
    pub fn url(&self, place: &str) -> String {
        match place {
            "host" => format!("{}/mcp", self.stack.at("localhost")),
            path => format!("{}/{path}/mcp", self.stack.at("127.0.0.1")),
        }
    }

    async fn start(federated_host: bool) -> Self {
        let server = McpServer::start().await;
        let idp = Idp::start(&[
            "http://localhost/oauth/callback",
            "http://127.0.0.1/docs/oauth/callback",
            "http://127.0.0.1/code/oauth/callback",
        ])
        .await;
        let local = |name: &str| Tenant::local(name, &server.url());
        let federated = |name: &str| local(name).with_provider(idp.provider());
        // The second stack swaps local users and provider, so that every place is tested with both.
        let (host, docs, code) = if federated_host {
            (federated("wiki"), federated("docs"), local("code"))
        } else {
            (local("wiki"), local("docs"), federated("code"))
        };
        let stack = Stack::start(Plan {
            users: vec![ALICE, BOB],
            files: vec![
                ("host-tenant.yml", deployed::host_tenant("localhost", &host)),
                ("path-tenants.yml", deployed::path_tenants("127.0.0.1", &docs, &code)),
            ],
            sidecar: vec![("BOUNCER_INTERNAL_ISSUERS", idp.issuer().to_owned())],
            ..Plan::default()
        })
        .await;
        let served = Self { stack, server, _idp: idp };
        served.stack.ready(&["host", "docs", "code"].map(|place| served.url(place))).await;
        served
    }
}

/// Returns the servers of which the host's own tenant and `/docs` have local users, and `/code` has users of a
/// provider.
pub async fn local() -> &'static Served {
    static SERVED: OnceCell<Served> = OnceCell::const_new();
    SERVED.get_or_init(|| Served::start(false)).await
}

/// Returns the servers of which the host's own tenant and `/docs` have users of a provider, and `/code` has local
/// users.
pub async fn federated() -> &'static Served {
    static SERVED: OnceCell<Served> = OnceCell::const_new();
    SERVED.get_or_init(|| Served::start(true)).await
}
