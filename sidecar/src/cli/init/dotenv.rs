//! Values in `.env`, in the form that Docker Compose and the shell read alike.

use std::borrow::Cow;

/// Returns the value as it is written after `NAME=`. In single quotes, only a quote and a backslash have a special
/// meaning, and versions of Compose read them differently; so they are refused, as control characters are.
pub(super) fn value(text: &str) -> Result<Cow<'_, str>, String> {
    let unread = |c: char| matches!(c, '\'' | '\\') || c.is_control();
    if text.contains(unread) {
        return Err(
            "must not contain quotes ('), backslashes or control characters, because .env cannot hold them"
                .to_owned(),
        );
    }
    if text.is_empty() {
        return Err("must not be empty".to_owned());
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || "._~:/@,+=-".contains(c);
    if text.chars().all(plain) { Ok(Cow::Borrowed(text)) } else { Ok(format!("'{text}'").into()) }
}

/// Returns name and value of a line that [`value`] made; `None` for any other line.
pub(super) fn pair(line: &str) -> Option<(&str, &str)> {
    let (name, text) = line.split_once('=')?;
    let inside = text.strip_prefix('\'').and_then(|text| text.strip_suffix('\'')).unwrap_or(text);
    (value(inside).ok()? == text).then_some((name, inside))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_quoted_where_a_character_has_a_meaning() {
        for (text, written) in [
            ("https://idp.example.com/realms/a", "https://idp.example.com/realms/a"),
            ("GOCSPX-a_b", "GOCSPX-a_b"),
            ("a$b", "'a$b'"),
            ("a #b", "'a #b'"),
            ("*", "'*'"),
            ("\"a\"", "'\"a\"'"),
            ("ä", "'ä'"),
        ] {
            assert_eq!(value(text).unwrap(), written);
            assert_eq!(pair(&format!("A={written}")), Some(("A", text)));
        }
        for text in ["", "it's", "a\\b", "a\nb", "a\rB=c"] {
            assert!(value(text).is_err(), "{text:?}");
        }
        for line in ["", "# a comment", "A=", "A=\"b\"", "A=$B", "A='it's'", "A='plain'"] {
            assert_eq!(pair(line), None, "{line}");
        }
    }
}
