//! The last step before a request goes to the MCP server: the changes to its headers.

use super::forward::McpForward;
use super::log::{Level, LogLine};
use super::response::Response;
use super::tenant_request::TenantRequest;
use crate::resource::identity::cleaned_cookies;
use crate::resource::request::RequestView;
use crate::resource::token_in_force::TokenInForce;

/// Forwards the request. It gets headers with the identity in its token, and loses the sidecar's cookies and, unless
/// `forwardAuthorization` is set, the token. `warning` is logged with the request.
pub(super) fn edit(
    request: &TenantRequest<'_>,
    token: TokenInForce,
    warning: Option<String>,
    view: &mut dyn RequestView,
) -> Result<McpForward, Response> {
    let mut edits = request.edits(view)?;
    edits.remove_authorization_unless(request.config.forward_authorization);
    if token.is_bound() && !request.config.forward_authorization {
        // The proof is a credential of this one request.
        edits.replace("dpop", Some(String::new()))?;
    }
    if request.seen.cookie {
        edits.replace("cookie", cleaned_cookies(&view.header("cookie")?.values()?))?;
    }
    let log = warning.map(|reason| LogLine::new(Level::Warn, reason));
    Ok(McpForward::new(token, edits).with_log(log))
}
