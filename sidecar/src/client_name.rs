//! The name under which a client is shown to users. The client chose it, so it is cleaned and proves nothing about the
//! client.

use serde_json::Value;
use store::record::ClientRecord;

use crate::locale::{self, Message};

/// The maximum length in characters; longer names are cut off.
const LONGEST: usize = 80;

/// The registered `client_name` without control, zero-width and text-direction characters; a text that says that it has
/// none if nothing is left.
pub fn shown_name(client: &ClientRecord) -> locale::Value {
    let name = client.metadata.get("client_name").and_then(Value::as_str).map(clean);
    name.filter(|name| !name.is_empty()).map_or_else(|| Message::UnnamedApplication.into(), Into::into)
}

fn clean(text: &str) -> String {
    let visible: String = text.chars().filter(|c| !hides_or_turns(*c)).take(LONGEST).collect();
    visible.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Control, zero-width and text-direction characters, which can make one text look like another.
pub(crate) fn hides_or_turns(c: char) -> bool {
    (c.is_control() && !matches!(c, '\t' | '\n' | '\r'))
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::clean;

    #[test]
    fn names_are_plain_short_text() {
        assert_eq!(clean("  Claude \n Code\u{202e}\u{0} "), "Claude Code");
        assert_eq!(clean(&"x".repeat(500)).len(), 80);
        assert_eq!(clean("\u{200b}"), "");
    }
}
