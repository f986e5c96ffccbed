//! Names that other people chose, such as a client's name, as pages show them to users. A name is cleaned, but says
//! nothing about who chose it.

use serde_json::Value;
use store::record::ClientRecord;
use unicode_width::UnicodeWidthChar as _;

use crate::locale::{self, Message};

/// The maximum length of a name in characters; a longer name is cut off.
const LONGEST: usize = 80;
/// The maximum number of combining marks on one character. Writing systems use at most three there; more of them cover
/// the lines above and below.
const MOST_MARKS: usize = 3;

/// Returns the registered `client_name` as [`clean`] makes it; if nothing is left of it, a text that says that the
/// application has no name.
pub fn shown_name(client: &ClientRecord) -> locale::Value {
    plain_name(client).map_or_else(|| Message::UnnamedApplication.into(), Into::into)
}

/// Returns the registered `client_name` as [`clean`] makes it, for output without translated texts; `None` if nothing
/// is left of it.
pub fn plain_name(client: &ClientRecord) -> Option<String> {
    let name = client.metadata.get("client_name").and_then(Value::as_str).map(clean);
    name.filter(|name| !name.is_empty())
}

/// Returns a name on one line without control, invisible and text-direction characters, with at most three combining
/// marks on a character, cut to 80 characters.
pub fn clean(text: &str) -> String {
    let mut marks = 0;
    let visible = text.chars().filter(|c| !hides_or_turns(*c)).filter(|c| {
        marks = if c.width() == Some(0) { marks + 1 } else { 0 };
        marks <= MOST_MARKS
    });
    let visible: String = visible.take(LONGEST).collect();
    visible.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether the character can make one text look like another: a control or text-direction character, one that shows
/// nothing, or one for private use, which a system may show as a logo. This list is for names on pages, from which they
/// are removed. `telemetry/visible.rs` lists the characters that log lines and the output of commands escape.
pub(crate) fn hides_or_turns(c: char) -> bool {
    (c.is_control() && !matches!(c, '\t' | '\n' | '\r'))
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{2800}' | '\u{3164}' | '\u{e000}'..='\u{f8ff}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffc}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}' | '\u{f0000}'..)
}

#[cfg(test)]
mod tests {
    use super::clean;

    #[test]
    fn names_are_plain_short_text() {
        assert_eq!(clean("  Claude \n Code\u{202e}\u{0} "), "Claude Code");
        assert_eq!(clean(&"x".repeat(10_240)).len(), 80);
        assert_eq!(clean("\u{200b}"), "");
    }

    #[test]
    fn names_in_every_script_stay_as_they_are() {
        for name in
            ["Café", "Cafe\u{301}", "应用程序", "アプリ", "مساعد", "सहायक", "ผู้ช่วย", "Tiếng Việt", "🚀 Rocket"]
        {
            assert_eq!(clean(name), name);
        }
    }

    #[test]
    fn nothing_in_a_name_hides_turns_or_covers_other_text() {
        for (hostile, shown) in [
            ("Claude\u{202e}edualC", "ClaudeedualC"),
            ("\u{2066}Claude\u{2069}\u{200f}", "Claude"),
            ("Cla\u{200b}u\u{2060}de\u{feff}", "Claude"),
            ("\u{3164}\u{2800}\u{115f}\u{ffa0}", ""),
            ("\u{f8ff} Apple", "Apple"),
            ("\u{f0000}\u{10fffd}x", "x"),
            ("x\u{e0041}\u{e0100}", "x"),
        ] {
            assert_eq!(clean(hostile), shown, "{hostile:?}");
        }
        let heap = clean(&format!("a{}b", "\u{301}".repeat(1_000)));
        assert_eq!(heap, "a\u{301}\u{301}\u{301}b");
        let flood = clean(&"👩\u{200d}👩\u{200d}👧".repeat(1_000));
        assert_eq!(flood.chars().count(), 80);
    }
}
