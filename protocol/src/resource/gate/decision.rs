//! The decision about a request.

use super::edits::Edits;
use super::forward::{McpForward, OAuthForward};
use super::response::Response;

/// What to do with a request.
#[derive(PartialEq, Eq, Debug)]
pub enum Decision {
    /// Send this response and forward nothing.
    Respond(Response),
    /// At a middleware with `role=route`: make the edits, call the next handler, and let the response stream.
    ForwardRoute(Edits),
    /// To the MCP server: make the edits, call the next handler, and let the response stream.
    ForwardMcp(McpForward),
    /// To the sidecar: turn response buffering on, make the edits, set the URI, and call the next handler.
    ForwardOAuth(Box<OAuthForward>),
}
