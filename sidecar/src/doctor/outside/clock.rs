//! Checks clocks: the plugin and the sidecar refuse what is more than a minute old.

use std::time::SystemTime;

use protocol::time::{CLOCK_SKEW, UnixTime};

use crate::doctor::check::Check;
use crate::doctor::ledger::Ledger;

/// Compares the `Date` of a response with this machine's clock.
pub(in crate::doctor) fn check(check: Check, whose: &str, date: &str, now: UnixTime, ledger: &mut Ledger) {
    let Some(there) = date_of(date) else {
        return ledger.not_checked(check, "the response has no Date");
    };
    let apart = there.as_secs().abs_diff(now.as_secs());
    ledger.judge(check, apart <= CLOCK_SKEW, || {
        let direction = if there > now { "ahead of" } else { "behind" };
        format!("{whose} is {apart} seconds {direction} this machine.")
    });
}

/// Parses the time in a `Date` header.
fn date_of(date: &str) -> Option<UnixTime> {
    let time = httpdate::parse_http_date(date).ok()?;
    let since = time.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    Some(UnixTime::new(since.as_secs()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::ledger::Outcome;
    use crate::doctor::row::Place;

    #[test]
    fn a_minute_is_allowed() {
        let now = UnixTime::new(784_111_777);
        for (date, is_fine) in [
            ("Sun, 06 Nov 1994 08:49:37 GMT", true),
            ("Sun, 06 Nov 1994 08:50:37 GMT", true),
            ("Sun, 06 Nov 1994 08:48:37 GMT", true),
            ("Sun, 06 Nov 1994 08:50:38 GMT", false),
            ("Sun, 06 Nov 1994 08:48:36 GMT", false),
        ] {
            let mut ledger = Ledger::default();
            check(Check::Clock, "It", date, now, &mut ledger);
            assert_eq!(ledger.is_fine(Check::Clock), is_fine, "{date}");
        }
        let mut ledger = Ledger::default();
        check(Check::Clock, "It", "yesterday", now, &mut ledger);
        let outcomes = ledger.finish(Place::Outside);
        assert!(
            outcomes.iter().any(|(done, outcome)| {
                *done == Check::Clock && matches!(outcome, Outcome::NotChecked(_))
            })
        );
    }
}
