//! Tells whether a URL belongs to an issuer.

/// Whether a URL is below the issuer: it continues the issuer with a slash, and no `..` follows.
pub(super) fn is_below(place: &str, issuer: &str) -> bool {
    let rest = place.strip_prefix(issuer.trim_end_matches('/'));
    rest.is_some_and(|rest| rest.starts_with('/') && !rest.contains(".."))
}
