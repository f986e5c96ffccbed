//! Collects what the checks of one place found. A check without an outcome was not done, because a check that it needs
//! failed.

use std::collections::BTreeMap;

use super::check::Check;
use super::row::{Place, Severity};
use super::text::printable;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How much the finding matters.
    pub severity: Severity,
    /// What was found, in one sentence. It may quote what servers sent, made printable.
    pub sentence: String,
    /// What the operator can do about it.
    pub remedy: String,
}

/// The outcome of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All is well.
    Fine,
    /// At least one thing is wrong.
    Found(Vec<Finding>),
    /// The check was not done, for this reason.
    NotChecked(String),
}

/// The outcomes of the checks so far.
#[derive(Debug, Default)]
pub(super) struct Ledger(BTreeMap<Check, Outcome>);

impl Ledger {
    /// Records that all is well, unless something was found before.
    pub(super) fn fine(&mut self, check: Check) {
        let outcome = self.0.entry(check).or_insert(Outcome::Fine);
        if matches!(outcome, Outcome::NotChecked(_)) {
            *outcome = Outcome::Fine;
        }
    }

    /// Records that all is well if `is_fine`, otherwise this sentence.
    pub(super) fn judge(&mut self, check: Check, is_fine: bool, sentence: impl FnOnce() -> String) {
        if is_fine { self.fine(check) } else { self.found(check, sentence()) }
    }

    /// Records a finding with the table's severity and remedy.
    pub(super) fn found(&mut self, check: Check, sentence: impl AsRef<str>) {
        let row = check.row();
        self.found_with(check, row.severity, sentence, row.remedy);
    }

    /// Records a finding with another severity and remedy than the table's.
    pub(super) fn found_with(
        &mut self,
        check: Check,
        severity: Severity,
        sentence: impl AsRef<str>,
        remedy: impl AsRef<str>,
    ) {
        let sentence = printable(sentence.as_ref());
        let finding = Finding { severity, sentence, remedy: printable(remedy.as_ref()) };
        match self.0.entry(check).or_insert(Outcome::Fine) {
            Outcome::Found(findings) => findings.push(finding),
            other => *other = Outcome::Found(vec![finding]),
        }
    }

    /// Records why a check is not done, unless it has an outcome.
    pub(super) fn not_checked(&mut self, check: Check, reason: impl AsRef<str>) {
        let reason = printable(reason.as_ref());
        self.0.entry(check).or_insert(Outcome::NotChecked(reason));
    }

    /// Whether the check was done and found nothing.
    pub(super) fn is_fine(&self, check: Check) -> bool {
        self.0.get(&check) == Some(&Outcome::Fine)
    }

    /// Takes over the outcomes of checks that were done at the same time.
    pub(super) fn merge(&mut self, other: Self) {
        for (check, outcome) in other.0 {
            match outcome {
                Outcome::Fine => self.fine(check),
                Outcome::NotChecked(reason) => self.not_checked(check, reason),
                Outcome::Found(findings) => {
                    for finding in findings {
                        self.found_with(check, finding.severity, finding.sentence, finding.remedy);
                    }
                }
            }
        }
    }

    /// Returns the outcome of every check of a place, in the table's order. A check without an outcome gets
    /// [`Outcome::NotChecked`] with the reason.
    pub(super) fn finish(mut self, place: Place) -> Vec<(Check, Outcome)> {
        let all = Check::ALL.iter().copied().filter(|check| check.row().place == place);
        let reasons: Vec<(Check, String)> = all
            .clone()
            .filter(|check| !self.0.contains_key(check))
            .map(|check| (check, self.reason(check)))
            .collect();
        self.0.extend(reasons.into_iter().map(|(check, reason)| (check, Outcome::NotChecked(reason))));
        all.filter_map(|check| self.0.remove(&check).map(|outcome| (check, outcome))).collect()
    }

    /// Says why a check has no outcome: names the first of the checks that it needs which found something or was not
    /// done.
    fn reason(&self, check: Check) -> String {
        self.blocked(check).unwrap_or_else(|| "what it needs could not be found out".to_owned())
    }

    fn blocked(&self, check: Check) -> Option<String> {
        check.needs().iter().find_map(|needed| match self.0.get(needed) {
            Some(Outcome::Found(_)) => Some(format!("{} failed", needed.row().code)),
            Some(Outcome::Fine) => None,
            Some(Outcome::NotChecked(reason)) => Some(reason.clone()),
            None => self.blocked(*needed),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(ledger: Ledger, check: Check) -> Outcome {
        let all = ledger.finish(check.row().place);
        all.into_iter().find(|(known, _)| *known == check).unwrap().1
    }

    #[test]
    fn a_check_that_was_not_done_names_the_fault_it_follows_from() {
        let mut ledger = Ledger::default();
        ledger.found(Check::NameResolves, "no address");
        let reason = outcome(ledger, Check::Streaming);
        assert_eq!(reason, Outcome::NotChecked("name-resolves failed".to_owned()));
    }

    #[test]
    fn a_finding_is_not_overwritten() {
        let mut ledger = Ledger::default();
        ledger.found(Check::Clock, "ten minutes late");
        ledger.fine(Check::Clock);
        ledger.not_checked(Check::Clock, "later");
        ledger.found(Check::Clock, "and again");
        let Outcome::Found(findings) = outcome(ledger, Check::Clock) else { panic!("it was found") };
        assert_eq!(findings.len(), 2);
    }

    #[test]
    fn every_check_has_an_outcome_once() {
        for place in Place::ALL {
            let all = Ledger::default().finish(place);
            assert!(all.iter().all(|(check, _)| check.row().place == place), "{place:?}");
            assert!(all.windows(2).all(|two| two[0].0 < two[1].0), "{place:?}");
        }
    }
}
