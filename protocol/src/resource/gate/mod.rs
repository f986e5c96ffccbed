//! The gate: the whole decision of the plugin, about one request and about one buffered response.
//!
//! The plugin's shell implements [`RequestView`](super::request::RequestView) over what Traefik lets it ask, calls
//! [`Gate::decide`], and does what the [`Decision`] says:
//!
//! - [`Decision::Respond`]: send that response and forward nothing.
//! - [`Decision::ForwardMcp`], [`Decision::ForwardRoute`]: make the edits and call next. The response streams and is
//!   not looked at, unless there is a [filter](McpForward::filter): then turn response buffering on, and hand the
//!   response to [`ListFilter::decide`](super::lists::ListFilter::decide).
//! - [`Decision::ForwardOAuth`]: turn response buffering on, make the edits, set the URI, and call next. Then hand the
//!   response to [`Pending::decide`].
//!
//! If the host fails at any of these steps, the request gets [`host_failed`] instead. A request of which something
//! cannot be read is never forwarded.

mod address;
mod authenticate;
mod authorize;
mod backend;
mod base;
mod browser_page;
mod decision;
mod edit;
mod edits;
mod forward;
mod headers;
mod instance;
mod keys;
mod list_response;
mod log;
mod memory;
mod messages;
mod oauth;
mod permit;
mod read;
mod response;
mod route_role;
mod rpc;
mod sidecar_response;
mod target;
mod tenant;
mod tenant_request;

pub use decision::Decision;
pub use edits::Edits;
pub use forward::{McpForward, OAuthForward};
pub use instance::Gate;
pub use list_response::ListDecision;
pub use log::{Level, LogLine};
pub use response::{Response, host_failed};
pub use sidecar_response::{BufferedResponse, Pending, ResponseDecision};

#[cfg(test)]
mod tests;
