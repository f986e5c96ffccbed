//! Whether an address belongs to an issuer.

/// Whether a URL is the issuer's, or below it.
pub(super) fn is_below(place: &str, issuer: &str) -> bool {
    let rest = place.strip_prefix(issuer.trim_end_matches('/'));
    rest.is_some_and(|rest| rest.starts_with('/') && !rest.contains(".."))
}
