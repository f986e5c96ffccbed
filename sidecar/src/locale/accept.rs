//! Chooses the language of a page by the header `Accept-Language` (RFC 9110 §12.5.4).

use axum::http::{HeaderMap, header};
use unic_langid::LanguageIdentifier;

use super::Locale;

/// The maximum length of the header, in bytes. Browsers send at most some hundred; a longer header is ignored.
const LONGEST: usize = 1_024;
/// The maximum number of language ranges that are read.
const MOST_RANGES: usize = 32;

impl Locale {
    /// The language that the reader prefers among those available; English if there is none.
    pub fn of(headers: &HeaderMap) -> Self {
        let lines = headers.get_all(header::ACCEPT_LANGUAGE).iter();
        let length: usize = lines.clone().map(|line| line.len()).sum();
        if length > LONGEST {
            return Self::En;
        }
        let ranges = lines.filter_map(|line| line.to_str().ok()).flat_map(|line| line.split(','));
        let wanted = ranges.take(MOST_RANGES).filter_map(weighted).filter(|(_, weight)| *weight > 0);
        let known = wanted.filter_map(|(range, weight)| Some((Self::for_range(range)?, weight)));
        // Of several with the same weight, the first one.
        let best = known.reduce(|best, next| if next.1 > best.1 { next } else { best });
        best.map_or(Self::En, |(locale, _)| locale)
    }

    /// The available language that a language range stands for (RFC 4647 §2.1).
    fn for_range(range: &str) -> Option<Self> {
        if range == "*" {
            return Some(Self::En);
        }
        let range: LanguageIdentifier = range.parse().ok()?;
        match range.language.as_str() {
            "en" => Some(Self::En),
            _ => None,
        }
    }
}

/// A language range and its weight in thousandths; `None` if either is malformed.
fn weighted(item: &str) -> Option<(&str, u16)> {
    let Some((range, parameter)) = item.split_once(';') else { return Some((item.trim(), 1_000)) };
    let value = parameter.trim().strip_prefix(['q', 'Q'])?.trim_start().strip_prefix('=')?.trim();
    Some((range.trim(), thousandths(value)?))
}

/// A `qvalue` (RFC 9110 §12.4.2).
fn thousandths(value: &str) -> Option<u16> {
    let (whole, fraction) = value.split_once('.').unwrap_or((value, ""));
    if fraction.len() > 3 || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let parts: u16 = format!("{fraction:0<3}").parse().ok()?;
    match (whole, parts) {
        ("0", _) => Some(parts),
        ("1", 0) => Some(1_000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn weights_are_those_of_the_rfc() {
        for (value, thousandths_of) in [
            ("1", Some(1_000)),
            ("1.000", Some(1_000)),
            ("0", Some(0)),
            ("0.", Some(0)),
            ("0.5", Some(500)),
            ("0.05", Some(50)),
            ("0.001", Some(1)),
            ("1.001", None),
            ("0.0001", None),
            ("2", None),
            ("-0.5", None),
            ("+1", None),
            ("nan", None),
            ("", None),
        ] {
            assert_eq!(thousandths(value), thousandths_of, "{value}");
        }
    }

    #[test]
    fn a_hostile_header_gets_english() {
        let long = format!("de,{}", "x".repeat(10_240));
        let many = vec!["xx;q=0.1"; 2_000].join(",");
        for header in
            ["", ",,,", ";q=1", "de;q=nonsense", "de;q=0", "\u{1}", "*;q=1", "en;;;", "-", &long, &many]
        {
            let Ok(value) = HeaderValue::from_str(header) else { continue };
            let headers = HeaderMap::from_iter([(header::ACCEPT_LANGUAGE, value)]);
            assert_eq!(Locale::of(&headers), Locale::En, "{header:.40}");
        }
    }
}
