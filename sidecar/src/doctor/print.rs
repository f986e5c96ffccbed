//! The report for people: a line for each check, what to do below each finding, and checks that were not done together
//! in one line for each reason.

use std::fmt::Write as _;

use super::ledger::{Finding, Outcome};
use super::report::{Report, Section};
use super::row::{Place, Severity};

/// How the report is written.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// Whether to use neither colours nor characters outside ASCII.
    pub is_plain: bool,
    /// Whether to leave out checks that found nothing.
    pub is_quiet: bool,
    /// The width of a line, in columns of the terminal.
    pub width: usize,
}

/// The width of the column with the codes.
const CODE: usize = 22;
/// The width of the margin before a sign.
const MARGIN: usize = 2;
/// Lines are not made narrower than this, even if the terminal is.
const NARROWEST: usize = 60;

/// The signs of a style: fine, advice, warning, fault, not checked, remedy.
struct Signs {
    fine: &'static str,
    advice: &'static str,
    warning: &'static str,
    fault: &'static str,
    not_checked: &'static str,
    remedy: &'static str,
    /// The width of a sign.
    columns: usize,
}

const PLAIN: Signs = Signs {
    fine: "[ok]",
    advice: "[i] ",
    warning: "[!] ",
    fault: "[X] ",
    not_checked: "[-] ",
    remedy: "->",
    columns: 4,
};
const COLOURED: Signs = Signs {
    fine: "\u{1b}[32m✓\u{1b}[0m",
    advice: "\u{1b}[36mi\u{1b}[0m",
    warning: "\u{1b}[33m!\u{1b}[0m",
    fault: "\u{1b}[1;31m✗\u{1b}[0m",
    not_checked: "·",
    remedy: "→",
    columns: 1,
};

impl Report {
    /// The report as text.
    pub fn to_text(&self, style: Style) -> String {
        let printer = Printer {
            signs: if style.is_plain { PLAIN } else { COLOURED },
            style: Style { width: style.width.max(NARROWEST), ..style },
        };
        let mut text = String::new();
        for section in &self.sections {
            printer.section(section, &mut text);
        }
        let counts = self.counts();
        let _ = writeln!(
            text,
            "{}, {}, {} of advice; {} fine, {} not done.",
            number(counts.faults, "fault"),
            number(counts.warnings, "warning"),
            number(counts.advice, "piece"),
            number(counts.fine, "check"),
            counts.not_checked
        );
        text
    }
}

fn number(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

struct Printer {
    signs: Signs,
    style: Style,
}

impl Printer {
    fn section(&self, section: &Section, text: &mut String) {
        let heading = match (section.place, &section.url) {
            (Place::Outside, url) => format!("From outside: {}", url.as_deref().unwrap_or_default()),
            (Place::Sidecar, _) => "The sidecar".to_owned(),
            (Place::Traefik, _) => "Traefik".to_owned(),
        };
        let _ = writeln!(text, "{}\n", self.shown(&heading));
        let mut undone: Vec<(&str, Vec<&str>)> = Vec::new();
        for (check, outcome) in &section.results {
            let row = check.row();
            match outcome {
                Outcome::Fine if self.style.is_quiet => {}
                Outcome::Fine => self.line(self.signs.fine, row.code, row.title, text),
                Outcome::Found(findings) => {
                    for finding in findings {
                        self.finding(row.code, finding, text);
                    }
                }
                Outcome::NotChecked(reason) => match undone.iter_mut().find(|(known, _)| known == reason) {
                    Some((_, codes)) => codes.push(row.code),
                    None => undone.push((reason, vec![row.code])),
                },
            }
        }
        if !self.style.is_quiet {
            for (reason, codes) in undone {
                let list = codes.join(", ");
                self.line(self.signs.not_checked, "not checked,", &format!("because {reason}: {list}"), text);
            }
        }
        text.push('\n');
    }

    fn finding(&self, code: &str, finding: &Finding, text: &mut String) {
        let sign = match finding.severity {
            Severity::Advice => self.signs.advice,
            Severity::Warning => self.signs.warning,
            Severity::Fault => self.signs.fault,
        };
        self.line(sign, code, &finding.sentence, text);
        let indent = " ".repeat(self.indent());
        let remedy = format!("{} {}", self.signs.remedy, finding.remedy);
        for line in self.wrapped(&remedy) {
            let _ = writeln!(text, "{indent}{line}");
        }
    }

    /// The width of what is before the text of a line.
    const fn indent(&self) -> usize {
        MARGIN + self.signs.columns + 1 + CODE
    }

    fn line(&self, sign: &str, code: &str, rest: &str, text: &mut String) {
        let mut lines = self.wrapped(rest).into_iter();
        let first = lines.next().unwrap_or_default();
        let _ = writeln!(text, "{}{sign} {code:<CODE$}{first}", " ".repeat(MARGIN));
        for line in lines {
            let _ = writeln!(text, "{}{line}", " ".repeat(self.indent()));
        }
    }

    /// Breaks the text into lines that fit beside the codes. A word that is too long has its own line.
    fn wrapped(&self, text: &str) -> Vec<String> {
        let width = self.style.width.saturating_sub(self.indent());
        let shown = self.shown(text);
        let mut lines: Vec<String> = Vec::new();
        for word in shown.split(' ').filter(|word| !word.is_empty()) {
            match lines.last_mut() {
                Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                    line.push(' ');
                    line.push_str(word);
                }
                _ => lines.push(word.to_owned()),
            }
        }
        lines
    }

    /// Returns the text; in the plain style, `?` replaces each character outside ASCII.
    fn shown(&self, text: &str) -> String {
        let plain = |c: char| if c.is_ascii() { c } else { '?' };
        if self.style.is_plain { text.chars().map(plain).collect() } else { text.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::check::Check;
    use crate::doctor::ledger::Ledger;

    fn report() -> Report {
        let mut ledger = Ledger::default();
        ledger.fine(Check::NameResolves);
        ledger.found(Check::Reachable, "wiki.example.com: größer \u{1b}[31mred\u{202e}.");
        let results = ledger.finish(Place::Outside);
        Report {
            sections: vec![Section { place: Place::Outside, url: Some("https://h/mcp".to_owned()), results }],
        }
    }

    #[test]
    fn plain_text_is_ascii_without_colours() {
        let text = report().to_text(Style { is_plain: true, is_quiet: false, width: 100 });
        assert!(text.is_ascii() && !text.contains('\u{1b}'), "{text}");
        assert!(text.contains("  [ok] name-resolves         the host name has an address\n"), "{text}");
        assert!(
            text.contains("  [X]  reachable             wiki.example.com: gr??er ?[31mred?.\n"),
            "{text}"
        );
        assert!(text.contains("-> start Traefik"), "{text}");
        assert_eq!(text.matches("not checked").count(), 2, "one line for each reason: {text}");
        assert!(text.lines().all(|line| line.len() <= 100), "{text}");
        assert!(
            text.contains(
                "
1 fault, 0 warnings, 0 pieces of advice; 1 check fine, "
            ) && text.ends_with(
                " not done.
"
            ),
            "{text}"
        );
    }

    #[test]
    fn servers_cannot_colour_the_screen() {
        let text = report().to_text(Style { is_plain: false, is_quiet: true, width: 100 });
        assert!(!text.contains("\u{1b}[31mred") && !text.contains('\u{202e}'), "{text}");
        assert!(!text.contains("name-resolves") && text.contains("✗"), "{text}");
    }
}
