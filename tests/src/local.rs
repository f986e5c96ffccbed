//! A complete installation on this machine, for `make run` and `make demo`: two MCP servers behind Traefik, one
//! sidecar, one local user.

use crate::deployed::{self, Tenant};
use crate::mcp_server::McpServer;
use crate::sidecar::{Keys, Sidecar, User};
use crate::traefik::Traefik;
use crate::wait;

/// The running parts. Dropping it stops them all.
pub struct Local {
    /// Serves `http://localhost:PORT/mcp`, and another tenant at `http://127.0.0.1:PORT/mcp`.
    pub traefik: Traefik,
    /// The authorization server.
    pub sidecar: Sidecar,
    servers: [McpServer; 2],
}

impl Local {
    /// Starts everything and waits until it answers. `port` 0 lets the kernel choose.
    pub async fn start(port: u16, user: User) -> Self {
        let keys = Keys::generate().await;
        let sidecar = Sidecar::start(&keys, &[user], &[]).await;
        let servers = [McpServer::start().await, McpServer::start().await];
        let [wiki, docs] = &servers;
        let configuration =
            deployed::traefik(false, None).replace("127.0.0.1:0", &format!("127.0.0.1:{port}"));
        let files = [
            ("sidecar.yml", deployed::sidecar(&sidecar.url())),
            ("wiki.yml", deployed::host_tenant("localhost", &Tenant::local("wiki", &wiki.url()))),
            ("docs.yml", deployed::host_tenant("127.0.0.1", &Tenant::local("docs", &docs.url()))),
        ];
        let traefik = Traefik::start(&keys, &configuration, &files).await;
        let local = Self { traefik, sidecar, servers };
        for url in [local.url(), local.other_url()] {
            wait::until("the plugin asks for a token", async || {
                let answer = reqwest::get(&url).await.ok()?;
                (answer.status() == 401).then_some(())
            })
            .await;
        }
        local
    }

    /// The URL to paste into an MCP client.
    pub fn url(&self) -> String {
        format!("http://localhost:{}/mcp", self.traefik.port())
    }

    /// The URL of the second tenant.
    pub fn other_url(&self) -> String {
        format!("http://127.0.0.1:{}/mcp", self.traefik.port())
    }

    /// The number of requests that reached the MCP servers.
    pub fn requests(&self) -> usize {
        self.servers.iter().map(|server| server.requests().len()).sum()
    }
}
