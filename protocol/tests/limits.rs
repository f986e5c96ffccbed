//! Tests that `docs/limits.md` shows the table of limits, and that each limit has a reason and an error text. These
//! tests run natively only, because they read that page.
#![cfg(not(target_family = "wasm"))]

use protocol::limits::{Group, TABLE, Unit};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// The table is between these two lines of `docs/limits.md`.
const BEGIN: &str = "<!-- The table of protocol/src/limits: `UPDATE_LIMITS=1 cargo test -p protocol --test limits` writes it. -->\n";
const END: &str = "<!-- End of the table. -->\n";

fn number(most: usize) -> String {
    let digits = most.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

fn section(group: &Group) -> String {
    let mut text = format!("\n### {}\n\n", group.title.trim());
    if !group.intro.trim().is_empty() {
        let _ = writeln!(text, "{}\n", group.intro.trim());
    }
    text += "| what | at most | why |\n|---|---|---|\n";
    for limit in group.limits {
        let unit = match limit.unit {
            Unit::Bytes => "bytes",
            Unit::Values => "values",
            Unit::Seconds => "seconds",
        };
        // A name with a space in it is a description, not a name on the wire.
        let name = if limit.name.contains(' ') { limit.name.to_owned() } else { format!("`{}`", limit.name) };
        let _ = writeln!(text, "| {name} | {} {unit} | {} |", number(limit.most), limit.reason.trim());
    }
    text
}

#[test]
fn the_page_shows_the_table() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/limits.md");
    let page = std::fs::read_to_string(path).unwrap();
    let (before, rest) = page.split_once(BEGIN).expect("the line before the table");
    let (table, after) = rest.split_once(END).expect("the line after the table");
    let expected = TABLE.iter().map(|group| section(group)).collect::<String>() + "\n";
    if table != expected {
        #[expect(clippy::disallowed_methods, reason = "a switch of this test")]
        let update = std::env::var("UPDATE_LIMITS").is_ok();
        if update {
            std::fs::write(path, [before, BEGIN, &expected, END, after].concat()).unwrap();
        }
        panic!("docs/limits.md differs from protocol/src/limits: run this test again with UPDATE_LIMITS=1");
    }
}

#[test]
fn each_limit_has_a_reason_and_a_text_that_may_be_sent() {
    for group in TABLE {
        let mut seen = BTreeSet::new();
        for limit in group.limits {
            assert!(
                seen.insert((limit.name, limit.unit as u8)),
                "{} stands twice in {}",
                limit.name,
                group.title
            );
            assert!(limit.reason.trim().len() > 10 && limit.reason.trim().ends_with('.'), "{}", limit.name);
            // RFC 6749 §5.2: no quote, no backslash, no control character.
            let sendable = |b: u8| matches!(b, 0x20 | 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
            assert!(limit.exceeded.bytes().all(sendable), "{}", limit.exceeded);
            assert!(limit.exceeded.starts_with(limit.name), "{}", limit.exceeded);
            assert!(
                limit.check(limit.most).is_ok() && limit.check(limit.most + 1).is_err(),
                "{}",
                limit.name
            );
        }
    }
}
