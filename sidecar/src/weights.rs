//! Parses the weights in headers such as `Accept-Language` and `Accept-Encoding` (RFC 9110 §12.4.2).

/// Splits an item of such a header into its value and its weight in thousandths; `None` if the weight is malformed.
pub(crate) fn weighted(item: &str) -> Option<(&str, u16)> {
    let Some((range, parameter)) = item.split_once(';') else { return Some((item.trim(), 1_000)) };
    let value = parameter.trim().strip_prefix(['q', 'Q'])?.trim_start().strip_prefix('=')?.trim();
    Some((range.trim(), thousandths(value)?))
}

/// Parses a `qvalue` (RFC 9110 §12.4.2) and returns thousandths; `None` if it is malformed.
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
}
