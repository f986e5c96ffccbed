//! Reads the value of `Content-Type` (RFC 9110 §8.3).

/// Whether the media type is `expected`, whatever its parameters are.
pub(super) fn is_type(value: &[u8], expected: &[u8]) -> bool {
    let end = inner_loops::position(value, b';');
    value.get(..end).unwrap_or_default().trim_ascii().eq_ignore_ascii_case(expected)
}

/// Whether the value says JSON in UTF-8. JSON has no parameter (RFC 8259 §11); `charset=utf-8` is common all the same.
pub(super) fn is_json(value: &[u8]) -> bool {
    if !is_type(value, b"application/json") {
        return false;
    }
    let mut rest = value;
    while let Some(after) = rest.get(inner_loops::position(rest, b';') + 1..) {
        let parameter = after.get(..inner_loops::position(after, b';')).unwrap_or_default();
        let (name, text) =
            parameter.split_at_checked(inner_loops::position(parameter, b'=')).unwrap_or_default();
        if name.trim_ascii().eq_ignore_ascii_case(b"charset") && !is_utf_8(text) {
            return false;
        }
        rest = after;
    }
    true
}

/// Whether the value of `charset`, with the `=` before it, is UTF-8.
fn is_utf_8(text: &[u8]) -> bool {
    let text = text.strip_prefix(b"=").unwrap_or_default().trim_ascii();
    let unquoted = text.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\"")).unwrap_or(text);
    unquoted.eq_ignore_ascii_case(b"utf-8") || unquoted.eq_ignore_ascii_case(b"utf8")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_in_utf_8() {
        for value in [
            "application/json",
            "Application/JSON",
            "application/json; charset=utf-8",
            "application/json;charset=\"UTF-8\"",
            "application/json ; charset=utf8",
            "application/json; profile=x",
            "application/json;",
        ] {
            assert!(is_json(value.as_bytes()), "{value}");
        }
        for value in [
            "",
            "text/plain",
            "application/json-rpc",
            "application/x-www-form-urlencoded",
            "application/json; charset=utf-16",
            "application/json; charset=iso-8859-1",
            "application/json; CHARSET = \"utf-7\"",
            "application/json; charset=utf-8; charset=utf-16",
            "application/json; charset=",
            "application/json; charset",
            "application/jsonx",
            "application/json, text/plain",
        ] {
            assert!(!is_json(value.as_bytes()), "{value}");
        }
    }
}
