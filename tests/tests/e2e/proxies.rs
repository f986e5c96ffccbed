//! Other programs on the path of a request: proxies in front of Traefik, and MCP servers that require tokens
//! themselves.

use e2e::browser::Person;
use e2e::deployed::{self, Tenant};
use e2e::flow::Flow;
use e2e::http::Answer;
use e2e::runtime::run;
use e2e::sidecar::ALICE;
use e2e::stack::{Plan, Stack};
use e2e::wire::{Reply, Server};
use reqwest::Method;

use crate::hosts::hosts;

/// Each proxy in a chain may add the scheme of the request that it received. The first scheme is the client's.
#[test]
fn the_first_of_several_forwarded_schemes_counts() {
    run(async {
        let hosts = hosts().await;
        let url = format!("{}/wiki/mcp", hosts.stack.at("127.0.0.1"));
        let ask = async |schemes: &[&str]| -> Answer {
            let mut headers = vec![("host", "h.test")];
            headers.extend(schemes.iter().map(|scheme| ("x-forwarded-proto", *scheme)));
            hosts.stack.http.send(Method::POST, &url, &headers, "{}").await
        };
        for schemes in [&["https,http"][..], &["https, http, http"], &["https", "http"], &["HTTPS,http"]] {
            let answer = ask(schemes).await.expect(401);
            let challenge = answer.header("www-authenticate");
            assert!(challenge.contains("\"https://h.test/.well-known/"), "{schemes:?}: {challenge}");
        }
        for (schemes, status) in [
            (&["http,https"][..], 503),
            (&["http", "https"], 503),
            (&["gopher,https"], 400),
            (&[",https"], 400),
            (&["https;http"], 400),
        ] {
            ask(schemes).await.expect(status);
        }
    });
}

/// The challenge of an MCP server that requires its own tokens.
const INNER: &str = r#"Bearer error="invalid_token", resource_metadata="http://inner.example/.well-known/oauth-protected-resource""#;

/// Starts an MCP server that responds with the status that the path asks for, 401 or 403.
async fn demanding() -> Server {
    Server::start(|request| {
        let status =
            if request.start.contains("/mcp/forbidden") { "403 Forbidden" } else { "401 Unauthorized" };
        Reply::whole(status, "application/json", r#"{"error":"inner"}"#).with("WWW-Authenticate", INNER)
    })
    .await
}

/// The MCP server's responses stream through the plugin, which cannot change them. A middleware after the plugin
/// removes the header, and does not affect the plugin's own challenge.
#[test]
fn an_mcp_servers_own_challenge_reaches_the_client_unless_a_middleware_removes_it() {
    run(async {
        let server = demanding().await;
        let passing = deployed::host_tenant("localhost", &Tenant::local("passing", &server.url()));
        let removing = deployed::host_tenant("127.0.0.1", &Tenant::local("removing", &server.url()));
        let removing = removing
            .replace(
                "  middlewares:\n",
                "  middlewares:\n    no-inner-challenge:\n      headers:\n        customResponseHeaders:\n          WWW-Authenticate: \"\"\n",
            )
            .replace("[mcpb-cors, removing-mcp]", "[mcpb-cors, removing-mcp, no-inner-challenge]");
        let stack = Stack::start(Plan {
            users: vec![ALICE],
            files: vec![("passing.yml", passing), ("removing.yml", removing)],
            ..Plan::default()
        })
        .await;
        let tenants = ["localhost", "127.0.0.1"].map(|host| Flow::new(&stack.http, &stack.at(host)));
        stack.ready(&tenants.each_ref().map(Flow::mcp)).await;
        for (tenant, passes) in tenants.iter().zip([true, false]) {
            let access = tenant.tokens("inner", Person::user(ALICE)).await.access;
            for (path, status) in [("", 401), ("/forbidden", 403)] {
                let url = format!("{}{path}", tenant.mcp());
                let answer = tenant.call_at(&url, &access, &[]).await.expect(status);
                assert_eq!(answer.json()["error"], "inner", "the body is not changed: {answer:?}");
                let expected = if passes { vec![INNER] } else { vec![] };
                assert_eq!(answer.headers("www-authenticate"), expected, "{}", tenant.base);
            }
            // Without a token, or with an invalid one, the challenge is the plugin's.
            for headers in [&[][..], &[("authorization", "Bearer x")]] {
                let refused = tenant.http.send(Method::POST, &tenant.mcp(), headers, "{}").await.expect(401);
                let challenge = refused.headers("www-authenticate");
                let own = format!("resource_metadata=\"{}/.well-known/", tenant.base);
                assert!(challenge.len() == 1 && challenge[0].contains(&own), "{challenge:?}");
            }
        }
    });
}
