//! Computes how long a fetched document may be used (RFC 9111 §4.2), within this server's own bounds.

use axum::http::{HeaderMap, header};
use protocol::time::UnixTime;
use std::time::UNIX_EPOCH;

/// The minimum time in seconds, whatever the response says; otherwise every login could cause a fetch.
const SHORTEST: u64 = 60;
/// The maximum time in seconds, so that removed redirect URIs are noticed.
const LONGEST: u64 = 24 * 3_600;
/// The time in seconds if the response does not give one.
const USUAL: u64 = 3_600;

/// Returns the time until which the document is fresh.
pub(super) fn fresh_until(headers: &HeaderMap, now: UnixTime) -> UnixTime {
    now.plus(lifetime(headers, now).clamp(SHORTEST, LONGEST))
}

fn lifetime(headers: &HeaderMap, now: UnixTime) -> u64 {
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let control = text(header::CACHE_CONTROL).unwrap_or_default().to_ascii_lowercase();
    let directives = || control.split(',').map(str::trim);
    if directives().any(|directive| matches!(directive, "no-store" | "no-cache")) {
        return 0;
    }
    let seconds = |name: &str| {
        directives().find_map(|directive| directive.strip_prefix(name)?.trim_matches('"').parse::<u64>().ok())
    };
    let age = text(header::AGE).and_then(|age| age.parse::<u64>().ok()).unwrap_or(0);
    if let Some(max_age) = seconds("max-age=") {
        return max_age.saturating_sub(age);
    }
    let expires = text(header::EXPIRES).map(|expires| httpdate::parse_http_date(expires).ok());
    match expires {
        // A date that cannot be parsed counts as in the past (RFC 9111 §5.3).
        Some(date) => date
            .and_then(|date| date.duration_since(UNIX_EPOCH).ok())
            .map_or(0, |date| date.as_secs().saturating_sub(now.as_secs())),
        None => USUAL,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_decides_within_bounds() {
        let now = UnixTime::new(1_800_000_000);
        let soon = httpdate::fmt_http_date(UNIX_EPOCH + std::time::Duration::from_secs(1_800_000_700));
        for (headers, secs) in [
            (vec![], USUAL),
            (vec![("cache-control", "max-age=600")], 600),
            (vec![("cache-control", "public, Max-Age=\"600\"")], 600),
            (vec![("cache-control", "max-age=600"), ("age", "500")], 100),
            (vec![("cache-control", "max-age=0")], SHORTEST),
            (vec![("cache-control", "max-age=600, no-store")], SHORTEST),
            (vec![("cache-control", "no-cache")], SHORTEST),
            (vec![("cache-control", "max-age=99999999")], LONGEST),
            (vec![("expires", soon.as_str())], 700),
            (vec![("expires", "0")], SHORTEST),
            (vec![("expires", soon.as_str()), ("cache-control", "max-age=900")], 900),
        ] {
            let mut map = HeaderMap::new();
            for (name, value) in &headers {
                map.insert(*name, value.parse().unwrap());
            }
            assert_eq!(fresh_until(&map, now).since(now), secs, "{headers:?}");
        }
    }
}
