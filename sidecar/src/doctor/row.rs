//! The description of one check of `mcpbouncer doctor`: where it looks, how much a finding matters, and its texts in
//! the report.

/// Where a check looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// At the URL of the MCP server, as a client does.
    Outside,
    /// At the sidecar's settings, files and store, and at the OpenID provider.
    Sidecar,
    /// At the routers, middlewares and entry points that Traefik's API lists.
    Traefik,
}

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing; does not change the exit code.
    Advice,
    /// Something fails for some clients, or will fail.
    Warning,
    /// Clients cannot connect, people cannot log in, or something is unprotected.
    Fault,
}

/// The description of a check.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The stable name.
    pub code: &'static str,
    /// Where the check looks.
    pub place: Place,
    /// How much a finding matters, unless the finding says otherwise.
    pub severity: Severity,
    /// What is true if the check finds nothing.
    pub title: &'static str,
    /// What follows if that is not true.
    pub meaning: &'static str,
    /// What the operator can do then.
    pub remedy: &'static str,
}

impl Row {
    /// Returns the line of this check in the table of `docs/doctor.md`.
    pub fn documentation(&self) -> String {
        let Self { code, severity, title, meaning, remedy, .. } = self;
        format!("| `{code}` | {} | {title} | {meaning} | {} |", severity.word(), remedy.replace('|', "\\|"))
    }
}

impl Severity {
    /// The severity as a word, for JSON and documentation.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Advice => "advice",
            Self::Warning => "warning",
            Self::Fault => "fault",
        }
    }
}

impl Place {
    /// All places, in the order in which they are shown.
    pub const ALL: [Self; 3] = [Self::Outside, Self::Sidecar, Self::Traefik];

    /// The place as a word, for JSON and documentation.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Outside => "outside",
            Self::Sidecar => "sidecar",
            Self::Traefik => "traefik",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::check::Check;
    use std::collections::BTreeSet;

    #[test]
    fn codes_are_unique_and_plain() {
        let codes: BTreeSet<&str> = Check::ALL.iter().map(|check| check.row().code).collect();
        assert_eq!(codes.len(), Check::ALL.len());
        assert!(codes.len() >= 40);
        for code in codes {
            assert!(
                code.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'),
                "{code}"
            );
        }
    }

    /// The report makes a sentence of each text and adds the full stop itself, so no text ends with one.
    #[test]
    fn texts_are_parts_of_sentences() {
        for Row { code, title, meaning, remedy, .. } in Check::ALL.iter().map(|check| check.row()) {
            for text in [title, meaning, remedy] {
                assert!(text.len() > 10 && !text.ends_with('.') && text.is_ascii(), "{code}: {text}");
            }
        }
    }

    #[test]
    fn a_check_needs_only_checks_before_it() {
        for check in Check::ALL {
            assert!(check.needs().iter().all(|needed| needed < check), "{check:?}");
        }
    }
}
