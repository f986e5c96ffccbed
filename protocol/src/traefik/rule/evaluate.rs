//! Decides whether a rule matches a request, as Traefik decides it.

use super::hosts::wildcard_matches;
use super::matcher::Matcher;
use super::tree::{Node, Rule};
use percent_encoding::percent_decode_str;
use std::net::IpAddr;

/// The parts of a request that a rule looks at.
#[derive(Clone, Copy, Debug)]
pub struct RequestView<'a> {
    /// The method.
    pub method: &'a str,
    /// The `Host` header, perhaps with a port.
    pub host: &'a str,
    /// The path as it was sent, with its escapes.
    pub path: &'a str,
    /// The query without its question mark; empty if there is no query.
    pub query: &'a str,
    /// The other headers, each line with its name and value.
    pub headers: &'a [(&'a str, &'a str)],
    /// The IP address of the peer of the connection. Traefik does not look at `X-Forwarded-For` here.
    pub peer: IpAddr,
}

/// Decides whether the first argument, a regular expression in Go's syntax, matches the second, a text.
type Regexps<'a> = &'a dyn Fn(&str, &str) -> bool;

impl Rule {
    /// Whether the rule matches the request. The crate cannot evaluate regular expressions: `regexps` decides whether
    /// its first argument, an expression, matches its second, a text.
    pub fn matches(&self, request: &RequestView<'_>, regexps: &dyn Fn(&str, &str) -> bool) -> bool {
        let read = Read { request, host: canonical_host(request.host), path: routing_path(request.path) };
        read.node(&self.root, regexps)
    }
}

/// A request, with its host and path in the form that matchers compare.
struct Read<'a> {
    request: &'a RequestView<'a>,
    host: String,
    path: Vec<u8>,
}

impl Read<'_> {
    fn node(&self, node: &Node, regexps: Regexps<'_>) -> bool {
        match node {
            Node::All(members) => members.iter().all(|member| self.node(member, regexps)),
            Node::Any(members) => members.iter().any(|member| self.node(member, regexps)),
            Node::Is(matcher) => self.matcher(matcher, regexps),
            Node::IsNot(matcher) => !self.matcher(matcher, regexps),
        }
    }

    fn matcher(&self, matcher: &Matcher, regexps: Regexps<'_>) -> bool {
        match matcher {
            Matcher::ClientIp(network) => network.contains(self.request.peer),
            Matcher::Method(method) => method == self.request.method,
            Matcher::Host(host) => self.is_host(host),
            Matcher::HostRegexp(regexp) => regexps(regexp, &self.host),
            Matcher::Path(path) => self.path == path.as_bytes(),
            Matcher::PathPrefix(prefix) => self.path.starts_with(prefix.as_bytes()),
            Matcher::PathRegexp(regexp) => regexps(regexp, &String::from_utf8_lossy(&self.path)),
            Matcher::Header(name, value) => self.header(name).any(|sent| sent == value),
            Matcher::HeaderRegexp(name, regexp) => self.header(name).any(|sent| regexps(regexp, sent)),
            Matcher::Query(name, value) | Matcher::QueryRegexp(name, value @ None) => {
                let value = value.as_deref().unwrap_or_default();
                self.parameter(name).any(|sent| *sent == *value.as_bytes())
            }
            Matcher::QueryRegexp(name, Some(regexp)) => {
                self.parameter(name).any(|sent| regexps(regexp, &String::from_utf8_lossy(&sent)))
            }
        }
    }

    /// Whether a `Host` matcher with this value matches the request's host. A trailing dot of either host makes no
    /// difference. As in Traefik since 3.7, a first label `*` stands for one label and `**` for one or more; `*` alone
    /// matches every request.
    fn is_host(&self, wanted: &str) -> bool {
        let same = |host: &str, wanted: &str| {
            host == wanted || (wanted.starts_with('*') && wildcard_matches(wanted, host))
        };
        let cut = |host: &str| host.strip_suffix('.').map(str::to_owned);
        wanted == "*"
            || (!self.host.is_empty()
                && (same(&self.host, wanted)
                    || cut(wanted).is_some_and(|wanted| same(&self.host, &wanted))
                    || cut(&self.host).is_some_and(|host| same(&host, wanted))))
    }

    fn header<'b>(&'b self, name: &'b str) -> impl Iterator<Item = &'b str> {
        let named = move |(sent, _): &&(&str, &str)| sent.eq_ignore_ascii_case(name);
        self.request.headers.iter().filter(named).map(|(_, value)| *value)
    }

    /// The values of a query parameter. As in Go a pair with a semicolon or a broken escape is skipped.
    fn parameter<'b>(&'b self, name: &'b str) -> impl Iterator<Item = Vec<u8>> {
        let pairs = self.request.query.split('&').filter(|pair| !pair.is_empty() && !pair.contains(';'));
        pairs.filter_map(move |pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            let value = unescape(value)?;
            (unescape(key)? == name.as_bytes()).then_some(value)
        })
    }
}

/// The host in lower case, without its port; an IPv6 address also without its brackets.
fn canonical_host(header: &str) -> String {
    let host = match header.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, after)) if after.is_empty() || after.starts_with(':') => address,
        Some(_) => header,
        None => match header.split_once(':') {
            Some((host, port)) if !port.contains(':') => host,
            _ => header,
        },
    };
    host.trim().to_lowercase()
}

/// The path that Traefik compares. Every escape is decoded, except those of reserved characters and of the percent sign
/// that are written with capital digits: `%2F` is kept, `%2f` is decoded.
fn routing_path(path: &str) -> Vec<u8> {
    const KEPT: [&str; 19] = [
        "%3A", "%2F", "%3F", "%23", "%5B", "%5D", "%40", "%21", "%24", "%26", "%27", "%28", "%29", "%2A",
        "%2B", "%2C", "%3B", "%3D", "%25",
    ];
    let mut pieces = path.split('%');
    let mut found = pieces.next().unwrap_or_default().as_bytes().to_vec();
    for piece in pieces {
        let escape = ["%", piece].concat();
        let kept = escape.get(..3).is_some_and(|escape| KEPT.contains(&escape));
        if kept {
            found.extend(escape.bytes());
        } else {
            found.extend(percent_decode_str(&escape));
        }
    }
    found
}

/// Decodes a part of a query; `None` if an escape is broken.
fn unescape(text: &str) -> Option<Vec<u8>> {
    let digits = |escape: &str| escape.len() == 2 && escape.bytes().all(|digit| digit.is_ascii_hexdigit());
    if !text.split('%').skip(1).all(|after| after.get(..2).is_some_and(digits)) {
        return None;
    }
    Some(percent_decode_str(&text.replace('+', " ")).collect())
}
