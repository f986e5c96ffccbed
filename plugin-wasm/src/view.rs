//! The request in hand as the gate asks about it.

use protocol::resource::gate::{RequestView, Unreadable};

use crate::host::{Host, HostError};

/// Answers the gate's questions from the host.
pub struct View<'host>(pub &'host mut dyn Host);

/// What is too large is the client's fault; everything else is the host's.
fn unreadable(error: HostError) -> Unreadable {
    match error {
        HostError::TooLarge => Unreadable::TooLarge,
        other => Unreadable::Failed(other.to_string()),
    }
}

impl RequestView for View<'_> {
    fn method(&mut self) -> Result<Vec<u8>, Unreadable> {
        self.0.method().map_err(unreadable)
    }

    fn uri(&mut self) -> Result<Vec<u8>, Unreadable> {
        self.0.uri().map_err(unreadable)
    }

    fn each_header_name(&mut self, visit: &mut dyn FnMut(&str)) -> Result<(), Unreadable> {
        let names = self.0.request_header_names().map_err(unreadable)?;
        // Go lets no header name but a token through, so one that is not text comes from nowhere.
        let names = names.strs().ok_or_else(|| unreadable(HostError::Malformed))?;
        // Go's server leaves empty places where it passes over trailers.
        names.filter(|name| !name.is_empty()).for_each(visit);
        Ok(())
    }

    fn header(&mut self, name: &str) -> Result<Vec<Vec<u8>>, Unreadable> {
        Ok(self.0.request_header(name).map_err(unreadable)?.into_values())
    }

    fn peer(&mut self) -> Result<Vec<u8>, Unreadable> {
        self.0.source_addr().map_err(unreadable)
    }

    fn key_file(&mut self, path: &str) -> Result<Vec<u8>, Unreadable> {
        self.0.read_file(path).map_err(|error| Unreadable::Failed(error.to_string()))
    }
}
