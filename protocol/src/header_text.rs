//! Encodes texts of any characters as values of request headers.
//!
//! Names of people and groups come from providers, which let users choose some of them. A header value is visible
//! ASCII, so everything else is encoded, and each value stands for exactly one text:
//!
//! - A text of visible ASCII characters with spaces inside stays as it is.
//! - Any other text, and any text that itself begins with `=?base64?`, becomes `=?base64?…?=` with the standard base64
//!   of its UTF-8. MCP 2026-07-28 encodes its own headers in this way (Streamable HTTP, *Value Encoding*), so MCP
//!   servers have a decoder.
//! - A list is a JSON array in ASCII, with `\u` escapes. An entry may hold any character, even a comma.

use crate::encoding::b64url_encode;

/// The longest header value that is produced here, in bytes. Servers commonly accept 8 KiB of one header.
pub const LONGEST_VALUE: usize = 8_192;

const BEGIN: &str = "=?base64?";
const END: &str = "?=";

/// The header value for one text. `None` if the value would be longer than [`LONGEST_VALUE`].
pub fn text_value(text: &str) -> Option<String> {
    let trimmed = text.trim_ascii().len() == text.len();
    let is_plain = !text.is_empty() && trimmed && !text.starts_with(BEGIN);
    if text.len() > LONGEST_VALUE {
        return None;
    }
    if is_plain && inner_loops::is_visible_ascii(text.as_bytes()) {
        return Some(text.to_owned());
    }
    let mut encoded = String::from(BEGIN);
    // The base64url encoder serves for the standard alphabet too: a second encoder would add 1 KB to the plugin.
    for letter in b64url_encode(text.as_bytes()).chars() {
        encoded.push(match letter {
            '-' => '+',
            '_' => '/',
            other => other,
        });
    }
    while !(encoded.len() - BEGIN.len()).is_multiple_of(4) {
        encoded.push('=');
    }
    encoded.push_str(END);
    (encoded.len() <= LONGEST_VALUE).then_some(encoded)
}

/// The header value for a list of texts. `None` if the value would be longer than [`LONGEST_VALUE`].
pub fn list_value<'a>(texts: impl Iterator<Item = &'a str>) -> Option<String> {
    let mut json = String::from("[");
    for text in texts {
        if json.len() > 1 {
            json.push(',');
        }
        json.push('"');
        for unit in text.encode_utf16() {
            match u8::try_from(unit) {
                Ok(byte @ (b'"' | b'\\')) => json.extend(['\\', char::from(byte)]),
                Ok(byte @ b' '..=b'~') => json.push(char::from(byte)),
                Ok(_) | Err(_) => push_escape(&mut json, unit),
            }
        }
        json.push('"');
        if json.len() > LONGEST_VALUE {
            return None;
        }
    }
    json.push(']');
    (json.len() <= LONGEST_VALUE).then_some(json)
}

/// Appends `\u` and the four hexadecimal digits of a UTF-16 unit.
pub(crate) fn push_escape(json: &mut String, unit: u16) {
    json.push_str("\\u");
    for shift in [12, 8, 4, 0] {
        json.extend(char::from_digit(u32::from(unit >> shift) & 0xf, 16));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64ct::{Base64, Encoding as _};
    use proptest::prelude::*;

    fn value(text: &str) -> String {
        text_value(text).unwrap()
    }

    /// Decodes a header value, as an MCP server does.
    fn decoded(value: &str) -> String {
        match value.strip_prefix(BEGIN).and_then(|rest| rest.strip_suffix(END)) {
            Some(encoded) => String::from_utf8(Base64::decode_vec(encoded).unwrap()).unwrap(),
            None => value.to_owned(),
        }
    }

    fn list(texts: &[&str]) -> String {
        list_value(texts.iter().copied()).unwrap()
    }

    #[test]
    fn visible_ascii_stays_as_it_is() {
        for text in ["ann@example.com", "Ann Berg", "~!{}\"\\", "a=?base64?YQ==?=", "%41", "?="] {
            assert_eq!(value(text), text);
        }
    }

    #[test]
    fn everything_else_is_base64() {
        for (text, encoded) in [
            ("J\u{e4}ger", "=?base64?SsOkZ2Vy?="),
            ("\u{4e16}\u{754c}", "=?base64?5LiW55WM?="),
            (" a", "=?base64?IGE=?="),
            ("a ", "=?base64?YSA=?="),
            ("a\r\nX-Mcp-Sub: root", "=?base64?YQ0KWC1NY3AtU3ViOiByb290?="),
            ("a\0b", "=?base64?YQBi?="),
            ("a\tb", "=?base64?YQli?="),
            ("", "=?base64??="),
            ("=?base64?YQ==?=", "=?base64?PT9iYXNlNjQ/WVE9PT89?="),
            ("=?base64?x", "=?base64?PT9iYXNlNjQ/eA==?="),
        ] {
            assert_eq!(value(text), encoded, "{text:?}");
        }
    }

    #[test]
    fn a_list_is_json_in_ascii() {
        assert_eq!(list(&["a", "b c"]), r#"["a","b c"]"#);
        assert_eq!(list(&["a,b", "\"]", "\\"]), r#"["a,b","\"]","\\"]"#);
        assert_eq!(
            list(&["J\u{e4}", "\u{1f600}", "\r\n\0"]),
            r#"["J\u00e4","\ud83d\ude00","\u000d\u000a\u0000"]"#
        );
        assert_eq!(list(&[""]), r#"[""]"#);
    }

    #[test]
    fn values_are_bounded() {
        assert!(text_value(&"a".repeat(LONGEST_VALUE)).is_some());
        assert_eq!(text_value(&"a".repeat(LONGEST_VALUE + 1)), None);
        assert_eq!(text_value(&"\u{e4}".repeat(LONGEST_VALUE / 2)), None);
        assert_eq!(text_value(&"\u{e4}".repeat(10 << 10)), None);
        let group = "a".repeat(98);
        assert!(list_value(std::iter::repeat_n(group.as_str(), 81)).is_some());
        assert_eq!(list_value(std::iter::repeat_n(group.as_str(), 82)), None);
        assert_eq!(list_value(std::iter::once("a".repeat(LONGEST_VALUE).as_str())), None);
    }

    proptest! {
        #[test]
        fn every_text_comes_back(text in r"(?s).{0,40}|=\?base64\?[a-zA-Z=?]{0,12}") {
            prop_assert_eq!(decoded(&value(&text)), text);
        }

        #[test]
        fn every_list_comes_back(texts in proptest::collection::vec("(?s).{0,20}", 0..6)) {
            let json = list_value(texts.iter().map(String::as_str)).unwrap();
            prop_assert!(json.bytes().all(|byte| (0x20..0x7f).contains(&byte)));
            prop_assert_eq!(serde_json::from_str::<Vec<String>>(&json).unwrap(), texts);
        }
    }
}
