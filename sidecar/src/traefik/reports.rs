//! The problems of each Traefik. A problem is logged when it appears and when it is gone; the present ones are counted.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use events::{Event, Field, Kind, Reason};

use super::problem::Problem;
use crate::journal::Journal;

/// The most askers that are remembered. An asker is the address of a Traefik that polls.
const ASKERS: usize = 64;

/// The number of failures in a row that is a problem. One is not: a Traefik that starts polls before its API answers.
const FAILURES: u32 = 2;

/// The problems of each Traefik, as its last polls found them.
#[derive(Debug, Default)]
pub struct Reports(Mutex<BTreeMap<IpAddr, Report>>);

#[derive(Debug, Default)]
struct Report {
    problems: BTreeSet<Problem>,
    /// How often in a row its API could not be read.
    failures: u32,
}

impl Report {
    fn update(&mut self, journal: &Journal, asker: IpAddr, problems: BTreeSet<Problem>) {
        for problem in problems.difference(&self.problems) {
            journal.record(event(Kind::RouterProblem, problem, asker));
        }
        for problem in self.problems.difference(&problems) {
            journal.record(event(Kind::RouterMended, problem, asker).succeeded());
        }
        self.problems = problems;
    }
}

fn event(kind: Kind, problem: &Problem, asker: IpAddr) -> Event {
    Event::because(kind, problem.reason()).detail(problem).with(Field::Traefik, asker.to_string())
}

impl Reports {
    /// Records the problems that a poll found. Logs those that are new and those that are gone.
    pub(super) fn update(&self, journal: &Journal, asker: IpAddr, problems: BTreeSet<Problem>) {
        self.with(asker, |report| {
            report.failures = 0;
            report.update(journal, asker, problems);
        });
    }

    /// Records that the API could not be read. Earlier problems are kept, because they may still exist.
    pub(super) fn unreadable(&self, journal: &Journal, asker: IpAddr, problem: Problem) {
        self.with(asker, |report| {
            report.failures = report.failures.saturating_add(1);
            // Later failures in the row are not logged, even if their reason is another.
            if report.failures == FAILURES {
                let mut problems = report.problems.clone();
                problems.insert(problem);
                report.update(journal, asker, problems);
            }
        });
    }

    fn with(&self, asker: IpAddr, change: impl FnOnce(&mut Report)) {
        let mut askers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if askers.len() >= ASKERS && !askers.contains_key(&asker) {
            // It does not matter which asker is forgotten: its problems are only logged once more.
            askers.pop_first();
        }
        change(askers.entry(asker).or_default());
    }

    /// Every problem: the address of the Traefik, the reason, and a sentence.
    pub fn all(&self) -> Vec<(IpAddr, Reason, String)> {
        let askers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let of = |(asker, report): (&IpAddr, &Report)| {
            let shown = |problem: &Problem| (*asker, problem.reason(), problem.to_string());
            report.problems.iter().map(shown).collect::<Vec<_>>()
        };
        askers.iter().flat_map(of).collect()
    }

    /// How many problems there are of each kind, over all askers.
    pub fn counts(&self) -> BTreeMap<&'static str, u64> {
        let askers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut counts = BTreeMap::new();
        for problem in askers.values().flat_map(|report| &report.problems) {
            *counts.entry(problem.reason().code()).or_default() += 1;
        }
        counts
    }
}
