//! Malformed requests get a clear 4xx without side effects, and the next request is served.

use e2e::browser::{Browser, Person};
use e2e::flow::{Flow, REDIRECT, Tokens};
use e2e::runtime::run;
use e2e::sidecar::ALICE;
use e2e::wire::{Message, exchange};
use reqwest::Method;

use crate::hosts::hosts;

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
const JSON: (&str, &str) = ("content-type", "application/json");

async fn tenant() -> Flow {
    hosts().await.path("docs")
}

#[test]
fn malformed_bodies_at_the_oauth_endpoints_get_4xx() {
    run(async {
        let tenant = tenant().await;
        let big = "a".repeat(64 * 1024 + 1);
        let big_json = format!("{{\"redirect_uris\":[\"https://h/cb\"],\"pad\":\"{big}\"}}");
        let rows = [
            ("register", JSON, "{", 400, "invalid_client_metadata"),
            ("register", JSON, "[1]", 400, "invalid_client_metadata"),
            ("register", JSON, "", 400, "invalid_client_metadata"),
            ("register", FORM, "redirect_uris=x", 400, "invalid_request"),
            ("register", JSON, big_json.as_str(), 413, "invalid_request"),
            ("token", FORM, "grant_type=a&grant_type=b", 400, "invalid_request"),
            ("token", FORM, "client_id=a&client_id=b", 400, "invalid_request"),
            ("token", FORM, "client_id=a&client_id=a", 401, "invalid_client"),
            ("token", FORM, "client_id=%zz", 400, "invalid_request"),
            ("token", FORM, "client_id=%ff%fe", 400, "invalid_request"),
            ("token", JSON, "{}", 400, "invalid_request"),
            ("token", FORM, big.as_str(), 413, "invalid_request"),
        ];
        for (endpoint, content_type, body, status, error) in rows {
            let url = tenant.endpoint(endpoint);
            let answer = tenant.http.send(Method::POST, &url, &[content_type], body).await;
            let shown = &body[..body.len().min(40)];
            assert_eq!(
                (answer.status.as_u16(), answer.json()["error"].as_str()),
                (status, Some(error)),
                "{endpoint} {shown}: {answer:?}"
            );
            assert!(answer.json()["error_description"].is_string(), "{endpoint} {shown}: {answer:?}");
            tenant.register("after something malformed").await;
        }
    });
}

/// If `client_id` or `redirect_uri` is ambiguous, the error stays on our page. If another parameter has several values,
/// the error is sent to the client.
#[test]
fn ambiguous_clients_and_redirect_uris_get_an_error_page() {
    run(async {
        let tenant = tenant().await;
        let client = tenant.register("repeated").await;
        for (more, error) in [
            ("&client_id=x", None),
            ("&redirect_uri=https://evil.example/", None),
            ("&state=b", Some("invalid_request")),
            ("&code_challenge=x", Some("invalid_request")),
            ("&resource=https://evil.example/", Some("invalid_target")),
        ] {
            let url = tenant.authorize_url(&client, &[]) + more;
            let answer = tenant.http.get(&url).await;
            let location = answer.header("location");
            match error {
                None => assert!(answer.status == 400 && location.is_empty(), "{more}: {answer:?}"),
                Some(error) => {
                    assert!(location.starts_with(REDIRECT), "{more}: {answer:?}");
                    assert!(
                        location.contains(&format!("error={error}&error_description=")),
                        "{more}: {answer:?}"
                    );
                }
            }
        }
    });
}

/// Codex sends `resource` twice. Other clients also send the MCP server's token, or an `Authorization` header without
/// credentials.
#[test]
fn repeated_values_and_superfluous_credentials_are_accepted() {
    run(async {
        let tenant = tenant().await;
        let client = tenant.register("harmless").await;
        let mcp = tenant.mcp();
        let url = tenant.authorize_url(&client, &[("resource", mcp.as_str()), ("resource", mcp.as_str())]);
        let outcome = Browser::new(&tenant.http).log_in(&url, Person::user(ALICE)).await;
        let code = outcome.parameter("code").unwrap_or_else(|| panic!("no code: {outcome:?}"));
        let mut tokens = Tokens::of(client.clone(), &tenant.redeem(&client, &code).await.expect(200));
        let slash = format!("{mcp}/");
        for header in ["Bearer abc", "Bearer", "Basic"] {
            let fields = [
                ("grant_type", "refresh_token"),
                ("client_id", client.as_str()),
                ("refresh_token", tokens.refresh.as_str()),
                ("resource", slash.as_str()),
                ("resource", mcp.as_str()),
            ];
            let headers = [("authorization", header)];
            let answer =
                tenant.http.post_form(&tenant.endpoint("token"), &headers, &fields).await.expect(200);
            tokens = Tokens::of(client.clone(), &answer);
            tenant.call(&tokens.access).await.expect(200);
        }
    });
}

#[test]
fn malformed_tokens_get_401() {
    run(async {
        let tenant = tenant().await;
        let good = tenant.tokens("bad input", Person::user(ALICE)).await.access;
        let long = "a".repeat(8 * 1024 + 1);
        let rows: [(String, u16); 8] = [
            (String::new(), 401),
            ("x".to_owned(), 401),
            ("a.b.c".to_owned(), 401),
            (format!("{good}x"), 401),
            (good.replace('.', ""), 401),
            (long, 400),
            ("a b".to_owned(), 400),
            ("\u{e9}\u{e8}".to_owned(), 400),
        ];
        for (token, status) in rows {
            let shown: String = token.chars().take(20).collect();
            let answer = tenant
                .http
                .send(Method::POST, &tenant.mcp(), &[("authorization", &format!("Bearer {token}"))], "")
                .await;
            // An empty token counts as no credentials or as a malformed header. In either case the response is 400 or
            // 401.
            if token.is_empty() {
                assert!([400, 401].contains(&answer.status.as_u16()), "{answer:?}");
            } else {
                assert_eq!(answer.status, status, "{shown}: {answer:?}");
            }
            assert!(!answer.header("www-authenticate").is_empty(), "{answer:?}");
            tenant.call(&good).await.expect(200);
        }
    });
}

async fn raw(tenant: &Flow, path: &str, lines: &[u8]) -> Message {
    let hosts = hosts().await;
    let host = tenant.base.split('/').nth(2).expect("a host");
    let mut bytes = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n").into_bytes();
    bytes.extend_from_slice(lines);
    bytes.extend_from_slice(b"\r\n");
    exchange(hosts.stack.traefik.port(), &bytes).await
}

/// The header has sizes for which the plugin's read buffer is one byte too small, exactly right, or one byte larger.
#[test]
fn headers_around_the_size_of_the_plugins_buffer_are_read_completely() {
    run(async {
        let tenant = tenant().await;
        let good = tenant.tokens("sizes", Person::user(ALICE)).await.access;
        for size in [2_047, 2_048, 2_049] {
            let value = "v".repeat(size);
            // A header that is not ours reaches the MCP server completely.
            let lines = format!("Authorization: Bearer {good}\r\nX-Long: {value}\r\n");
            let answer = raw(&tenant, &format!("/docs/sized-{size}"), lines.as_bytes()).await;
            assert_eq!(answer.status(), 200, "{size}: {answer:?}");
            let seen =
                hosts().await.backend.requests_marked(&format!("sized-{size}")).pop().expect("the request");
            assert_eq!(seen.values("x-long"), [value.as_str()]);
            // A header that the plugin uses is read completely: a token of that size is invalid.
            let lines = format!("Authorization: Bearer {}\r\n", "a".repeat(size - "Bearer ".len()));
            assert_eq!(raw(&tenant, "/docs/mcp", lines.as_bytes()).await.status(), 401, "{size}");
            let lines =
                format!("Authorization: Bearer {good}\r\nCookie: {value}\r\nOrigin: https://{value}\r\n");
            let status = raw(&tenant, "/docs/sized-cookie", lines.as_bytes()).await.status();
            assert!(status == 200 || (400..500).contains(&status), "{size}: {status}");
        }
        tenant.call(&good).await.expect(200);
    });
}

#[test]
fn header_values_that_are_not_text_never_cause_5xx() {
    run(async {
        let tenant = tenant().await;
        let good = tenant.tokens("not text", Person::user(ALICE)).await.access;
        let with_token =
            |rest: &[u8]| [format!("Authorization: Bearer {good}\r\n").as_bytes(), rest].concat();
        for name in
            ["Authorization", "Origin", "X-MCPB-Route", "X-Mcp-Sub", "Cookie", "X-Other", "Connection"]
        {
            let line = [name.as_bytes(), b": \xff\xfe\x80\r\n"].concat();
            for path in
                ["/docs/mcp-not-text", "/docs/oauth/jwks.json", "/.well-known/oauth-protected-resource/docs"]
            {
                for lines in [line.clone(), with_token(&line)] {
                    let answer = raw(&tenant, path, &lines).await;
                    let status = answer.status();
                    assert!(status == 200 || (400..500).contains(&status), "{name} at {path}: {answer:?}");
                }
            }
            tenant.call(&good).await.expect(200);
        }
        // Without a valid token such a request is not forwarded.
        let line = b"Authorization: Bearer \xff\xfe\r\n";
        assert_eq!(raw(&tenant, "/docs/mcp-bad-bearer", line).await.status(), 400);
        assert!(hosts().await.backend.requests_marked("bad-bearer").is_empty());
    });
}

#[test]
fn two_credentials_in_one_request_are_refused() {
    run(async {
        let tenant = tenant().await;
        let good = tenant.tokens("two", Person::user(ALICE)).await.access;
        let twice = format!("Authorization: Bearer {good}\r\nAuthorization: Bearer {good}\r\n");
        assert_eq!(raw(&tenant, "/docs/mcp-twice", twice.as_bytes()).await.status(), 400);
        assert_eq!(raw(&tenant, &format!("/docs/mcp-twice?access_token={good}"), b"").await.status(), 400);
        let both = format!("Authorization: Bearer {good}\r\n");
        assert_eq!(
            raw(&tenant, &format!("/docs/mcp-twice?access_token={good}"), both.as_bytes()).await.status(),
            400
        );
        assert!(hosts().await.backend.requests_marked("mcp-twice").is_empty());
    });
}
