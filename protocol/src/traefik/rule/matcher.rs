//! The matchers of HTTP routers: their names, values, and what each must hold.

use super::error::Problem;
use super::network::Network;
use super::quote::quote;
use core::fmt;

/// One condition on a request. Values are what Traefik compares: hosts in lower case, methods in upper case.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Matcher {
    ClientIp(Network),
    Method(String),
    Host(String),
    HostRegexp(String),
    Path(String),
    PathPrefix(String),
    PathRegexp(String),
    Header(String, String),
    HeaderRegexp(String, String),
    Query(String, Option<String>),
    QueryRegexp(String, Option<String>),
}

/// The matchers of rule syntax v3, as Traefik documents them.
const NAMES: [&str; 11] = [
    "ClientIP",
    "Method",
    "Host",
    "HostRegexp",
    "Path",
    "PathPrefix",
    "PathRegexp",
    "Header",
    "HeaderRegexp",
    "Query",
    "QueryRegexp",
];

/// The matchers that only rule syntax v2 has, each with the matcher of v3 that replaces it.
const V2_NAMES: [(&str, &str); 3] =
    [("Headers", "Header"), ("HeadersRegexp", "HeaderRegexp"), ("HostHeader", "Host")];

/// The matchers that only TCP routers have.
const TCP_NAMES: [&str; 3] = ["HostSNI", "HostSNIRegexp", "ALPN"];

impl Matcher {
    /// Creates the matcher that a rule writes with this name and these values.
    pub(super) fn new(written: &str, values: Vec<String>) -> Result<Self, Problem> {
        let name = name_of(written)?;
        if values.iter().any(String::is_empty) {
            return Err(Problem::EmptyValue(name));
        }
        let wrong = Err(Problem::Count { name, takes: takes(name), has: values.len() });
        let mut values = values.into_iter();
        match (name, values.next(), values.next(), values.next()) {
            ("Header", Some(header), Some(value), None) => Ok(Self::Header(header, value)),
            ("HeaderRegexp", Some(header), Some(value), None) => Ok(Self::HeaderRegexp(header, value)),
            ("Query", Some(parameter), value, None) => Ok(Self::Query(parameter, value)),
            ("QueryRegexp", Some(parameter), value, None) => Ok(Self::QueryRegexp(parameter, value)),
            ("Header" | "HeaderRegexp" | "Query" | "QueryRegexp", ..) | (_, None, ..) => wrong,
            (_, Some(value), None, _) => Self::of_one(name, value),
            (_, Some(_), Some(_), _) => Err(Problem::V2Values(name)),
        }
    }

    /// Creates a matcher that takes one value.
    fn of_one(name: &'static str, value: String) -> Result<Self, Problem> {
        match name {
            "ClientIP" => Network::parse(&value).map(Self::ClientIp).ok_or(Problem::NotAnAddress),
            "Method" => Ok(Self::Method(value.to_uppercase())),
            "Host" => {
                refuse_v2_pattern(&value, "HostRegexp")?;
                ascii(name, value).map(|host| Self::Host(host.to_ascii_lowercase()))
            }
            "HostRegexp" => {
                refuse_v2_host_regexp(&value)?;
                ascii(name, value).map(Self::HostRegexp)
            }
            "PathRegexp" => Ok(Self::PathRegexp(value)),
            _ if !value.starts_with('/') => Err(Problem::NoSlash(name)),
            _ => {
                refuse_v2_pattern(&value, "PathRegexp")?;
                Ok(if name == "Path" { Self::Path(value) } else { Self::PathPrefix(value) })
            }
        }
    }

    /// The matcher's name and its values. The value of `ClientIP` is left out.
    fn parts(&self) -> (&'static str, &str, Option<&str>) {
        match self {
            Self::ClientIp(_) => ("ClientIP", "", None),
            Self::Method(value) => ("Method", value, None),
            Self::Host(value) => ("Host", value, None),
            Self::HostRegexp(value) => ("HostRegexp", value, None),
            Self::Path(value) => ("Path", value, None),
            Self::PathPrefix(value) => ("PathPrefix", value, None),
            Self::PathRegexp(value) => ("PathRegexp", value, None),
            Self::Header(name, value) => ("Header", name, Some(value)),
            Self::HeaderRegexp(name, value) => ("HeaderRegexp", name, Some(value)),
            Self::Query(name, value) => ("Query", name, value.as_deref()),
            Self::QueryRegexp(name, value) => ("QueryRegexp", name, value.as_deref()),
        }
    }
}

/// The matcher's name as Traefik documents it. Traefik accepts that spelling, the name in small letters, in capital
/// letters, and with a capital first letter only.
fn name_of(written: &str) -> Result<&'static str, Problem> {
    let same = |name: &str| written.eq_ignore_ascii_case(name);
    if let Some(name) = NAMES.into_iter().find(|name| same(name)) {
        let (first, rest) = written.split_at_checked(1).unwrap_or((written, ""));
        let upper = |text: &str| text.bytes().all(|byte| byte.is_ascii_uppercase());
        let lower = |text: &str| text.bytes().all(|byte| byte.is_ascii_lowercase());
        let taken = written == name || lower(rest) || (upper(first) && upper(rest));
        return if taken {
            Ok(name)
        } else {
            Err(Problem::MatcherCase { written: written.to_owned(), name })
        };
    }
    if let Some((_, instead)) = V2_NAMES.into_iter().find(|(name, _)| same(name)) {
        return Err(Problem::V2Matcher { written: written.to_owned(), instead });
    }
    if TCP_NAMES.into_iter().any(same) {
        return Err(Problem::TcpMatcher(written.to_owned()));
    }
    Err(Problem::UnknownMatcher(written.to_owned()))
}

fn takes(name: &str) -> &'static str {
    match name {
        "Header" | "HeaderRegexp" => "two values: the header's name and its value",
        "Query" | "QueryRegexp" => "one or two values: the parameter's name and its value",
        _ => "one value",
    }
}

fn ascii(name: &'static str, value: String) -> Result<String, Problem> {
    if value.is_ascii() { Ok(value) } else { Err(Problem::NotAscii(name)) }
}

/// Refuses a value with `{name}` or `{name:regex}`.
fn refuse_v2_pattern(value: &str, instead: &'static str) -> Result<(), Problem> {
    let pattern = |after: &str| name_in_braces(after).starts_with([':', '}']);
    if value.split('{').skip(1).any(pattern) { Err(Problem::V2Pattern(instead)) } else { Ok(()) }
}

/// Refuses a value with `{name:regex}`. `{name}` alone is accepted: it is rare in a regular expression but has a
/// meaning (`\p{Greek}`).
fn refuse_v2_host_regexp(value: &str) -> Result<(), Problem> {
    let pattern = |after: &str| name_in_braces(after).starts_with(':');
    if value.split('{').skip(1).any(pattern) { Err(Problem::V2Pattern("HostRegexp")) } else { Ok(()) }
}

/// Returns what follows the name at the beginning of `after`, the text after an opening brace. Returns an empty text if
/// `after` does not begin with a name.
fn name_in_braces(after: &str) -> &str {
    let rest = after.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if after.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') { rest } else { "" }
}

impl fmt::Display for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Self::ClientIp(network) = self {
            return write!(f, "ClientIP(`{network}`)");
        }
        let (name, first, second) = self.parts();
        write!(f, "{name}(")?;
        quote(f, first)?;
        if let Some(second) = second {
            f.write_str(", ")?;
            quote(f, second)?;
        }
        f.write_str(")")
    }
}
