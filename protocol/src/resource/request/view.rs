//! What the gate asks about a request.

use super::header_list::HeaderList;
use super::unreadable::Unreadable;

/// One request, asked lazily: each method is at most one call to the host. Values are raw bytes, because
/// Traefik passes non-UTF-8 ones through, and stay where the host wrote them until the next question.
pub trait RequestView {
    /// The method.
    fn method(&mut self) -> Result<&[u8], Unreadable>;
    /// Path and query as the host has them, still percent-encoded.
    fn uri(&mut self) -> Result<&[u8], Unreadable>;
    /// The name of every header, `Host` not necessarily among them. Go's server leaves empty places where it
    /// passes over trailers.
    fn header_names(&mut self) -> Result<HeaderList<'_>, Unreadable>;
    /// Every value of the header, in order; `name` is in lower case, `host` included.
    fn header(&mut self, name: &'static str) -> Result<HeaderList<'_>, Unreadable>;
    /// The peer as `address:port`.
    fn peer(&mut self) -> Result<&[u8], Unreadable>;
    /// The whole file at this path on a mounted directory.
    fn file(&mut self, path: &str) -> Result<Vec<u8>, Unreadable>;
}
