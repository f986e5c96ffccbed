//! The lists in a stream of server-sent events (HTML, *Server-sent events*).
//!
//! Each event may hold a message. In the place of the fields `id` and `retry` there is an empty comment afterwards: with
//! the id of an event a client could ask for the events after it again (`Last-Event-ID`), and that response would not be
//! cut.

use super::edit::Edits;
use super::error::NotCut;
use super::message::{Entitlement, MessageFilter};

/// The lines of a text from a position on. A line ends with CR LF, LF or CR.
#[derive(Clone)]
struct Lines<'a> {
    text: &'a [u8],
    at: usize,
}

/// A line.
struct Line<'a> {
    /// Where it begins.
    from: usize,
    /// Where the next one begins.
    to: usize,
    text: &'a [u8],
}

impl<'a> Iterator for Lines<'a> {
    type Item = Line<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.text.get(self.at..).filter(|rest| !rest.is_empty())?;
        let (text, after) = rest.split_at_checked(inner_loops::line_length(rest))?;
        let ending = match after {
            [b'\r', b'\n', ..] => 2,
            [_, ..] => 1,
            [] => 0,
        };
        let from = self.at;
        self.at = from + text.len() + ending;
        Some(Line { from, to: self.at, text })
    }
}

impl<'a> Line<'a> {
    /// Name and value of the field, and where the value begins.
    fn field(&self) -> (&'a [u8], &'a [u8], usize) {
        let colon = inner_loops::position(self.text, b':');
        let (name, rest) = self.text.split_at_checked(colon).unwrap_or_default();
        let value = rest.strip_prefix(b":").unwrap_or_default();
        let value = value.strip_prefix(b" ").unwrap_or(value);
        (name, value, self.from + self.text.len() - value.len())
    }
}

/// Finds what to leave out of a stream.
pub(super) fn cut(body: &[u8], entitlement: Entitlement<'_>) -> Result<Edits, NotCut> {
    let mut edits = Edits::default();
    let begin = if body.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    let mut from = begin;
    for line in (Lines { text: body, at: begin }) {
        if line.text.is_empty() {
            cut_event(
                Lines { text: body.get(..line.from).unwrap_or_default(), at: from },
                entitlement,
                &mut edits,
            )?;
            from = line.to;
        }
    }
    cut_event(Lines { text: body, at: from }, entitlement, &mut edits)?;
    Ok(edits)
}

/// Finds what to leave out of one event.
fn cut_event(lines: Lines<'_>, entitlement: Entitlement<'_>, edits: &mut Edits) -> Result<(), NotCut> {
    // Clients read messages from events of this type alone, which is also the type of events without one.
    let types = lines.clone().filter_map(|line| {
        let (name, value, _) = line.field();
        (name == b"event").then_some(value)
    });
    let is_message = types.last().is_none_or(|value| matches!(value, b"" | b"message"));
    let mut message: Option<MessageFilter<'_>> = None;
    for line in lines {
        let (name, value, value_from) = line.field();
        match name {
            // The end of the line stays: without it, a CR before and an LF after could become one end of a line.
            b"id" | b"retry" => edits.replace(line.from, line.from + line.text.len(), ":")?,
            b"data" if is_message && (message.is_some() || !value.is_empty()) => {
                if let Some(filter) = &mut message {
                    // A line feed separates the lines of a value.
                    filter.read(line.from, b"\n", edits)?;
                }
                let filter = message.get_or_insert_with(|| MessageFilter::new(entitlement));
                filter.read(value_from, value, edits)?;
            }
            _ => {}
        }
    }
    match message {
        Some(filter) if !filter.is_complete() => Err(NotCut::NotJson),
        _ => Ok(()),
    }
}
