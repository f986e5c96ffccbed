//! `application/x-www-form-urlencoded`: a strict reader, and a writer that escapes.

use crate::error::is_description;
use crate::limits::{self, TooLong};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// The one parameter that may have several values (RFC 8707 §2). Read it with [`Form::all`].
const SEVERAL: &str = "resource";
/// Longest parameter name that an error shows, in bytes.
const LONGEST_SHOWN: usize = 40;

/// The characters that are escaped: all but the unreserved characters of RFC 3986 §2.3.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Why a form is refused. The error text is safe to send to the client.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum FormError {
    /// A parameter has several different values (RFC 6749 §3.1, §3.2). The same value given again is no error.
    #[error("{0}")]
    Repeated(Repeated),
    /// A percent escape is incomplete, or its bytes are not UTF-8.
    #[error("the parameters are not percent-encoded UTF-8")]
    Encoding,
    /// The form has more parameters than [`limits::request::PARAMETERS`].
    #[error("{0}")]
    TooMany(#[from] TooLong),
}

/// A parameter that was given several times, with different values. The error text is safe to send: it leaves out a
/// name that is long or holds other characters than RFC 6749 §5.2 allows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Repeated(String);

impl Repeated {
    /// Whether the parameter has this name.
    pub fn is(&self, name: &str) -> bool {
        self.0 == name
    }
}

impl core::fmt::Display for Repeated {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let shown = Some(self.0.as_str()).filter(|name| name.len() <= LONGEST_SHOWN && is_description(name));
        match shown {
            Some(name) => write!(f, "the parameter {name} was given several times with different values"),
            None => f.write_str("a parameter was given several times with different values"),
        }
    }
}

/// A decoded form: each name with its one value. Only [`SEVERAL`] may have more than one value.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Form(Vec<(String, String)>);

impl Form {
    /// Decodes a request body or a query. Fails if a parameter other than `resource` has several different values.
    pub fn parse(body: &[u8]) -> Result<Self, FormError> {
        let (form, repeated) = Self::parse_apart(body)?;
        match repeated.into_iter().next() {
            None => Ok(form),
            Some(repeated) => Err(FormError::Repeated(repeated)),
        }
    }

    /// Decodes a request body or a query, and returns the parameters with several different values separately, because
    /// the client may have to be told of them by redirect. Such parameters are not in the form, so none of their values
    /// counts.
    pub fn parse_apart(body: &[u8]) -> Result<(Self, Vec<Repeated>), FormError> {
        let text = core::str::from_utf8(body).map_err(|_| FormError::Encoding)?;
        let mut pairs: Vec<(String, String)> = Vec::new();
        let mut repeated: Vec<Repeated> = Vec::new();
        for (count, piece) in text.split('&').filter(|piece| !piece.is_empty()).enumerate() {
            limits::request::PARAMETERS.check(count + 1)?;
            let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
            let (name, value) = (decode(name)?, decode(value)?);
            let known = pairs
                .iter_mut()
                .find(|(known, other)| *known == name && (name != SEVERAL || *other == value));
            match known {
                // A parameter without a value counts as omitted (RFC 6749 §3.1), whether the same parameter with a
                // value stands before or after it.
                Some((_, other)) if other.is_empty() => *other = value,
                Some((_, other)) if value.is_empty() || *other == value => {}
                Some(_) if repeated.iter().any(|repeated| repeated.is(&name)) => {}
                Some(_) => repeated.push(Repeated(name)),
                None => pairs.push((name, value)),
            }
        }
        pairs.retain(|(name, _)| !repeated.iter().any(|repeated| repeated.is(name)));
        Ok((Self(pairs), repeated))
    }

    /// The value of a parameter. `None` if the parameter is not there, has no value, which counts as omitted (RFC 6749
    /// §3.1), or has several values.
    pub fn get(&self, name: &str) -> Option<&str> {
        let mut values = self.all(name);
        values.next().filter(|_| values.next().is_none())
    }

    /// The different values of a parameter that may have several values.
    pub fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(known, value)| known == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }

    /// The names of all parameters, in the order in which they were sent.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }
}

impl limits::Parameters for Form {
    fn longest(&self, name: &str) -> usize {
        self.all(name).map(str::len).max().unwrap_or(0)
    }
}

/// Decodes one name or value: `+` is a space, `%XX` is a byte, and all bytes together are UTF-8.
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

/// Percent-encodes everything but unreserved characters in one name or value. A space becomes `%20`.
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

/// Adds the pairs to a URI without fragment, after the query that it may already have (RFC 6749 §4.1.2).
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
    fn the_same_value_again_counts_once() {
        for twice in ["a=1&a=1", "a=1&%61=%31", "a=&a=1", "a=1&a", "a&a=1&a=1", "b&a=1&a=1"] {
            assert_eq!(Form::parse(twice.as_bytes()).unwrap().get("a"), Some("1"), "{twice}");
        }
        assert_eq!(Form::parse(b"a=&a").unwrap().get("a"), None);
    }

    #[test]
    fn several_values_are_refused_however_they_are_written() {
        let repeated = Repeated("a".to_owned());
        for two in ["a=1&a=2", "a=1&%61=2", "a=1&a&a=2", "a=&a=1&a=2", "b=1&a=1&a=1&a=2&a=1"] {
            assert_eq!(Form::parse(two.as_bytes()), Err(FormError::Repeated(repeated.clone())), "{two}");
            let (form, apart) = Form::parse_apart(two.as_bytes()).unwrap();
            assert_eq!((form.get("a"), apart), (None, vec![repeated.clone()]), "{two}");
        }
        let (form, apart) = Form::parse_apart(b"a=1&b=1&a=2&c=3&b=2").unwrap();
        assert_eq!((form.names().collect::<Vec<_>>(), apart.len()), (vec!["c"], 2));
    }

    #[test]
    fn a_resource_may_have_several_values() {
        let form = Form::parse(b"resource=x&resource=y&resource=x&resource=").unwrap();
        assert_eq!(form.all("resource").collect::<Vec<_>>(), ["x", "y"]);
        assert_eq!(form.get("resource"), None, "none of them is the one");
        assert_eq!(Form::parse(b"resource=x&resource=x&resource=").unwrap().get("resource"), Some("x"));
    }

    #[test]
    fn an_error_repeats_only_names_that_are_safe_to_send() {
        let said = |body: &str| Form::parse(body.as_bytes()).unwrap_err().to_string();
        assert_eq!(
            said("state=1&state=2"),
            "the parameter state was given several times with different values"
        );
        for name in ["%22", "%5c", "%0d%0a", "%c3%a4", &"n".repeat(41)] {
            let text = said(&format!("{name}=1&{name}=2"));
            assert_eq!(text, "a parameter was given several times with different values", "{name}");
        }
    }

    #[test]
    fn malformed_encodings_are_refused() {
        for bad in [&b"a=%"[..], b"a=%4", b"a=%zz", b"a=%ff", b"\xff=1", b"%=1", b"a=%\xc3\xa4"] {
            assert_eq!(Form::parse(bad), Err(FormError::Encoding), "{bad:?}");
        }
        let most = limits::request::PARAMETERS.most;
        let many: Vec<String> = (0..=most).map(|n| format!("p{n}=")).collect();
        assert!(matches!(Form::parse(many.join("&").as_bytes()), Err(FormError::TooMany(_))));
        assert!(Form::parse(many[1..].join("&").as_bytes()).is_ok());
        assert!(matches!(Form::parse("a=1&".repeat(most + 1).as_bytes()), Err(FormError::TooMany(_))));
        assert!(Form::parse("a=1&".repeat(most).as_bytes()).is_ok());
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
