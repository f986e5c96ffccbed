//! oauth2-proxy let requests through that had the `User-Agent` of a health check. Here no header, path or method
//! replaces a token.
//!
//! Not checked by removal: no code reads those headers. The tests would fail if some code did.

use e2e::runtime::run;
use reqwest::Method;

use crate::world::world;

#[test]
fn no_header_replaces_a_token() {
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
fn options_requests_do_not_reach_the_mcp_server() {
    run(async {
        let world = world().await;
        let tenant = world.path("alpha");
        let url = format!("{}?options-end", tenant.mcp());
        tenant.http.send(Method::OPTIONS, &url, &[], "").await.expect(204);
        assert!(world.backend.requests_marked("options-end").is_empty());
    });
}
