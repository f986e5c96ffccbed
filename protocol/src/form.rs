//! `application/x-www-form-urlencoded`, read strictly and written safely.

use crate::limits::{self, TooLong};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// Everything but the unreserved characters of RFC 3986 §2.3.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Why a form is refused.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum FormError {
    /// A parameter occurs more than once (RFC 6749 §3.1, §3.2).
    #[error("parameter `{0}` is repeated")]
    Repeated(String),
    /// A percent escape is broken, or what it decodes to is not UTF-8.
    #[error("the form is not valid percent-encoded UTF-8")]
    Encoding,
    /// There are more parameters than [`limits::request::PARAMETERS`].
    #[error("{0}")]
    TooMany(#[from] TooLong),
}

/// A decoded form: each name once.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Form(Vec<(String, String)>);

impl Form {
    /// Decodes a request body or a query.
    pub fn parse(body: &[u8]) -> Result<Self, FormError> {
        let text = core::str::from_utf8(body).map_err(|_| FormError::Encoding)?;
        let mut pairs: Vec<(String, String)> = Vec::new();
        for piece in text.split('&').filter(|piece| !piece.is_empty()) {
            let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
            let name = decode(name)?;
            if pairs.iter().any(|(known, _)| *known == name) {
                return Err(FormError::Repeated(name));
            }
            limits::request::PARAMETERS.check(pairs.len() + 1)?;
            pairs.push((name, decode(value)?));
        }
        Ok(Self(pairs))
    }

    /// The value of a parameter. One without a value counts as omitted (RFC 6749 §3.1).
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known == name)?;
        (!found.1.is_empty()).then_some(found.1.as_str())
    }

    /// All names, in the order sent.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }
}

/// Decodes one name or value: `+` is a space, `%XX` a byte, the whole UTF-8.
fn decode(text: &str) -> Result<String, FormError> {
    let mut rest = text;
    while let Some((_, after)) = rest.split_once('%') {
        let digits = after.as_bytes().get(..2).ok_or(FormError::Encoding)?;
        if !digits.iter().all(u8::is_ascii_hexdigit) {
            return Err(FormError::Encoding);
        }
        rest = after;
    }
    let spaced = text.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8().map_err(|_| FormError::Encoding)?;
    Ok(decoded.into_owned())
}

/// Percent-encodes one name or value; only unreserved characters stay, a space is `%20`.
pub fn encode(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// Writes the pairs as a form body or a query.
pub fn encode_pairs(pairs: &[(&str, &str)]) -> String {
    let mut out = String::new();
    for (name, value) in pairs {
        if !out.is_empty() {
            out.push('&');
        }
        out.extend(utf8_percent_encode(name, RESERVED));
        out.push('=');
        out.extend(utf8_percent_encode(value, RESERVED));
    }
    out
}

/// Adds the pairs to a URI without fragment, after the query it may have (RFC 6749 §4.1.2).
pub fn append_query(uri: &str, pairs: &[(&str, &str)]) -> String {
    let glue = match uri.split_once('?') {
        _ if pairs.is_empty() => "",
        None => "?",
        Some((_, query)) if query.is_empty() || query.ends_with('&') => "",
        Some(_) => "&",
    };
    [uri, glue, &encode_pairs(pairs)].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_plus_and_percent() {
        let form = Form::parse(b"a=1+2%2B3&b=%C3%A4&&c&d=x=y").unwrap();
        assert_eq!(form.get("a"), Some("1 2+3"));
        assert_eq!(form.get("b"), Some("\u{e4}"));
        assert_eq!(form.get("c"), None);
        assert_eq!(form.get("d"), Some("x=y"));
        assert_eq!(form.get("e"), None);
        assert_eq!(form.names().collect::<Vec<_>>(), ["a", "b", "c", "d"]);
    }

    #[test]
    fn repeated_names_are_refused_even_in_disguise_or_empty() {
        let repeated = Err(FormError::Repeated("a".to_owned()));
        assert_eq!(Form::parse(b"a=1&a=1"), repeated);
        assert_eq!(Form::parse(b"a=1&%61=2"), repeated);
        assert_eq!(Form::parse(b"a=&a"), repeated);
    }

    #[test]
    fn broken_encodings_are_refused() {
        for bad in [&b"a=%"[..], b"a=%4", b"a=%zz", b"a=%ff", b"\xff=1", b"%=1", b"a=%\xc3\xa4"] {
            assert_eq!(Form::parse(bad), Err(FormError::Encoding), "{bad:?}");
        }
        let many: Vec<String> = (0..=limits::request::PARAMETERS.most).map(|n| format!("p{n}=")).collect();
        assert!(matches!(Form::parse(many.join("&").as_bytes()), Err(FormError::TooMany(_))));
        assert!(Form::parse(many[1..].join("&").as_bytes()).is_ok());
    }

    #[test]
    fn queries_are_appended() {
        let pairs = [("code", "a b"), ("iss", "https://h/x")];
        assert_eq!(append_query("app:/cb", &pairs), "app:/cb?code=a%20b&iss=https%3A%2F%2Fh%2Fx");
        assert_eq!(append_query("https://c?x=1", &[("a", "b")]), "https://c?x=1&a=b");
        assert_eq!(append_query("https://c?", &[("a", "b")]), "https://c?a=b");
        assert_eq!(append_query("https://c?x=1", &[]), "https://c?x=1");
    }
}
