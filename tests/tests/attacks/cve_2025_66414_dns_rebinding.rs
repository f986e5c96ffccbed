//! MCP servers on developers' machines accepted any `Host` and `Origin`. Here a server accepts only its own host, and
//! only its own origin.
//!
//! Checked by removing the comparison of origins in `protocol/src/resource/gate/tenant.rs`.

use e2e::runtime::run;
use e2e::wire;
use reqwest::Method;

use crate::world::{tokens, world};

#[test]
fn a_foreign_origin_is_refused_with_and_without_a_token() {
    run(async {
        let tenant = world().await.host("strict");
        for origin in
            ["https://evil.example", "null", "https://app.example.evil.example", "http://app.example"]
        {
            for method in [Method::POST, Method::GET, Method::DELETE] {
                let answer = tenant.http.send(method.clone(), &tenant.mcp(), &[("origin", origin)], "").await;
                assert_eq!(answer.status, 403, "{method} {origin}");
            }
        }
        tenant
            .http
            .send(Method::POST, &tenant.mcp(), &[("origin", "https://app.example")], "")
            .await
            .expect(401);
    });
}

#[test]
fn an_unknown_host_gets_4xx() {
    run(async {
        let world = world().await;
        let tenant = world.host("lone");
        let access = tokens(&tenant, "rebinding").await.access;
        let port = world.stack.traefik.port();
        for host in
            ["evil.example", "lone.localhost.evil.example", "127.0.0.1", "evil.example:80@lone.localhost"]
        {
            let request = format!(
                "POST /mcp HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {access}\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{{}}"
            );
            let answer = wire::exchange(port, request.as_bytes()).await;
            assert!((400..500).contains(&answer.status()), "{host}: {answer:?}");
        }
    });
}
