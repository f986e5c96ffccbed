//! One line in Kubernetes: an annotation of an Ingress, a name in an IngressRoute, or a filter of an HTTPRoute. Real
//! Traefik reads the examples of `deploy/kubernetes/examples` from an API server.

use e2e::backend::Backend;
use e2e::clients::Kind;
use e2e::kubernetes_api::{example, gateway, ingress_class, service};
use e2e::mcp_server::McpServer;
use e2e::runtime::run;
use e2e::sidecar::ALICE;
use e2e::stack::{Form, Plan, Stack};
use e2e::wait;
use serde_json::{Value, json};

use crate::clients::full_sequence;

async fn stack(cluster: Vec<Value>) -> Stack {
    let cluster = [vec![ingress_class()], cluster].concat();
    Stack::start(Plan { users: vec![ALICE], form: Form::OneLabel, cluster, ..Plan::default() }).await
}

/// Returns an example without what these tests do not have: certificates, and the entry point for TLS.
fn plain(file: &str, namespace: &str, host: &str) -> Vec<Value> {
    let mut objects = example(file, namespace);
    for object in &mut objects {
        if let Some(spec) = object["spec"].as_object_mut() {
            spec.remove("tls");
            spec.remove("entryPoints");
        }
        let text = object.to_string().replace("wiki.example.com", host);
        *object = serde_json::from_str(&text).expect("the same with another host");
    }
    objects
}

/// Asserts that a real client can log in at `localhost` with these objects.
async fn logs_in(route: Vec<Value>) {
    let server = McpServer::start().await;
    let stack = stack([route, service("wiki", "apps", &server.url())].concat()).await;
    let url = format!("{}/mcp", stack.at("localhost"));
    stack.ready(std::slice::from_ref(&url)).await;
    full_sequence(Kind::ClientV2, &url, &stack.http).await;
    assert_eq!(stack.warnings(), Vec::<String>::new());
}

#[test]
fn an_ingress_with_one_annotation() {
    run(logs_in(plain("ingress.yaml", "apps", "localhost")));
}

#[test]
fn an_ingress_route_with_one_middleware() {
    run(logs_in(plain("ingressroute.yaml", "apps", "localhost")));
}

#[test]
fn an_http_route_with_one_filter() {
    run(logs_in([gateway(), plain("httproute.yaml", "apps", "localhost")].concat()));
}

/// Without the one line, the example is a bare router, which is found because the Service is protected elsewhere.
#[test]
fn an_ingress_that_loses_its_annotation_is_named() {
    run(async {
        let server = Backend::start().await;
        let wiki = || [plain("ingress.yaml", "apps", "localhost"), service("wiki", "apps", &server.url())];
        let stack = stack(wiki().concat()).await;
        stack.ready(&[format!("{}/mcp", stack.at("localhost"))]).await;
        let mut bare = plain("ingress.yaml", "apps", "127.0.0.1");
        bare[0]["metadata"]["name"] = json!("bare");
        bare[0]["metadata"].as_object_mut().expect("metadata").remove("annotations");
        stack
            .kubernetes
            .as_ref()
            .expect("a cluster")
            .replace([vec![ingress_class()], wiki().concat(), bare].concat());
        wait::until("the open router is named", async || {
            stack.sidecar.log().contains("bare_router").then_some(())
        })
        .await;
    });
}

/// The same Service has an HTTPRoute without the filter, and a protected object of the other kind.
#[test]
fn an_http_route_without_its_filter_is_named_and_blocked() {
    run(async {
        let server = Backend::start().await;
        let protected = plain("httproute.yaml", "apps", "localhost");
        let mut bare = plain("httproute.yaml", "apps", "127.0.0.1");
        bare.retain(|object| object["kind"] == "HTTPRoute");
        bare[0]["metadata"]["name"] = json!("bare");
        bare[0]["spec"]["rules"][0].as_object_mut().expect("a rule").remove("filters");
        let mut ingress = plain("ingress.yaml", "apps", "bare.localhost");
        ingress[0]["metadata"].as_object_mut().expect("metadata").remove("annotations");
        let cluster = [ingress_class()].into_iter().chain(gateway()).chain(protected).chain(bare);
        let cluster = cluster.chain(ingress).chain(service("wiki", "apps", &server.url())).collect();
        let stack = Stack::start(Plan {
            users: vec![ALICE],
            form: Form::OneLabel,
            cluster,
            sidecar: vec![("BOUNCER_BARE_ROUTERS", "block".to_owned())],
            ..Plan::default()
        })
        .await;
        stack.ready(&[format!("{}/mcp", stack.at("localhost"))]).await;
        for host in ["127.0.0.1", "bare.localhost"] {
            let url = format!("{}/mcp", stack.at(host));
            wait::until(&format!("{url} is blocked"), async || {
                (stack.http.get(&url).await.status == 403).then_some(())
            })
            .await;
        }
        let log = stack.sidecar.log();
        let named: Vec<&str> = log.lines().filter(|line| line.contains("bare_router_blocked")).collect();
        assert_eq!(named.len(), 2, "{log}");
        assert!(named.iter().any(|line| line.contains("router httproute-apps-bare-")), "{named:?}");
        assert!(named.iter().any(|line| line.contains("@kubernetes ")), "{named:?}");
        stack.http.get(&format!("{}/mcp", stack.at("localhost"))).await.expect(401);
    });
}

/// A filter that names a missing Middleware does not open the MCP server.
#[test]
fn an_http_route_without_its_middleware_is_closed() {
    run(async {
        let server = Backend::start().await;
        let with = plain("httproute.yaml", "apps", "127.0.0.1");
        let mut without = plain("httproute.yaml", "other", "localhost");
        without.retain(|object| object["kind"] == "HTTPRoute");
        let services = [service("wiki", "apps", &server.url()), service("wiki", "other", &server.url())];
        let stack = stack([gateway(), with, without, services.concat()].concat()).await;
        stack.ready(&[format!("{}/mcp", stack.at("127.0.0.1"))]).await;
        stack.http.get(&format!("{}/mcp", stack.at("localhost"))).await.expect(404);
        assert_eq!(server.requests().len(), 0, "{:?}", server.requests());
    });
}
