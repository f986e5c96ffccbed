//! What becomes of a buffered OAuth answer.

use super::answer::{Level, LogLine, Response};
use crate::context::SIDECAR_HEADER;
use crate::error::OAuthError;
use crate::resource::cors::Header;

/// What must be remembered of a forwarded OAuth request until its answer is there.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Pending {
    pub(super) cors: Vec<Header>,
    pub(super) asked: String,
    /// The metadata document to send where the sidecar's own cannot be had.
    pub(super) document: Option<String>,
}

/// What came back.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    /// The host says that there was no answer at all.
    pub is_error: bool,
    /// The status, if it can be read.
    pub status: Option<u16>,
    /// Every value of [`SIDECAR_HEADER`].
    pub marker: &'a [Vec<u8>],
}

/// What to do with it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum AnswerDecision {
    /// It is the sidecar's: remove and set these headers, leave the rest.
    Deliver {
        /// Headers to remove.
        remove: [&'static str; 1],
        /// Headers to set, replacing those of the same name.
        set: Vec<Header>,
    },
    /// It is not: remove **every** header it has by name, then send this response instead.
    Replace(Response),
}

/// Judges the answer to a request that was forwarded by
/// [`Decision::ForwardOAuth`](super::Decision::ForwardOAuth).
pub fn judge_response(pending: &Pending, answer: Answer<'_>) -> AnswerDecision {
    let marked = matches!(answer.marker, [one] if one == b"1");
    if marked && !answer.is_error {
        return AnswerDecision::Deliver { remove: [SIDECAR_HEADER], set: pending.cors.clone() };
    }
    if let Some(status @ (413 | 414 | 431)) = answer.status.filter(|_| !answer.is_error) {
        return AnswerDecision::Replace(too_large(pending, status));
    }
    let reason = match answer.status {
        Some(502..=504) => "the sidecar cannot be reached",
        _ if answer.is_error => "the sidecar cannot be reached",
        _ => "the service behind this OAuth router is not the sidecar (no X-MCPB-Sidecar in its answer)",
    };
    let log = LogLine::new(Level::Error, [&pending.asked, ": ", reason].concat());
    let response = Response::unavailable(5, log).or_document(pending.document.clone());
    AnswerDecision::Replace(response.with_all(pending.cors.clone()))
}

/// The sidecar's HTTP server refuses what is too large for it before the sidecar can put its marker on the
/// answer. That is the client's fault and no outage. Whoever answered, only the status is believed.
fn too_large(pending: &Pending, status: u16) -> Response {
    let reason = "the request is larger than the sidecar's HTTP server takes";
    let log = LogLine::new(Level::Info, [&pending.asked, ": ", reason].concat());
    Response::error(status, OAuthError::InvalidRequest.code(), log).with_all(pending.cors.clone())
}
