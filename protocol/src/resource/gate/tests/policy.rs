//! `toolPolicy` and `publicMethods`: what is decided about a body, and what a client is told.

use super::*;
use crate::limits::policy::{BODY, PUBLIC_BODY};

const POLICY: &str = "delete_*=admin, prompts/get:*=notes write";

fn options() -> Value {
    json!({"toolPolicy": POLICY, "requiredScopes": "read", "scopes": "read write"})
}

fn call(name: &str) -> String {
    json!({"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": {"name": name}}).to_string()
}

fn with_scopes(scopes: &str) -> String {
    token(|claims| claims.scope = ScopeSet::parse(scopes).unwrap())
}

fn post(scopes: &str, body: impl Into<Vec<u8>>) -> Request {
    request("POST", "/wiki/mcp").bearer(&with_scopes(scopes)).body(body)
}

fn decide(request: &Request) -> Decision {
    gate(&options()).decide(NOW, &mut request.clone())
}

/// The status of the response; 0 if the request is forwarded.
fn status(request: &Request) -> u16 {
    let decisions = [1, 5, 2048].map(|piece| decide(&Request { piece, ..request.clone() }));
    assert_eq!(decisions[0], decisions[1]);
    assert_eq!(decisions[0], decisions[2]);
    match &decisions[0] {
        Decision::Respond(response) => response.status,
        Decision::ForwardMcp(_) => 0,
        other => panic!("{other:?}"),
    }
}

fn code(request: Request) -> (u16, i64) {
    let response = respond(&mut gate(&options()), request);
    let body: Value = serde_json::from_str(&response.body).unwrap();
    assert_eq!((&body["jsonrpc"], body["error"]["message"].is_string()), (&json!("2.0"), true), "{body}");
    (response.status, body["error"]["code"].as_i64().unwrap())
}

#[test]
fn a_call_needs_the_scopes_of_its_rule() {
    assert_eq!(status(&post("read", call("get_page"))), 0);
    assert_eq!(status(&post("read admin", call("delete_page"))), 0);
    assert_eq!(status(&post("read", call("delete_page"))), 403);
    assert_eq!(status(&post("admin", call("delete_page"))), 403, "requiredScopes come first");
    let response = respond(&mut gate(&options()), post("read", call("delete_page")));
    assert_eq!(
        header(&response, "WWW-Authenticate"),
        Some(
            r#"Bearer error="insufficient_scope", scope="admin read", resource_metadata="https://h.test/.well-known/oauth-protected-resource/wiki/mcp""#
        )
    );
    let body: Value = serde_json::from_str(&response.body).unwrap();
    assert_eq!(
        body,
        json!({"jsonrpc": "2.0", "id": 7, "error": {"code": -32003, "message": "Insufficient scope. Needed: admin read"}})
    );
    assert_eq!(
        response.log.clone().unwrap().message,
        "toolPolicy: tools/call delete_page needs the scopes of tools/call:delete_*"
    );
    assert!(header(&response, "Access-Control-Allow-Origin").is_some());
}

#[test]
fn a_batch_is_told_everything_that_it_needs() {
    let batch = format!(r#"[{},{{"method":"prompts/get","params":{{"name":"p"}}}}]"#, call("delete_x"));
    let response = respond(&mut gate(&options()), post("read", batch.clone()));
    assert!(header(&response, "WWW-Authenticate").unwrap().contains(r#"scope="admin notes read write""#));
    assert_eq!(status(&post("read admin notes", batch.clone())), 403);
    assert_eq!(status(&post("read admin notes write", batch)), 0);
}

#[test]
fn scopes_that_imply_others_count() {
    let mut all = options();
    all["scopeHierarchy"] = json!("root>admin");
    let mut gate = gate(&all);
    let decision = gate.decide(NOW, &mut post("read root", call("delete_x")));
    assert!(matches!(decision, Decision::ForwardMcp(_)), "{decision:?}");
}

#[test]
fn without_a_policy_no_body_is_read() {
    for options in [json!({}), json!({"publicMethods": "initialize"})] {
        let mut request = post("read", "not json");
        request.broken = Some("body");
        let decision = gate(&options).decide(NOW, &mut request);
        assert!(matches!(decision, Decision::ForwardMcp(_)), "{decision:?}");
    }
}

#[test]
fn a_host_that_cannot_be_asked_forwards_nothing() {
    let mut request = post("read", call("get"));
    request.broken = Some("body");
    assert_eq!(status(&request), 503);
}

#[test]
fn every_method_may_have_a_body_and_only_post_must() {
    for method in ["GET", "DELETE", "PUT", "PATCH", "HEAD"] {
        let bare = request(method, "/wiki/mcp").bearer(&with_scopes("read"));
        assert_eq!(status(&bare), 0, "{method}");
        let with = |body: String| request(method, "/wiki/mcp").bearer(&with_scopes("read")).body(body);
        assert_eq!(status(&with(call("get"))), 0, "{method}");
        assert_eq!(status(&with(call("delete_x"))), 403, "{method}");
        let mut other = bare.clone();
        other.body = call("delete_x").into_bytes();
        assert_eq!(status(&other), 415, "{method}");
    }
    assert_eq!(code(post("read", "")), (400, -32700));
    assert_eq!(code(request("POST", "/wiki/mcp").bearer(&with_scopes("read"))), (400, -32700));
}

#[test]
fn bodies_that_cannot_be_decided_get_a_json_rpc_error() {
    let typed = |content_type: &str| post("read", call("get")).instead("content-type", content_type);
    for (request, expected) in [
        (post("read", "{"), (400, -32700)),
        (post("read", "\u{feff}{}"), (400, -32700)),
        (post("read", "[]"), (400, -32600)),
        (post("read", "{}"), (400, -32600)),
        (post("read", r#"{"method":"tools/call"}"#), (400, -32602)),
        (post("read", " ".repeat(BODY.most + 1)), (413, -32600)),
        (typed("text/plain"), (415, -32600)),
        (typed("application/json; charset=utf-16"), (415, -32600)),
        (typed("application/json").with("content-type", "application/json"), (415, -32600)),
        (post("read", call("get")).with("content-encoding", "gzip"), (415, -32600)),
        (post("read", call("get")).with("content-encoding", "identity, gzip"), (415, -32600)),
        (post("read", call("get")).with("upgrade", "h2c"), (400, -32600)),
    ] {
        assert_eq!(code(request.clone()), expected, "{request:?}", request = request.headers);
    }
    assert_eq!(status(&post("read", call("get")).with("content-encoding", "identity")), 0);
    let largest = [call("get"), " ".repeat(BODY.most - call("get").len())].concat();
    let mut largest = post("read", largest);
    assert!(matches!(gate(&options()).decide(NOW, &mut largest), Decision::ForwardMcp(_)));
}

#[test]
fn headers_have_to_agree_with_the_body() {
    let read = r#"{"method":"resources/read","params":{"uri":"file:///a","name":"x"},"id":1}"#;
    let task = r#"{"method":"tasks/get","params":{"taskId":"t1"},"id":1}"#;
    let ping = r#"{"method":"ping","id":1}"#;
    let odd = call("tête");
    let batch = format!("[{ping}]");
    for (body, name, value, fits) in [
        (call("get").as_str(), "mcp-method", "tools/call", true),
        (&call("get"), "mcp-method", "tools/list", false),
        (&call("get"), "mcp-method", "Tools/Call", false),
        (&call("get"), "mcp-method", "", false),
        (&call("get"), "mcp-name", "get", true),
        (&call("get"), "mcp-name", "GET", false),
        (&call("get"), "mcp-name", "delete_x", false),
        (&call("get"), "mcp-name", "=?base64?Z2V0?=", true),
        (&call("get"), "mcp-name", "=?base64?Z2V0Z2V0?=", false),
        (&call("get"), "mcp-name", "=?BASE64?Z2V0?=", false),
        (&call("get"), "mcp-name", "=?base64?Z2V0", false),
        (&call("get"), "mcp-name", "=?base64?Z2V0=?=", false),
        (&odd, "mcp-name", "=?base64?dMOqdGU=?=", true),
        (&odd, "mcp-name", "tête", false),
        (read, "mcp-name", "file:///a", true),
        (read, "mcp-name", "x", false),
        (task, "mcp-name", "t1", true),
        (task, "mcp-name", "t2", false),
        (ping, "mcp-name", "x", false),
        (ping, "mcp-method", "ping", true),
        (&batch, "mcp-method", "ping", false),
        (r#"{"result":{},"id":1}"#, "mcp-method", "ping", false),
    ] {
        for version in ["2025-03-26", "2025-11-25", "2026-07-28", "x"] {
            let request = post("read", body).with(name, value).with("mcp-protocol-version", version);
            if fits {
                assert_eq!(status(&request), 0, "{body} {name}: {value}");
            } else {
                assert_eq!(code(request), (400, -32020), "{body} {name}: {value}");
            }
        }
    }
    let twice = post("read", call("get")).with("mcp-name", "get").with("mcp-name", "get");
    assert_eq!(code(twice), (400, -32020));
}

#[test]
fn lists_are_cut_for_callers_from_whom_something_is_hidden() {
    let list = |method: &str| format!(r#"{{"method":"{method}","id":1}}"#);
    let filtered = |scopes: &str, body: String| match decide(&post(scopes, body)) {
        Decision::ForwardMcp(forward) => forward.filter().is_some(),
        other => panic!("{other:?}"),
    };
    assert!(filtered("read", list("tools/list")));
    assert!(filtered("read", format!("[{},{}]", list("ping"), list("prompts/list"))));
    assert!(!filtered("read admin", list("tools/list")));
    assert!(!filtered("read", list("resources/list")));
    assert!(!filtered("read", call("get")));
    let mut told = Recorder::default();
    let Decision::ForwardMcp(forward) =
        decide(&post("read", list("tools/list")).with("accept-encoding", "gzip"))
    else {
        panic!("forwarded");
    };
    forward.apply(&mut told).unwrap();
    assert!(told.removed.contains(&"accept-encoding".to_owned()), "{:?}", told.removed);
}

/// What a gate with `publicMethods` does with a request: the status, or 0 and whether an identity was set.
fn public(request: &Request) -> (u16, bool) {
    let mut all = options();
    all["publicMethods"] = json!("initialize, notifications/*, tools/list, tools/call, prompts/get");
    match gate(&all).decide(NOW, &mut request.clone()) {
        Decision::Respond(response) => (response.status, false),
        Decision::ForwardMcp(forward) => {
            let mut told = Recorder::default();
            forward.apply(&mut told).unwrap();
            (0, !told.set.is_empty())
        }
        other => panic!("{other:?}"),
    }
}

/// A request without a token.
fn bare(body: &str) -> Request {
    request("POST", "/wiki/mcp").body(body).with("content-length", body.len().to_string())
}

#[test]
fn public_methods_need_no_token() {
    let initialize = r#"{"method":"initialize","id":1}"#;
    for (request, expected) in [
        (bare(initialize), (0, false)),
        (bare(r#"{"method":"notifications/initialized"}"#), (0, false)),
        (bare(r#"[{"method":"initialize"},{"method":"tools/list"}]"#), (0, false)),
        (bare(&call("get")), (0, false)),
        (bare(initialize).with("x-mcp-sub", "eve"), (0, false)),
        (bare(&call("delete_x")), (401, false)),
        (bare(r#"{"method":"prompts/get","params":{"name":"p"}}"#), (401, false)),
        (bare(r#"{"method":"ping"}"#), (401, false)),
        (bare(r#"[{"method":"initialize"},{"method":"ping"}]"#), (401, false)),
        (bare(r#"[{"method":"notifications/initialized"},{"result":{},"id":1}]"#), (401, false)),
        (bare(r#"{"result":{},"id":1}"#), (401, false)),
        (bare(r#"{"method":"Initialize"}"#), (401, false)),
        (bare("{"), (401, false)),
        (bare(""), (401, false)),
        (bare(&(initialize.to_owned() + &" ".repeat(PUBLIC_BODY.most))), (401, false)),
        (bare(initialize).with("content-encoding", "gzip"), (401, false)),
        (bare(initialize).instead("content-type", "text/plain"), (401, false)),
        (bare(initialize).with("mcp-method", "tools/call"), (401, false)),
        (bare(initialize).bearer("x"), (401, false)),
        (bare(initialize).with("authorization", "Basic YTpi"), (401, false)),
        (bare(initialize).with("authorization", ""), (401, false)),
        (bare(initialize).with("x-mcpb-route", "x"), (404, false)),
        (request("GET", "/wiki/mcp"), (401, false)),
        (request("DELETE", "/wiki/mcp"), (401, false)),
        (request("GET", "/wiki/mcp").body(initialize), (401, false)),
        (request("POST", "/wiki/mcp?access_token=x").body(initialize), (400, false)),
        (bare(initialize).bearer(&with_scopes("read")), (0, true)),
        (bare(&call("delete_x")).bearer(&with_scopes("read")), (403, false)),
    ] {
        let shown = (
            String::from_utf8_lossy(&request.body[..request.body.len().min(90)]).into_owned(),
            request.headers.clone(),
        );
        assert_eq!(public(&request), expected, "{shown:?}");
    }
    // A body that is exactly as long as allowed.
    let longest = initialize.to_owned() + &" ".repeat(PUBLIC_BODY.most - initialize.len());
    assert_eq!(public(&bare(&longest)), (0, false));
    // A body that is longer than said.
    let longer = bare(&(longest + " ")).instead("content-length", "65536");
    assert_eq!(public(&longer), (401, false));
}

#[test]
fn a_body_without_a_token_is_read_only_if_it_is_said_to_be_short() {
    let initialize = r#"{"method":"initialize","id":1}"#;
    let chunked = request("POST", "/wiki/mcp").body(initialize);
    let said = |length: &str| bare(initialize).instead("content-length", length);
    for mut request in [
        chunked.clone(),
        chunked.clone().with("content-length", "30").with("content-length", "30"),
        said(&(PUBLIC_BODY.most + 1).to_string()),
        said("18446744073709551617"),
        said("4294967297"),
        said("0x1e"),
        said("-1"),
        said("30, 30"),
    ] {
        request.broken = Some("body");
        assert_eq!(public(&request), (401, false), "{:?}", request.headers);
    }
    let mut read = said(&PUBLIC_BODY.most.to_string());
    assert_eq!(public(&read), (0, false));
    read.broken = Some("body");
    assert_eq!(public(&read), (503, false));
    // A token is enough for a body without a length.
    assert_eq!(public(&chunked.bearer(&with_scopes("read"))), (0, true));
}

#[test]
fn lists_are_cut_for_a_caller_without_a_token() {
    let mut all = options();
    all["publicMethods"] = json!("tools/list");
    match gate(&all).decide(NOW, &mut bare(r#"{"method":"tools/list","id":1}"#)) {
        Decision::ForwardMcp(forward) => assert!(forward.filter().is_some()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_page_of_another_origin_is_refused_before_the_body_is_read() {
    let mut all = options();
    all["allowedOrigins"] = json!("https://page.test");
    all["publicMethods"] = json!("initialize");
    let mut request = bare(r#"{"method":"initialize"}"#).with("origin", "https://evil.test");
    request.broken = Some("body");
    assert_eq!(respond(&mut gate(&all), request).status, 403);
}
