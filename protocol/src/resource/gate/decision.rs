//! What is decided about a request.

use super::edits::Edits;
use super::forward::{McpForward, OAuthForward};
use super::response::Response;

/// What to do with a request.
#[derive(PartialEq, Eq, Debug)]
pub enum Decision {
    /// Send this response and forward nothing.
    Respond(Response),
    /// The `route` role: make the edits, call next, and let the response stream.
    ForwardRoute(Edits),
    /// To the MCP server: make the edits, call next, and let the response stream.
    ForwardMcp(McpForward),
    /// To the sidecar: buffer the response, make the edits, set the URI, and call next.
    ForwardOAuth(Box<OAuthForward>),
}
