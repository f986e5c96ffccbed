//! The texts of a message that are kept.

use super::error::MessageError;
use inner_loops::json::NoText;

/// A deciding text, or why it is none.
#[derive(Clone, Default)]
pub(super) enum Kept {
    /// The member is missing.
    #[default]
    Missing,
    /// The member is no string.
    NoString,
    Text(String),
    Bad(NoText),
}

impl Kept {
    pub(super) fn of(text: Result<&[u8], NoText>) -> Self {
        match text {
            // The scanner checks UTF-8.
            Ok(text) => Self::Text(core::str::from_utf8(text).unwrap_or_default().to_owned()),
            Err(error) => Self::Bad(error),
        }
    }

    /// The text; `None` if there is no string.
    pub(super) fn text(&self, name: &'static str) -> Result<Option<&str>, MessageError> {
        match self {
            Self::Missing | Self::NoString => Ok(None),
            Self::Bad(NoText::TooLong) => Err(MessageError::TooLong(name)),
            Self::Bad(NoText::Surrogate) => Err(MessageError::Character(name)),
            Self::Text(text) if has_control(text) => Err(MessageError::Character(name)),
            Self::Text(text) => Ok(Some(text)),
        }
    }
}

fn has_control(text: &str) -> bool {
    !inner_loops::is_visible_ascii(text.as_bytes()) && text.chars().any(char::is_control)
}

/// The deciding texts of one message.
#[derive(Clone, Default)]
pub(super) struct Texts {
    pub(super) method: Kept,
    pub(super) name: Kept,
    pub(super) uri: Kept,
    pub(super) task: Kept,
    pub(super) ref_name: Kept,
    pub(super) ref_uri: Kept,
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

/// A JSON string.
fn quoted(text: &str) -> String {
    let mut out = "\"".to_owned();
    for character in text.chars() {
        match character {
            '"' | '\\' => {
                out.push('\\');
                out.push(character);
            }
            '\0'..='\x1f' => {
                out.push_str("\\u00");
                out.push(hex(u32::from(character) >> 4));
                out.push(hex(u32::from(character) & 15));
            }
            _ => out.push(character),
        }
    }
    out.push('"');
    out
}

fn hex(digit: u32) -> char {
    char::from_digit(digit, 16).unwrap_or('0')
}
