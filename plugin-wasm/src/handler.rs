//! One request and its answer: asks the host, hands it to the gate, does what the gate decided.
//!
//! [`Next::Forward`] is made in one place, after every step towards it was taken by the host. Any
//! failure before that ends in an answer of the plugin's own.

use protocol::context::SIDECAR_HEADER;
use protocol::resource::gate::{
    BufferedResponse, Decision, Gate, Level, LogLine, Pending, Response, ResponseDecision, host_failed,
};
use protocol::resource::header_value::HeaderValue;
use protocol::resource::request::Editor;

use crate::config;
use crate::host::{Host, HostError};
use crate::log;
use crate::view::View;

/// The context value of requests whose responses stream.
const STREAMED: i32 = 0;
/// The context value of requests whose responses are buffered until [`Pending::decide`] has seen them.
const BUFFERED: i32 = 1;

/// What Traefik does after `handle_request`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// The answer is made; nothing is forwarded.
    Stop,
    /// Call the next handler; the number comes back to [`Plugin::handle_response`].
    Forward(i32),
}

/// Everything one instance remembers. It may be thrown away between any two calls.
#[derive(Default)]
pub struct Plugin {
    /// Made at the first request, because nothing may fail while an instance starts.
    gate: Option<Gate>,
    /// Of the request in hand. An instance serves one request from its start to the end of its answer.
    pending: Option<Pending>,
}

impl Plugin {
    /// An instance that has read nothing yet.
    pub const fn new() -> Self {
        Self { gate: None, pending: None }
    }

    /// Judges a request and carries the judgement out.
    pub fn handle_request(&mut self, host: &mut dyn Host) -> Next {
        self.pending = None;
        match self.decide_and_edit(host) {
            Ok(context) => Next::Forward(context),
            Err(response) => {
                answer(host, &response);
                Next::Stop
            }
        }
    }

    /// Judges the answer to a request that was sent to the sidecar. No other answer is looked at: the
    /// host allows nothing on one that streams.
    pub fn handle_response(&mut self, host: &mut dyn Host, context: i32, is_error: bool) {
        if context != BUFFERED {
            return;
        }
        let pending = self.pending.take().unwrap_or_default();
        if let Err(response) = deliver(host, &pending, is_error) {
            clear_answer(host);
            answer(host, &response);
        }
    }

    /// The context value to forward with, or the answer to give instead.
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
                forward.apply(&mut Request(host)).map_err(failed)?;
                if let Some(line) = forward.log() {
                    log::write(host, line);
                }
                Ok(STREAMED)
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

/// The request in hand, to be changed.
struct Request<'host>(&'host mut dyn Host);

impl Editor for Request<'_> {
    type Error = HostError;

    fn remove(&mut self, name: &str) -> Result<(), HostError> {
        self.0.remove_request_header(name)
    }

    fn set(&mut self, name: &'static str, value: &HeaderValue) -> Result<(), HostError> {
        self.0.set_request_header(name, value)
    }
}

/// Lets the sidecar's answer through, or tells what to answer instead.
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

/// Takes every header and trailer off a foreign answer. What cannot be taken off is passed over: the
/// rest of the answer is replaced all the same.
fn clear_answer(host: &mut dyn Host) {
    let mut steps = Steps(Ok(()));
    steps.took(host.remove_response_trailers());
    match header_names(host) {
        Ok(names) => names.iter().for_each(|name| steps.took(host.remove_response_header(name))),
        Err(error) => steps.took(Err(error)),
    }
    steps.report(host);
}

fn header_names(host: &mut dyn Host) -> Result<Vec<String>, HostError> {
    let names = host.response_header_names()?;
    let names = names.texts().map_err(|_| HostError::Malformed)?;
    Ok(names.map(str::to_owned).collect())
}

/// Writes an answer of the plugin's own: headers, then status, then body, each of them even if one before
/// failed, because an answer without a header is better than somebody else's.
fn answer(host: &mut dyn Host, response: &Response) {
    let mut steps = Steps(Ok(()));
    for (name, value) in &response.headers {
        steps.took(host.set_response_header(name, value));
    }
    steps.took(host.set_status(response.status));
    steps.took(host.write_body(response.body.as_bytes()));
    steps.report(host);
    if let Some(line) = &response.log {
        log::write(host, line);
    }
}

/// The first failure in a row of steps that are all taken, whichever of them fail.
struct Steps(Result<(), HostError>);

impl Steps {
    const fn took(&mut self, outcome: Result<(), HostError>) {
        if self.0.is_ok() {
            self.0 = outcome;
        }
    }

    fn report(self, host: &mut dyn Host) {
        if let Err(error) = self.0 {
            let text = ["an answer could not be written whole: ", &error.to_string()].concat();
            log::write(host, &LogLine::new(Level::Error, text));
        }
    }
}
