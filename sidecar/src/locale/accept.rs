//! Chooses the language of a page from the header `Accept-Language` (RFC 9110 §12.5.4).

use axum::http::{HeaderMap, HeaderValue, header};
use unic_langid::LanguageIdentifier;

use super::Locale;
use crate::weights::weighted;

/// The maximum length of the header, in bytes. Browsers send a few hundred at most; a longer header is ignored.
const LONGEST: usize = 1_024;
/// The maximum number of language ranges that are read.
const MOST_RANGES: usize = 32;

impl Locale {
    /// Returns the available language that the reader prefers; English if the reader accepts none.
    pub fn of(headers: &HeaderMap) -> Self {
        let lines = headers.get_all(header::ACCEPT_LANGUAGE);
        let length: usize = lines.iter().map(HeaderValue::len).sum();
        if length > LONGEST {
            return Self::En;
        }
        let ranges = lines.iter().filter_map(|line| line.to_str().ok()).flat_map(|line| line.split(','));
        let wanted = ranges.take(MOST_RANGES).filter_map(weighted).filter(|(_, weight)| *weight > 0);
        let known = wanted.filter_map(|(range, weight)| Some((Self::for_range(range)?, weight)));
        // Of several languages with the same weight, the first one is chosen.
        let best = known.reduce(|best, next| if next.1 > best.1 { next } else { best });
        best.map_or(Self::En, |(locale, _)| locale)
    }

    /// Returns the available language that a language range means (RFC 4647 §2.1); `None` if there is none.
    fn for_range(range: &str) -> Option<Self> {
        if range == "*" {
            return Some(Self::En);
        }
        let range: LanguageIdentifier = range.parse().ok()?;
        match range.language.as_str() {
            "en" => Some(Self::En),
            "de" => Some(Self::De),
            "fr" => Some(Self::Fr),
            "es" => Some(Self::Es),
            "it" => Some(Self::It),
            "pt" => Some(Self::Pt),
            "ja" => Some(Self::Ja),
            // Browsers whose readers prefer traditional characters send `zh` too if the readers accept simplified ones.
            "zh" if !is_traditional(&range) => Some(Self::Zh),
            _ => None,
        }
    }
}

/// Whether a language range for Chinese means traditional characters.
fn is_traditional(range: &LanguageIdentifier) -> bool {
    match &range.script {
        Some(script) => script.as_str() == "Hant",
        None => range.region.as_ref().is_some_and(|region| ["TW", "HK", "MO"].contains(&region.as_str())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(lines: &[&str]) -> Locale {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(header::ACCEPT_LANGUAGE, HeaderValue::from_str(line).unwrap());
        }
        Locale::of(&headers)
    }

    #[test]
    fn the_reader_gets_the_language_that_they_prefer() {
        for (header, locale) in [
            ("de", Locale::De),
            ("de-AT,de;q=0.9,en;q=0.8", Locale::De),
            ("en-GB,de;q=0.9", Locale::En),
            ("nl,fr;q=0.7,en;q=0.8", Locale::En),
            ("nl, FR-ca ; q=0.9, en;Q=0.8", Locale::Fr),
            ("es-419", Locale::Es),
            ("it-IT,it;q=0.9", Locale::It),
            ("pt-PT", Locale::Pt),
            ("ja,en-US;q=0.9", Locale::Ja),
            ("zh-CN,zh;q=0.9,en;q=0.8", Locale::Zh),
            ("zh-Hans-HK", Locale::Zh),
            ("zh-TW", Locale::En),
            ("zh-Hant,fr;q=0.1", Locale::Fr),
            ("zh-TW,zh;q=0.9,en-US;q=0.8", Locale::Zh),
            ("de;q=0,fr;q=0.1", Locale::Fr),
            ("fr;q=0.5,de;q=0.5", Locale::Fr),
            ("*,de;q=0.9", Locale::En),
            ("deutsch,german,de1,d", Locale::En),
        ] {
            assert_eq!(chosen(&[header]), locale, "{header}");
        }
        assert_eq!(chosen(&["nl", "de"]), Locale::De);
        assert_eq!(chosen(&[]), Locale::En);
    }

    #[test]
    fn a_hostile_header_gets_english() {
        let long = format!("de,{}", "x".repeat(10_240));
        let many = ["xx;q=0.1,".repeat(MOST_RANGES), "de".to_owned()].concat();
        for header in
            ["", ",,,", ";q=1", "de;q=nonsense", "de;q=0", "\u{1}", "*;q=1", "en;;;", "-", &long, &many]
        {
            let Ok(value) = HeaderValue::from_str(header) else { continue };
            let headers = HeaderMap::from_iter([(header::ACCEPT_LANGUAGE, value)]);
            assert_eq!(Locale::of(&headers), Locale::En, "{header:.40}");
        }
    }
}
