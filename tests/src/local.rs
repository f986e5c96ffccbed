//! A complete installation on this machine, for `make run` and `make demo`: two MCP servers behind Traefik, one
//! sidecar, and one local user.

use tempfile::TempDir;

use crate::deployed;
use crate::mcp_server::McpServer;
use crate::ports::Held;
use crate::sidecar::{Keys, Sidecar, User};
use crate::traefik::Traefik;
use crate::wait;

/// The running programs. Dropping this value stops all of them.
pub struct Local {
    /// The reverse proxy. It serves one tenant at `http://localhost:PORT/mcp`, and another at
    /// `http://127.0.0.1:PORT/mcp`.
    pub traefik: Traefik,
    /// The authorization server.
    pub sidecar: Sidecar,
    servers: [McpServer; 2],
    _folder: TempDir,
    _api: Held,
}

impl Local {
    /// Starts all programs, and waits until they answer. If `port` is 0, the kernel chooses the port.
    pub async fn start(port: u16, user: User) -> Self {
        let folder = TempDir::new().expect("a temporary directory");
        let shared = folder.path().join("shared");
        std::fs::create_dir(&shared).expect("the shared folder");
        let api = Held::any();
        let settings = [
            ("BOUNCER_SHARE_DIR", shared.display().to_string()),
            ("BOUNCER_TRAEFIK_API", format!("http://127.0.0.1:{}", api.number())),
        ];
        let settings = settings.each_ref().map(|(name, value)| (*name, value.as_str()));
        let sidecar = Sidecar::start(&Keys::none(), &[user], &settings).await;
        let servers = [McpServer::start().await, McpServer::start().await];
        let [wiki, docs] = &servers;
        let operations = sidecar.ops_url();
        let configuration = deployed::one_label(false, None, (&operations, api.here()), Some(&shared))
            .replace("127.0.0.1:0", &format!("127.0.0.1:{port}"));
        let files = [
            ("wiki.yml", deployed::one_label_server("localhost", "wiki", &wiki.url())),
            ("docs.yml", deployed::one_label_server("127.0.0.1", "docs", &docs.url())),
        ];
        let traefik = Traefik::start_in(&shared, &configuration, &files).await;
        let local = Self { traefik, sidecar, servers, _folder: folder, _api: api };
        for url in [local.url(), local.other_url()] {
            let status = async |url: &str| Some(reqwest::get(url).await.ok()?.status().as_u16());
            wait::until("the plugin asks for a token", async || (status(&url).await? == 401).then_some(()))
                .await;
            let keys = url.replace("/mcp", "/oauth/jwks.json");
            wait::until("the sidecar's router is there", async || {
                (status(&keys).await? == 200).then_some(())
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
