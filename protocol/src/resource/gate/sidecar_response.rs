//! Decides what the client gets when the response to a request that was forwarded to the sidecar has come back.

use super::log::{Level, LogLine};
use super::response::Response;
use crate::context::SIDECAR_HEADER;
use crate::error::OAuthError;
use crate::resource::cors::ResponseHeader;

/// What the plugin keeps of a forwarded OAuth request until it decides about the response.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Pending {
    /// The cross-origin headers that the response gets.
    pub(super) cors: Vec<ResponseHeader>,
    /// Method and path, for the log.
    pub(super) request_line: String,
    /// For a metadata endpoint: the document to send if the sidecar does not respond with its own.
    pub(super) document: Option<String>,
}

/// The parts of the response that the decision depends on.
#[derive(Clone, Copy, Debug)]
pub struct BufferedResponse<'a> {
    /// Whether Traefik reports that it got no response at all.
    pub is_error: bool,
    /// The status, if it can be read.
    pub status: Option<u16>,
    /// Every value of [`SIDECAR_HEADER`].
    pub marker: &'a [Vec<u8>],
}

/// What to do with the response.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ResponseDecision {
    /// The response is the sidecar's: change these headers and leave the rest as it is.
    Deliver {
        /// Headers to remove.
        remove: [&'static str; 1],
        /// Headers to set, replacing those of the same name.
        set: Vec<ResponseHeader>,
    },
    /// The response is not the sidecar's: remove **every** header that it has, by name, then send this response
    /// instead.
    Replace(Response),
}

impl Pending {
    /// Decides about the response to this request.
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

    /// The plugin's own response with this status, which says that the request is too large. The sidecar's HTTP server
    /// refuses such a request before the sidecar can put its marker on the response. That is the client's fault and no
    /// outage. The rest of the response is not passed on, because it may come from another server.
    fn too_large(&self, status: u16) -> Response {
        let log = self.line(Level::Info, "the request is larger than the sidecar's HTTP server accepts");
        Response::error(status, OAuthError::InvalidRequest.code(), log).with_cors(self.cors.clone())
    }

    fn line(&self, level: Level, reason: &str) -> LogLine {
        LogLine::new(level, [&self.request_line, ": ", reason].concat())
    }
}
