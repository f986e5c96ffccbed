//! Makes text from outside, such as a value in a request or a provider's error, printable before a person or a log
//! viewer sees it.

/// The maximum length of one value in a log line, in characters; the rest is cut.
const LONGEST: usize = 4_096;

/// Escapes, as Rust does (`\n`, `\u{1b}`, `\u{202e}`), the characters that could end the line, control the terminal,
/// hide text or change its direction. Keeps the letters of all scripts. Cuts a longer text after 4,096 characters and
/// ends it with `…`.
pub fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len().min(LONGEST));
    for (count, c) in text.chars().enumerate() {
        if count == LONGEST {
            shown.push('…');
            break;
        }
        if is_visible(c) {
            shown.push(c);
        } else {
            // `escape_debug` leaves some of these characters as they are.
            let escaped = c.escape_debug();
            if escaped.len() > 1 { shown.extend(escaped) } else { shown.extend(c.escape_unicode()) }
        }
    }
    shown
}

/// Whether a person can see the character for what it is. Log lines and the output of commands escape all other
/// characters. For names on pages, `client_name.rs` has its own list of characters to remove.
///
/// `escape_debug` escapes controls, separators, text-direction and most invisible characters. It also escapes quotes
/// and backslashes, which are harmless, and marks that belong to the letter before them, which names in many scripts
/// need.
pub fn is_visible(c: char) -> bool {
    let invisible = looks_like_nothing(c);
    let mut escaped = c.escape_debug();
    match escaped.next() {
        Some('\\') => match escaped.next() {
            Some('\'' | '"' | '\\') => true,
            // Unlike `char`, `str` escapes such a mark only at its beginning.
            Some('u') => !invisible && is_mark(c),
            _ => false,
        },
        _ => !invisible,
    }
}

/// Whether the character has no glyph, or one that looks like a space, although `escape_debug` leaves it as it is or
/// takes it for a mark.
const fn looks_like_nothing(c: char) -> bool {
    matches!(c, '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{200c}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}' | '\u{e0000}'..='\u{e0fff}')
}

/// Whether `char::escape_debug` escapes the character only because it extends the character before it.
fn is_mark(c: char) -> bool {
    let mut bytes = [0; 8];
    let text = ['a', c].iter().fold(0, |end, c| {
        let rest = bytes.get_mut(end..).unwrap_or_default();
        end + c.encode_utf8(rest).len()
    });
    std::str::from_utf8(bytes.get(..text).unwrap_or_default())
        .is_ok_and(|text| text.escape_debug().count() == 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_of_all_scripts_and_quotes_stay_as_they_are() {
        for text in
            ["", "alice@example.com", "it's \"quoted\" \\ so", "Zoë Ångström", "हिन्दी", "עברית", "名前 🙂"]
        {
            assert_eq!(printable(text), text);
        }
    }

    #[test]
    fn controls_direction_marks_and_invisible_characters_are_escaped() {
        for (text, shown) in [
            ("a\r\nb\t\0", "a\\r\\nb\\t\\0"),
            ("\u{1b}[2J\u{9b}1m\u{7f}", "\\u{1b}[2J\\u{9b}1m\\u{7f}"),
            ("gpj.\u{202e}exe\u{2066}\u{200f}", "gpj.\\u{202e}exe\\u{2066}\\u{200f}"),
            ("a\u{200b}b\u{feff}c\u{ad}\u{2028}\u{34f}", "a\\u{200b}b\\u{feff}c\\u{ad}\\u{2028}\\u{34f}"),
            ("tag\u{e0041}", "tag\\u{e0041}"),
            ("a\u{3164}\u{2800}\u{3000}b", "a\\u{3164}\\u{2800}\\u{3000}b"),
        ] {
            assert_eq!(printable(text), shown);
        }
    }

    #[test]
    fn long_values_are_cut() {
        let shown = printable(&"é".repeat(LONGEST + 1));
        assert_eq!(shown.chars().count(), LONGEST + 1);
        assert!(shown.ends_with("é…") && printable(&"é".repeat(LONGEST)).ends_with('é'));
    }
}
