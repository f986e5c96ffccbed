//! oauth2-proxy let a health check's `User-Agent` in. No header, path or method opens anything here but a token.
//!
//! Not tried by removal: nothing looks at those headers. The cases would notice something that did.

use e2e::runtime::run;
use reqwest::Method;

use crate::world::world;

#[test]
fn no_header_stands_in_for_a_token() {
    run(async {
        let tenant = world().await.path("alpha");
        for header in [
            ("user-agent", "kube-probe/1.30"),
            ("user-agent", "GoogleHC/1.0"),
            ("user-agent", "ELB-HealthChecker/2.0"),
            ("x-forwarded-for", "127.0.0.1"),
            ("x-forwarded-user", "alice"),
            ("x-auth-request-user", "alice"),
            ("x-real-ip", "127.0.0.1"),
            ("x-mcp-sub", "alice"),
            ("x-http-method-override", "OPTIONS"),
            ("x-original-method", "OPTIONS"),
            ("proxy-authorization", "Bearer x.y.z"),
            ("upgrade", "websocket"),
            ("cookie", "access_token=x.y.z"),
        ] {
            let answer = tenant.http.send(Method::POST, &tenant.mcp(), &[header], "{}").await;
            assert_eq!(answer.status, 401, "{header:?}");
        }
    });
}

#[test]
fn options_is_answered_without_reaching_the_server() {
    run(async {
        let world = world().await;
        let tenant = world.path("alpha");
        let url = format!("{}?options-end", tenant.mcp());
        tenant.http.send(Method::OPTIONS, &url, &[], "").await.expect(204);
        assert!(world.backend.requests_marked("options-end").is_empty());
    });
}
