//! Methods that need no token (`publicMethods`).

use e2e::runtime::run;
use e2e::wire::exchange;
use reqwest::Method;
use serde_json::json;

use super::world::{access, call, message, post, world};

#[test]
fn public_methods_reach_the_server_without_an_identity() {
    run(async {
        let tenant = world().await.tenant("open");
        for (number, body) in [
            message("initialize").to_string(),
            r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#.to_owned(),
            json!([message("initialize"), message("tools/list")]).to_string(),
            call("get_page").to_string(),
        ]
        .into_iter()
        .enumerate()
        {
            let marker = format!("public {number}");
            let headers = [
                ("x-marker", marker.as_str()),
                ("x-mcp-sub", "eve"),
                ("x_mcp_scopes", "admin"),
                ("connection", "x-marker2"),
            ];
            post(&tenant, "/mcp", "", &headers, body.clone()).await.expect(200);
            let seen = world().await.backend.take(&marker);
            assert_eq!(seen[0].text(), body);
            for name in ["x-mcp-sub", "x_mcp_scopes", "x-mcp-scopes", "x-mcp-iss", "authorization"] {
                assert!(seen[0].values(name).is_empty(), "{name}: {seen:?}");
            }
        }
    });
}

#[test]
fn everything_else_needs_a_token() {
    run(async {
        let tenant = world().await.tenant("open");
        let initialize = message("initialize").to_string();
        let padded = format!("{initialize}{}", " ".repeat(64 << 10));
        let header = |name: &'static str, value: &'static str| vec![(name, value)];
        for (what, headers, body) in [
            ("another method", vec![], message("ping").to_string()),
            ("a tool with a rule", vec![], call("delete_page").to_string()),
            (
                "a batch with another method",
                vec![],
                json!([message("initialize"), message("ping")]).to_string(),
            ),
            (
                "a batch with such a tool",
                vec![],
                json!([message("tools/list"), call("delete_page")]).to_string(),
            ),
            (
                "a batch with a response",
                vec![],
                json!([{"method": "notifications/initialized"}, {"id": 1, "result": {}}]).to_string(),
            ),
            ("a method in capitals", vec![], message("INITIALIZE").to_string()),
            ("two methods", vec![], r#"{"method":"initialize","method":"ping"}"#.to_owned()),
            ("a response", vec![], r#"{"id":1,"result":{}}"#.to_owned()),
            ("no JSON", vec![], "initialize".to_owned()),
            ("nothing", vec![], String::new()),
            ("more than 64 KiB", vec![], padded),
            ("compressed", header("content-encoding", "gzip"), initialize.clone()),
            ("a form", header("content-type", "application/x-www-form-urlencoded"), initialize.clone()),
            ("a header for another method", header("mcp-method", "ping"), initialize.clone()),
            ("a token that is none", header("authorization", "Bearer x"), initialize.clone()),
            ("another scheme", header("authorization", "Basic YTpi"), initialize.clone()),
            ("no credentials in the header", header("authorization", "Bearer"), initialize.clone()),
        ] {
            let all = [headers, vec![("x-marker", what)]].concat();
            let answer = post(&tenant, "/mcp", "", &all, body).await.expect(401);
            assert!(answer.header("www-authenticate").contains("resource_metadata="), "{what}: {answer:?}");
            assert!(world().await.backend.take(what).is_empty(), "{what}");
        }
        for method in [Method::GET, Method::DELETE, Method::PUT, Method::PATCH] {
            let headers = [("content-type", "application/json")];
            tenant.http.send(method.clone(), &tenant.mcp(), &headers, initialize.clone()).await.expect(401);
        }
        // At a tenant without the option, the method needs a token.
        post(&world().await.tenant("strict"), "/mcp", "", &[], initialize).await.expect(401);
    });
}

/// Nothing says how long such a body is.
#[test]
fn a_chunked_body_needs_a_token() {
    run(async {
        let port = world().await.stack.traefik.port();
        let (body, marker) = (message("initialize").to_string(), "chunked without a token");
        let request = format!(
            "POST /mcp HTTP/1.1\r\nHost: open-policy.localhost:{port}\r\nContent-Type: application/json\r\n\
             X-Marker: {marker}\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n\
             {:x}\r\n{body}\r\n0\r\n\r\n",
            body.len()
        );
        let answer = exchange(port, request.as_bytes()).await;
        assert_eq!(answer.status(), 401, "{answer:?}");
        assert!(world().await.backend.take(marker).is_empty());
    });
}

#[test]
fn lists_without_a_token_are_cut_and_a_token_shows_more() {
    run(async {
        let tenant = world().await.tenant("open");
        let list = message("tools/list").to_string();
        let answer = post(&tenant, "/mcp", "", &[], list.clone()).await.expect(200);
        assert!(!answer.body.contains("delete_page") && answer.body.contains("get_page"), "{answer:?}");
        let token = super::world::tokens(&tenant, "admin").await.access;
        let answer = post(&tenant, "/mcp", &token, &[], list.clone()).await.expect(200);
        assert!(answer.body.contains("delete_page"), "{answer:?}");
        // A token of another tenant is refused.
        let other = access("read admin").await;
        post(&tenant, "/mcp", &other, &[], list).await.expect(401);
    });
}
