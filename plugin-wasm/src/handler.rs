//! Handles one request and its response: passes both to the gate, and does what the gate decides.
//!
//! [`Next::Forward`] is created in one place, after every call to the host that forwarding needs has succeeded. If one
//! of them fails, the plugin responds itself.

use protocol::context::SIDECAR_HEADER;
use protocol::limits::policy::LIST;
use protocol::resource::gate::{
    BufferedResponse, Decision, Gate, Level, ListDecision, LogLine, Pending, Response, ResponseDecision,
    host_failed,
};
use protocol::resource::header_name::HeaderName;
use protocol::resource::header_value::HeaderValue;
use protocol::resource::lists::{ListFilter, ListResponse};
use protocol::resource::request::Editor;

use crate::config;
use crate::host::{Host, HostError};
use crate::log;
use crate::view::View;

/// The context value of requests whose responses stream.
const STREAMED: i32 = 0;
/// The context value of requests whose responses are buffered until [`Pending::decide`] has seen them.
const BUFFERED: i32 = 1;
/// The context value of requests whose responses are buffered until [`ListFilter::decide`] has cut them.
const CUT: i32 = 2;

/// Headers about the bytes of the whole body, which are no longer true if the body is cut.
const OF_THE_WHOLE_BODY: [&str; 4] = ["Content-Digest", "Digest", "ETag", "Repr-Digest"];

/// What Traefik does after `handle_request`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Send the response of the plugin; forward nothing.
    Stop,
    /// Call the next handler; the number comes back to [`Plugin::handle_response`].
    Forward(i32),
}

/// Everything that an instance remembers. It may be dropped between any two calls.
#[derive(Default)]
pub struct Plugin {
    /// The gate. It is created at the first request, because an instance must not fail while it starts.
    gate: Option<Gate>,
    /// Decides about the response to the present request, if it was forwarded to the sidecar. An instance serves one
    /// request at a time, from its start to the end of its response.
    pending: Option<Pending>,
    /// Cuts the lists in the response to the present request, if they have to be cut.
    filter: Option<ListFilter>,
}

impl Plugin {
    /// Creates an instance that has not read its options yet.
    pub const fn new() -> Self {
        Self { gate: None, pending: None, filter: None }
    }

    /// Decides about a request, and does what the gate decided.
    pub fn handle_request(&mut self, host: &mut dyn Host) -> Next {
        (self.pending, self.filter) = (None, None);
        match self.decide_and_edit(host) {
            Ok(context) => Next::Forward(context),
            Err(response) => {
                respond(host, &response);
                Next::Stop
            }
        }
    }

    /// Decides about the response to a request that was forwarded to the sidecar, or whose lists are cut. Other
    /// responses are left alone: the host does not allow changes of a response that streams.
    pub fn handle_response(&mut self, host: &mut dyn Host, context: i32, is_error: bool) {
        let delivered = match context {
            BUFFERED => deliver(host, &self.pending.take().unwrap_or_default(), is_error),
            CUT => match self.filter.take() {
                Some(filter) => deliver_cut(host, &filter, is_error),
                None => Err(host_failed("the response to another request")),
            },
            _ => return,
        };
        if let Err(response) = delivered {
            clear_response(host);
            respond(host, &response);
        }
    }

    /// Returns the context value with which to forward the request, or the response to send instead.
    fn decide_and_edit(&mut self, host: &mut dyn Host) -> Result<i32, Response> {
        let gate = match &mut self.gate {
            Some(gate) => gate,
            empty => empty.insert(Gate::new(config::read(host).map_err(failed)?)),
        };
        let now = host.now().map_err(failed)?;
        match gate.decide(now, &mut View(host)) {
            Decision::Respond(response) => Err(response),
            Decision::ForwardRoute(edits) => {
                edits.apply(&mut Request(host)).map_err(failed)?;
                Ok(STREAMED)
            }
            Decision::ForwardMcp(forward) => {
                if forward.filter().is_some() {
                    host.buffer_response().map_err(failed)?;
                }
                forward.apply(&mut Request(host)).map_err(failed)?;
                if let Some(line) = forward.log() {
                    log::write(host, line);
                }
                self.filter = forward.into_filter();
                Ok(if self.filter.is_some() { CUT } else { STREAMED })
            }
            Decision::ForwardOAuth(forward) => {
                host.buffer_response().map_err(failed)?;
                forward.edits.apply(&mut Request(host)).map_err(failed)?;
                host.set_uri(&forward.uri).map_err(failed)?;
                self.pending = Some(forward.pending);
                Ok(BUFFERED)
            }
        }
    }
}

fn failed(error: HostError) -> Response {
    host_failed(&error.to_string())
}

/// Edits the present request.
struct Request<'host>(&'host mut dyn Host);

impl Editor for Request<'_> {
    type Error = HostError;

    fn remove(&mut self, name: &str) -> Result<(), HostError> {
        self.0.remove_request_header(name)
    }

    fn set(&mut self, name: HeaderName<'_>, value: &HeaderValue) -> Result<(), HostError> {
        self.0.set_request_header(name, value)
    }
}

/// Delivers the sidecar's response, or returns the response to send instead.
fn deliver(host: &mut dyn Host, pending: &Pending, is_error: bool) -> Result<(), Response> {
    let marker = host.response_header(SIDECAR_HEADER).map_err(failed)?;
    let marker = marker.values().map_err(|_| failed(HostError::Malformed))?;
    let response = BufferedResponse { is_error, status: host.status().ok(), marker: &marker };
    match pending.decide(response) {
        ResponseDecision::Replace(response) => Err(response),
        ResponseDecision::Deliver { remove, set } => {
            for name in remove {
                host.remove_response_header(name).map_err(failed)?;
            }
            for (name, value) in &set {
                host.set_response_header(name, value).map_err(failed)?;
            }
            Ok(())
        }
    }
}

/// Delivers the MCP server's response without the entries of lists that the caller may not use, or returns the response
/// to send instead.
fn deliver_cut(host: &mut dyn Host, filter: &ListFilter, is_error: bool) -> Result<(), Response> {
    let status = host.status().map_err(failed)?;
    let content_type = one_value(host, "content-type")?;
    let content_encoding = one_value(host, "content-encoding")?;
    let is_read = (200..300).contains(&status);
    let body = if is_read { host.response_body(LIST.most).map_err(failed)? } else { Some(Vec::new()) };
    let response = ListResponse {
        status,
        content_type: &content_type,
        content_encoding: &content_encoding,
        body: body.as_deref(),
    };
    let edits = match filter.decide(Some(response).filter(|_| !is_error)) {
        ListDecision::Replace(response) => return Err(response),
        ListDecision::Deliver(edits) => edits,
    };
    let Some(body) = body.filter(|_| is_read) else { return Ok(()) };
    if edits.is_empty() {
        // Writes the body about which the filter decided, even if the host holds another body than it let the plugin
        // read.
        return host.write_body(&body).map_err(failed);
    }
    for name in OF_THE_WHOLE_BODY {
        host.remove_response_header(name).map_err(failed)?;
    }
    let length = edits.length(&body).to_string();
    host.set_response_header("Content-Length", &length).map_err(failed)?;
    edits.write(&body, &mut |piece| host.write_body(piece)).map_err(failed)
}

/// The value of a header of the response. If the header is missing, the value is empty. If the header has several
/// values, the result is a text that the filter does not accept.
fn one_value(host: &mut dyn Host, name: &'static str) -> Result<Vec<u8>, Response> {
    let value = host.response_header(name).map_err(failed)?.only();
    let value = value.map_err(|_| failed(HostError::Malformed))?;
    Ok(value.map_or_else(|_| b"several".to_vec(), |value| value.unwrap_or_default().to_vec()))
}

/// Removes every header and trailer of a response that is not delivered. If this fails, the failure is logged, and the
/// plugin's own response still replaces the rest.
fn clear_response(host: &mut dyn Host) {
    let mut steps = Steps(Ok(()));
    steps.note(host.remove_response_trailers());
    match header_names(host) {
        Ok(names) => names.iter().for_each(|name| steps.note(host.remove_response_header(name))),
        Err(error) => steps.note(Err(error)),
    }
    steps.report(host);
}

fn header_names(host: &mut dyn Host) -> Result<Vec<String>, HostError> {
    let names = host.response_header_names()?;
    let names = names.texts().map_err(|_| HostError::Malformed)?;
    Ok(names.map(str::to_owned).collect())
}

/// Writes a response of the plugin's own: headers, then status, then body. Each step is done even if an earlier step
/// failed, because a response without a header is better than another server's response.
fn respond(host: &mut dyn Host, response: &Response) {
    let mut steps = Steps(Ok(()));
    for (name, value) in &response.headers {
        steps.note(host.set_response_header(name, value));
    }
    steps.note(host.set_status(response.status));
    steps.note(host.write_body(response.body.as_bytes()));
    steps.report(host);
    if let Some(line) = &response.log {
        log::write(host, line);
    }
}

/// The first failure of several steps, all of which are done.
struct Steps(Result<(), HostError>);

impl Steps {
    const fn note(&mut self, outcome: Result<(), HostError>) {
        if self.0.is_ok() {
            self.0 = outcome;
        }
    }

    fn report(self, host: &mut dyn Host) {
        if let Err(error) = self.0 {
            let text = ["a response could not be written completely: ", &error.to_string()].concat();
            log::write(host, &LogLine::new(Level::Error, text));
        }
    }
}
