//! Installations that `doctor` checks.

use e2e::backend::Backend;
use e2e::browser::Person;
use e2e::deployed::{self, Tenant};
use e2e::flow::Flow;
use e2e::mcp_server::McpServer;
use e2e::ports::Held;
use e2e::sidecar::ALICE;
use e2e::stack::{Form, Plan, Stack};
use e2e::wait;
use tempfile::TempDir;

use crate::certificates::{Authority, Days};
use crate::report::{Report, from_inside};

/// The public host of [`World`].
pub const HOST: &str = "wiki.example.com";
/// The URL that clients of [`World`] use.
pub const URL: &str = "https://wiki.example.com/mcp";
/// The validity of a certificate that is neither new nor about to expire.
pub const VALID: Days = Days(-30, 60);

/// Traefik with TLS and the one label, a sidecar with a shared folder, a real MCP server at a public host name, and a
/// token for it.
pub struct World {
    pub stack: Stack,
    pub authority: Authority,
    pub server: McpServer,
    pub folder: TempDir,
    /// A port at which nothing listens.
    pub closed: Held,
    /// The address of the sidecar's operations listener.
    pub operations: String,
}

impl World {
    /// Starts the installation, logs in, and gives Traefik its certificate.
    pub async fn start() -> Self {
        Self::start_with(true).await
    }

    /// Like [`Self::start`]. `is_mounted` says whether Traefik's plugin sees the shared folder.
    pub async fn start_with(is_mounted: bool) -> Self {
        let folder = TempDir::new().expect("a temporary directory");
        let shared = folder.path().join("shared");
        std::fs::create_dir(&shared).expect("a folder");
        let server = McpServer::start().await;
        let authority = Authority::new();
        let mut stack = Stack::start(Plan {
            users: vec![ALICE],
            form: Form::OneLabel,
            trusts_peers: true,
            files: vec![("wiki.yml", deployed::one_label_server(HOST, "wiki", &server.url()))],
            sidecar: vec![("BOUNCER_SHARE_DIR", shared.display().to_string())],
            ..Plan::default()
        })
        .await;
        stack.ready(&[URL.to_owned()]).await;
        let tokens =
            Flow::new(&stack.http, "https://wiki.example.com").tokens("doctor", Person::user(ALICE)).await;
        std::fs::write(folder.path().join("token"), tokens.access).expect("a file");
        let operations = stack.sidecar.ops_url().replace("http://", "");
        stack.sidecar.set("BOUNCER_METRICS_ADDR", &operations);
        stack.sidecar.set("BOUNCER_LISTEN_ADDR", &stack.sidecar.url().replace("http://", ""));
        let hardening = hardening().await;
        stack
            .restart_traefik(|text| {
                let text = secure(text, hardening);
                if is_mounted { deployed::with_mount(&text, &shared, "/mcpbouncer") } else { text }
            })
            .await;
        let world = Self { stack, authority, server, folder, closed: Held::any(), operations };
        world.certify(HOST, VALID, "");
        world.until_routed().await;
        world
    }

    /// Gives Traefik another certificate, or other TLS options.
    pub fn certify(&self, host: &str, days: Days, options: &str) {
        self.stack.traefik.replace("tls.yml", &self.authority.traefik_file(host, days, options));
    }

    /// Returns the arguments for a check of everything. Ports on which programs of this machine may listen are led to a
    /// closed port; `open` lists exceptions.
    pub fn arguments(&self, open: &[(u16, u16)]) -> Vec<String> {
        let port = |url: &str| url.rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
        let closed = self.closed.number();
        let api = self.stack.api.as_ref().expect("an API").number();
        let (operations, oauth) = (port(&self.operations), port(&self.stack.sidecar.url()));
        let ports = [80, 8080, 9090, port(&self.server.url()), operations, oauth, api];
        let led = ports
            .map(|port| (port, closed))
            .into_iter()
            .filter(|(port, _)| open.iter().all(|(own, _)| own != port));
        let led = led.chain(open.iter().copied()).chain([(443, self.stack.traefik.port())]);
        let file = |path: std::path::PathBuf| path.display().to_string();
        let mut arguments = vec![
            URL.to_owned(),
            "--ca-file".to_owned(),
            file(self.authority.file()),
            "--token-file".to_owned(),
            file(self.folder.path().join("token")),
        ];
        for (port, to) in led {
            arguments.extend(["--connect".to_owned(), format!("{port}=127.0.0.1:{to}")]);
        }
        arguments
    }

    /// Waits until Traefik has read the middlewares that the sidecar serves.
    async fn until_routed(&self) {
        let api = self.stack.api.as_ref().expect("an API").number();
        let url = format!("http://127.0.0.1:{api}/api/http/routers/wiki@file");
        wait::until("Traefik has the router and its middlewares", async || {
            let router = self.stack.http.get(&url).await;
            router.body.contains(r#""status":"enabled""#).then_some(())
        })
        .await;
    }

    /// Checks everything.
    pub async fn look(&mut self, open: &[(u16, u16)]) -> Report {
        let arguments = self.arguments(open);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        from_inside(&mut self.stack.sidecar, &arguments).await
    }

    /// Waits until a check of everything finds this.
    pub async fn until_found(&mut self, code: &str) -> Report {
        wait::until(&format!("doctor finds {code}"), async || {
            let report = self.look(&[]).await;
            report.with("found").contains(code).then_some(report)
        })
        .await
    }

    /// Waits until a check of everything finds nothing.
    pub async fn until_healthy(&mut self) -> Report {
        wait::until("doctor finds nothing", async || {
            let report = self.look(&[]).await;
            println!("{:?}", report.sentences());
            report.with("found").is_empty().then_some(report)
        })
        .await
    }
}

/// Returns the line for the static configuration that drops headers that are aliases of others; empty if this Traefik
/// does not know it.
pub async fn hardening() -> &'static str {
    if e2e::traefik::version().await >= (3, 7, 12) { "\n      aliasHeadersStrategy: delete" } else { "" }
}

/// Returns a static configuration whose entry point `web` has TLS.
pub fn secure(configuration: &str, more: &str) -> String {
    changed(configuration, "    http:\n", &format!("    http:\n      tls: {{}}{more}\n"))
}

/// Returns a text in which `to` replaces the first `from`. Panics if the text does not contain `from`.
pub fn changed(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "{from:?} is not in {text}");
    text.replacen(from, to, 1)
}

/// A dynamic file: its name, and a function that makes its text from the URL of the MCP server.
pub type File = (&'static str, fn(&str) -> String);

/// Traefik without TLS, for which the sidecar writes the OAuth routers, with dynamic files for several hosts, and a
/// fake MCP server.
pub struct Hosts {
    pub stack: Stack,
    pub server: Backend,
}

impl Hosts {
    /// Starts the installation with these files, each made from the URL of the MCP server.
    pub async fn start(files: &[File]) -> Self {
        let server = Backend::start().await;
        let mut files: Vec<(&'static str, String)> =
            files.iter().map(|(name, text)| (*name, text(&server.url()))).collect();
        files.push(("good.yml", deployed::one_label_server("localhost", "good", &server.url())));
        let stack =
            Stack::start(Plan { users: vec![ALICE], form: Form::OneLabel, files, ..Plan::default() }).await;
        stack.ready(&[format!("{}/mcp", stack.at("localhost"))]).await;
        Self { stack, server }
    }

    /// Returns the arguments for the MCP server at a host: its URL, and the address to connect to.
    pub fn arguments(&self, host: &str, path: &str) -> [String; 3] {
        let port = self.stack.traefik.port();
        [format!("http://{host}:{port}{path}"), "--connect".to_owned(), format!("127.0.0.1:{port}")]
    }
}

/// Returns the file of a tenant in the long form at this host.
pub fn long_form(host: &str, name: &str, server: &str) -> String {
    deployed::by_hand(&deployed::host_tenant(host, &Tenant::local(name, server)))
}
