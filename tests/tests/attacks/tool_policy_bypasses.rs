//! Ways around a policy for tools that were published for gateways, or that follow from differences between parsers:
//! batches, repeated members, escapes, headers that contradict the body, and a list that is requested again.
//!
//! Checked by removing the union over the messages of a batch (`protocol/src/resource/policy/needs.rs`), the refusal of
//! repeated members (`message/reader.rs`), the comparison of headers (`gate/messages.rs`), and the removal of ids
//! (`lists/events.rs`).

use e2e::runtime::run;
use reqwest::Method;

use crate::policed::{passes, policed};

const DELETE: &str = r#"{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"delete_page"}}"#;
const PING: &str = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;

#[test]
fn a_batch_hides_no_call() {
    run(async {
        let policed = policed().await;
        assert!(passes(policed, &[], &format!("[{PING},{PING}]"), 200).await);
        for (body, status) in [
            (format!("[{PING},{DELETE}]"), 403),
            (format!("[{DELETE},{PING}]"), 403),
            (format!("[{DELETE}]"), 403),
            (format!("[[{DELETE}]]"), 400),
            (format!("[{PING}]{DELETE}"), 400),
            (format!("[{},{DELETE}]", vec![PING; 10_000].join(",")), 400),
        ] {
            assert!(!passes(policed, &[], &body, status).await, "{}", &body[..80]);
        }
    });
}

#[test]
fn a_member_that_comes_twice_has_no_meaning() {
    run(async {
        let policed = policed().await;
        for body in [
            r#"{"method":"tools/call","params":{"name":"get","name":"delete_page"}}"#,
            r#"{"method":"tools/call","params":{"name":"delete_page","name":"get"}}"#,
            r#"{"method":"tools/call","params":{"name":"get"},"params":{"name":"delete_page"}}"#,
            r#"{"method":"ping","method":"tools/call","params":{"name":"delete_page"}}"#,
            r#"{"method":"tools/call","method":"ping","params":{"name":"delete_page"}}"#,
        ] {
            assert!(!passes(policed, &[], body, 400).await, "{body}");
        }
    });
}

#[test]
fn escapes_hide_no_name() {
    run(async {
        let policed = policed().await;
        for (body, status) in [
            (r#"{"method":"tools/call","params":{"name":"\u0064elete_page"}}"#, 403),
            (r#"{"m\u0065thod":"tools\/call","params":{"n\u0061me":"delete_page"}}"#, 403),
            (r#"{"method":"tools/call","params":{"name":"get","n\u0061me":"delete_page"}}"#, 400),
            (r#"{"method":"tools/call\u0000","params":{"name":"delete_page"}}"#, 400),
            (r#"{"method":"tools/call","params":{"name":"delete_page\u0000"}}"#, 400),
            ("{\"method\":\"tools/call\",\"params\":{\"name\":\"delete_page\\ud800\"}}", 400),
        ] {
            assert!(!passes(policed, &[], body, status).await, "{body}");
        }
    });
}

#[test]
fn headers_do_not_decide() {
    run(async {
        let policed = policed().await;
        for headers in [
            vec![("mcp-method", "ping")],
            vec![("mcp-name", "get")],
            vec![("mcp-method", "tools/call"), ("mcp-name", "get")],
            vec![("mcp-method", "tools/call"), ("mcp-name", "=?base64?Z2V0?=")],
            vec![("mcp-name", "delete_page"), ("mcp-name", "get")],
        ] {
            for version in ["2025-03-26", "2026-07-28"] {
                let all = [headers.clone(), vec![("mcp-protocol-version", version)]].concat();
                assert!(!passes(policed, &all, DELETE, 400).await, "{headers:?}");
            }
        }
        let agree = [("mcp-method", "tools/call"), ("mcp-name", "delete_page")];
        assert!(!passes(policed, &agree, DELETE, 403).await);
        // Some frameworks know these headers as overrides of the method or the path.
        for name in ["x-http-method-override", "x-original-url", "x-rewrite-url"] {
            assert!(!passes(policed, &[(name, "GET")], DELETE, 403).await, "{name}");
        }
    });
}

#[test]
fn other_methods_with_a_body_do_not_pass() {
    run(async {
        let policed = policed().await;
        for method in [Method::GET, Method::PUT, Method::DELETE, Method::PATCH] {
            let answer = policed.send(method.clone(), &[], DELETE).await;
            assert_eq!(answer.status, 403, "{method}");
        }
    });
}

/// With the id of an event, a client could request the whole list again.
#[test]
fn a_list_that_was_cut_has_no_event_ids() {
    run(async {
        let policed = policed().await;
        let answer =
            policed.send_to("/events", r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#).await.expect(200);
        assert!(answer.body.contains("get_page") && !answer.body.contains("delete_page"), "{answer:?}");
        assert!(!answer.body.lines().any(|line| line.starts_with("id")), "{answer:?}");
        // The stream of a call keeps its event ids, so that it can be resumed.
        let answer = policed.send_to("/events", PING).await.expect(200);
        assert!(answer.body.lines().any(|line| line.starts_with("id: ")), "{answer:?}");
    });
}
