//! Times as a person gives them.

use protocol::time::UnixTime;
use time::{Date, Month, PrimitiveDateTime, Time};

/// Names the accepted forms, for error messages.
pub(super) const EXPECTED: &str = "must be a date (2026-01-31), a date and time in UTC (2026-01-31T23:59), or a time ago (90s, 15m, 2h, 7d)";

/// Parses a time: a date or a date and time in UTC, or how long before `now`. `None` if the text has no accepted form.
pub(super) fn read(text: &str, now: UnixTime) -> Option<UnixTime> {
    ago(text).map(|secs| now.minus(secs)).or_else(|| moment(text.strip_suffix('Z').unwrap_or(text)))
}

fn ago(text: &str) -> Option<u64> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let unit = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(unit)
}

fn moment(text: &str) -> Option<UnixTime> {
    let (date, time) = text.split_once(['T', ' ']).unwrap_or((text, "00:00"));
    let numbers =
        |text: &str, gap: char| text.split(gap).map(|part| part.parse().ok()).collect::<Option<Vec<u16>>>();
    let [year, month, day] = numbers(date, '-')?[..] else { return None };
    let (hour, minute, second) = match numbers(time, ':')?[..] {
        [hour, minute] => (hour, minute, 0),
        [hour, minute, second] => (hour, minute, second),
        _ => return None,
    };
    let small = |number: u16| u8::try_from(number).ok();
    let month = Month::try_from(small(month)?).ok()?;
    let date = Date::from_calendar_date(i32::from(year), month, small(day)?).ok()?;
    let time = Time::from_hms(small(hour)?, small(minute)?, small(second)?).ok()?;
    let secs = PrimitiveDateTime::new(date, time).assume_utc().unix_timestamp();
    u64::try_from(secs).ok().map(UnixTime::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_times_and_times_ago_are_read() {
        let now = UnixTime::new(1_800_000_000);
        for (text, secs) in [
            ("2027-01-15", 1_799_971_200),
            ("2027-01-15T08:00", 1_800_000_000),
            ("2027-01-15 08:00:01", 1_800_000_001),
            ("2027-01-15T08:00:01Z", 1_800_000_001),
            ("90s", 1_799_999_910),
            ("2h", 1_799_992_800),
            ("7d", 1_799_395_200),
        ] {
            assert_eq!(read(text, now), Some(UnixTime::new(secs)), "{text}");
        }
        for text in [
            "",
            "h",
            "2x",
            "2027-13-01",
            "2027-02-30",
            "2027-01-15T25:00",
            "yesterday",
            "1-2",
            "99999999999999999999d",
        ] {
            assert_eq!(read(text, now), None, "{text}");
        }
    }
}
