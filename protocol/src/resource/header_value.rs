//! Values for request headers.

use core::ops::Deref;
use std::rc::Rc;

/// A header value of visible ASCII characters and spaces (RFC 9110 §5.5), which Traefik and every other host of the
/// plugin accept. It is validated when it is made. Clones share the text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HeaderValue(Rc<str>);

impl HeaderValue {
    /// Makes a header value of this text. `None` if the text holds anything but visible ASCII characters and spaces.
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
