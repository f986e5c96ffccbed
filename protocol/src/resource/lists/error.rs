//! Why a response is not delivered.

/// Why a response is not delivered. The text is for the log and tells an operator what to do.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NotCut {
    /// The response is too large.
    #[error("it is longer than 4194304 bytes: let the MCP server send lists in pages")]
    TooLarge,
    /// The response has a content encoding.
    #[error(
        "it is compressed although the request does not accept that: turn compression off in the MCP server"
    )]
    Encoded,
    /// The response is neither JSON nor a stream of events.
    #[error("its Content-Type is neither application/json nor text/event-stream")]
    ContentType,
    /// The response is not JSON, or the member for a list is not an array.
    #[error("it is not a JSON-RPC message")]
    NotJson,
    /// There are too many changes.
    #[error("more than 10000 places in it change: let the MCP server send lists in pages")]
    TooMany,
    /// The MCP server did not respond.
    #[error("the MCP server did not respond completely")]
    Incomplete,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::policy::{LIST, LIST_EDITS};

    /// The numbers are written out, because formatting them would make the plugin larger.
    #[test]
    fn the_texts_name_the_limits() {
        for (error, limit) in [(NotCut::TooLarge, LIST), (NotCut::TooMany, LIST_EDITS)] {
            assert!(error.to_string().contains(&format!(" {} ", limit.most)), "{error}");
        }
    }
}
