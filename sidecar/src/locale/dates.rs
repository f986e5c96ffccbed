//! Dates and durations in words.

use protocol::time::UnixTime;
use time::OffsetDateTime;

use super::message::{Message, TwoDigits};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// Returns the text for a date and a time of day, in UTC. A time that is outside the calendar becomes the epoch.
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

/// Returns the text for a time that is `secs` seconds ahead. The time is rounded up, so that nobody tries too early.
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
    fn the_future_is_rounded_up() {
        for (secs, text) in [
            (0, "1 second"),
            (59, "59 seconds"),
            (60, "1 minute"),
            (61, "2 minutes"),
            (3_600, "1 hour"),
            (86_400, "1 day"),
            (86_401, "2 days"),
        ] {
            assert_eq!(Locale::En.line(&ahead(secs)), text, "{secs}");
        }
        let wait = Message::TooManyAttempts { when: ahead(5).into() };
        assert_eq!(Locale::En.line(&wait), "There were too many attempts. Try again in 5 seconds.");
    }

    #[test]
    fn one_is_singular_and_two_are_plural() {
        for (locale, one, two) in [
            (Locale::De, "in 1 Tag", "in 2 Tagen"),
            (Locale::Fr, "dans 1 jour", "dans 2 jours"),
            (Locale::Es, "dentro de 1 día", "dentro de 2 días"),
            (Locale::It, "tra 1 giorno", "tra 2 giorni"),
            (Locale::Pt, "em 1 dia", "em 2 dias"),
            (Locale::Ja, "1 日後", "2 日後"),
            (Locale::Zh, "1 天后", "2 天后"),
        ] {
            let texts = [1, 2].map(|count| locale.line(&Message::InDays { count }));
            assert_eq!(texts, [one, two]);
        }
    }
}
