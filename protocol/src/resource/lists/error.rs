//! Why a response is not delivered.

use crate::limits::policy::{LIST, LIST_EDITS};

/// Why a response is not delivered. The text is for the log and tells an operator what to do.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NotCut {
    /// The response is too large.
    #[error("it is longer than {max} bytes: let the MCP server send lists in pages", max = LIST.most)]
    TooLarge,
    /// The response has a content encoding.
    #[error(
        "it is compressed although the request does not accept that: turn compression off in the MCP server"
    )]
    Encoded,
    /// The response is neither JSON nor a stream of events.
    #[error("its Content-Type is neither application/json nor text/event-stream")]
    ContentType,
    /// The response is not JSON, or a list in it is none.
    #[error("it is not a JSON-RPC message")]
    NotJson,
    /// There are too many changes.
    #[error("more than {max} places in it change: let the MCP server send lists in pages", max = LIST_EDITS.most)]
    TooMany,
    /// The MCP server did not respond.
    #[error("the MCP server did not respond completely")]
    Incomplete,
}
