//! FastMCP ignored `resource`, so a token for one server was accepted by another. better-auth did not bind `resource`
//! to the code; the MCP registry and FrontMCP shared audiences between deployments.
//!
//! Checked by removing the comparisons of `aud`, `iss` and `mcpb_tid` in `protocol/src/resource/access_token.rs`, and
//! those with the base in `protocol/src/server/resource.rs`.

use e2e::browser::Browser;
use e2e::flow::{REDIRECT, claims};
use e2e::runtime::run;
use e2e::stack::{Plan, Stack};
use e2e::{deployed, deployed::Tenant};

use crate::world::{alice, error, token, tokens, world};

#[test]
fn a_token_for_one_tenant_is_refused_at_the_other() {
    run(async {
        let (alpha, beta) = (world().await.path("alpha"), world().await.path("beta"));
        let access = tokens(&alpha, "audience").await.access;
        assert_eq!(claims(&access)["aud"], alpha.mcp(), "the requested resource");
        alpha.call(&access).await.expect(200);
        let answer = beta.call(&access).await.expect(401);
        assert!(answer.header("www-authenticate").contains("error=\"invalid_token\""), "{answer:?}");
        world().await.host("lone").call(&access).await.expect(401);
    });
}

#[test]
fn an_unknown_resource_is_refused_at_the_authorization_endpoint() {
    run(async {
        let tenant = world().await.path("alpha");
        let client = tenant.register("resource").await;
        let beta = world().await.path("beta").mcp();
        for resource in [
            beta.as_str(),
            "https://evil.example/mcp",
            &format!("{}2", tenant.base),
            "urn:x",
            &format!("{}/../beta", tenant.base),
        ] {
            let url = tenant.authorize_url(&client, &[("resource", resource)]).parse().expect("a URL");
            let location = Browser::new(&tenant.http).open(&url).await.header("location").to_owned();
            assert!(
                location.starts_with(REDIRECT) && location.contains("error=invalid_target"),
                "{resource}: {location}"
            );
        }
    });
}

#[test]
fn another_resource_at_the_token_endpoint_is_refused_and_does_not_use_up_the_code() {
    run(async {
        let tenant = world().await.path("alpha");
        let client = tenant.register("resource").await;
        let code = tenant.code(&client, alice()).await;
        let beta = world().await.path("beta").mcp();
        for other in [beta.as_str(), &format!("{}2/mcp", tenant.base), "https://evil.example"] {
            error(&tenant.redeem_for(&client, &code, other).await, 400, "invalid_target");
        }
        let answer = tenant.redeem(&client, &code).await.expect(200);
        let refresh = answer.json()["refresh_token"].as_str().expect("a refresh token").to_owned();
        let fields = [
            ("grant_type", "refresh_token"),
            ("client_id", client.as_str()),
            ("refresh_token", refresh.as_str()),
            ("resource", beta.as_str()),
        ];
        error(&token(&tenant, &fields).await, 400, "invalid_target");
        tenant.refresh(&client, &refresh).await.expect(200);
    });
}

#[test]
fn two_different_resources_are_refused() {
    run(async {
        let tenant = world().await.path("alpha");
        let client = tenant.register("resource").await;
        let code = tenant.code(&client, alice()).await;
        let mcp = tenant.mcp();
        let fields = [
            ("grant_type", "authorization_code"),
            ("client_id", client.as_str()),
            ("code", code.as_str()),
            ("code_verifier", "a-verifier-of-at-least-forty-three-characters-in-length"),
            ("resource", mcp.as_str()),
            ("resource", "https://evil.example/mcp"),
        ];
        error(&token(&tenant, &fields).await, 400, "invalid_target");
    });
}

#[test]
fn a_token_is_refused_at_another_deployment_with_the_same_tenant_name() {
    run(async {
        let world = world().await;
        let access = tokens(&world.host("lone"), "deployment").await.access;
        let backend = world.backend.url();
        let stack = Stack::start(Plan {
            users: vec![e2e::sidecar::ALICE],
            files: vec![(
                "lone.yml",
                deployed::host_tenant("lone.localhost", &Tenant::local("lone", &backend)),
            )],
            ..Plan::default()
        })
        .await;
        let there = e2e::flow::Flow::new(&stack.http, &stack.at("lone.localhost"));
        stack.ready(&[there.mcp()]).await;
        there.call(&access).await.expect(401);
        there.call(&tokens(&there, "deployment").await.access).await.expect(200);
    });
}
