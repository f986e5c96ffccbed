//! Tables for a person at a terminal.

use super::text::width;

/// A table whose columns are aligned. Cells are shown as they are: pass hostile text through
/// [`printable`](super::text::printable) first.
pub(super) struct Table {
    head: &'static [&'static str],
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(super) const fn new(head: &'static [&'static str]) -> Self {
        Self { head, rows: Vec::new() }
    }

    pub(super) fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The lines, with two spaces between the columns.
    pub(super) fn text(&self) -> String {
        let head: Vec<String> = self.head.iter().map(|name| (*name).to_owned()).collect();
        let all = || std::iter::once(&head).chain(&self.rows);
        let widths: Vec<usize> = (0..self.head.len())
            .map(|at| all().filter_map(|row| row.get(at)).map(|cell| width(cell)).max().unwrap_or_default())
            .collect();
        let mut text = String::new();
        for row in all() {
            let mut line = String::new();
            for (cell, wide) in row.iter().zip(&widths) {
                line.push_str(cell);
                line.push_str(&" ".repeat(wide - width(cell) + 2));
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }
}

/// A line with a name and a value. The value is shown as it is.
pub(super) fn fact(name: &str, value: &str) -> String {
    format!("{name:<28}{value}\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::admin::text::{NAME, printable};

    #[test]
    fn columns_are_aligned_whatever_the_names_are() {
        let mut table = Table::new(&["NAME", "USER"]);
        for name in ["Claude", "日本語", "\u{202e}evil\u{1b}[31m", &"x".repeat(500)] {
            table.row(vec![printable(name, NAME), "ann".to_owned()]);
        }
        let text = table.text();
        let columns: Vec<usize> =
            text.lines().map(|line| width(line.rsplit_once(' ').map_or("", |(before, _)| before))).collect();
        assert!(columns.iter().all(|column| *column == 33), "{text}");
        assert!(!text.contains(['\u{1b}', '\u{202e}']), "{text:?}");
    }

    #[test]
    fn a_table_without_rows_is_its_head() {
        let table = Table::new(&["A", "B"]);
        assert!(table.is_empty());
        assert_eq!(table.text(), "A  B\n");
    }
}
