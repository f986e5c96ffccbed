//! The outcome of every check, and the exit code that follows.

use super::check::Check;
use super::ledger::{Finding, Outcome};
use super::row::{Place, Severity};

/// The checks of one place.
#[derive(Debug)]
pub struct Section {
    /// The place.
    pub place: Place,
    /// The URL that was looked at from outside; `None` for other places.
    pub url: Option<String>,
    /// The outcome of every check of the place, in the table's order.
    pub results: Vec<(Check, Outcome)>,
}

/// What doctor found.
#[derive(Debug)]
pub struct Report {
    /// The sections: first those from outside, one for each URL; then those from inside.
    pub sections: Vec<Section>,
}

/// The numbers of findings and checks by outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Findings that are faults.
    pub faults: usize,
    /// Findings that are warnings.
    pub warnings: usize,
    /// Findings that are advice.
    pub advice: usize,
    /// Checks that found nothing.
    pub fine: usize,
    /// Checks that were not done.
    pub not_checked: usize,
}

/// The exit code if there are warnings, but no fault.
pub(super) const WARNINGS: u8 = 3;
/// The exit code if there is a fault.
pub(super) const FAULTS: u8 = 4;

impl Report {
    /// The numbers of findings and checks by outcome.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for (_, outcome) in self.sections.iter().flat_map(|section| &section.results) {
            match outcome {
                Outcome::Fine => counts.fine += 1,
                Outcome::NotChecked(_) => counts.not_checked += 1,
                Outcome::Found(findings) => findings.iter().for_each(|finding| counts.add(finding)),
            }
        }
        counts
    }

    /// The exit code: 0, [`WARNINGS`] or [`FAULTS`].
    pub fn exit_code(&self) -> u8 {
        let counts = self.counts();
        match (counts.faults, counts.warnings) {
            (0, 0) => 0,
            (0, _) => WARNINGS,
            _ => FAULTS,
        }
    }
}

impl Counts {
    const fn add(&mut self, finding: &Finding) {
        match finding.severity {
            Severity::Fault => self.faults += 1,
            Severity::Warning => self.warnings += 1,
            Severity::Advice => self.advice += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::ledger::Ledger;

    fn code(checks: &[Check]) -> u8 {
        let mut ledger = Ledger::default();
        for check in checks {
            ledger.found(*check, "It is so.");
        }
        let results = ledger.finish(Place::Traefik);
        Report { sections: vec![Section { place: Place::Traefik, url: None, results }] }.exit_code()
    }

    #[test]
    fn the_worst_finding_decides_the_exit_code() {
        assert_eq!(code(&[]), 0);
        assert_eq!(code(&[Check::HeaderAliases]), 0);
        assert_eq!(code(&[Check::HeaderAliases, Check::Compression]), WARNINGS);
        assert_eq!(code(&[Check::Compression, Check::BareRouter]), FAULTS);
    }
}
