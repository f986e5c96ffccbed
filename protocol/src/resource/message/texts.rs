//! Keeps the deciding texts of a message.

use super::error::MessageError;
use crate::header_text::push_escape;
use inner_loops::json::NoText;

/// A deciding text: one on which the decision about the message depends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Slot {
    Method,
    Name,
    Uri,
    Task,
    RefName,
    RefUri,
}

/// The number of deciding texts.
const SLOTS: usize = 6;

impl Slot {
    /// The name of the text in errors.
    const fn shown(self) -> &'static str {
        match self {
            Self::Method => "method",
            Self::Name => "params.name",
            Self::Uri => "params.uri",
            Self::Task => "params.taskId",
            Self::RefName => "params.ref.name",
            Self::RefUri => "params.ref.uri",
        }
    }
}

/// A deciding text, or why the member has no usable text.
#[derive(Clone, Copy)]
enum Kept {
    /// The member is missing.
    Missing,
    /// The member is no string.
    NoString,
    /// The text stands in [`Texts::bytes`], from the first index up to the second.
    Text(usize, usize),
    Bad(NoText),
}

/// The deciding texts of one message.
pub(super) struct Texts {
    /// All texts, in the order in which they came.
    bytes: Vec<u8>,
    kept: [Kept; SLOTS],
}

impl Texts {
    pub(super) fn new() -> Self {
        // Most messages need no more bytes.
        Self { bytes: Vec::with_capacity(64), kept: [Kept::Missing; SLOTS] }
    }

    /// Begins the next message.
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.kept = [Kept::Missing; SLOTS];
    }

    /// Keeps the value of a member. `None` is a value that is no string.
    pub(super) fn keep(&mut self, slot: Slot, text: Option<Result<&[u8], NoText>>) {
        let kept = match text {
            Some(Ok(text)) => {
                let start = self.bytes.len();
                self.bytes.extend_from_slice(text);
                Kept::Text(start, self.bytes.len())
            }
            Some(Err(why)) => Kept::Bad(why),
            None => Kept::NoString,
        };
        if let Some(place) = self.kept.get_mut(slot as usize) {
            *place = kept;
        }
    }

    /// The text, whatever characters it has; `None` if it was not kept.
    pub(super) fn any(&self, slot: Slot) -> Option<&[u8]> {
        match self.kept.get(slot as usize) {
            Some(Kept::Text(start, end)) => self.bytes.get(*start..*end),
            _ => None,
        }
    }

    /// The text; `None` if there is no string. Fails if the text is too long, or has control characters or half of a
    /// surrogate pair.
    pub(super) fn get(&self, slot: Slot) -> Result<Option<&[u8]>, MessageError> {
        let text = self.any(slot);
        let is_odd = match self.kept.get(slot as usize) {
            Some(Kept::Bad(NoText::TooLong)) => return Err(MessageError::TooLong(slot.shown())),
            Some(Kept::Bad(NoText::Surrogate)) => true,
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

/// The `id` of a message, for an error response.
#[derive(Clone, Default)]
pub(super) enum Id {
    #[default]
    None,
    Text(String),
    Number(String),
}

impl Id {
    /// The id as JSON.
    pub(super) fn to_json(&self) -> String {
        match self {
            Self::None => "null".to_owned(),
            Self::Number(digits) => digits.clone(),
            Self::Text(text) => quoted(text),
        }
    }
}

/// The text as a JSON string.
fn quoted(text: &str) -> String {
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
