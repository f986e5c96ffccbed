//! Makes text that a server sent printable: it must not move the cursor, colour the screen, reverse the direction of
//! the text, or fill the terminal.

use crate::telemetry::is_visible;

/// The maximum number of characters of one sentence. The rest is cut off.
const LONGEST: usize = 600;
/// The maximum number of characters of one value that a server sent.
const LONGEST_QUOTE: usize = 120;

/// Returns the text on one line, without control, format and direction characters, and at most 600 characters long.
pub(super) fn printable(text: &str) -> String {
    bounded(text, LONGEST)
}

/// Returns a value that a server sent, in quotation marks and at most 120 characters long.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", bounded(text, LONGEST_QUOTE).replace('"', "'"))
}

fn bounded(text: &str, most: usize) -> String {
    let mut shown = String::new();
    for (index, c) in text.chars().enumerate() {
        if index >= most {
            shown.push('…');
            break;
        }
        if matches!(c, '\n' | '\r' | '\t') {
            shown.push(' ');
        } else if is_visible(c) {
            shown.push(c);
        } else {
            shown.push('\u{fffd}');
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_others_cannot_steer_the_terminal() {
        for hostile in
            ["\u{1b}[31mred", "\u{202e}desrever", "a\u{7}", "a\u{200b}b", "\u{9b}2J", "a\u{ad}b", "\u{feff}"]
        {
            let shown = printable(hostile);
            assert!(shown.chars().all(is_visible), "{shown:?}");
            assert!(shown.contains('\u{fffd}'), "{shown:?}");
        }
        assert_eq!(printable("a\r\nb\tc"), "a  b c");
        assert_eq!(printable("it's \"fine\" \\ größer 日本"), "it's \"fine\" \\ größer 日本");
    }

    #[test]
    fn long_text_is_cut() {
        assert_eq!(printable(&"x".repeat(10_000)).chars().count(), LONGEST + 1);
        assert_eq!(quoted(&"\"".repeat(10_000)).chars().count(), LONGEST_QUOTE + 3);
    }
}
