//! The last step before a request goes to the MCP server: the changes to its headers.

use super::forward::McpForward;
use super::log::{Level, LogLine};
use super::response::Response;
use super::tenant_request::TenantRequest;
use crate::resource::admission::Admitted;
use crate::resource::identity::cleaned_cookies;
use crate::resource::lists::ListFilter;
use crate::resource::request::RequestView;

/// Returns the request to forward. It gets headers with the identity in its token, if it has a token. It loses the
/// sidecar's cookies and, unless `forwardAuthorization` is set, the token. `warning` is logged with the request.
pub(super) fn edit(
    request: &TenantRequest<'_>,
    admitted: Admitted,
    warning: Option<String>,
    view: &mut dyn RequestView,
) -> Result<McpForward, Response> {
    let mut edits = request.edits(view)?;
    edits.remove_authorization_unless(request.config.forward_authorization);
    if request.seen.cookie {
        edits.replace("cookie", cleaned_cookies(&view.header("cookie")?.values()?))?;
    }
    let log = warning.map(|reason| LogLine::new(Level::Warn, reason));
    let filter = if admitted.lists().is_empty() {
        None
    } else {
        ListFilter::new(&request.config.rules, admitted.satisfied(), admitted.lists())
    };
    if filter.is_some() {
        // A compressed response cannot be read.
        edits.replace("accept-encoding", Some(String::new()))?;
    }
    Ok(McpForward::new(admitted, edits).with_filter(filter).with_log(log))
}
