//! Names of request headers that the plugin sets.

use std::rc::Rc;

/// The name of a header to set: a constant of the program, or one that was validated.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct HeaderName<'a>(&'a str);

impl HeaderName<'static> {
    /// A name that the program contains.
    pub const fn constant(name: &'static str) -> Self {
        Self(name)
    }
}

impl<'a> HeaderName<'a> {
    /// The name as text.
    pub const fn as_str(self) -> &'a str {
        self.0
    }
}

/// A name that an operator chose, validated. Clones share the text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ChosenName(Rc<str>);

impl ChosenName {
    /// Creates a name; `None` if the text is not a token (RFC 9110 §5.6.2).
    pub fn new(name: &str) -> Option<Self> {
        inner_loops::is_header_name(name.as_bytes()).then(|| Self(name.into()))
    }

    /// The name, for setting a header.
    pub fn name(&self) -> HeaderName<'_> {
        HeaderName(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_tokens_are_names() {
        assert_eq!(ChosenName::new("X-Mcp-Email").unwrap().name().as_str(), "X-Mcp-Email");
        for name in ["", "X A", "X:", "X\r\nY", "X-\u{e4}", "X\0"] {
            assert_eq!(ChosenName::new(name), None, "{name:?}");
        }
    }
}
