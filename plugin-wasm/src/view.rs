//! The present request, as the gate reads it.

use protocol::resource::request::{BodyPiece, HeaderList, RequestView, Unreadable};

use crate::host::{Host, HostError};

/// Reads the request from the host.
pub struct View<'host>(pub &'host mut dyn Host);

/// Converts an error of the host. A value that is too large is the client's fault; every other error is the host's.
fn unreadable(error: HostError) -> Unreadable {
    match error {
        HostError::TooLarge => Unreadable::TooLarge,
        other => Unreadable::Failed(other.to_string()),
    }
}

impl RequestView for View<'_> {
    fn method(&mut self) -> Result<&[u8], Unreadable> {
        self.0.method().map_err(unreadable)
    }

    fn uri(&mut self) -> Result<&[u8], Unreadable> {
        self.0.uri().map_err(unreadable)
    }

    fn header_names(&mut self) -> Result<HeaderList<'_>, Unreadable> {
        self.0.request_header_names().map_err(unreadable)
    }

    fn header(&mut self, name: &'static str) -> Result<HeaderList<'_>, Unreadable> {
        self.0.request_header(name).map_err(unreadable)
    }

    fn peer(&mut self) -> Result<&[u8], Unreadable> {
        self.0.source_addr().map_err(unreadable)
    }

    fn next_body_piece(&mut self) -> Result<BodyPiece<'_>, Unreadable> {
        self.0.forward_body_piece().map_err(unreadable)
    }

    fn file(&mut self, path: &str) -> Result<Vec<u8>, Unreadable> {
        self.0.read_file(path).map_err(|error| Unreadable::Failed(error.to_string()))
    }
}
