//! What the gate reads of a request.

use super::header_list::HeaderList;
use super::unreadable::Unreadable;

/// A piece of a body.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BodyPiece<'a> {
    /// The bytes.
    pub bytes: &'a [u8],
    /// Whether no other piece follows.
    pub is_last: bool,
}

/// One request, read lazily: the host is asked for a value only when its method is called. Values are raw bytes,
/// because Traefik passes on those that are not UTF-8. A value stays in the host's buffer until the next call.
pub trait RequestView {
    /// The method.
    fn method(&mut self) -> Result<&[u8], Unreadable>;
    /// Path and query as received, percent-encoded.
    fn uri(&mut self) -> Result<&[u8], Unreadable>;
    /// The names of all headers, not necessarily with `Host`. The host leaves an empty entry in place of each trailer.
    fn header_names(&mut self) -> Result<HeaderList<'_>, Unreadable>;
    /// Every value of the header, in order. `name` is in lower case and may be `host`.
    fn header(&mut self, name: &'static str) -> Result<HeaderList<'_>, Unreadable>;
    /// The peer as `address:port`.
    fn peer(&mut self) -> Result<&[u8], Unreadable>;
    /// Reads the next piece of the body, and adds it unchanged to the body that is forwarded. After the first call,
    /// only the pieces that were read are forwarded.
    fn next_body_piece(&mut self) -> Result<BodyPiece<'_>, Unreadable>;
    /// The whole file at this path in a mounted directory.
    fn file(&mut self, path: &str) -> Result<Vec<u8>, Unreadable>;
}
