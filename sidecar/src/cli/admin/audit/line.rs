//! Formats a row of the audit table as a line for a person.

use protocol::time::UnixTime;

use crate::audit::Row;
use crate::cli::admin::text::{moment, printable, width};

/// The columns, each with its name and its width in columns of the terminal. The details follow, without a width.
const COLUMNS: [(&str, usize); 6] =
    [("TIME (UTC)", 19), ("EVENT", 18), ("OUTCOME", 24), ("USER", 20), ("CLIENT", 24), ("ADDRESS", 15)];
/// The maximum width of the details, in columns of the terminal.
const REST: usize = 240;

/// Returns the line with the names of the columns.
pub(super) fn head() -> String {
    let names = COLUMNS.map(|(name, wide)| padded(name, wide));
    format!("{}DETAILS\n", names.concat())
}

/// Returns the line of a row. For a refusal or failure, the reason stands in the column of the outcome.
pub(super) fn of(row: &Row) -> String {
    let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    let outcome = row.reason.clone().unwrap_or_else(|| row.outcome.clone());
    let cells = [
        moment(UnixTime::new(row.at)),
        row.event.clone(),
        outcome,
        text(&row.user),
        text(&row.client),
        text(&row.address),
    ];
    let cells: String =
        cells.iter().zip(COLUMNS).map(|(cell, (_, wide))| padded(&printable(cell, wide), wide)).collect();
    let named = [("", &row.detail), ("by ", &row.actor), ("grant ", &row.grant), ("at ", &row.tenant)];
    let rest: Vec<String> =
        named.iter().filter_map(|(name, text)| Some(format!("{name}{}", text.as_deref()?))).collect();
    format!("{cells}{}", printable(&rest.join("; "), REST)).trim_end().to_owned() + "\n"
}

fn padded(cell: &str, wide: usize) -> String {
    format!("{cell}{}", " ".repeat(wide.saturating_sub(width(cell)) + 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_names_stay_in_their_columns() {
        let row = |client: &str, detail: &str| Row {
            id: String::new(),
            at: 1_800_000_000,
            event: "token_issued".to_owned(),
            outcome: "success".to_owned(),
            reason: None,
            tenant: None,
            client: Some(client.to_owned()),
            user: Some("ann".to_owned()),
            address: Some("192.0.2.7".to_owned()),
            grant: None,
            actor: None,
            detail: Some(detail.to_owned()),
        };
        let plain = of(&row("c1", "grant_type=authorization_code"));
        assert!(plain.starts_with("2027-01-15 08:00:00  token_issued        success "), "{plain}");
        let at = |line: &str| width(line.split("192.0.2.7").next().unwrap_or_default());
        for hostile in ["\u{202e}evil\u{1b}[2J\n", &"x".repeat(5_000), "日本語日本語日本語日本語"]
        {
            let line = of(&row(hostile, hostile));
            assert_eq!(at(&line), at(&plain), "{line}");
            assert_eq!(line.matches('\n').count(), 1, "{line}");
            assert!(!line.contains(['\u{1b}', '\u{202e}']) && width(&line) < 500, "{line}");
        }
        assert_eq!(at(&head().replace("ADDRESS", "192.0.2.7")), at(&plain));
    }
}
