//! Real MCP servers and clients: the plugin removes entries from lists, and a client that is refused asks the user for
//! the scope.

use e2e::browser::Person;
use e2e::clients::{Client, Kind};
use e2e::flow::Flow;
use e2e::http::Answer;
use e2e::runtime::run;
use e2e::sidecar::ALICE;
use serde_json::{Value, json};

use super::world::{last_message, post, tokens, world};

/// Connects and sees no tool that needs a scope. Calls one nevertheless, lets the user consent, and then sees the tool.
pub(super) async fn step_up(kind: Kind, tenant: &Flow) {
    let mut client = Client::start(kind, &tenant.mcp(), &tenant.http);
    client.connect(Person::user(ALICE)).await;
    let names = client.list().await;
    assert!(!names.iter().any(|name| name == "echo" || name == "get-env"), "{kind:?}: {names:?}");
    assert!(names.iter().any(|name| name == "get-sum"), "{kind:?}: {names:?}");
    assert_eq!(client.asked, 1, "{kind:?}");
    // The tool needs the scope `speak`: the client gets 403, asks for consent, and repeats the call.
    client.call_with(Person::user(ALICE)).await;
    assert_eq!(client.asked, 2, "{kind:?}: the user consented to more");
    let names = client.list().await;
    assert!(
        names.iter().any(|name| name == "echo") && !names.iter().any(|name| name == "get-env"),
        "{names:?}"
    );
}

macro_rules! steps_up {
    ($($name:ident: $kind:ident;)*) => {$(
        #[test]
        fn $name() {
            run(async { step_up(Kind::$kind, &world().await.tenant("real")).await });
        }
    )*};
}

steps_up! {
    client_v2_asks_for_the_scope_that_a_tool_needs: ClientV2;
    python_asks_for_the_scope_that_a_tool_needs: Python;
}

/// If it is refused, version 1 of the TypeScript SDK uses its refresh token, which yields the same scopes, and then
/// gives up. The user must connect again; nothing loops.
#[test]
fn sdk_v1_with_a_refresh_token_reports_the_refusal() {
    run(async {
        let tenant = world().await.tenant("real");
        let mut client = Client::start(Kind::SdkV1, &tenant.mcp(), &tenant.http);
        client.connect(Person::user(ALICE)).await;
        let names = client.list().await;
        assert!(names.len() > 3 && !names.iter().any(|name| name == "echo"), "{names:?}");
        let error = client.try_call_with(Person::user(ALICE)).await.expect_err("a refusal");
        assert!(error.contains("403"), "{error}");
        assert_eq!(client.asked, 1, "the user was asked once, to connect");
        assert_eq!(client.list().await, names, "the client goes on");
    });
}

/// Sends a request of a session, as a client of this version does. Returns the response, and the message in it.
async fn ask(tenant: &Flow, token: &str, headers: &[(&str, &str)], body: &Value) -> (Answer, Value) {
    let answer = post(tenant, "/mcp", token, headers, body.to_string()).await;
    let message = last_message(&answer);
    (answer, message)
}

/// Tests every version that the real server speaks.
#[test]
fn each_protocol_version_is_cut_and_decided() {
    run(async {
        let tenant = world().await.tenant("real");
        let (few, more) = (tokens(&tenant, "read").await.access, tokens(&tenant, "read speak").await.access);
        for version in ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"] {
            let hello = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
                "protocolVersion": version, "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}});
            let (answer, greeting) = ask(&tenant, &few, &[], &hello).await;
            assert_eq!(greeting["result"]["protocolVersion"], version, "{answer:?}");
            let session = answer.header("mcp-session-id").to_owned();
            let headers = [("mcp-session-id", session.as_str()), ("mcp-protocol-version", version)];
            let done = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
            ask(&tenant, &few, &headers, &done).await.0.expect(202);
            let list = json!({"jsonrpc": "2.0", "id": 2, "method": "tools/list"});
            let echo = json!({"jsonrpc": "2.0", "id": 3, "method": "tools/call", "params": {"name": "echo", "arguments": {"message": "x"}}});
            let sum = json!({"jsonrpc": "2.0", "id": 4, "method": "tools/call", "params": {"name": "get-sum", "arguments": {"a": 1, "b": 2}}});
            for (token, has_echo, status) in [(&few, false, 403), (&more, true, 200)] {
                let (answer, listed) = ask(&tenant, token, &headers, &list).await;
                let tools =
                    listed["result"]["tools"].as_array().unwrap_or_else(|| panic!("{version}: {answer:?}"));
                let has = |name: &str| tools.iter().any(|tool| tool["name"] == name);
                assert_eq!(
                    (has("echo"), has("get-env"), has("get-sum")),
                    (has_echo, false, true),
                    "{version}: {tools:?}"
                );
                ask(&tenant, token, &headers, &echo).await.0.expect(status);
                let (answer, result) = ask(&tenant, token, &headers, &sum).await;
                assert!(result["result"]["content"].is_array(), "{version}: {answer:?}");
            }
        }
    });
}
