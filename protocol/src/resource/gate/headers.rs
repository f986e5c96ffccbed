//! Looking at a request's headers.

use super::answer::Response;
use super::request::{Edits, text};
use crate::context::ROUTE_HEADER;
use crate::resource::identity::is_reserved;
use crate::resource::request::{HeaderList, Several};
use crate::resource::request::{RequestView, Unreadable};

/// What one look at the header names found.
#[derive(PartialEq, Eq, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "one flag for each header looked for")]
pub(super) struct Seen {
    pub(super) reserved: Vec<String>,
    pub(super) authorization: bool,
    pub(super) connection: bool,
    pub(super) cookie: bool,
    pub(super) origin: bool,
    pub(super) route: bool,
}

impl Seen {
    /// Looks at every name once.
    pub(super) fn look(names: HeaderList<'_>) -> Result<Self, Unreadable> {
        let mut seen = Self::default();
        // In HTTP, names are ASCII. What is not cannot be removed either.
        if !inner_loops::is_ascii(names.bytes()) {
            return Err(Unreadable::Failed("a header name is not ASCII".to_owned()));
        }
        names.for_each(|name| seen.note(name))?;
        Ok(seen)
    }

    fn note(&mut self, name: &[u8]) {
        if is_reserved(name) {
            self.route |= name.eq_ignore_ascii_case(ROUTE_HEADER.as_bytes());
            // All names are ASCII.
            self.reserved.push(core::str::from_utf8(name).unwrap_or_default().to_owned());
            return;
        }
        // The lengths tell them apart from nearly everything else.
        match name.len() {
            6 => {
                self.cookie |= name.eq_ignore_ascii_case(b"cookie");
                self.origin |= name.eq_ignore_ascii_case(b"origin");
            }
            10 => self.connection |= name.eq_ignore_ascii_case(b"connection"),
            13 => self.authorization |= name.eq_ignore_ascii_case(b"authorization"),
            _ => {}
        }
    }
}

/// Replaces a header by what was left of it; `None`: nothing is to change.
pub(super) fn replace(edits: &mut Edits, name: &'static str, left: Option<String>) -> Result<(), Response> {
    match left {
        None => {}
        Some(empty) if empty.is_empty() => edits.remove(name),
        Some(value) => edits.set(name, &value)?,
    }
    Ok(())
}

/// The one value of a header as text; several, or one that is not UTF-8, is a bad request.
pub(super) fn single(view: &mut dyn RequestView, name: &'static str) -> Result<Option<String>, Response> {
    match view.header(name)?.only()? {
        Ok(None) => Ok(None),
        Ok(Some(value)) => text(value.to_vec(), name).map(Some),
        Err(Several) => Err(Response::bad_request(["header repeated: ", name].concat())),
    }
}
