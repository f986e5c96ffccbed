//! Keeps the deciding texts of a message.

use super::error::MessageError;
use crate::header_text::push_escape;
use core::ops::Range;
use inner_loops::json::NoText;

/// A text that is kept: one on which the decision about the message depends, or the `id` of the message, for an error
/// response.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Slot {
    Id,
    Method,
    Name,
    Uri,
    Task,
    RefName,
    RefUri,
}

/// The number of kept texts.
const SLOTS: usize = 7;

impl Slot {
    /// The name of the text in errors.
    const fn shown(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Method => "method",
            Self::Name => "params.name",
            Self::Uri => "params.uri",
            Self::Task => "params.taskId",
            Self::RefName => "params.ref.name",
            Self::RefUri => "params.ref.uri",
        }
    }
}

/// What is known of a text: where it stands in the kept bytes, or why it is not kept. One number, because an array of
/// zeros is made with few instructions.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Kept(u32);

impl Kept {
    /// The member is missing.
    const MISSING: Self = Self(0);
    /// The member is no string.
    const NO_STRING: Self = Self(1);
    const TOO_LONG: Self = Self(2);
    const SURROGATE: Self = Self(3);

    /// A text at this range, in the lower and the upper half of the number. The upper half is the end plus one, so it
    /// is never 0, and the number differs from the constants above.
    fn text(start: usize, end: usize) -> Self {
        match (u16::try_from(start), u16::try_from(end + 1)) {
            (Ok(start), Ok(end)) => Self(u32::from(end) << 16 | u32::from(start)),
            // All texts together are never so long.
            _ => Self::TOO_LONG,
        }
    }

    /// The range of the text, if it is kept.
    fn range(self) -> Option<Range<usize>> {
        let end = (self.0 >> 16).checked_sub(1)?;
        Some((self.0 & 0xffff) as usize..end as usize)
    }
}

/// The texts of one message.
pub(super) struct Texts {
    /// All texts, in the order in which they came, if they fit, as those of most messages do.
    short: [u8; 64],
    /// All texts, if they do not fit into `short`; otherwise empty.
    long: Vec<u8>,
    /// The length of all texts together, in bytes.
    length: usize,
    kept: [Kept; SLOTS],
}

impl Texts {
    pub(super) fn new() -> Self {
        Self { short: [0; 64], long: Vec::new(), length: 0, kept: [Kept::MISSING; SLOTS] }
    }

    /// Begins the next message.
    pub(super) fn clear(&mut self) {
        self.long.clear();
        self.length = 0;
        self.kept = [Kept::MISSING; SLOTS];
    }

    /// Notes why there is no text of a member; `None` if its value is no string.
    pub(super) fn keep_none(&mut self, slot: Slot, why: Option<NoText>) {
        self.note(
            slot,
            match why {
                None => Kept::NO_STRING,
                Some(NoText::TooLong) => Kept::TOO_LONG,
                Some(NoText::Surrogate) => Kept::SURROGATE,
            },
        );
    }

    fn note(&mut self, slot: Slot, is_kept: Kept) {
        if let Some(kept) = self.kept.get_mut(slot as usize) {
            *kept = is_kept;
        }
    }

    /// Keeps the text of a member. `text` is not wrapped in an enum, which would be passed in memory.
    #[inline(never)]
    pub(super) fn keep(&mut self, slot: Slot, text: &[u8]) {
        let (start, end) = (self.length, self.length + text.len());
        match self.short.get_mut(start..end) {
            Some(place) => place.copy_from_slice(text),
            None => self.keep_long(text),
        }
        self.length = end;
        self.note(slot, Kept::text(start, end));
    }

    /// Keeps a text that does not fit into `short` any more.
    #[cold]
    fn keep_long(&mut self, text: &[u8]) {
        if self.long.is_empty() {
            self.long.extend_from_slice(self.short.get(..self.length).unwrap_or_default());
        }
        self.long.extend_from_slice(text);
    }

    /// The text, whatever characters it has; `None` if it was not kept.
    pub(super) fn any(&self, slot: Slot) -> Option<&[u8]> {
        let range = self.kept.get(slot as usize)?.range()?;
        let bytes = if self.length <= self.short.len() { &self.short } else { self.long.as_slice() };
        bytes.get(range)
    }

    /// The text; `None` if there is no string. Fails if the text is too long, or has control characters or half of a
    /// surrogate pair.
    pub(super) fn get(&self, slot: Slot) -> Result<Option<&[u8]>, MessageError> {
        let text = self.any(slot);
        let is_odd = match self.kept.get(slot as usize) {
            Some(&Kept::TOO_LONG) => return Err(MessageError::TooLong(slot.shown())),
            Some(&Kept::SURROGATE) => true,
            _ => text.is_some_and(has_control),
        };
        if is_odd { Err(MessageError::Character(slot.shown())) } else { Ok(text) }
    }
}

fn has_control(text: &[u8]) -> bool {
    // The scanner has checked that the text is UTF-8.
    !inner_loops::is_visible_ascii(text)
        && core::str::from_utf8(text).map_or(true, |text| text.chars().any(char::is_control))
}

/// Returns the text as a JSON string.
pub(super) fn quoted(text: &str) -> String {
    let mut out = "\"".to_owned();
    for character in text.chars() {
        match character {
            '"' | '\\' => {
                out.push('\\');
                out.push(character);
            }
            '\0'..='\x1f' => {
                push_escape(&mut out, u16::try_from(character).unwrap_or_default());
            }
            _ => out.push(character),
        }
    }
    out.push('"');
    out
}
