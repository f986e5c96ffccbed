//! Remembers the problems of each Traefik. A problem is logged when it appears and when it disappears; present problems
//! are counted.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use events::{Event, Field, Kind, Reason};
use protocol::time::UnixTime;

use super::problem::Problem;
use crate::journal::Journal;

/// The maximum number of askers that are remembered. An asker is the address of a Traefik that polls.
const ASKERS: usize = 64;

/// How long an asker is remembered after its last poll, in seconds. A Traefik that was replaced polls from another
/// address, so the problems of the old address must be forgotten; a Traefik that is only down for a while keeps its
/// problems.
const REMEMBERED_SECS: u64 = 86_400;

/// The number of consecutive failures that is a problem. A single failure is none: a starting Traefik polls before its
/// API answers.
const FAILURES: u32 = 2;

/// The problems of each Traefik, as its last polls found them.
#[derive(Debug, Default)]
pub struct Reports(Mutex<BTreeMap<IpAddr, Report>>);

#[derive(Debug, Default)]
struct Report {
    problems: BTreeSet<Problem>,
    /// How many times in a row the API of this Traefik could not be read.
    failures: u32,
    last_poll: UnixTime,
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

/// The address of the Traefik that polled, and the time of the poll.
type Poll = (IpAddr, UnixTime);

impl Reports {
    /// Records the problems that a poll found. Logs new problems and those that have disappeared.
    pub(super) fn update(&self, journal: &Journal, poll: Poll, problems: BTreeSet<Problem>) {
        self.with(poll, |report| {
            report.failures = 0;
            report.update(journal, poll.0, problems);
        });
    }

    /// Records that the API could not be read. Earlier problems are kept, because they may still exist.
    pub(super) fn unreadable(&self, journal: &Journal, poll: Poll, problem: Problem) {
        self.with(poll, |report| {
            report.failures = report.failures.saturating_add(1);
            // Later consecutive failures are not logged, even if their cause is a different one.
            if report.failures == FAILURES {
                let mut problems = report.problems.clone();
                problems.insert(problem);
                report.update(journal, poll.0, problems);
            }
        });
    }

    fn with(&self, (asker, now): Poll, change: impl FnOnce(&mut Report)) {
        let mut askers = self.known(now);
        if askers.len() >= ASKERS && !askers.contains_key(&asker) {
            // Forget the asker that has been silent for longest. If it polls again, its problems are logged once more.
            let oldest = askers.iter().min_by_key(|(_, report)| report.last_poll).map(|(asker, _)| *asker);
            oldest.and_then(|oldest| askers.remove(&oldest));
        }
        let report = askers.entry(asker).or_default();
        report.last_poll = now;
        change(report);
    }

    /// Returns the askers that polled within the last [`REMEMBERED_SECS`], and forgets all others.
    fn known(&self, now: UnixTime) -> MutexGuard<'_, BTreeMap<IpAddr, Report>> {
        let mut askers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        askers.retain(|_, report| now.since(report.last_poll) < REMEMBERED_SECS);
        askers
    }

    /// Returns every present problem: the address of the Traefik, the reason, and a sentence.
    pub fn all(&self, now: UnixTime) -> Vec<(IpAddr, Reason, String)> {
        let of = |(asker, report): (&IpAddr, &Report)| {
            let shown = |problem: &Problem| (*asker, problem.reason(), problem.to_string());
            report.problems.iter().map(shown).collect::<Vec<_>>()
        };
        self.known(now).iter().flat_map(of).collect()
    }

    /// Counts the present problems of all askers by reason code.
    pub fn counts(&self, now: UnixTime) -> BTreeMap<&'static str, u64> {
        let mut counts = BTreeMap::new();
        for problem in self.known(now).values().flat_map(|report| &report.problems) {
            *counts.entry(problem.reason().code()).or_default() += 1;
        }
        counts
    }

    /// Returns when each asker last polled.
    pub fn polls(&self, now: UnixTime) -> Vec<(IpAddr, UnixTime)> {
        self.known(now).iter().map(|(asker, report)| (*asker, report.last_poll)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    const NOW: UnixTime = UnixTime::new(1_800_000_000);

    fn polled(reports: &Reports, journal: &Journal, asker: [u8; 4], at: UnixTime) {
        reports.update(
            journal,
            (asker.into(), at),
            BTreeSet::from([Problem::OldTraefik("3.0.0".to_owned())]),
        );
    }

    #[test]
    fn a_traefik_is_forgotten_with_its_problems_a_day_after_its_last_poll() {
        let (reports, journal) = (Reports::default(), Journal::on(Arc::new(store::Store::oracle())));
        polled(&reports, &journal, [10, 0, 0, 1], NOW);
        polled(&reports, &journal, [10, 0, 0, 2], NOW.plus(60));
        let later = NOW.plus(REMEMBERED_SECS - 1);
        let (first, second) = (IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2]));
        assert_eq!(reports.polls(later), [(first, NOW), (second, NOW.plus(60))]);
        assert_eq!((reports.counts(later)["traefik_old"], reports.all(later).len()), (2, 2));
        let later = NOW.plus(REMEMBERED_SECS);
        assert_eq!(reports.polls(later), [(second, NOW.plus(60))]);
        assert_eq!((reports.counts(later)["traefik_old"], reports.all(later).len()), (1, 1));
    }

    /// Only a limited number of polling addresses is remembered. Otherwise polls from many addresses could create any
    /// number of time series.
    #[test]
    fn of_too_many_askers_the_one_that_has_been_silent_for_longest_is_forgotten() {
        let (reports, journal) = (Reports::default(), Journal::on(Arc::new(store::Store::oracle())));
        polled(&reports, &journal, [10, 0, 0, 9], NOW.plus(1));
        polled(&reports, &journal, [10, 0, 0, 1], NOW.plus(2));
        for n in 0..100 {
            let now = NOW.plus(3 + u64::from(n));
            polled(&reports, &journal, [10, 0, 1, n], now);
            polled(&reports, &journal, [10, 0, 0, 1], now);
        }
        let known = reports.polls(NOW.plus(200));
        assert_eq!(known.len(), ASKERS);
        assert!(known.iter().any(|(asker, _)| *asker == IpAddr::from([10, 0, 0, 1])));
        assert!(!known.iter().any(|(asker, _)| *asker == IpAddr::from([10, 0, 0, 9])));
    }
}
