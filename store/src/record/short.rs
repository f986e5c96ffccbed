//! Texts of limited length.

use serde::{Deserialize, Serialize};

/// A text of at most `MOST` bytes without control characters, for audit rows, whose values may come from requests. It
/// can be made from any text: each control character becomes `?`, and a text that is too long is cut, never inside a
/// character.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Short<const MOST: usize>(Box<str>);

impl<const MOST: usize> Short<MOST> {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MOST: usize> From<&str> for Short<MOST> {
    fn from(text: &str) -> Self {
        let text = text.get(..text.floor_char_boundary(MOST)).unwrap_or_default();
        // A control character is at least as long as the `?` that replaces it.
        if text.contains(char::is_control) {
            Self(text.replace(char::is_control, "?").into())
        } else {
            Self(text.into())
        }
    }
}

impl<const MOST: usize> From<String> for Short<MOST> {
    fn from(text: String) -> Self {
        if text.len() <= MOST && !text.contains(char::is_control) {
            Self(text.into_boxed_str())
        } else {
            Self::from(text.as_str())
        }
    }
}

impl<const MOST: usize> From<Short<MOST>> for String {
    fn from(text: Short<MOST>) -> Self {
        text.0.into_string()
    }
}

impl<const MOST: usize> std::ops::Deref for Short<MOST> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<const MOST: usize> std::fmt::Display for Short<MOST> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl<const MOST: usize> std::fmt::Debug for Short<MOST> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Debug::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn long_texts_are_cut_between_characters() {
        assert_eq!(Short::<4>::from("ab").as_str(), "ab");
        assert_eq!(Short::<4>::from("abcde").as_str(), "abcd");
        assert_eq!(Short::<4>::from("abcé").as_str(), "abc");
        assert_eq!(Short::<4>::from("🦀🦀").as_str(), "🦀");
        assert_eq!(Short::<3>::from("🦀").as_str(), "");
    }

    #[test]
    fn control_characters_are_replaced() {
        assert_eq!(Short::<20>::from("a\r\nb\u{1b}[2J\0\u{85}").as_str(), "a??b?[2J??");
    }

    proptest! {
        #[test]
        fn every_text_is_shortened_once(text: String) {
            let short = Short::<7>::from(text.as_str());
            prop_assert!(short.len() <= 7 && !short.contains(char::is_control));
            prop_assert_eq!(&Short::<7>::from(short.as_str()), &short);
            prop_assert_eq!(Short::<7>::from(text), short);
        }
    }
}
