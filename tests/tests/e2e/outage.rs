//! The sidecar stops and comes back: clients with a valid token continue to work, and no client loses its tokens.

use e2e::browser::Person;
use e2e::clients::{ALL, Client};
use e2e::deployed::{self, Tenant};
use e2e::flow::Flow;
use e2e::mcp_server::McpServer;
use e2e::runtime::run;
use e2e::sidecar::ALICE;
use e2e::stack::{Plan, Stack};
use reqwest::Method;

use crate::door::{assert_metadata, assert_unavailable};

const SERVER_METADATA: [&str; 4] = [
    "/.well-known/oauth-authorization-server",
    "/.well-known/oauth-authorization-server/mcp",
    "/.well-known/openid-configuration",
    "/.well-known/openid-configuration/mcp",
];

/// Starts a separate stack, because its sidecar is stopped.
async fn stack() -> (Stack, McpServer) {
    let server = McpServer::start().await;
    let tenant = Tenant::local("wiki", &server.url());
    let stack = Stack::start(Plan {
        users: vec![ALICE],
        files: vec![("wiki.yml", deployed::host_tenant("localhost", &tenant))],
        ..Plan::default()
    })
    .await;
    stack.ready(&[format!("{}/mcp", stack.at("localhost"))]).await;
    (stack, server)
}

#[test]
fn without_the_sidecar_valid_tokens_work_and_oauth_requests_get_503() {
    run(async {
        let (mut stack, _server) = stack().await;
        let tenant = Flow::new(&stack.http, &stack.at("localhost"));
        let tokens = tenant.tokens("outage", Person::user(ALICE)).await;
        let mut known = Vec::new();
        for path in SERVER_METADATA {
            known.push((path, stack.http.get(&format!("{}{path}", tenant.base)).await.expect(200).json()));
        }
        stack.sidecar.stop().await;

        // This is what a client does that reads the metadata again before it uses its token.
        let base = &tenant.base;
        let bare = stack.http.send(Method::POST, &tenant.mcp(), &[], "{}").await.expect(401);
        let challenge = bare.header("www-authenticate");
        let (_, at) = challenge.split_once("resource_metadata=\"").expect("the metadata URL");
        let resource = stack.http.get(at.split('"').next().expect("a URL")).await;
        assert_metadata(&resource, base, at);
        assert_eq!(resource.json()["resource"], tenant.mcp());
        for (path, mut told) in known {
            let answer = stack.http.get(&format!("{base}{path}")).await;
            assert_metadata(&answer, base, path);
            // The document equals the sidecar's, except for what only the sidecar knows.
            told["client_id_metadata_document_supported"] = false.into();
            assert_eq!(answer.json(), told, "{path}");
            let head = stack.http.send(Method::HEAD, &format!("{base}{path}"), &[], "").await;
            assert_metadata(&head, base, path);
        }
        let first = tenant.call(&tokens.access).await;
        assert!(first.status != 401 && !first.status.is_server_error(), "{first:?}");
        for path in [
            "/oauth/authorize?client_id=x",
            "/oauth/login?flow=x",
            "/oauth/consent?flow=x",
            "/oauth/callback?state=x",
            "/oauth/token",
            "/oauth/register",
            "/oauth/jwks.json",
        ] {
            for method in [Method::GET, Method::POST] {
                let url = format!("{base}{path}");
                let headers =
                    [("origin", base.as_str()), ("content-type", "application/x-www-form-urlencoded")];
                let answer = stack.http.send(method, &url, &headers, "").await;
                assert_unavailable(&answer, &url);
                assert_eq!(answer.json()["error"], "temporarily_unavailable", "{url}");
            }
        }
        assert!(stack.traefik.log().contains("the sidecar cannot be reached"), "{}", stack.traefik.log());

        stack.sidecar.resume().await;
        let again = tenant.refresh(&tokens.client_id, &tokens.refresh).await.expect(200);
        assert!(again.json()["refresh_token"].is_string());
    });
}

/// Clients discard their tokens after `invalid_grant`, `invalid_client`, a 401 or HTML. None of these must occur.
#[test]
fn real_clients_keep_their_tokens_and_continue_when_the_sidecar_is_back() {
    run(async {
        let (mut stack, _server) = stack().await;
        let url = format!("{}/mcp", stack.at("localhost"));
        let mut clients = Vec::new();
        for kind in ALL {
            let mut client = Client::start(kind, &url, &stack.http);
            client.connect(Person::user(ALICE)).await;
            client.call().await;
            clients.push((kind, client));
        }
        stack.sidecar.stop().await;
        let mut asked = Vec::new();
        for (kind, client) in &mut clients {
            assert_eq!(client.call().await, 1, "{kind:?}: a valid token works without the sidecar");
            client.expire().await;
            let refused = client.try_call().await;
            assert!(refused.is_err(), "{kind:?}: {refused:?}");
            let tokens = client.tokens().await;
            assert!(tokens["refresh_token"].is_string(), "{kind:?} lost its tokens: {tokens}");
            // Clients that take a failed refresh for the end of their grant ask for a login, which is impossible now.
            asked.push(client.asked);
        }
        stack.sidecar.resume().await;
        for ((kind, client), asked) in clients.iter_mut().zip(asked) {
            // After a failure, some clients read their stored token again, which is still valid.
            client.expire().await;
            assert_eq!(client.call().await, 2, "{kind:?}: it refreshed");
            assert_eq!(client.asked, asked, "{kind:?}: the user was not asked to log in again");
        }
    });
}
