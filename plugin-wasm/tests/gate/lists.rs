//! Tests bodies and lists: which calls the plugin makes for them, and that it forwards or delivers nothing if the host
//! fails.

use plugin_wasm::handler::{Next, Plugin};

use crate::fake_host::FakeHost;
use crate::sample::{authorized, token};

const POLICY: &str =
    r#"{"resource":"wiki","providerIssuer":"local","scopes":"read write","toolPolicy":"delete_*=admin"}"#;
const TOOLS: &str = r#"{"id":1,"result":{"tools":[{"name":"delete_page"},{"name":"get_page"}]}}"#;

fn posted(body: &str) -> FakeHost {
    let mut host = authorized(POLICY, "/wiki/mcp", &token(|_| {})).with("Content-Type", "application/json");
    host.request_body = body.as_bytes().to_vec();
    host
}

fn listed() -> (Plugin, FakeHost) {
    let mut host =
        posted(r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#).with("Accept-Encoding", "gzip");
    let mut plugin = Plugin::new();
    assert_eq!(plugin.handle_request(&mut host), Next::Forward(2), "{}", host.logged());
    assert!(host.buffered && host.request_value("accept-encoding").is_none());
    host.after_next = true;
    host.calls.clear();
    host.response = vec![("Content-Type".to_owned(), b"application/json".to_vec())];
    host.body = TOOLS.as_bytes().to_vec();
    (plugin, host)
}

#[test]
fn a_body_is_read_in_pieces_and_forwarded_whole() {
    let body = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"get_page"}}"#;
    let mut host = posted(body);
    assert_eq!(Plugin::new().handle_request(&mut host), Next::Forward(0), "{}", host.logged());
    assert_eq!(host.forwarded_body.as_deref(), Some(body.as_bytes()));
    assert!(!host.buffered, "the response of a call streams");
    let mut host = posted(&body.replace("get_page", "delete_page"));
    assert_eq!(Plugin::new().handle_request(&mut host), Next::Stop);
    assert_eq!(host.status, Some(403));
}

#[test]
fn a_failure_of_any_call_for_a_list_forwards_nothing() {
    let body = r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#;
    let mut clean = posted(body);
    assert_eq!(Plugin::new().handle_request(&mut clean), Next::Forward(2));
    for (number, call) in clean.calls.iter().enumerate() {
        let mut host = FakeHost { fail_at: Some(number), ..posted(body) };
        assert_eq!(Plugin::new().handle_request(&mut host), Next::Stop, "{call} {number}");
        assert_eq!(host.status, Some(503), "{call} {number}");
    }
}

#[test]
fn a_list_is_cut_and_its_length_is_corrected() {
    let (mut plugin, mut host) = listed();
    plugin.handle_response(&mut host, 2, false);
    let expected = TOOLS.replace(r#"{"name":"delete_page"},"#, "");
    assert_eq!(String::from_utf8_lossy(&host.body), expected);
    assert_eq!(host.response_value("Content-Length"), Some(expected.len().to_string()));
}

#[test]
fn a_failure_of_any_call_for_the_response_delivers_nothing_that_is_hidden() {
    let (mut plugin, mut clean) = listed();
    plugin.handle_response(&mut clean, 2, false);
    for (number, call) in clean.calls.clone().iter().enumerate() {
        let (mut plugin, mut host) = listed();
        host.fail_at = Some(number);
        plugin.handle_response(&mut host, 2, false);
        let body = String::from_utf8_lossy(&host.body).into_owned();
        assert!(!body.contains("delete_page"), "{call} {number}: {body}");
        assert_eq!(host.status, Some(503), "{call} {number}");
    }
}

#[test]
fn an_error_of_the_server_is_delivered_and_not_read() {
    let (mut plugin, mut host) = listed();
    (host.status, host.body) = (Some(404), b"<p>no".to_vec());
    plugin.handle_response(&mut host, 2, false);
    assert_eq!((host.status, host.body.as_slice()), (Some(404), &b"<p>no"[..]));
    assert!(!host.calls.contains(&"response_body"));
}
