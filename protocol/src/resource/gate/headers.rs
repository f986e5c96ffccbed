//! Looking at a request's headers.

use super::answer::Response;
use super::request::{Edits, text};
use super::view::RequestView;
use crate::context::ROUTE_HEADER;
use crate::resource::identity::is_reserved;

/// What one look at the header names found.
#[derive(Default)]
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
    pub(super) fn note(&mut self, name: &str) {
        if is_reserved(name) {
            self.route |= name.eq_ignore_ascii_case(ROUTE_HEADER);
            self.reserved.push(name.to_owned());
            return;
        }
        // The lengths tell them apart from nearly everything else.
        match name.len() {
            6 => {
                self.cookie |= name.eq_ignore_ascii_case("cookie");
                self.origin |= name.eq_ignore_ascii_case("origin");
            }
            10 => self.connection |= name.eq_ignore_ascii_case("connection"),
            13 => self.authorization |= name.eq_ignore_ascii_case("authorization"),
            _ => {}
        }
    }
}

/// Replaces a header by what was left of it; `None`: nothing is to change.
pub(super) fn replace(edits: &mut Edits, name: &'static str, left: Option<String>) {
    match left {
        None => {}
        Some(empty) if empty.is_empty() => edits.remove.push(name.to_owned()),
        Some(value) => edits.set.push((name, value.into())),
    }
}

/// The one value of a header as text; several, or one that is not UTF-8, is a bad request.
pub(super) fn single(view: &mut dyn RequestView, name: &'static str) -> Result<Option<String>, Response> {
    let mut values = view.header(name)?.into_iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => text(value, name).map(Some),
        (Some(_), Some(_)) => Err(Response::bad_request(&["mcpbouncer: header repeated: ", name].concat())),
    }
}
