//! What the last request was. The next one is mostly like it, and then its names and its path need not be
//! looked at again: what they amount to depends on nothing but themselves and the options.

use super::base::FoundBase;
use super::headers::Seen;
use super::list::HeaderList;
use super::view::Unreadable;

/// Most bytes of header names, or of a URI, that are kept.
const MAX_KEPT: usize = 1024;

/// What was read of the last request, each part beside what it was read from.
#[derive(Default)]
pub(super) struct Last {
    names: Option<HeaderList>,
    pub(super) seen: Seen,
    pub(super) base: Option<FoundBase>,
    pub(super) uri: McpUri,
}

impl Last {
    /// Sees to it that `seen` tells of these names.
    pub(super) fn look(&mut self, names: HeaderList) -> Result<(), Unreadable> {
        if !self.names.as_ref().is_some_and(|known| known.same_as(&names)) {
            self.names = None;
            self.seen = Seen::look(&names)?;
            self.names = Some(names).filter(|names| names.size() <= MAX_KEPT);
        }
        Ok(())
    }
}

/// The URI of the last request that was for the MCP server. Whether one is depends on its path and the
/// options alone: a tenant's path is the same at every host.
#[derive(Default)]
pub(super) struct McpUri(Option<String>);

impl McpUri {
    /// The URI, if these bytes are it.
    pub(super) fn known(&self, uri: &[u8]) -> Option<&str> {
        self.0.as_deref().filter(|known| super::list::same_bytes(known.as_bytes(), uri))
    }

    /// Keeps one.
    pub(super) fn keep(&mut self, uri: String) {
        self.0 = Some(uri).filter(|uri| uri.len() <= MAX_KEPT);
    }
}
