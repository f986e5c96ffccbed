//! The labels of the README, of `mcpbouncer labels` and of the Compose file, read by Traefik's own Docker provider.

use e2e::backend::Backend;
use e2e::browser::Person;
use e2e::clients::Kind;
use e2e::deployed::{compose_labels, long_form_labels};
use e2e::docker_api::Container;
use e2e::flow::Flow;
use e2e::mcp_server::McpServer;
use e2e::paths;
use e2e::runtime::run;
use e2e::sidecar::{self, ALICE};
use e2e::stack::{Plan, Stack};
use tokio::sync::OnceCell;

use crate::clients::full_sequence;

struct Labelled {
    stack: Stack,
    backend: Backend,
    _server: McpServer,
}

fn container(name: &str, labels: Vec<String>, url: String) -> Container {
    Container { name: name.to_owned(), labels, url }
}

/// Replaces the examples' hosts in labels by names of this machine, which real clients can resolve.
fn here(labels: Vec<String>) -> Vec<String> {
    let moved = |label: String| {
        label
            .replace("wiki.example.com", "localhost")
            .replace("mcp.example.com", "127.0.0.1")
            .replace(".example.com", ".localhost")
    };
    labels.into_iter().map(moved).collect()
}

impl Labelled {
    async fn start() -> Self {
        let server = McpServer::start().await;
        let backend = Backend::start().await;
        let printed = async |arguments: &[&str]| here(sidecar::labels(arguments).await);
        let composed = compose_labels("wiki").into_iter().map(|label| label.replace("wiki", "composed"));
        let containers = vec![
            container("wiki-server", here(long_form_labels("host")), server.url()),
            container("docs-server", here(long_form_labels("path")), server.url()),
            container("composed-server", here(composed.collect()), backend.url()),
            container(
                "alone-server",
                printed(&["--explicit", "--host", "alone.example.com", "--resource", "alone"]).await,
                backend.url(),
            ),
            container(
                "deep-server",
                printed(&[
                    "--explicit",
                    "--host",
                    "mcp.example.com",
                    "--path",
                    "/docs/deep.er",
                    "--resource",
                    "deep",
                ])
                .await,
                backend.url(),
            ),
        ];
        let stack = Stack::start(Plan { users: vec![ALICE], containers, ..Plan::default() }).await;
        let labelled = Self { stack, backend, _server: server };
        let places = [
            "localhost/mcp",
            "composed.localhost/mcp",
            "alone.localhost/mcp",
            "127.0.0.1/docs/mcp",
            "127.0.0.1/docs/deep.er/mcp",
        ];
        let urls = places.map(|place| labelled.url(place));
        labelled.stack.ready(&urls).await;
        labelled
    }

    /// Returns `http://host:PORT/path` for `host/path`.
    fn url(&self, place: &str) -> String {
        let (host, path) = place.split_once('/').expect("host and path");
        format!("{}/{path}", self.stack.at(host))
    }
}

async fn labelled() -> &'static Labelled {
    static LABELLED: OnceCell<Labelled> = OnceCell::const_new();
    LABELLED.get_or_init(Labelled::start).await
}

#[test]
fn a_real_client_works_with_the_readmes_labels_for_a_host() {
    run(async {
        let labelled = labelled().await;
        full_sequence(Kind::ClientV2, &labelled.url("localhost/mcp"), &labelled.stack.http).await;
    });
}

#[test]
fn a_real_client_works_with_the_readmes_labels_for_a_path() {
    run(async {
        let labelled = labelled().await;
        full_sequence(Kind::ClientV2, &labelled.url("127.0.0.1/docs/mcp"), &labelled.stack.http).await;
    });
}

/// One tenant is below another's path. The deeper tenant gets the requests, and each tenant refuses tokens of the
/// other.
#[test]
fn the_labels_of_the_program_and_of_the_compose_file_work() {
    run(async {
        let labelled = labelled().await;
        let outer = Flow::new(&labelled.stack.http, &labelled.url("127.0.0.1/docs"));
        let outer = outer.tokens("outer", Person::user(ALICE)).await;
        let bases = [
            labelled.stack.at("composed.localhost"),
            labelled.stack.at("alone.localhost"),
            labelled.url("127.0.0.1/docs/deep.er"),
        ];
        for base in bases {
            let tenant = Flow::new(&labelled.stack.http, &base);
            let tokens = tenant.tokens("labels", Person::user(ALICE)).await;
            let origin = [("origin", "https://inspector.example")];
            let answer = tenant.call_at(&tenant.mcp(), &tokens.access, &origin).await.expect(200);
            assert_eq!(answer.headers("access-control-allow-origin"), ["*"], "{answer:?}");
            tenant.call(&outer.access).await.expect(401);
        }
        assert_eq!(labelled.backend.requests().len(), 3, "{:?}", labelled.backend.requests());
        // A dot in a path matches only a dot, not any character.
        let other = labelled.url("127.0.0.1/.well-known/oauth-authorization-server/docs/deepXer");
        let document = labelled.stack.http.get(&other).await.expect(200).json();
        assert_eq!(document["issuer"], labelled.url("127.0.0.1/docs"));
    });
}

#[test]
fn readme_program_and_compose_file_have_the_same_labels() {
    run(async {
        let printed = sidecar::labels(&["--sidecar"]).await;
        assert_eq!(long_form_labels("sidecar"), printed);
        assert_eq!(compose_labels("mcpbouncer"), printed);

        let printed =
            sidecar::labels(&["--explicit", "--host", "wiki.example.com", "--resource", "wiki"]).await;
        assert_eq!(long_form_labels("host"), printed);
        let service = ["services.wiki.loadbalancer.server.port=", "routers.wiki.service="];
        let composed = compose_labels("wiki").into_iter();
        let composed: Vec<String> =
            composed.filter(|label| !service.iter().any(|own| label.contains(own))).collect();
        assert_eq!(composed, printed);

        let printed = sidecar::labels(&[
            "--explicit",
            "--host",
            "mcp.example.com",
            "--path",
            "/docs",
            "--resource",
            "docs",
        ])
        .await;
        let readme = long_form_labels("path").into_iter().filter(|label| !label.contains(".docs-strip."));
        let readme: Vec<String> = readme.map(|label| label.replace(",docs-strip", "")).collect();
        assert_eq!(readme, printed);
    });
}

#[test]
fn the_readmes_label_is_the_one_that_the_program_prints() {
    run(async {
        let printed = sidecar::labels(&["--host", "wiki.example.com"]).await;
        assert_eq!(printed.len(), 3, "{printed:?}");
        let readme = std::fs::read_to_string(paths::repository().join("README.md")).expect("README.md");
        for label in printed.iter().filter(|label| label.contains("routers")) {
            assert!(readme.contains(&format!("\n{label}\n")), "README.md does not have {label}");
        }
    });
}
