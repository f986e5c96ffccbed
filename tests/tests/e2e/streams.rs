//! The plugin forwards server-sent events as they arrive, and browsers get exactly one set of CORS headers.

use e2e::browser::Person;
use e2e::http::Answer;
use e2e::process::Program;
use e2e::runtime::run;
use e2e::sidecar::ALICE;
use e2e::{paths, process, wait};
use reqwest::Method;
use serde_json::Value;
use tempfile::TempDir;

use crate::hosts::hosts;
use crate::shared;

const STREAMS: usize = 200;

/// Opens a stream and reads its first event. Returns the stream.
async fn first_event(mcp: &str, access: &str) -> reqwest::Response {
    let bearer = format!("Bearer {access}");
    let headers = [("authorization", bearer.as_str()), ("accept", "text/event-stream")];
    let mut stream = hosts().await.stack.http.open(Method::GET, mcp, &headers, "").await;
    assert_eq!(stream.status(), 200);
    let event =
        wait::within("the first event", stream.chunk()).await.expect("a stream").expect("not its end");
    assert_eq!(event, "event: message\ndata: {\"first\":true}\n\n");
    stream
}

#[test]
fn the_first_event_comes_before_the_stream_ends_and_200_stay_open() {
    run(async {
        let hosts = hosts().await;
        let tenant = hosts.path("code");
        let tokens = tenant.tokens("streams", Person::user(ALICE)).await;
        let before = hosts.backend.streams();
        let mut open = Vec::new();
        for _ in 0..STREAMS {
            open.push(first_event(&tenant.mcp(), &tokens.access).await);
        }
        assert_eq!(
            hosts.backend.streams() - before,
            STREAMS,
            "no stream has ended, because the server has not ended it"
        );
        // While all streams are open, the plugin still serves requests.
        tenant.call(&tokens.access).await.expect(200);
        tenant.http.get(&format!("{}/.well-known/oauth-authorization-server", tenant.base)).await.expect(200);
        hosts.backend.end_streams();
        for mut stream in open {
            let end = wait::within("the end", stream.chunk()).await.expect("a clean end");
            assert_eq!(end, None);
        }
    });
}

#[track_caller]
fn one_allow_origin(answer: &Answer, status: u16) {
    let answer = answer.clone().expect(status);
    assert_eq!(answer.headers("access-control-allow-origin"), ["*"], "{answer:?}");
}

#[test]
fn a_browser_origin_gets_exactly_one_allow_origin() {
    run(async {
        let hosts = hosts().await;
        let tenant = hosts.host("127.0.0.1");
        let tokens = tenant.tokens("cors", Person::user(ALICE)).await;
        let origin = ("origin", "https://inspector.example");

        let answer = tenant.call_at(&tenant.mcp(), &tokens.access, &[origin]).await;
        one_allow_origin(&answer, 200);
        assert!(answer.header("access-control-expose-headers").contains("Mcp-Session-Id"), "{answer:?}");

        let answer = tenant.http.send(Method::POST, &tenant.mcp(), &[origin], "{}").await;
        one_allow_origin(&answer, 401);
        assert!(answer.header("access-control-expose-headers").contains("WWW-Authenticate"), "{answer:?}");

        one_allow_origin(&tenant.call_at(&tenant.mcp(), "not-a-token", &[origin]).await, 401);

        let preflight = [origin, ("access-control-request-method", "POST")];
        for url in [tenant.mcp(), tenant.endpoint("token"), tenant.endpoint("register")] {
            let asked = [(
                "access-control-request-headers",
                "authorization,mcp-protocol-version,traceparent,x-tenant-id",
            )];
            let headers = [&preflight[..], &asked[..]].concat();
            let answer = tenant.http.send(Method::OPTIONS, &url, &headers, "").await;
            one_allow_origin(&answer, 204);
            let allowed = answer.header("access-control-allow-headers").to_ascii_lowercase();
            for name in [
                "authorization",
                "content-type",
                "mcp-protocol-version",
                "mcp-session-id",
                "last-event-id",
                "mcp-method",
                "mcp-name",
                "traceparent",
                "x-tenant-id",
            ] {
                assert!(allowed.contains(name), "{name} in {allowed}");
            }
            assert!(answer.header("access-control-allow-methods").contains("DELETE"), "{answer:?}");
        }

        for document in ["oauth-protected-resource", "oauth-authorization-server", "openid-configuration"] {
            let url = format!("{}/.well-known/{document}", tenant.base);
            one_allow_origin(&tenant.http.send(Method::GET, &url, &[origin], "").await, 200);
        }
        let keys = tenant.endpoint("jwks.json");
        one_allow_origin(&tenant.http.send(Method::GET, &keys, &[origin], "").await, 200);
        let answer =
            tenant.http.post_form(&tenant.endpoint("token"), &[origin], &[("grant_type", "none")]).await;
        one_allow_origin(&answer, 401);

        // Scripts of other origins cannot read our pages.
        let url = tenant.authorize_url(&tokens.client_id, &[]);
        let page = tenant.http.send(Method::GET, &url, &[], "").await;
        assert!(page.headers("access-control-allow-origin").is_empty(), "{page:?}");
    });
}

/// A page in a real Chromium uses an MCP server at another origin, with all checks that browsers make.
#[test]
fn a_page_in_chromium_uses_the_mcp_server() {
    run(async {
        let served = shared::local().await;
        let tenant =
            e2e::flow::Flow::new(&served.stack.http, &format!("{}/docs", served.stack.at("127.0.0.1")));
        let tokens = tenant.tokens("chromium", Person::user(ALICE)).await;
        let directory = TempDir::new().expect("a temporary directory");
        let output = Program::new("chromium", paths::node())
            .arg(paths::of_tests("node/page.mjs"))
            .arg(paths::chromium())
            .arg(tenant.mcp())
            .env("HOME", directory.path())
            .run(directory.path(), &tokens.access)
            .await;
        let lines: Vec<Value> = process::json_lines(&output);
        let result = lines.last().expect("a result");
        assert_eq!(result["unauthorized"], 401, "{result}");
        assert!(
            result["challenge"].as_str().is_some_and(|text| text.contains("resource_metadata=")),
            "{result}"
        );
        assert_eq!(result["metadata"], tenant.mcp(), "{result}");
        assert_eq!(result["initialized"], 200, "{result}");
        assert!(result["session"].as_str().is_some_and(|id| !id.is_empty()), "{result}");
        for (name, status, code) in [
            ("malformed", 400, "invalid_request"),
            ("invalid", 401, "invalid_token"),
            ("missing", 401, "unauthorized"),
            ("token", 401, "invalid_client"),
            ("registration", 400, "invalid_redirect_uri"),
            ("unknown", 404, "not_found"),
        ] {
            let seen = &result["errors"][name];
            assert_eq!(seen["status"], status, "{name}: {seen}");
            assert!(seen["body"].as_str().is_some_and(|body| body.contains(code)), "{name}: {seen}");
        }
    });
}
