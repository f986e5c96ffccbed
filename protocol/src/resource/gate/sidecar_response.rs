//! What becomes of the buffered response to a request that was forwarded to the sidecar.

use super::log::{Level, LogLine};
use super::response::Response;
use crate::context::SIDECAR_HEADER;
use crate::error::OAuthError;
use crate::resource::cors::ResponseHeader;

/// What is kept of a forwarded OAuth request until its response is there.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Pending {
    /// The cross-origin headers of the response.
    pub(super) cors: Vec<ResponseHeader>,
    /// Method and path, for the log.
    pub(super) request_line: String,
    /// The metadata document to send where the sidecar's own cannot be had.
    pub(super) document: Option<String>,
}

/// The response that came back, as far as it is looked at.
#[derive(Clone, Copy, Debug)]
pub struct BufferedResponse<'a> {
    /// Whether the host says that there was no response at all.
    pub is_error: bool,
    /// The status, if it can be read.
    pub status: Option<u16>,
    /// Every value of [`SIDECAR_HEADER`].
    pub marker: &'a [Vec<u8>],
}

/// What to do with the response.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ResponseDecision {
    /// It is the sidecar's: change these headers and leave the rest as it is.
    Deliver {
        /// Headers to remove.
        remove: [&'static str; 1],
        /// Headers to set, replacing those of the same name.
        set: Vec<ResponseHeader>,
    },
    /// It is not the sidecar's: remove **every** header it has, by name, then send this response instead.
    Replace(Response),
}

impl Pending {
    /// Decides about the response to the request that this was kept of.
    pub fn decide(&self, response: BufferedResponse<'_>) -> ResponseDecision {
        let BufferedResponse { is_error, status, marker } = response;
        let is_marked = matches!(marker, [one] if one == b"1");
        if is_marked && !is_error {
            return ResponseDecision::Deliver { remove: [SIDECAR_HEADER], set: self.cors.clone() };
        }
        if let Some(status @ (413 | 414 | 431)) = status.filter(|_| !is_error) {
            return ResponseDecision::Replace(self.too_large(status));
        }
        let reason = match status {
            Some(502..=504) => "the sidecar cannot be reached",
            _ if is_error => "the sidecar cannot be reached",
            _ => {
                "the service behind this OAuth router is not the sidecar (no X-MCPB-Sidecar in its response)"
            }
        };
        let response = Response::unavailable(5, self.line(Level::Error, reason));
        ResponseDecision::Replace(response.or_document(self.document.clone()).with_cors(self.cors.clone()))
    }

    /// The sidecar's HTTP server refuses a request that is too large before the sidecar can put its marker on the
    /// response. That is the client's fault and no outage. Nothing of the response but its status is used, because it may
    /// come from another server.
    fn too_large(&self, status: u16) -> Response {
        let log = self.line(Level::Info, "the request is larger than the sidecar's HTTP server accepts");
        Response::error(status, OAuthError::InvalidRequest.code(), log).with_cors(self.cors.clone())
    }

    fn line(&self, level: Level, reason: &str) -> LogLine {
        LogLine::new(level, [&self.request_line, ": ", reason].concat())
    }
}
