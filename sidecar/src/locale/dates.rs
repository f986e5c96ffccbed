//! Dates and durations as texts.

use protocol::time::UnixTime;
use time::OffsetDateTime;

use super::message::{Message, TwoDigits};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
/// After so many seconds the date says more than the number of days.
const LONG_AGO: u64 = 60 * DAY;

/// A date and a time of day, in UTC. A time that no calendar has is the epoch.
pub fn moment(at: UnixTime) -> Message {
    let at = i64::try_from(at.as_secs()).ok().and_then(|secs| OffsetDateTime::from_unix_timestamp(secs).ok());
    let at = at.unwrap_or(OffsetDateTime::UNIX_EPOCH);
    Message::Moment {
        year: u64::try_from(at.year()).unwrap_or_default(),
        month: u64::from(u8::from(at.month())),
        day: u64::from(at.day()),
        hour: TwoDigits(at.hour()),
        minute: TwoDigits(at.minute()),
    }
}

/// How long ago something happened. What is in the future, by another computer's clock, is now.
pub fn ago(then: UnixTime, now: UnixTime) -> Message {
    match now.since(then) {
        ..MINUTE => Message::JustNow,
        secs @ MINUTE..HOUR => Message::MinutesAgo { count: secs / MINUTE },
        secs @ HOUR..DAY => Message::HoursAgo { count: secs / HOUR },
        secs @ DAY..LONG_AGO => Message::DaysAgo { count: secs / DAY },
        LONG_AGO.. => moment(then),
    }
}

/// When something can be done that has to wait for so many seconds. It is never too early.
pub fn ahead(secs: u64) -> Message {
    match secs {
        ..MINUTE => Message::InSeconds { count: secs.max(1) },
        MINUTE..HOUR => Message::InMinutes { count: secs.div_ceil(MINUTE) },
        HOUR..DAY => Message::InHours { count: secs.div_ceil(HOUR) },
        DAY.. => Message::InDays { count: secs.div_ceil(DAY) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locale::Locale;

    /// 2027-01-15 08:00:00 UTC.
    const THEN: UnixTime = UnixTime::new(1_800_000_000);

    #[test]
    fn moments_are_written_as_in_each_language() {
        let written = Locale::ALL.map(|locale| locale.line(&moment(THEN)));
        assert_eq!(
            written,
            [
                "January 15, 2027, 08:00 UTC",
                "15. Januar 2027, 08:00 Uhr UTC",
                "15 janvier 2027 à 08:00 UTC",
                "15 de enero de 2027, 08:00 UTC",
                "15 gennaio 2027, 08:00 UTC",
                "15 de janeiro de 2027, 08:00 UTC",
                "2027年1月15日 08:00 UTC",
                "2027年1月15日 08:00 UTC",
            ]
        );
        let leap = moment(UnixTime::new(1_709_251_199));
        assert_eq!(Locale::En.line(&leap), "February 29, 2024, 23:59 UTC");
        assert_eq!(Locale::Fr.line(&moment(UnixTime::new(0))), "1er janvier 1970 à 00:00 UTC");
        assert_eq!(Locale::De.line(&moment(UnixTime::new(u64::MAX))), "1. Januar 1970, 00:00 Uhr UTC");
    }

    #[test]
    fn every_month_has_its_name() {
        for locale in Locale::ALL {
            let days = (0..12).map(|month| UnixTime::new((month * 30 + month / 2 + 15) * DAY));
            let texts: std::collections::BTreeSet<String> =
                days.map(|day| locale.line(&moment(day))).collect();
            assert_eq!(texts.len(), 12);
            let names: std::collections::BTreeSet<String> =
                texts.iter().map(|text| text.chars().filter(|c| c.is_alphabetic()).collect()).collect();
            // Japanese and Chinese number their months.
            let numbered = matches!(locale, Locale::Ja | Locale::Zh);
            assert_eq!(names.len(), if numbered { 1 } else { 12 }, "{names:?}");
        }
    }

    #[test]
    fn the_past_is_rounded_down_and_the_future_up() {
        let past = |secs: u64| Locale::En.line(&ago(THEN, UnixTime::new(1_800_000_000 + secs)));
        for (secs, text) in [
            (0, "just now"),
            (59, "just now"),
            (60, "1 minute ago"),
            (3_599, "59 minutes ago"),
            (3_600, "1 hour ago"),
            (86_399, "23 hours ago"),
            (86_400, "1 day ago"),
            (60 * 86_400 - 1, "59 days ago"),
            (60 * 86_400, "January 15, 2027, 08:00 UTC"),
        ] {
            assert_eq!(past(secs), text, "{secs}");
        }
        assert_eq!(ago(THEN, UnixTime::new(1)), Message::JustNow);
        for (secs, text) in [
            (0, "in 1 second"),
            (59, "in 59 seconds"),
            (60, "in 1 minute"),
            (61, "in 2 minutes"),
            (3_600, "in 1 hour"),
            (86_400, "in 1 day"),
            (86_401, "in 2 days"),
        ] {
            assert_eq!(Locale::En.line(&ahead(secs)), text, "{secs}");
        }
    }

    #[test]
    fn one_is_singular_and_two_are_plural() {
        for (locale, one, two) in [
            (Locale::De, "vor 1 Tag", "vor 2 Tagen"),
            (Locale::Fr, "il y a 1 jour", "il y a 2 jours"),
            (Locale::Es, "hace 1 día", "hace 2 días"),
            (Locale::It, "1 giorno fa", "2 giorni fa"),
            (Locale::Pt, "há 1 dia", "há 2 dias"),
            (Locale::Ja, "1 日前", "2 日前"),
            (Locale::Zh, "1 天前", "2 天前"),
        ] {
            let texts = [1, 2].map(|count| locale.line(&Message::DaysAgo { count }));
            assert_eq!(texts, [one, two]);
        }
    }
}
