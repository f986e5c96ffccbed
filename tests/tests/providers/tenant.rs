//! A tenant whose identity provider is Dex.

use e2e::browser::Person;
use e2e::clients::{Client, Kind};
use e2e::deployed;
use e2e::dex::Dex;
use e2e::docker_api::Container;
use e2e::flow::{Flow, Tokens};
use e2e::mcp_server::McpServer;
use e2e::stack::{Plan, Stack};

/// Dex, and an MCP server at `http://localhost:PORT/mcp` with the guide's labels.
pub struct AtDex {
    pub dex: Dex,
    pub stack: Stack,
    pub tenant: Flow,
    configuration: String,
    _server: Option<McpServer>,
}

impl AtDex {
    /// Starts all programs. `strict` is the sidecar's `BOUNCER_STRICT_UPSTREAM_REFRESH`.
    pub async fn start(strict: &str) -> Self {
        Self::start_with(strict, |configuration| configuration, |labels| labels).await
    }

    /// Like [`Self::start`], with changes to the guide's configuration of Dex and to its labels.
    pub async fn start_with(
        strict: &str,
        configuration: impl FnOnce(String) -> String,
        labels: impl FnOnce(Vec<String>) -> Vec<String>,
    ) -> Self {
        let server = McpServer::start().await;
        let at = Self::start_at(&server.url(), strict, configuration, labels).await;
        Self { _server: Some(server), ..at }
    }

    /// Like [`Self::start_with`], with another MCP server, which is at the URL `server`.
    pub async fn start_at(
        server: &str,
        strict: &str,
        configuration: impl FnOnce(String) -> String,
        labels: impl FnOnce(Vec<String>) -> Vec<String>,
    ) -> Self {
        let mut dex = Dex::reserve().await;
        let labels = labels(dex.page("https://wiki.example.com").labels("labels: dex"));
        let labels = deployed::with_provider_labels(deployed::long_form_labels("host"), labels);
        let labels = labels.into_iter().map(|label| label.replace("wiki.example.com", "localhost")).collect();
        let stack = Stack::start(Plan {
            containers: vec![Container { name: "wiki-server".to_owned(), labels, url: server.to_owned() }],
            sidecar: vec![
                ("BOUNCER_INTERNAL_ISSUERS", dex.issuer()),
                ("BOUNCER_STRICT_UPSTREAM_REFRESH", strict.to_owned()),
            ],
            ..Plan::default()
        })
        .await;
        // Dex must know the callback URL, which contains Traefik's port.
        let base = stack.at("localhost");
        let configuration = configuration(dex.page(&base).block("dex.yml").to_owned());
        dex.serve(&configuration).await;
        let tenant = Flow::new(&stack.http, &base);
        stack.ready(&[tenant.mcp()]).await;
        Self { dex, stack, tenant, configuration, _server: None }
    }

    /// Starts a real client of the MCP server.
    pub fn client(&self, kind: Kind) -> Client {
        Client::start(kind, &self.tenant.mcp(), &self.stack.http)
    }

    /// Restarts Dex with its original configuration.
    pub async fn serve_everybody(&mut self) {
        self.dex.serve(&self.configuration).await;
    }

    /// Restarts Dex without this user.
    pub async fn serve_without(&mut self, person: Person<'_>) {
        let configuration = &self.configuration;
        let entry = format!("- email: {}\n", person.name);
        let (before, rest) = configuration.split_once(&entry).expect("the person is in the guide");
        let after = rest.find("- email: ").map_or("", |at| &rest[at..]);
        self.dex.serve(&format!("{before}{after}")).await;
    }

    /// Restarts Dex with a part of its configuration replaced.
    pub async fn serve_with(&mut self, piece: &str, by: &str) {
        self.dex.serve(&replaced(&self.configuration, piece, by)).await;
    }

    /// Asserts that the MCP server responds to a request with this access token.
    pub async fn assert_admits(&self, held: &Tokens) {
        let answer = self.tenant.call(&held.access).await;
        assert!(answer.body.contains("jsonrpc"), "{answer:?}");
    }
}

/// Replaces a part of a text. Panics if the text does not contain the part.
pub fn replaced(text: &str, piece: &str, by: &str) -> String {
    assert!(text.contains(piece), "the guide no longer contains '{piece}'");
    text.replace(piece, by)
}
