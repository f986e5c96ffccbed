//! Requests to forward. Each can be made only from the proof that it may be forwarded.

use super::edits::Edits;
use super::log::LogLine;
use super::sidecar_response::Pending;
use crate::context::RouteProven;
use crate::resource::admission::Admitted;
use crate::resource::lists::ListFilter;
use crate::resource::request::Editor;

/// A request that goes on to the MCP server. It can be made only from an admitted request:
///
/// ```
/// use protocol::resource::admission::Admitted;
/// use protocol::resource::gate::{Edits, McpForward};
///
/// fn forward(admitted: Admitted, edits: Edits) -> McpForward {
///     McpForward::new(admitted, edits)
/// }
/// ```
///
/// A token in force is not enough, because the messages in the body may need more scopes:
///
/// ```compile_fail,E0308
/// use protocol::resource::gate::{Edits, McpForward};
/// use protocol::resource::token_in_force::TokenInForce;
///
/// fn forward(token: TokenInForce, edits: Edits) -> McpForward {
///     McpForward::new(token, edits)
/// }
/// ```
///
/// A token whose signature and claims are valid is not enough, because it may have expired, have been revoked or lack a
/// scope:
///
/// ```compile_fail,E0308
/// use protocol::resource::access_token::ValidToken;
/// use protocol::resource::gate::{Edits, McpForward};
///
/// fn forward(token: std::rc::Rc<ValidToken>, edits: Edits) -> McpForward {
///     McpForward::new(token, edits)
/// }
/// ```
///
/// Without the proof that it is admitted, no request is forwarded:
///
/// ```compile_fail,E0308
/// use protocol::resource::gate::{Decision, Edits};
///
/// fn forward(edits: Edits) -> Decision {
///     Decision::ForwardMcp(edits)
/// }
/// ```
#[derive(PartialEq, Eq, Debug)]
pub struct McpForward {
    admitted: Admitted,
    edits: Edits,
    filter: Option<ListFilter>,
    log: Option<LogLine>,
}

impl McpForward {
    /// Forwards an admitted request. After the edits, the token's identity is set on the request.
    pub const fn new(admitted: Admitted, edits: Edits) -> Self {
        Self { admitted, edits, filter: None, log: None }
    }

    /// Sets the filter that cuts the lists in the response.
    pub(super) fn with_filter(self, filter: Option<ListFilter>) -> Self {
        Self { filter, ..self }
    }

    /// The filter that cuts the lists in the response, which must be buffered for that. `None` if the response streams.
    pub const fn filter(&self) -> Option<&ListFilter> {
        self.filter.as_ref()
    }

    /// Adds a log line: something that an operator should know although the request is forwarded.
    pub(super) fn with_log(self, log: Option<LogLine>) -> Self {
        Self { log, ..self }
    }

    /// The filter that cuts the lists in the response.
    pub fn into_filter(self) -> Option<ListFilter> {
        self.filter
    }

    /// Changes the request's headers: makes the edits first, then sets the identity.
    pub fn apply<E: Editor>(&self, editor: &mut E) -> Result<(), E::Error> {
        self.edits.apply(editor)?;
        self.admitted.set_identity(editor)
    }

    /// The line to log, if there is one.
    pub const fn log(&self) -> Option<&LogLine> {
        self.log.as_ref()
    }
}

/// A request that goes on to the sidecar. It can be made only with the proof that the request came through a router
/// that leads to the sidecar.
#[derive(PartialEq, Eq, Debug)]
pub struct OAuthForward {
    /// The headers to change.
    pub edits: Edits,
    /// The new path and query.
    pub uri: String,
    /// Decides about the response when it has come back.
    pub pending: Pending,
    _proof: RouteProven,
}

impl OAuthForward {
    pub(super) const fn new(proof: RouteProven, edits: Edits, uri: String, pending: Pending) -> Self {
        Self { edits, uri, pending, _proof: proof }
    }
}
