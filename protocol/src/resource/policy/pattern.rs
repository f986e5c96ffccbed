//! Patterns with `*`.

/// A text in which `*` stands for any text, also for none. Everything else stands for itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Pattern(String);

impl Pattern {
    pub(super) fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// The byte with which every text begins that matches. `None` if it may be any, or none.
    pub(super) fn first(&self) -> Option<u8> {
        self.0.bytes().next().filter(|first| *first != b'*')
    }

    /// Whether the whole text matches. The time is bounded by the product of both lengths.
    pub(super) fn matches(&self, text: &[u8]) -> bool {
        let (mut pattern, mut rest) = (self.0.as_bytes(), text);
        // Where to go on if the text after the last star does not match: one byte later.
        let mut retry: Option<(&[u8], &[u8])> = None;
        loop {
            match (pattern, rest) {
                ([b'*', after @ ..], _) => {
                    if after.is_empty() {
                        return true;
                    }
                    retry = Some((after, rest));
                    pattern = after;
                    continue;
                }
                ([], []) => return true,
                ([one, after @ ..], [other, left @ ..]) if one == other => {
                    (pattern, rest) = (after, left);
                    continue;
                }
                _ => {}
            }
            match retry {
                Some((after, [_, left @ ..])) => {
                    retry = Some((after, left));
                    (pattern, rest) = (after, left);
                }
                _ => return false,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn matches(pattern: &str, text: &str) -> bool {
        let (pattern, bytes) = (Pattern::new(pattern), text.as_bytes());
        let matches = pattern.matches(bytes);
        assert!(!matches || pattern.first().is_none_or(|first| bytes.first() == Some(&first)));
        matches
    }

    #[test]
    fn a_star_is_any_text() {
        for (pattern, text, expected) in [
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("*", "a*b", true),
            ("delete_*", "delete_", true),
            ("delete_*", "delete_page", true),
            ("delete_*", "Delete_page", false),
            ("delete_*", "undelete_page", false),
            ("*_all", "delete_all", true),
            ("*_all", "delete_all_", false),
            ("a*b*c", "aXbXbXc", true),
            ("a*b*c", "aXcXb", false),
            ("**", "x", true),
            ("a?c", "abc", false),
            ("a.c", "abc", false),
            ("[a]", "a", false),
            ("ä*", "äö", true),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }

    proptest! {
        /// Compares with regular expressions.
        #[test]
        fn like_regular_expressions(pattern in "[ab*]{0,8}", text in "[abc]{0,12}") {
            let expression = format!("^{}$", pattern.replace('*', ".*"));
            let expected = regex::Regex::new(&expression).unwrap().is_match(&text);
            prop_assert_eq!(matches(&pattern, &text), expected);
        }
    }
}
