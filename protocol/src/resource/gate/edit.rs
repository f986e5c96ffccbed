//! The last step of a request to the MCP server: the changes to it before it is forwarded.

use super::forward::McpForward;
use super::log::{Level, LogLine};
use super::response::Response;
use super::tenant_request::TenantRequest;
use crate::resource::identity::cleaned_cookies;
use crate::resource::request::RequestView;
use crate::resource::token_in_force::TokenInForce;

/// Forwards the request with the identity of its token, without the token and without cookies of the sidecar. `warning`
/// is logged with it.
pub(super) fn edit(
    request: &TenantRequest<'_>,
    token: TokenInForce,
    warning: Option<String>,
    view: &mut dyn RequestView,
) -> Result<McpForward, Response> {
    let mut edits = request.edits(view)?;
    edits.remove_authorization_unless(request.config.forward_authorization);
    if request.seen.cookie {
        edits.replace("cookie", cleaned_cookies(&view.header("cookie")?.values()?))?;
    }
    let log = warning.map(|reason| LogLine::new(Level::Warn, reason));
    Ok(McpForward::new(token, edits).with_log(log))
}
