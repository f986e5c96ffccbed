//! The MCP server gets the access token that Dex issued (option `upstreamToken`).

use std::time::Duration;

use e2e::backend::Backend;
use e2e::dex::ALICE;
use e2e::flow::{Tokens, claims};
use e2e::runtime::run;
use e2e::wait;
use reqwest::Method;

use crate::tenant::AtDex;

const OPTIONS: [&str; 2] = [
    "traefik.http.middlewares.wiki-mcp.plugin.mcpbouncer.upstreamToken=X-Provider-Token",
    "traefik.http.middlewares.wiki-mcp.plugin.mcpbouncer.identityHeaders=X-Mcp-Email=email, X-Mcp-Groups=groups",
];

/// The lifetime of Dex's tokens, in seconds. It is shorter than the test.
const SECS: u64 = 10;

#[test]
fn the_mcp_server_calls_dex_as_the_user_with_tokens_that_are_renewed() {
    run(async {
        let backend = Backend::start().await;
        let short = |configuration: String| format!("{configuration}\nexpiry:\n  idTokens: {SECS}s\n");
        let with = |labels: Vec<String>| [labels, OPTIONS.map(str::to_owned).to_vec()].concat();
        let at = AtDex::start_at(&backend.url(), "auto", short, with).await;
        let mut held = at.tenant.tokens("reads userinfo", ALICE).await;
        let mut tokens = Vec::new();
        for round in 0..3 {
            let (lifetime, marker) = (lifetime(&held.access), format!("dex-{round}-end"));
            assert!((1..=SECS).contains(&lifetime), "ours ends no later: {lifetime}");
            at.tenant.call_at(&format!("{}?{marker}", at.tenant.mcp()), &held.access, &[]).await;
            let request = backend.requests_marked(&marker).pop().expect("the request");
            assert_eq!(request.values("x-mcp-email"), ["alice@example.com"], "{request:?}");
            assert_eq!(request.values("x-mcp-groups"), [r#"["staff"]"#], "{request:?}");
            let token = request.values("x-provider-token").pop().expect("the token of Dex");
            let bearer = format!("Bearer {token}");
            let headers = [("authorization", bearer.as_str())];
            let url = format!("{}/userinfo", at.dex.issuer());
            let user = at.stack.http.send(Method::GET, &url, &headers, "").await.expect(200).json();
            assert_eq!(user["email"], "alice@example.com", "Dex accepts the token");
            assert!(!held.access.contains(&token) && !claims(&held.access).to_string().contains(&token));
            tokens.push(token);
            wait::foreign_clock(Duration::from_secs(SECS + 1)).await;
            let late = at.tenant.call(&held.access).await;
            assert_eq!(late.status, 401, "the token of Dex has ended, and ours with it");
            let answer = at.tenant.refresh(&held.client_id, &held.refresh).await.expect(200);
            held = Tokens::of(held.client_id, &answer);
        }
        tokens.dedup();
        assert_eq!(tokens.len(), 3, "each refresh brought another token");
    });
}

fn lifetime(access: &str) -> u64 {
    let claims = claims(access);
    let time = |name: &str| claims[name].as_u64().expect("a time");
    time("exp") - time("iat")
}
