//! The MCP server gets the access token that Keycloak issued (option `upstreamToken`).

use std::time::Duration;

use e2e::backend::Backend;
use e2e::flow::{Tokens, claims};
use e2e::keycloak::ALICE;
use e2e::runtime::run;
use e2e::wait;
use reqwest::Method;

use crate::tenant::{AtKeycloak, Variant};

/// Keycloak's tokens live for ten seconds, which is shorter than the test.
const SHORT: (&str, &str) =
    ("ssoSessionIdleTimeout=28800", "ssoSessionIdleTimeout=28800 -s accessTokenLifespan=10");

#[test]
fn the_mcp_server_calls_keycloak_as_the_user_with_tokens_that_are_renewed() {
    run(async {
        let backend = Backend::start().await;
        let more = vec!["traefik.http.middlewares.wiki-mcp.plugin.mcpbouncer.upstreamToken=Authorization"];
        let variant = Variant { with: vec![SHORT], more, server: Some(backend.url()), ..Variant::default() };
        let at = AtKeycloak::start(variant).await;
        at.run("session-idle").await;
        let mut held = at.tenant.tokens("reads userinfo", ALICE).await;
        let mut tokens = Vec::new();
        for round in 0..3 {
            let times = claims(&held.access);
            let time = |name: &str| times[name].as_u64().expect("a time");
            assert!(time("exp") - time("iat") <= 10, "ours ends no later: {times}");
            let marker = format!("keycloak-{round}-end");
            at.tenant.call_at(&format!("{}?{marker}", at.tenant.mcp()), &held.access, &[]).await;
            let request = backend.requests_marked(&marker).pop().expect("the request");
            let sent = request.values("authorization").pop().expect("the token of Keycloak");
            let token = sent.strip_prefix("Bearer ").expect("a bearer token").to_owned();
            // Keycloak's token itself says who issued it.
            let issuer = claims(&token)["iss"].as_str().expect("an issuer").to_owned();
            let userinfo = format!("{issuer}/protocol/openid-connect/userinfo");
            let headers = [("authorization", sent.as_str())];
            let user = at.stack.http.send(Method::GET, &userinfo, &headers, "").await.expect(200).json();
            assert_eq!(user["sub"], claims(&held.access)["sub"], "Keycloak accepts the token");
            assert!(!held.access.contains(&token));
            tokens.push(token);
            wait::foreign_clock(Duration::from_secs(11)).await;
            let answer = at.tenant.refresh(&held.client_id, &held.refresh).await.expect(200);
            held = Tokens::of(held.client_id, &answer);
        }
        tokens.dedup();
        assert_eq!(tokens.len(), 3, "each refresh brought another token");
    });
}
