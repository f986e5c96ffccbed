//! Everything the plugin asks of Traefik, as one trait.
//!
//! The decisions are written against [`Host`] and tested through a recording one; the real one is
//! `traefik`, compiled for the wasm target alone. Nothing outside this folder touches raw memory.

pub mod fit;
pub mod mount;
pub mod sized;

#[cfg(target_os = "wasi")]
pub(crate) mod traefik;
#[cfg(target_os = "wasi")]
mod wasi_calls;

use protocol::resource::header_value::HeaderValue;
pub use protocol::resource::request::HeaderList;
use protocol::time::UnixTime;

/// Why the host could not be asked or would not do what was asked. Every one of them ends in the
/// plugin's own 503: nothing is ever forwarded on a guess.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HostError {
    /// The value is larger than [`sized::MAX_READ`], or the file than 256 KiB.
    #[error("value is too large to read")]
    TooLarge,
    /// The value grew between asking for its size and reading it.
    #[error("value changed while it was read")]
    Changed,
    /// A list of headers is not as the ABI says it is.
    #[error("header list is malformed")]
    Malformed,
    /// The value would make the host trap or answer 500, so it was not handed over.
    #[error("value is not fit for the host")]
    Unfit,
    /// The host did not turn on response buffering.
    #[error("host does not buffer responses")]
    NoBuffering,
    /// A WASI call failed, with its error number.
    #[error("WASI error {0}")]
    Wasi(u16),
    /// No mounted directory holds the path.
    #[error("no mounted directory holds this path")]
    NotMounted,
}

/// How loud a log line is; the numbers are those of the http-wasm ABI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum Level {
    /// Reasons of ordinary refusals.
    Info = 0,
    /// What an operator should look at.
    Warn = 1,
    /// What keeps the route from working.
    Error = 2,
}

/// What the plugin may ask of the program it runs in, each call about the request in hand.
///
/// Names of headers are matched by the host without regard to case. Values are bytes: Traefik hands
/// non-UTF-8 ones through. What is read stays where the host wrote it until the next read.
pub trait Host {
    /// The middleware's options as JSON.
    fn config(&mut self) -> Result<&[u8], HostError>;
    /// A variable of the environment the static configuration lets through; absent and empty are
    /// the same, because Traefik hands unset names over as empty.
    fn env(&mut self, name: &str) -> Result<Option<Vec<u8>>, HostError>;
    /// The wall clock.
    fn now(&mut self) -> Result<UnixTime, HostError>;
    /// The whole file at an absolute path below a mounted directory, up to 256 KiB.
    fn read_file(&mut self, path: &str) -> Result<Vec<u8>, HostError>;
    /// Whether lines of this level are written at all.
    fn logs(&mut self, level: Level) -> bool;
    /// Writes one line to Traefik's log.
    fn log(&mut self, level: Level, message: &str);

    /// Method of the request.
    fn method(&mut self) -> Result<&[u8], HostError>;
    /// Path and query of the request, percent-encoded.
    fn uri(&mut self) -> Result<&[u8], HostError>;
    /// Address and port of the peer.
    fn source_addr(&mut self) -> Result<&[u8], HostError>;
    /// Names of all request headers in lower case, `host` among them.
    fn request_header_names(&mut self) -> Result<HeaderList<'_>, HostError>;
    /// All values of a request header.
    fn request_header(&mut self, name: &'static str) -> Result<HeaderList<'_>, HostError>;
    /// Replaces path and query of the request.
    fn set_uri(&mut self, uri: &str) -> Result<(), HostError>;
    /// Sets a request header to one value.
    fn set_request_header(&mut self, name: &'static str, value: &HeaderValue) -> Result<(), HostError>;
    /// Removes a request header, all values of it.
    fn remove_request_header(&mut self, name: &str) -> Result<(), HostError>;
    /// Has the answer to this request held back until `handle_response` has judged it.
    fn buffer_response(&mut self) -> Result<(), HostError>;

    /// Names of all headers of the answer in lower case. In `handle_response` only for a buffered one.
    fn response_header_names(&mut self) -> Result<HeaderList<'_>, HostError>;
    /// All values of a header of the answer.
    fn response_header(&mut self, name: &'static str) -> Result<HeaderList<'_>, HostError>;
    /// Sets a header of the answer to one value. In `handle_response` only for a buffered one.
    fn set_response_header(&mut self, name: &'static str, value: &str) -> Result<(), HostError>;
    /// Removes a header of the answer. In `handle_response` only for a buffered one.
    fn remove_response_header(&mut self, name: &str) -> Result<(), HostError>;
    /// Removes every trailer of a buffered answer.
    fn remove_response_trailers(&mut self) -> Result<(), HostError>;
    /// Status of a buffered answer; the host panics when the answer is not buffered.
    fn status(&mut self) -> Result<u16, HostError>;
    /// Sets the status of the answer. Headers set after it may be lost, so it comes last but for the body.
    fn set_status(&mut self, status: u16) -> Result<(), HostError>;
    /// Replaces the body of the answer.
    fn write_body(&mut self, body: &[u8]) -> Result<(), HostError>;
}
