//! Writes the texts in a rule as Go string literals.

use core::fmt::{self, Write as _};

/// Writes a text as a Go string literal: in backticks, or in double quotes if it holds a backtick, a control character
/// or a byte order mark. A raw string cannot hold some of these, and a line feed would make the rule span lines.
pub(super) fn quote(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    let escaped = |c: char| c.is_control() || c == '\u{feff}';
    if !text.contains(|c| c == '`' || escaped(c)) {
        return write!(f, "`{text}`");
    }
    f.write_char('"')?;
    for c in text.chars() {
        match c {
            '"' | '\\' => write!(f, "\\{c}")?,
            c if escaped(c) => write!(f, "\\u{:04x}", u32::from(c))?,
            c => f.write_char(c)?,
        }
    }
    f.write_char('"')
}
