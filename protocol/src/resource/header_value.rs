//! Values for request headers.

use core::ops::Deref;
use std::rc::Rc;

/// A text of visible ASCII and spaces, which every host accepts as the value of a header (RFC 9110 §5.5). It is validated
/// when it is made, and shared when it is cloned.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HeaderValue(Rc<str>);

impl HeaderValue {
    /// The text as a value. `None` if it holds any other character.
    pub fn new(text: &str) -> Option<Self> {
        inner_loops::is_visible_ascii(text.as_bytes()).then(|| Self(text.into()))
    }
}

impl Deref for HeaderValue {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_visible_ascii_and_spaces() {
        for text in ["", "a b", "~!{}", "https://h.test/wiki"] {
            assert_eq!(&*HeaderValue::new(text).unwrap(), text);
        }
        for text in ["a\nb", "\0", "\x7f", "\t", "\u{e4}"] {
            assert_eq!(HeaderValue::new(text), None, "{text:?}");
        }
    }
}
