//! mcp-toolbox checked scopes only for one protocol version. The plugin ignores versions: it authorizes every request
//! in the same way, and with `toolPolicy` every body.
//!
//! Checked by forwarding requests without credentials in `protocol/src/resource/gate/tenant.rs`.

use e2e::runtime::run;
use reqwest::Method;

use crate::policed::{passes, policed};
use crate::world::{tokens, world};

const VERSIONS: [&str; 6] =
    ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28", "9999-99-99"];

#[test]
fn requests_without_a_token_get_401_whatever_the_version_session_or_body() {
    run(async {
        let tenant = world().await.path("alpha");
        for version in VERSIONS {
            for body in ["{}", "[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}]", "", "not json"] {
                for method in [Method::POST, Method::GET, Method::DELETE, Method::PUT, Method::HEAD] {
                    let headers = [
                        ("mcp-protocol-version", version),
                        ("mcp-session-id", "known"),
                        ("mcp-method", "ping"),
                    ];
                    let answer = tenant.http.send(method.clone(), &tenant.mcp(), &headers, body).await;
                    assert_eq!(answer.status, 401, "{method} {version} {body}");
                }
            }
        }
    });
}

#[test]
fn the_required_scope_is_required_for_every_method_and_version() {
    run(async {
        let tenant = world().await.host("strict");
        let access = tokens(&tenant, "versions").await.access;
        let bearer = format!("Bearer {access}");
        for version in VERSIONS {
            for method in [Method::POST, Method::GET, Method::DELETE] {
                let headers = [("mcp-protocol-version", version), ("authorization", bearer.as_str())];
                let answer = tenant.http.send(method.clone(), &tenant.mcp(), &headers, "[]").await;
                assert_eq!(answer.status, 403, "{method} {version}");
            }
        }
    });
}

#[test]
fn the_scope_of_a_tool_is_required_in_every_version() {
    run(async {
        let delete = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"delete_page"}}"#;
        for version in VERSIONS {
            let headers = [("mcp-protocol-version", version)];
            assert!(!passes(policed().await, &headers, delete, 403).await, "{version}");
        }
        assert!(!passes(policed().await, &[], delete, 403).await, "without a version");
    });
}
