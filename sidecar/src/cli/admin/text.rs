//! Text for a person at a terminal. Names that clients and users chose may be hostile: they must not control the
//! terminal, reverse the direction of its text, or shift the other columns of a table.

use protocol::time::UnixTime;
use time::OffsetDateTime;
use unicode_width::UnicodeWidthChar as _;

use crate::telemetry::is_visible;

/// The maximum width of a name in columns of the terminal.
pub(super) const NAME: usize = 32;
/// The maximum width of an id, in columns of the terminal. A client's id may be a URL.
pub(super) const ID: usize = 48;

/// The width of a text in columns of the terminal.
pub(super) fn width(text: &str) -> usize {
    text.chars().map(|c| c.width().unwrap_or(0)).sum()
}

/// Replaces each invisible character by `\u{…}`. Cuts the text with `…` at `most` columns, or before the third
/// zero-width character in a row.
pub(super) fn printable(text: &str, most: usize) -> String {
    let (mut shown, mut columns) = (String::new(), 0);
    // A character that takes no column of its own is drawn over the one before; a pile of such characters covers other
    // lines.
    let (mut piled, mut cut) = (0, false);
    for c in text.chars() {
        let part = if is_visible(c) { c.to_string() } else { c.escape_unicode().to_string() };
        let wide = width(&part);
        piled = if wide == 0 { piled + 1 } else { 0 };
        if columns + wide > most.saturating_sub(1) {
            cut = columns + wide > most || cut;
        }
        if columns + wide > most || piled > 2 {
            cut = true;
            break;
        }
        columns += wide;
        shown.push_str(&part);
    }
    if !cut {
        return shown;
    }
    while width(&shown) >= most && shown.pop().is_some() {}
    shown.push('…');
    shown
}

/// Date and time, in UTC: `2026-01-31 23:59`.
pub(super) fn time(at: UnixTime) -> String {
    let found =
        i64::try_from(at.as_secs()).ok().and_then(|secs| OffsetDateTime::from_unix_timestamp(secs).ok());
    found.map_or_else(
        || format!("{} s", at.as_secs()),
        |at| {
            let (year, month, day) = (at.year(), u8::from(at.month()), at.day());
            format!("{year:04}-{month:02}-{day:02} {:02}:{:02}", at.hour(), at.minute())
        },
    )
}

/// Date and time with seconds, in UTC: `2026-01-31 23:59:59`.
pub(super) fn moment(at: UnixTime) -> String {
    format!("{}:{:02}", time(at), at.as_secs() % 60)
}

/// Date and time, or `-` for `None`.
pub(super) fn maybe(at: Option<UnixTime>) -> String {
    at.map_or_else(|| "-".to_owned(), time)
}

/// A duration, rounded down: `3 d 4 h`, `2 h 5 min`, `5 min` or `40 s`.
pub(super) fn duration(secs: u64) -> String {
    let (days, hours, minutes) = (secs / 86_400, secs / 3_600 % 24, secs / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{secs} s"),
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
}

/// A number of bytes in a suitable unit: `1.5 MiB`.
pub(in crate::cli) fn size(bytes: u64) -> String {
    let mut unit = 0;
    let mut tenths = u128::from(bytes) * 10;
    while tenths >= 10_240 && unit < 4 {
        tenths /= 1_024;
        unit += 1;
    }
    let unit = ["bytes", "KiB", "MiB", "GiB", "TiB"].get(unit).copied().unwrap_or_default();
    if unit == "bytes" { format!("{bytes} bytes") } else { format!("{}.{} {unit}", tenths / 10, tenths % 10) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_control_the_terminal_or_turn_its_text() {
        assert_eq!(printable("Claude Code", NAME), "Claude Code");
        assert_eq!(printable("a\u{1b}[2J\u{7}\nb", NAME), "a\\u{1b}[2J\\u{7}\\u{a}b");
        assert_eq!(printable("\u{202e}edoC edualC", NAME), "\\u{202e}edoC edualC");
        assert_eq!(printable("\u{9b}31m", NAME), "\\u{9b}31m");
        assert_eq!(printable("a\u{200b}\u{3164}b", NAME), "a\\u{200b}\\u{3164}b");
        assert_eq!(printable("日本語 é", NAME), "日本語 é");
        for hostile in [
            "\r",
            "\t",
            "\u{2066}",
            "\u{feff}",
            "\u{e0041}",
            "\u{2028}",
            "\u{2003}",
            "\u{3000}",
            "\u{e000}",
            "\u{f0000}",
        ] {
            assert!(printable(hostile, NAME).starts_with("\\u{"), "{hostile:?}");
        }
    }

    #[test]
    fn long_names_are_cut_and_piles_of_marks_too() {
        assert_eq!(printable(&"x".repeat(33), 32), format!("{}…", "x".repeat(31)));
        assert_eq!(printable(&"x".repeat(32), 32), "x".repeat(32));
        let wide = printable(&"語".repeat(100), 32);
        assert!(width(&wide) <= 32 && wide.ends_with('…'), "{wide}");
        let pile = printable(&format!("a{}", "\u{301}".repeat(1_000)), 32);
        assert!(pile.chars().count() < 6 && pile.ends_with('…'), "{pile:?}");
        assert_eq!(printable(&"\u{202e}".repeat(9), 10), "\\u{202e}…");
        assert_eq!(printable("", 5), "");
    }

    #[test]
    fn times_durations_and_sizes_are_short() {
        assert_eq!(time(UnixTime::new(1_800_000_000)), "2027-01-15 08:00");
        assert_eq!(time(UnixTime::new(u64::MAX)), format!("{} s", u64::MAX));
        assert_eq!(maybe(None), "-");
        let durations = [5, 61, 3_700, 100_000].map(duration);
        assert_eq!(durations, ["5 s", "1 min", "1 h 1 min", "1 d 3 h"]);
        assert_eq!([12, 1_536, 5_000_000_000].map(size), ["12 bytes", "1.5 KiB", "4.6 GiB"]);
    }
}
