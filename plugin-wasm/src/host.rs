//! Everything that the plugin uses of Traefik, as one trait.
//!
//! The handler is written against [`Host`] and tested with a host that records calls. The real host is in the module
//! `traefik`, which is compiled for the wasm target only. Raw memory is used in this folder and in `entry` alone.

pub mod fit;
pub mod mount;
pub mod sized;

#[cfg(target_os = "wasi")]
pub(crate) mod traefik;
#[cfg(target_os = "wasi")]
mod wasi_calls;

use protocol::resource::gate::Level;
use protocol::resource::header_name::HeaderName;
use protocol::resource::header_value::HeaderValue;
use protocol::resource::request::{BodyPiece, HeaderList};
use protocol::time::UnixTime;

/// Why a call to the host failed. Then the plugin refuses the request, or keeps using what it read from a file before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HostError {
    /// The value is larger than [`sized::MAX_READ`], or the file is larger than 256 KiB.
    #[error("value is too large to read")]
    TooLarge,
    /// The value grew between asking for its size and reading it.
    #[error("value changed while it was read")]
    Changed,
    /// A list of headers does not have the form of the ABI.
    #[error("header list is malformed")]
    Malformed,
    /// The value would make the host trap or respond with 500, so it was not passed.
    #[error("value is not accepted by the host")]
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

/// The calls to the program in which the plugin runs. Each call is about the present request.
///
/// The host ignores the case of header names. Values are bytes, because Traefik passes on those that are not UTF-8.
/// A value that is read stays in the host's buffer until the next read.
pub trait Host {
    /// The middleware's options as JSON.
    fn config(&mut self) -> Result<&[u8], HostError>;
    /// A variable of the environment that Traefik's static configuration passes on. `None` if it is absent or empty,
    /// because Traefik passes unset variables as empty ones.
    fn env(&mut self, name: &str) -> Result<Option<Vec<u8>>, HostError>;
    /// The wall clock.
    fn now(&mut self) -> Result<UnixTime, HostError>;
    /// The whole file at an absolute path in a mounted directory, up to 256 KiB.
    fn read_file(&mut self, path: &str) -> Result<Vec<u8>, HostError>;
    /// Whether lines of this level are written.
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
    fn set_request_header(&mut self, name: HeaderName<'_>, value: &HeaderValue) -> Result<(), HostError>;
    /// Removes all values of a request header.
    fn remove_request_header(&mut self, name: &str) -> Result<(), HostError>;
    /// Reads the next piece of the request's body, and adds it to the body that is forwarded. A body that is read is
    /// forwarded only as far as it is read, so read it to its end, or do not forward the request.
    ///
    /// The host's feature that keeps a body which was read is not used, because it keeps only the last piece
    /// (`docs/upstream/http-wasm-host-go-buffered-request.md`).
    fn forward_body_piece(&mut self) -> Result<BodyPiece<'_>, HostError>;
    /// Has the response to this request buffered until `handle_response` returns.
    fn buffer_response(&mut self) -> Result<(), HostError>;

    /// Names of all headers of the response in lower case. In `handle_response`, the response must be buffered.
    fn response_header_names(&mut self) -> Result<HeaderList<'_>, HostError>;
    /// All values of a header of the response.
    fn response_header(&mut self, name: &'static str) -> Result<HeaderList<'_>, HostError>;
    /// Sets a header of the response to one value. In `handle_response`, the response must be buffered.
    fn set_response_header(&mut self, name: &'static str, value: &str) -> Result<(), HostError>;
    /// Removes a header of the response. In `handle_response`, the response must be buffered.
    fn remove_response_header(&mut self, name: &str) -> Result<(), HostError>;
    /// Removes every trailer of a buffered response.
    fn remove_response_trailers(&mut self) -> Result<(), HostError>;
    /// Status of a buffered response. The host panics if the response is not buffered.
    fn status(&mut self) -> Result<u16, HostError>;
    /// Sets the status of the response. Call it after the headers and before the body: headers set later may be lost.
    fn set_status(&mut self, status: u16) -> Result<(), HostError>;
    /// The whole body of a buffered response; `None` if it has more bytes than `most`.
    fn response_body(&mut self, most: usize) -> Result<Option<Vec<u8>>, HostError>;
    /// Writes the body of the response. The first call replaces the body that the response has; later calls add to it.
    fn write_body(&mut self, body: &[u8]) -> Result<(), HostError>;
}
