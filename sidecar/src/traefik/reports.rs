//! What was found wrong at each Traefik: logged when it appears and when it is gone, and counted.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use super::problem::Problem;

/// The most askers that are remembered.
const ASKERS: usize = 64;

/// A Traefik that starts does not answer the first poll's questions yet; so many failures in a row are a problem.
const FAILURES: u32 = 2;

/// The problems of each Traefik at its last poll.
#[derive(Debug, Default)]
pub struct Reports(Mutex<BTreeMap<IpAddr, Report>>);

#[derive(Debug, Default)]
struct Report {
    problems: BTreeSet<Problem>,
    /// How often in a row its API could not be read.
    failures: u32,
}

impl Report {
    fn update(&mut self, asker: IpAddr, problems: BTreeSet<Problem>) {
        for problem in problems.difference(&self.problems) {
            tracing::warn!(reason = problem.kind(), traefik = %asker, "{problem}");
        }
        for problem in self.problems.difference(&problems) {
            tracing::info!(reason = problem.kind(), traefik = %asker, "no longer so: {problem}");
        }
        self.problems = problems;
    }
}

impl Reports {
    /// Takes what a poll found. A problem is logged once, and its end too.
    pub(super) fn update(&self, asker: IpAddr, problems: BTreeSet<Problem>) {
        self.with(asker, |report| {
            report.failures = 0;
            report.update(asker, problems);
        });
    }

    /// Takes that the API could not be read. What was wrong before may still be.
    pub(super) fn unreadable(&self, asker: IpAddr, problem: Problem) {
        self.with(asker, |report| {
            report.failures = report.failures.saturating_add(1);
            // The same API that fails in another way is not news.
            if report.failures == FAILURES {
                let mut problems = report.problems.clone();
                problems.insert(problem);
                report.update(asker, problems);
            }
        });
    }

    fn with(&self, asker: IpAddr, change: impl FnOnce(&mut Report)) {
        let mut askers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if askers.len() >= ASKERS && !askers.contains_key(&asker) {
            // Any of them: what is forgotten is only logged once more.
            askers.pop_first();
        }
        change(askers.entry(asker).or_default());
    }

    /// How many problems there are of each kind, over all askers.
    pub fn counts(&self) -> BTreeMap<&'static str, u64> {
        let askers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut counts = BTreeMap::new();
        for problem in askers.values().flat_map(|report| &report.problems) {
            *counts.entry(problem.kind()).or_default() += 1;
        }
        counts
    }
}
