//! The page for a person who opens the address of an MCP server in a browser.
//!
//! The page is the body of the 401 response that a browser gets for a request without a token. It sends the browser on
//! to the authorization server's page about this MCP server. That page is in the person's language and says how to
//! connect each client.

use crate::limits::connect::PATH;
use crate::resource::challenge::push_encoded;
use crate::resource::request::{RequestView, Unreadable};
use crate::uri::{Base, is_plain_path};

/// Whether a browser asks for a page: the method is GET, and `Accept` begins with `text/html`. An MCP client accepts
/// JSON or an event stream (MCP 2025-11-25, Streamable HTTP).
pub(super) fn is_wanted(view: &mut dyn RequestView) -> Result<bool, Unreadable> {
    if view.method()? != b"GET" {
        return Ok(false);
    }
    let mut is_wanted = false;
    view.header("accept")?.for_each(|value| is_wanted |= value.starts_with(b"text/html"))?;
    Ok(is_wanted)
}

/// The page for a request for this path of the tenant. A path that is too long or not plain is left out, so no path can
/// be markup.
pub(super) fn page(base: &Base, path: &str) -> String {
    let mut next = String::new();
    push_encoded(&mut next, base.path());
    next.push_str("/oauth/connect");
    // Without a path, the authorization server's page shows the base.
    if path.len() <= PATH.most && is_plain_path(path) {
        next.push_str("?path=");
        next.push_str(path);
    }
    [
        "<!doctype html><html lang=en><meta charset=utf-8><meta http-equiv=refresh content=\"0;url=",
        &next,
        "\"><title>MCP server</title><p>This is an MCP server. <a href=\"",
        &next,
        "\">How to connect</a>",
    ]
    .concat()
}
