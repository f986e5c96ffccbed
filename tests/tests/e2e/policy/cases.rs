//! Bodies and headers, each with the expected result for a token that has `read` and lacks `admin`, over HTTP/1.1 and
//! HTTP/2.

use e2e::flow::Flow;
use e2e::runtime::run;

use super::refused::refused;
use super::world::{access, call, code, message, post, world};

/// A case: name, headers, body, status, and the code of the JSON-RPC error. The code 0 means that the MCP server gets
/// the request.
pub(super) type Case = (&'static str, Vec<(&'static str, &'static str)>, Vec<u8>, u16, i64);

const TOOL: &str = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"NAME"}}"#;

pub(super) fn tool(name: &str) -> String {
    TOOL.replace("NAME", name)
}

pub(super) fn plain(name: &'static str, body: impl Into<Vec<u8>>, status: u16, code: i64) -> Case {
    (name, vec![], body.into(), status, code)
}

/// Returns the requests that need no scope but `read`.
fn forwarded() -> Vec<Case> {
    let large = format!(
        r#"{{"method":"tools/call","params":{{"arguments":{{"text":"{}"}},"name":"get"}},"id":1}}"#,
        "é\\n".repeat(200_000)
    );
    vec![
        plain("a tool without a rule", call("get_page").to_string(), 200, 0),
        plain("another case", call("Delete_page").to_string(), 200, 0),
        plain("a name that only contains a pattern", call("undelete_page").to_string(), 200, 0),
        plain("an empty name", call("").to_string(), 200, 0),
        plain("a list", message("tools/list").to_string(), 200, 0),
        plain("a notification", r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#, 200, 0),
        plain("a response", r#"{"jsonrpc":"2.0","id":1,"result":{"name":"delete_page"}}"#, 200, 0),
        plain("a batch", format!("[{},{}]", tool("get"), message("ping")), 200, 0),
        plain("white space around", format!(" \r\n\t{}\n ", tool("get")), 200, 0),
        plain("the name after large arguments", large, 200, 0),
        plain(
            "a name deep in the arguments",
            r#"{"method":"tools/call","params":{"arguments":{"name":"delete_page","params":{"name":"delete_page"}},"name":"get"}}"#,
            200,
            0,
        ),
        plain(
            "members twice in the arguments",
            r#"{"method":"tools/call","params":{"arguments":{"a":1,"a":2,"Name":1},"name":"get"}}"#,
            200,
            0,
        ),
        plain("another prompt", r#"{"method":"prompts/get","params":{"name":"open"}}"#, 200, 0),
        plain("another resource", r#"{"method":"resources/read","params":{"uri":"file:///open"}}"#, 200, 0),
        plain(
            "a resource on another port",
            r#"{"method":"resources/read","params":{"uri":"http://h.test:8080/a?b=%26"}}"#,
            200,
            0,
        ),
        (
            "headers that agree",
            vec![("mcp-method", "tools/call"), ("mcp-name", "get"), ("mcp-protocol-version", "2026-07-28")],
            tool("get").into(),
            200,
            0,
        ),
        ("a header that is encoded", vec![("mcp-name", "=?base64?Z2V0?=")], tool("get").into(), 200, 0),
        (
            "UTF-8 by name",
            vec![("content-type", "application/json;charset=\"UTF-8\"")],
            tool("get").into(),
            200,
            0,
        ),
        ("no encoding", vec![("content-encoding", "identity")], tool("get").into(), 200, 0),
        plain("a huge number", r#"{"method":"ping","id":1e999999999,"params":{"x":-0.1E+400}}"#, 200, 0),
    ]
}

/// Returns the requests that need `admin`.
fn forbidden() -> Vec<Case> {
    let batch_of = |last: &str| format!("[{},{last}]", vec![message("ping").to_string(); 99].join(","));
    vec![
        plain("a tool with a rule", call("delete_page").to_string(), 403, -32003),
        plain("the shortest name of a pattern", call("delete_").to_string(), 403, -32003),
        plain("a name with a colon", call("odd:name").to_string(), 403, -32003),
        plain("a name that is escaped", tool(r"d\u0065lete\u005Fpage"), 403, -32003),
        plain(
            "members that are escaped",
            r#"{"\u006dethod":"tools\/call","p\u0061rams":{"n\u0061me":"delete_page"}}"#,
            403,
            -32003,
        ),
        plain("a name beyond ASCII", call("délicat").to_string(), 403, -32003),
        plain("the same, escaped", tool(r"d\u00e9licat"), 403, -32003),
        plain("a notification", r#"{"method":"tools/call","params":{"name":"delete_page"}}"#, 403, -32003),
        plain("no jsonrpc", r#"{"id":1,"method":"tools/call","params":{"name":"delete_page"}}"#, 403, -32003),
        plain(
            "the parameters first",
            r#"{"params":{"name":"delete_page"},"method":"tools/call"}"#,
            403,
            -32003,
        ),
        plain("the last of a batch", batch_of(&tool("delete_page")), 403, -32003),
        plain("the first of a batch", format!("[{},{}]", tool("delete_page"), tool("get")), 403, -32003),
        plain("a prompt", r#"{"method":"prompts/get","params":{"name":"secret"}}"#, 403, -32003),
        plain(
            "a prompt's arguments",
            r#"{"method":"completion/complete","params":{"ref":{"type":"ref/prompt","name":"secret"},"argument":{"name":"a","value":""}}}"#,
            403,
            -32003,
        ),
        plain(
            "a resource",
            r#"{"method":"resources/read","params":{"uri":"file:///secret/a"}}"#,
            403,
            -32003,
        ),
        plain(
            "a subscription",
            r#"{"method":"resources/subscribe","params":{"uri":"file:///secret/a"}}"#,
            403,
            -32003,
        ),
        plain(
            "a resource's completion",
            r#"{"method":"completion/complete","params":{"ref":{"uri":"file:///secret/{a}"}}}"#,
            403,
            -32003,
        ),
        plain("another method", message("logging/setLevel").to_string(), 403, -32003),
        plain(
            "large arguments before the name",
            format!(
                r#"{{"method":"tools/call","params":{{"arguments":"{}","name":"delete_page"}}}}"#,
                "x".repeat(900_000)
            ),
            403,
            -32003,
        ),
        (
            "an old version",
            vec![("mcp-protocol-version", "2024-11-05")],
            tool("delete_page").into(),
            403,
            -32003,
        ),
        (
            "an unknown version",
            vec![("mcp-protocol-version", "9999-99-99")],
            tool("delete_page").into(),
            403,
            -32003,
        ),
    ]
}

async fn check(tenant: &Flow, protocol: &str, cases: Vec<Case>) {
    let token = access("read").await;
    for (name, headers, body, status, expected) in cases {
        let marker = format!("{protocol} {name}");
        let with_marker = [headers, vec![("x-marker", marker.as_str())]].concat();
        let answer = post(tenant, "/mcp", &token, &with_marker, body.clone()).await;
        assert_eq!((answer.status.as_u16(), code(&answer)), (status, expected), "{marker}: {answer:?}");
        let seen = world().await.backend.take(&marker);
        assert_eq!(seen.len(), usize::from(status == 200), "{marker}");
        if let Some(request) = seen.first() {
            assert!(request.body == body, "{marker}: the body arrives whole");
            assert_eq!(request.values("content-length"), [body.len().to_string()], "{marker}");
        }
        if status == 403 {
            let challenge = answer.header("www-authenticate");
            assert!(
                challenge.starts_with(
                    r#"Bearer error="insufficient_scope", scope="admin read", resource_metadata="#
                ),
                "{challenge}"
            );
        }
    }
}

#[test]
fn over_http_1() {
    run(async {
        let tenant = world().await.tenant("strict");
        let cases = [forwarded(), forbidden(), refused()].concat();
        assert!(cases.len() >= 90, "{}", cases.len());
        check(&tenant, "HTTP/1.1", cases).await;
    });
}

#[test]
fn over_http_2() {
    run(async {
        let tenant = world().await.tenant("strict");
        let tenant = Flow::new(&world().await.stack.http.clone().over_http2(), &tenant.base);
        check(&tenant, "HTTP/2", [forwarded(), forbidden(), refused()].concat()).await;
    });
}

/// The same bodies are sent with a token that has both scopes. Those that need `admin` pass; those that cannot be
/// decided do not.
#[test]
fn a_token_with_the_scopes_may_call_everything_that_can_be_decided() {
    run(async {
        let tenant = world().await.tenant("strict");
        let token = access("read admin").await;
        for (name, headers, body, status, expected) in [forwarded(), forbidden(), refused()].concat() {
            let answer = post(&tenant, "/mcp", &token, &headers, body).await;
            let (status, expected) = if status == 403 { (200, 0) } else { (status, expected) };
            assert_eq!((answer.status.as_u16(), code(&answer)), (status, expected), "{name}: {answer:?}");
        }
    });
}

/// Without a policy, the plugin does not judge the same bodies.
#[test]
fn without_a_policy_every_body_is_forwarded() {
    run(async {
        let tenant = world().await.tenant("plain");
        let token = super::world::tokens(&tenant, "").await.access;
        for (name, headers, body, ..) in [forwarded(), forbidden(), refused()].concat() {
            post(&tenant, "/mcp", &token, &headers, body).await.expect(200);
            assert!(!name.is_empty());
        }
    });
}

/// The response to a refused request says why, and repeats the request's id.
#[test]
fn a_refusal_can_be_read_by_clients() {
    run(async {
        let tenant = world().await.tenant("strict");
        let token = access("read").await;
        let answer =
            post(&tenant, "/mcp", &token, &[], tool("delete_page").replace("\"id\":1", "\"id\":\"a\\\"b\""))
                .await;
        let body = answer.json();
        assert_eq!((body["jsonrpc"].as_str(), body["id"].as_str()), (Some("2.0"), Some("a\"b")), "{body}");
        assert_eq!(body["error"]["message"], "Insufficient scope. Needed: admin read");
        let log = world().await.stack.traefik.log();
        assert!(
            log.contains("toolPolicy: tools/call delete_page needs the scopes of tools/call:delete_*"),
            "{log}"
        );
        let answer = post(&tenant, "/mcp", &token, &[], r#"{"id":5,"method":"tools/call"}"#).await;
        assert_eq!(answer.json()["id"], 5, "{answer:?}");
        let challenge = post(&tenant, "/mcp", &token, &[], "{").await;
        assert_eq!(challenge.header("www-authenticate"), "", "{challenge:?}");
    });
}
