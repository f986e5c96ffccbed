//! A tenant whose identity provider is a realm of Keycloak.

use std::sync::atomic::{AtomicUsize, Ordering};

use e2e::clients::{Client, Kind};
use e2e::deployed;
use e2e::docker_api::Container;
use e2e::flow::Flow;
use e2e::guide::Page;
use e2e::keycloak::Keycloak;
use e2e::mcp_server::McpServer;
use e2e::stack::{Plan, Stack};
use tokio::sync::OnceCell;

/// Returns the Keycloak that all tests share. Each test has its own realm.
async fn keycloak() -> &'static Keycloak {
    static KEYCLOAK: OnceCell<Keycloak> = OnceCell::const_new();
    KEYCLOAK.get_or_init(Keycloak::start).await
}

/// The differences from the guide's first example.
#[derive(Default)]
pub struct Variant {
    /// The mark of an additional block of labels. They replace labels of the same name.
    pub labels: Option<&'static str>,
    /// Replacements in the guide's text.
    pub with: Vec<(&'static str, &'static str)>,
    /// The option whose label is left out.
    pub without: Option<&'static str>,
    /// More labels.
    pub more: Vec<&'static str>,
    /// The URL of another MCP server.
    pub server: Option<String>,
}

/// A realm, and an MCP server at `http://localhost:PORT/mcp` with the guide's labels.
pub struct AtKeycloak {
    pub stack: Stack,
    pub tenant: Flow,
    page: Page,
    _server: Option<McpServer>,
}

impl AtKeycloak {
    /// Starts all programs.
    pub async fn start(variant: Variant) -> Self {
        static REALMS: AtomicUsize = AtomicUsize::new(0);
        let realm = format!("corp{}", REALMS.fetch_add(1, Ordering::SeqCst));
        let keycloak = keycloak().await;
        let page = keycloak.page().with("corp", &realm);
        let page = variant.with.iter().fold(page, |page, (example, ours)| page.with(example, ours));
        let server = if variant.server.is_some() { None } else { Some(McpServer::start().await) };
        let url = server.as_ref().map(McpServer::url).or_else(|| variant.server.clone()).expect("a server");
        let containers =
            vec![Container { name: "wiki-server".to_owned(), labels: labels(&page, &variant), url }];
        let issuer = format!("{}/realms/{realm}", keycloak.url());
        let sidecar = vec![("BOUNCER_INTERNAL_ISSUERS", issuer)];
        let stack = Stack::start(Plan { containers, sidecar, ..Plan::default() }).await;
        let base = stack.at("localhost");
        let page = page.with("https://wiki.example.com", &base);
        keycloak.run(&page, &["realm", "client"]).await;
        let tenant = Flow::new(&stack.http, &base);
        stack.ready(&[tenant.mcp()]).await;
        Self { stack, tenant, page, _server: server }
    }

    /// Runs the guide's commands with this name.
    pub async fn run(&self, name: &str) {
        keycloak().await.run(&self.page, &[name]).await;
    }

    /// Starts a real client of the MCP server.
    pub fn client(&self, kind: Kind) -> Client {
        Client::start(kind, &self.tenant.mcp(), &self.stack.http)
    }
}

/// Returns the README's labels combined with the guide's.
fn labels(page: &Page, variant: &Variant) -> Vec<String> {
    let name = |label: &str| label.split_once('=').expect("name=value").0.to_owned();
    let more = variant.labels.map(|mark| page.labels(mark)).unwrap_or_default();
    let replaced: Vec<String> = more.iter().map(|label| name(label)).collect();
    let mut provider = page.labels("labels: keycloak");
    provider.retain(|label| !replaced.contains(&name(label)));
    provider.extend(more);
    if let Some(option) = variant.without {
        provider.retain(|label| !name(label).ends_with(&format!(".{option}")));
    }
    provider.extend(variant.more.iter().map(|label| (*label).to_owned()));
    let labels = deployed::with_provider_labels(deployed::long_form_labels("host"), provider);
    labels.into_iter().map(|label| label.replace("wiki.example.com", "localhost")).collect()
}
