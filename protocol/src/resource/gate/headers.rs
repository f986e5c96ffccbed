//! Which headers a request has.

use crate::context::ROUTE_HEADER;
use crate::resource::backend_headers::BackendHeaders;
use crate::resource::request::{HeaderList, Unreadable};

/// The headers that a request has, as far as any decision depends on them.
#[derive(PartialEq, Eq, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "one flag for each header looked for")]
pub(super) struct Seen {
    /// The names that only the plugin may set, as they are spelt.
    pub(super) reserved: Vec<String>,
    pub(super) authorization: bool,
    pub(super) connection: bool,
    pub(super) cookie: bool,
    pub(super) origin: bool,
    pub(super) route: bool,
    pub(super) content_encoding: bool,
    pub(super) mcp_method: bool,
    pub(super) mcp_name: bool,
    pub(super) upgrade: bool,
}

impl Seen {
    /// Reads every name once. `ours` are the headers that the options choose for the plugin.
    pub(super) fn read(names: HeaderList<'_>, ours: &BackendHeaders) -> Result<Self, Unreadable> {
        let mut seen = Self::default();
        // Valid names are ASCII (RFC 9110 §5.6.2). Traefik might not find a header with another name to remove it.
        if !inner_loops::is_ascii(names.bytes()) {
            return Err(Unreadable::Failed("a header name is not ASCII".to_owned()));
        }
        names.for_each(|name| seen.note(name, ours))?;
        Ok(seen)
    }

    fn note(&mut self, name: &[u8], ours: &BackendHeaders) {
        if ours.reserves(name) {
            self.route |= name.eq_ignore_ascii_case(ROUTE_HEADER.as_bytes());
            // All names are ASCII.
            self.reserved.push(core::str::from_utf8(name).unwrap_or_default().to_owned());
            return;
        }
        // The length alone rules out nearly every other name.
        match name.len() {
            6 => {
                self.cookie |= name.eq_ignore_ascii_case(b"cookie");
                self.origin |= name.eq_ignore_ascii_case(b"origin");
            }
            7 => self.upgrade |= name.eq_ignore_ascii_case(b"upgrade"),
            8 => self.mcp_name |= name.eq_ignore_ascii_case(b"mcp-name"),
            10 => {
                self.connection |= name.eq_ignore_ascii_case(b"connection");
                self.mcp_method |= name.eq_ignore_ascii_case(b"mcp-method");
            }
            13 => self.authorization |= name.eq_ignore_ascii_case(b"authorization"),
            16 => self.content_encoding |= name.eq_ignore_ascii_case(b"content-encoding"),
            _ => {}
        }
    }
}
