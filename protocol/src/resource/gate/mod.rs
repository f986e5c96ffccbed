//! The whole decision of the plugin, for one request and for one buffered answer.
//!
//! The plugin's shell implements [`RequestView`](super::request::RequestView) over what Traefik lets it ask, calls
//! [`Gate::judge_request`], and does what the [`Decision`] says:
//!
//! - [`Decision::Respond`]: send that response; nothing is forwarded.
//! - [`Decision::ForwardMcp`], [`Decision::ForwardRoute`]: make the [`Edits`] and call next; the answer
//!   streams and is not looked at.
//! - [`Decision::ForwardOAuth`]: turn response buffering on, make the edits, set the URI, call next; then
//!   pass what came back to [`judge_response`].
//!
//! If any of these steps fails at the host, the request is answered with [`host_failed`] instead. Nothing
//! is ever forwarded on a guess.

mod address;
mod answer;
mod base;
mod headers;
mod memory;
mod request;
mod response;
mod target;
mod tenant;

pub use answer::{Level, LogLine, Response, host_failed};
pub use request::{Decision, Edits, Gate, OAuthRequest};
pub use response::{Answer, AnswerDecision, Pending, judge_response};

#[cfg(test)]
mod tests;
