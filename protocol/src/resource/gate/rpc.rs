//! JSON-RPC errors in the plugin's own responses.

/// A JSON-RPC error response. `message` is visible ASCII without quotes and backslashes; `id` is JSON.
pub(super) fn error_body(code: i32, message: &str, id: &str) -> String {
    [
        r#"{"jsonrpc":"2.0","id":"#,
        id,
        r#","error":{"code":"#,
        &code.to_string(),
        r#","message":""#,
        message,
        r#""}}"#,
    ]
    .concat()
}
