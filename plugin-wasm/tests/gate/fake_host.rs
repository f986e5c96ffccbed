//! A host that records calls, holds one request and one response, and can fail at the n-th call.

use std::collections::BTreeMap;

use plugin_wasm::host::{Host, HostError};
use protocol::resource::gate::Level;
use protocol::resource::header_name::HeaderName;
use protocol::resource::header_value::HeaderValue;
use protocol::resource::request::{BodyPiece, HeaderBuffer, HeaderList};
use protocol::time::UnixTime;

/// Headers in order, names as sent.
pub(crate) type Headers = Vec<(String, Vec<u8>)>;

/// The host of a test.
#[derive(Clone, Debug)]
pub(crate) struct FakeHost {
    /// Options as JSON.
    pub(crate) config: String,
    /// Environment.
    pub(crate) env: BTreeMap<String, String>,
    /// The wall clock.
    pub(crate) now: UnixTime,
    /// Mounted files.
    pub(crate) files: BTreeMap<String, Vec<u8>>,
    /// How many times the plugin read a file or tried to.
    pub(crate) file_reads: usize,
    /// Method of the request.
    pub(crate) method: String,
    /// Path and query.
    pub(crate) uri: String,
    /// Peer.
    pub(crate) source: String,
    /// Request headers.
    pub(crate) request: Headers,
    /// The request's body, as it came; it is read in pieces of seven bytes.
    pub(crate) request_body: Vec<u8>,
    /// How many bytes of the request's body have been read.
    pub(crate) body_read: usize,
    /// The body that is forwarded, if it was read.
    pub(crate) forwarded_body: Option<Vec<u8>>,
    /// How many times the body of the response was written.
    pub(crate) writes: usize,
    /// Whether the response is buffered.
    pub(crate) buffered: bool,
    /// Whether `handle_response` runs. If it does, a response that is not buffered must not be touched.
    pub(crate) after_next: bool,
    /// Status of the response; `None` until it is set.
    pub(crate) status: Option<u16>,
    /// Headers of the response.
    pub(crate) response: Headers,
    /// Trailers of the response.
    pub(crate) trailers: Headers,
    /// Body of the response.
    pub(crate) body: Vec<u8>,
    /// Log lines.
    pub(crate) log: Vec<(Level, String)>,
    /// The calls in order, without those that log.
    pub(crate) calls: Vec<&'static str>,
    /// The number of the call that fails, counted from 0.
    pub(crate) fail_at: Option<usize>,
    /// The name of the calls that all fail.
    pub(crate) fail_name: Option<&'static str>,
    /// The list that was read last.
    pub(crate) lent: HeaderBuffer,
}

impl Default for FakeHost {
    fn default() -> Self {
        Self {
            config: "{}".into(),
            env: BTreeMap::new(),
            now: UnixTime::new(1_800_000_000),
            files: BTreeMap::new(),
            file_reads: 0,
            method: "GET".into(),
            uri: "/mcp".into(),
            source: "192.0.2.7:5000".into(),
            request: Vec::new(),
            request_body: Vec::new(),
            body_read: 0,
            forwarded_body: None,
            writes: 0,
            buffered: false,
            after_next: false,
            status: None,
            response: Vec::new(),
            trailers: Vec::new(),
            body: Vec::new(),
            log: Vec::new(),
            calls: Vec::new(),
            fail_at: None,
            fail_name: None,
            lent: HeaderBuffer::new(),
        }
    }
}

impl FakeHost {
    /// Adds a header to the request.
    pub(crate) fn with(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.request.push((name.into(), value.as_ref().to_vec()));
        self
    }

    /// The one value of a request header, as text.
    pub(crate) fn request_value(&self, name: &str) -> Option<String> {
        one(&self.request, name)
    }

    /// The one value of a header of the response, as text.
    pub(crate) fn response_value(&self, name: &str) -> Option<String> {
        one(&self.response, name)
    }

    /// All log lines in one text.
    pub(crate) fn logged(&self) -> String {
        self.log.iter().map(|(_, line)| line.as_str()).collect::<Vec<_>>().join("\n")
    }

    /// Records a call. Fails if this is a call that is to fail.
    fn called(&mut self, name: &'static str) -> Result<(), HostError> {
        let number = self.calls.len();
        self.calls.push(name);
        if self.fail_at == Some(number) || self.fail_name == Some(name) {
            return Err(HostError::Changed);
        }
        Ok(())
    }

    /// Fails the test where the real host would trap.
    fn may_change_response(&self) {
        assert!(!self.after_next || self.buffered, "a response that streams was touched: {:?}", self.calls);
    }
}

fn one(headers: &Headers, name: &str) -> Option<String> {
    let found: Vec<_> = headers.iter().filter(|(held, _)| held.eq_ignore_ascii_case(name)).collect();
    assert!(found.len() < 2, "{name} more than once: {found:?}");
    found.first().map(|(_, value)| String::from_utf8(value.clone()).unwrap())
}

fn names(headers: &Headers) -> HeaderBuffer {
    let mut names: Vec<_> = headers.iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
    names.sort();
    names.dedup();
    names.into_iter().collect()
}

fn values(headers: &Headers, name: &str) -> HeaderBuffer {
    headers.iter().filter(|(held, _)| held.eq_ignore_ascii_case(name)).map(|(_, value)| value).collect()
}

fn remove(headers: &mut Headers, name: &str) {
    headers.retain(|(held, _)| !held.eq_ignore_ascii_case(name));
}

fn set(headers: &mut Headers, name: &str, value: &str) {
    remove(headers, name);
    headers.push((name.into(), value.into()));
}

impl Host for FakeHost {
    fn config(&mut self) -> Result<&[u8], HostError> {
        self.called("config")?;
        Ok(self.config.as_bytes())
    }
    fn env(&mut self, name: &str) -> Result<Option<Vec<u8>>, HostError> {
        self.called("env")?;
        Ok(self.env.get(name).filter(|value| !value.is_empty()).map(|value| value.clone().into_bytes()))
    }
    fn now(&mut self) -> Result<UnixTime, HostError> {
        self.called("now")?;
        Ok(self.now)
    }
    fn read_file(&mut self, path: &str) -> Result<Vec<u8>, HostError> {
        self.file_reads += 1;
        self.called("read_file")?;
        self.files.get(path).cloned().ok_or(HostError::Wasi(44))
    }
    fn logs(&mut self, _: Level) -> bool {
        true
    }
    fn log(&mut self, level: Level, message: &str) {
        self.log.push((level, message.into()));
    }
    fn method(&mut self) -> Result<&[u8], HostError> {
        self.called("method")?;
        Ok(self.method.as_bytes())
    }
    fn uri(&mut self) -> Result<&[u8], HostError> {
        self.called("uri")?;
        Ok(self.uri.as_bytes())
    }
    fn source_addr(&mut self) -> Result<&[u8], HostError> {
        self.called("source_addr")?;
        Ok(self.source.as_bytes())
    }
    fn request_header_names(&mut self) -> Result<HeaderList<'_>, HostError> {
        self.called("request_header_names")?;
        self.lent = names(&self.request);
        Ok(self.lent.list())
    }
    fn request_header(&mut self, name: &'static str) -> Result<HeaderList<'_>, HostError> {
        self.called("request_header")?;
        self.lent = values(&self.request, name);
        Ok(self.lent.list())
    }
    fn set_uri(&mut self, uri: &str) -> Result<(), HostError> {
        self.called("set_uri")?;
        self.uri = plugin_wasm::host::fit::uri(uri)?.into();
        Ok(())
    }
    fn set_request_header(&mut self, name: HeaderName<'_>, value: &HeaderValue) -> Result<(), HostError> {
        self.called("set_request_header")?;
        set(&mut self.request, name.as_str(), plugin_wasm::host::fit::header_value(value)?);
        Ok(())
    }
    fn remove_request_header(&mut self, name: &str) -> Result<(), HostError> {
        self.called("remove_request_header")?;
        remove(&mut self.request, name);
        Ok(())
    }
    fn forward_body_piece(&mut self) -> Result<BodyPiece<'_>, HostError> {
        self.called("forward_body_piece")?;
        let from = self.body_read;
        let to = (from + 7).min(self.request_body.len());
        self.body_read = to;
        let bytes = self.request_body.get(from..to).unwrap_or_default();
        if !bytes.is_empty() {
            self.forwarded_body.get_or_insert_default().extend(bytes);
        }
        Ok(BodyPiece { bytes, is_last: to == self.request_body.len() })
    }
    fn buffer_response(&mut self) -> Result<(), HostError> {
        self.called("buffer_response")?;
        self.buffered = true;
        Ok(())
    }
    fn response_header_names(&mut self) -> Result<HeaderList<'_>, HostError> {
        self.called("response_header_names")?;
        self.lent = names(&self.response);
        Ok(self.lent.list())
    }
    fn response_header(&mut self, name: &'static str) -> Result<HeaderList<'_>, HostError> {
        self.called("response_header")?;
        self.lent = values(&self.response, name);
        Ok(self.lent.list())
    }
    fn set_response_header(&mut self, name: &'static str, value: &str) -> Result<(), HostError> {
        self.may_change_response();
        self.called("set_response_header")?;
        assert!(self.status.is_none() || self.after_next, "{name} is set after the status");
        set(&mut self.response, name, plugin_wasm::host::fit::header_value(value)?);
        Ok(())
    }
    fn remove_response_header(&mut self, name: &str) -> Result<(), HostError> {
        self.may_change_response();
        self.called("remove_response_header")?;
        remove(&mut self.response, name);
        Ok(())
    }
    fn remove_response_trailers(&mut self) -> Result<(), HostError> {
        self.may_change_response();
        self.called("remove_response_trailers")?;
        self.trailers.clear();
        Ok(())
    }
    fn status(&mut self) -> Result<u16, HostError> {
        assert!(self.after_next && self.buffered, "the host panics when asked for this status");
        self.called("status")?;
        Ok(self.status.unwrap_or(200))
    }
    fn set_status(&mut self, status: u16) -> Result<(), HostError> {
        self.may_change_response();
        self.called("set_status")?;
        self.status = Some(plugin_wasm::host::fit::status(status)?);
        Ok(())
    }
    fn response_body(&mut self, most: usize) -> Result<Option<Vec<u8>>, HostError> {
        assert!(self.after_next && self.buffered, "a response that streams was read");
        self.called("response_body")?;
        Ok(Some(self.body.clone()).filter(|body| body.len() <= most))
    }
    fn write_body(&mut self, body: &[u8]) -> Result<(), HostError> {
        self.may_change_response();
        self.called("write_body")?;
        if self.writes == 0 {
            self.body.clear();
        }
        self.writes += 1;
        self.body.extend(body);
        Ok(())
    }
}
