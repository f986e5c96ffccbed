//! A provider that is itself an authorization server for MCP. The plugin alone verifies its tokens.

use e2e::browser::Person;
use e2e::clients::{Client, Kind};
use e2e::deployed;
use e2e::docker_api::Container;
use e2e::flow;
use e2e::guide::Page;
use e2e::http::Http;
use e2e::idp::Idp;
use e2e::mcp_server::McpServer;
use e2e::runtime::run;
use e2e::sidecar::ALICE;
use e2e::stack::{Plan, Stack};

/// The tenant does not use the sidecar, and has no router to it.
#[test]
fn real_clients_log_in_at_the_provider_and_its_tokens_are_accepted() {
    run(async {
        let idp = Idp::for_mcp("https://localhost/mcp").await;
        let server = McpServer::start().await;
        let keys = Http::new(0).get(&format!("{}/jwks", idp.issuer())).await.expect(200).body;
        let page = Page::guide("own-tokens").with("https://idp.example.com", idp.issuer());
        let labels =
            deployed::long_form_labels("host").into_iter().filter(|label| !label.contains("wiki-oauth"));
        let labels = deployed::with_provider_labels(labels.collect(), page.labels("labels: own-tokens"));
        let labels = labels.into_iter().map(|label| label.replace("wiki.example.com", "localhost")).collect();
        let stack = Stack::start(Plan {
            containers: vec![Container { name: "wiki-server".to_owned(), labels, url: server.url() }],
            keys: vec![("keys.json", keys)],
            ..Plan::default()
        })
        .await;
        let mcp = format!("{}/mcp", stack.at("localhost"));
        stack.ready(std::slice::from_ref(&mcp)).await;
        for kind in [Kind::ClientV2, Kind::Python] {
            let mut client = Client::start(kind, &mcp, &stack.http);
            client.connect(Person::user(ALICE)).await;
            client.call().await;
            assert_eq!(client.asked, 1, "{kind:?}");
            let tokens = client.tokens().await;
            let access = tokens["access_token"].as_str().expect("a token");
            let claims = flow::claims(access);
            assert_eq!(
                (&claims["iss"], &claims["aud"]),
                (&idp.issuer().into(), &"https://localhost/mcp".into())
            );
        }
    });
}
