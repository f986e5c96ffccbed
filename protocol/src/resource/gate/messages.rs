//! The messages in the body of a request: whether the headers let every server read the messages in the same way, and
//! which scopes the messages need.

use super::headers::Seen;
use super::log::{Level, LogLine};
use super::response::Response;
use super::rpc::error_body;
use crate::encoding::b64url_decode;
use crate::resource::media_type::is_json;
use crate::resource::message::{MessageError, MessageReader};
use crate::resource::policy::{Needs, Operations};
use crate::resource::request::{HeaderList, RequestView, Several, Unreadable};

/// The JSON-RPC error for headers that do not agree with the body (MCP 2026-07-28, *Server Validation*).
const HEADER_MISMATCH: i32 = -32020;
const INVALID_REQUEST: i32 = -32600;

/// The `Content-Type` of nearly every request.
const JSON: HeaderList<'_> = HeaderList::from_abi(b"application/json\0", 1);

/// Why nothing can be decided about the messages of a body.
pub(super) enum Fault {
    /// The host failed.
    Host(Response),
    /// The client's request is at fault.
    Client(Refusal),
}

/// A status, the code of a JSON-RPC error, and the reason.
pub(super) struct Refusal {
    status: u16,
    code: i32,
    reason: String,
}

impl Fault {
    fn client(status: u16, code: i32, reason: impl Into<String>) -> Self {
        Self::Client(Refusal { status, code, reason: reason.into() })
    }

    fn mismatch(reason: &str) -> Self {
        Self::client(400, HEADER_MISMATCH, ["Header mismatch: ", reason].concat())
    }

    /// The response for the client. `id` is the id of the message, as JSON.
    pub(super) fn into_response(self, id: &str) -> Response {
        match self {
            Self::Host(response) => response,
            Self::Client(Refusal { status, code, reason }) => {
                let body = error_body(code, &reason, id);
                let log = LogLine::new(Level::Info, ["toolPolicy cannot decide: ", &reason].concat());
                Response::json(status, body, Some(log))
            }
        }
    }
}

impl From<MessageError> for Fault {
    fn from(error: MessageError) -> Self {
        Self::client(error.status(), error.code(), error.to_string())
    }
}

impl From<Unreadable> for Fault {
    fn from(error: Unreadable) -> Self {
        Self::Host(error.into())
    }
}

/// The body of a request with these headers.
pub(super) struct Body<'a> {
    pub(super) seen: &'a Seen,
    /// The maximum number of bytes that are read.
    pub(super) longest: usize,
}

impl Body<'_> {
    /// Reads the whole body. A request with any method may have a body; only a POST request must have one.
    pub(super) fn read(
        &self,
        operations: &mut Operations<'_>,
        view: &mut dyn RequestView,
    ) -> Result<Needs, Fault> {
        if self.seen.upgrade {
            return Err(Fault::client(
                400,
                INVALID_REQUEST,
                "the request asks for another protocol (Upgrade)",
            ));
        }
        let is_plain_json = !self.seen.content_encoding && view.header("content-type")?.same_as(JSON);
        let media = if is_plain_json { None } else { self.media_fault(view)? };
        let mut length = 0_usize;
        let mut read = Ok(());
        loop {
            let piece = view.next_body_piece()?;
            length = length.saturating_add(piece.bytes.len());
            if length > self.longest {
                return Err(MessageError::TooLarge(self.longest).into());
            }
            // The rest of a body that is refused is read too: a client that still sends would not see the response.
            if media.is_none() && read.is_ok() {
                read = operations.read(piece.bytes);
            }
            if piece.is_last {
                break;
            }
        }
        if let Some(reason) = media.filter(|_| length > 0) {
            return Err(Fault::client(415, INVALID_REQUEST, reason));
        }
        read?;
        let needs = operations.finish(length > 0 || view.method()? == b"POST")?;
        if length > 0 {
            self.compare_headers(operations.messages(), view)?;
        }
        Ok(needs)
    }

    /// Why a body would not be read, because servers could decode it differently; `None` if it would be read.
    fn media_fault(&self, view: &mut dyn RequestView) -> Result<Option<&'static str>, Fault> {
        if self.seen.content_encoding {
            let encoding = view.header("content-encoding")?.only()?;
            if !matches!(encoding, Ok(Some(value)) if value.eq_ignore_ascii_case(b"identity")) {
                return Ok(Some("the body has a content encoding"));
            }
        }
        match view.header("content-type")?.only()? {
            Ok(Some(value)) if is_json(value) => Ok(None),
            Ok(_) => Ok(Some("Content-Type is not application/json in UTF-8")),
            Err(Several) => Ok(Some("header repeated: Content-Type")),
        }
    }

    /// Fails unless the headers that repeat a part of the body agree with it, in every protocol version: otherwise
    /// servers that trust these headers could decide differently.
    fn compare_headers(&self, messages: &MessageReader, view: &mut dyn RequestView) -> Result<(), Fault> {
        if !self.seen.mcp_method && !self.seen.mcp_name {
            return Ok(());
        }
        let headers = [
            ("mcp-method", self.seen.mcp_method, messages.method(), false),
            ("mcp-name", self.seen.mcp_name, messages.header_name(), true),
        ];
        for (name, is_seen, in_body, may_be_encoded) in headers {
            if !is_seen {
                continue;
            }
            let Ok(value) = view.header(name)?.only()? else {
                return Err(Fault::mismatch(&[name, " is repeated"].concat()));
            };
            // A client has to encode other bytes.
            if value.is_some_and(|value| !inner_loops::is_visible_ascii(value)) {
                return Err(Fault::mismatch(&[name, " is not ASCII"].concat()));
            }
            let decoded = value.filter(|_| may_be_encoded).and_then(decode);
            let value = decoded.as_deref().or(value);
            if messages.is_batch() || value != in_body {
                return Err(Fault::mismatch(&[name, " does not agree with the body"].concat()));
            }
        }
        Ok(())
    }
}

/// Decodes the base64 between `=?base64?` and `?=`. `None` if the value does not have this form.
fn decode(value: &[u8]) -> Option<Vec<u8>> {
    let encoded = value.strip_prefix(b"=?base64?")?.strip_suffix(b"?=")?;
    let unpadded = encoded.strip_suffix(b"=").unwrap_or(encoded);
    let unpadded = unpadded.strip_suffix(b"=").unwrap_or(unpadded);
    if encoded.len() % 4 != 0 {
        return None;
    }
    // The text is converted to unpadded base64url, for which the plugin has a decoder already.
    let mut text = String::new();
    for byte in unpadded {
        text.push(match byte {
            b'+' => '-',
            b'/' => '_',
            b'-' | b'_' => '=',
            other => char::from(*other),
        });
    }
    b64url_decode(&text).ok()
}
