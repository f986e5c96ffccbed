//! The form with one label: the sidecar is one of Traefik's providers and writes the routers for OAuth itself.

use e2e::browser::Person;
use e2e::clients::Kind;
use e2e::docker_api::Container;
use e2e::flow::Flow;
use e2e::mcp_server::McpServer;
use e2e::runtime::run;
use e2e::sidecar::ALICE;
use e2e::stack::{Form, Plan, Stack};
use e2e::wait;

use crate::clients::full_sequence;

/// Returns a container with this rule and the one label of a protected server.
fn container(name: &str, rule: &str, url: &str) -> Container {
    let labels = vec![
        "traefik.enable=true".to_owned(),
        format!("traefik.http.routers.{name}.rule={rule}"),
        format!("traefik.http.routers.{name}.middlewares=mcp-auth@http"),
    ];
    Container { name: name.to_owned(), labels, url: url.to_owned() }
}

async fn stack(containers: Vec<Container>, sidecar: Vec<(&'static str, String)>) -> Stack {
    Stack::start(Plan { users: vec![ALICE], form: Form::OneLabel, containers, sidecar, ..Plan::default() })
        .await
}

#[test]
fn a_real_client_logs_in_where_a_container_has_one_label() {
    run(async {
        let server = McpServer::start().await;
        let stack = stack(vec![container("wiki", "Host(`localhost`)", &server.url())], vec![]).await;
        let url = format!("{}/mcp", stack.at("localhost"));
        stack.ready(std::slice::from_ref(&url)).await;
        full_sequence(Kind::ClientV2, &url, &stack.http).await;
        assert_eq!(stack.warnings(), Vec::<String>::new());
    });
}

/// The tenants share one middleware and a provider, but none accepts a token of another.
#[test]
fn path_tenants_of_one_middleware_do_not_take_each_others_tokens() {
    run(async {
        let server = McpServer::start().await;
        let stack = stack(
            vec![
                container("wiki", "Host(`127.0.0.1`) && PathPrefix(`/wiki`)", &server.url()),
                container(
                    "docs",
                    "Host(`127.0.0.1`) && (Path(`/docs`) || PathPrefix(`/docs/`))",
                    &server.url(),
                ),
                container("host", "Host(`127.0.0.1`)", &server.url()),
            ],
            vec![],
        )
        .await;
        let bases = ["/wiki", "/docs", ""].map(|path| format!("{}{path}", stack.at("127.0.0.1")));
        stack.ready(&bases.clone().map(|base| format!("{base}/mcp"))).await;
        let mut flows = Vec::new();
        for base in &bases {
            let flow = Flow::new(&stack.http, base);
            let tokens = flow.tokens("one label", Person::user(ALICE)).await;
            flows.push((flow, tokens));
        }
        for (index, (flow, _)) in flows.iter().enumerate() {
            for (other, (_, tokens)) in flows.iter().enumerate() {
                let status = flow.call(&tokens.access).await.status;
                assert_eq!(status == 401, index != other, "{}: {status}", flow.base);
            }
        }
    });
}

/// A container appears and disappears while Traefik runs.
#[test]
fn a_server_is_served_when_it_appears_and_closed_when_its_label_is_gone() {
    run(async {
        let server = McpServer::start().await;
        let wiki = container("wiki", "Host(`localhost`)", &server.url());
        let docs = container("docs", "Host(`127.0.0.1`)", &server.url());
        let stack = stack(vec![wiki.clone()], vec![]).await;
        let docker = stack.docker.as_ref().expect("labels are read");
        let added = format!("{}/mcp", stack.at("127.0.0.1"));
        assert_eq!(stack.http.get(&added).await.status, 404);
        docker.replace(vec![wiki.clone(), docs.clone()]);
        stack.ready(std::slice::from_ref(&added)).await;
        let flow = Flow::new(&stack.http, &stack.at("127.0.0.1"));
        let tokens = flow.tokens("added", Person::user(ALICE)).await;
        assert_ne!(flow.call(&tokens.access).await.status, 401);
        // Without the label, the sidecar serves nothing for the server any more, and tells the operator that the server
        // stands open.
        let mut open = docs;
        open.labels.retain(|label| !label.contains("middlewares"));
        open.labels.push("traefik.http.routers.docs.service=wiki".to_owned());
        docker.replace(vec![wiki, open]);
        wait::until("its OAuth router is gone", async || {
            let answer = stack.http.get(&flow.endpoint("jwks.json")).await;
            (!answer.body.contains("\"keys\"")).then_some(())
        })
        .await;
        wait::until("the open router is named", async || {
            stack.sidecar.log().contains("bare_router").then_some(())
        })
        .await;
    });
}
