//! Parses the text of each kind of setting. An error message continues the sentence "NAME …" and never repeats the
//! text.

use std::collections::BTreeSet;
use std::path::PathBuf;

use protocol::secret::{Secret, decode_key32};
use protocol::server::redirect::is_dangerous;
use protocol::server::second_factor::Demand;
use protocol::text::TextSet;
use protocol::uri::Base;
use url::Url;

use super::upstream_refresh::UpstreamRefresh;
use crate::brand::Color;
use crate::client_name::hides_or_turns;
use crate::telemetry::LogFormat;
use crate::traefik::Api;
use crate::upstream::http::OutboundProxy;

/// The address that a listener binds: `:8080` (every address), `127.0.0.1:0`, `[::1]:9090`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListenAddress {
    host: Option<String>,
    port: u16,
}

impl ListenAddress {
    /// Every address of the machine, at this port.
    pub const fn any(port: u16) -> Self {
        Self { host: None, port }
    }

    /// Parses `host:port`; the host may be empty.
    pub fn parse(text: &str) -> Result<Self, String> {
        let problem = || "must look like :8080 or 127.0.0.1:8080".to_owned();
        let (host, port) = text.rsplit_once(':').ok_or_else(problem)?;
        let port = port.parse().map_err(|_| problem())?;
        let host = host.trim_start_matches('[').trim_end_matches(']');
        Ok(Self { host: (!host.is_empty()).then(|| host.to_owned()), port })
    }

    /// The addresses that the listener tries to bind, in this order. Without a host: all of IPv6 first (which on most
    /// systems includes IPv4), then all of IPv4.
    pub fn candidates(&self) -> Vec<(&str, u16)> {
        self.host
            .as_deref()
            .map_or_else(|| vec![("::", self.port), ("0.0.0.0", self.port)], |host| vec![(host, self.port)])
    }

    /// The addresses at which another process of this machine reaches the listener, in the same order.
    pub fn destinations(&self) -> Vec<(&str, u16)> {
        let reached = |host| match host {
            "0.0.0.0" => "127.0.0.1",
            "::" => "::1",
            host => host,
        };
        self.candidates().into_iter().map(|(host, port)| (reached(host), port)).collect()
    }
}

pub(super) fn key32(text: &str) -> Result<Secret<[u8; 32]>, String> {
    decode_key32(text)
        .map_err(|_| "must be 32 bytes in base64; run `mcpbouncer keygen` to make one".to_owned())
}

pub(super) fn keys32(text: &str) -> Result<Vec<Secret<[u8; 32]>>, String> {
    items(text).map(key32).collect()
}

#[expect(clippy::unnecessary_wraps, reason = "all parsers have one shape")]
pub(super) fn path(text: &str) -> Result<PathBuf, String> {
    Ok(PathBuf::from(text))
}

pub(super) fn bases(text: &str) -> Result<BTreeSet<Base>, String> {
    items(text)
        .map(|item| {
            Base::parse(item).map_err(|_| {
                "must be a comma-separated list of base URLs such as https://wiki.example.com".to_owned()
            })
        })
        .collect()
}

pub(super) fn issuers(text: &str) -> Result<BTreeSet<String>, String> {
    items(text)
        .map(|item| match Url::parse(item) {
            Ok(url) if matches!(url.scheme(), "http" | "https") && url.host().is_some() => {
                Ok(item.to_owned())
            }
            _ => {
                Err("must be a comma-separated list of issuer URLs such as http://idp.internal:8080"
                    .to_owned())
            }
        })
        .collect()
}

pub(super) fn hosts(text: &str) -> Result<BTreeSet<String>, String> {
    items(text)
        .map(|item| match url::Host::parse(item) {
            Ok(host) => Ok(host.to_string()),
            Err(_) => Err("must be a comma-separated list of host names such as claude.ai".to_owned()),
        })
        .collect()
}

pub(super) fn origins(text: &str) -> Result<BTreeSet<String>, String> {
    let origin = |issuer: String| Url::parse(&issuer).map(|url| url.origin().ascii_serialization());
    let problem = || "must be a comma-separated list of origins such as http://apps.internal:8080".to_owned();
    let issuers = issuers(text).map_err(|_| problem())?;
    issuers.into_iter().map(|issuer| origin(issuer).map_err(|_| problem())).collect()
}

/// Parses a proxy URL, or the word `environment` for the proxy that the environment names.
pub(super) fn proxy(text: &str, from_environment: Option<&str>) -> Result<OutboundProxy, String> {
    if text != "environment" {
        return OutboundProxy::parse(text);
    }
    let named = from_environment.ok_or("is `environment`, but HTTPS_PROXY is not set")?;
    OutboundProxy::parse(named).map_err(|problem| format!("is `environment`, but HTTPS_PROXY {problem}"))
}

pub(super) fn schemes(text: &str) -> Result<TextSet, String> {
    items(text)
        .map(|item| {
            let scheme = item.trim_end_matches(':').to_ascii_lowercase();
            let shaped = scheme.starts_with(|c: char| c.is_ascii_lowercase())
                && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b));
            let web = matches!(scheme.as_str(), "http" | "https");
            if shaped && !web && !is_dangerous(&scheme) {
                Ok(scheme)
            } else {
                Err("must be a comma-separated list of private-use schemes such as com.example.app"
                    .to_owned())
            }
        })
        .collect()
}

/// Parses the URL of Traefik's API, or `:PORT` for an API at the address that polls `/traefik`.
pub(super) fn api_address(text: &str) -> Result<Api, String> {
    if let Some(port) = text.strip_prefix(':').and_then(|port| port.parse().ok()).filter(|port| *port != 0) {
        return Ok(Api::OfTheAsker(port));
    }
    match Url::parse(text) {
        Ok(url)
            if matches!(url.scheme(), "http" | "https") && url.host().is_some() && url.query().is_none() =>
        {
            Ok(Api::At(url))
        }
        _ => Err("must be an address such as http://traefik:8080, or a port such as :9000".to_owned()),
    }
}

pub(super) fn plugin_name(text: &str) -> Result<String, String> {
    let good = |b: u8| b.is_ascii_alphanumeric() || b"-_".contains(&b);
    if !text.is_empty() && text.bytes().all(good) {
        return Ok(text.to_owned());
    }
    Err("must be letters, digits, dashes and underscores".to_owned())
}

/// Parses a number of proxies, up to the maximum that the plugin accepts.
pub(super) fn depth(text: &str) -> Result<u32, String> {
    match text.parse() {
        Ok(depth) if depth <= 32 => Ok(depth),
        _ => Err("must be a whole number from 0 to 32".to_owned()),
    }
}

pub(super) fn block_bare_routers(text: &str) -> Result<bool, String> {
    match text {
        "warn" => Ok(false),
        "block" => Ok(true),
        _ => Err("must be warn or block".to_owned()),
    }
}

/// Parses a name for the pages, which is short enough for their titles.
pub(super) fn short_name(text: &str) -> Result<String, String> {
    if text.chars().count() > 60 || text.chars().any(hides_or_turns) {
        return Err("must have at most 60 characters, none of them invisible".to_owned());
    }
    Ok(text.to_owned())
}

pub(super) fn color(text: &str) -> Result<Color, String> {
    Color::parse(text).ok_or_else(|| "must be a colour such as #1f5fd1".to_owned())
}

/// Parses the https URL of a page of the operator.
pub(super) fn https_url(text: &str) -> Result<String, String> {
    match Url::parse(text) {
        Ok(url) if url.scheme() == "https" && url.username().is_empty() && url.password().is_none() => {
            Ok(url.into())
        }
        _ => Err("must be an https address such as https://example.com/help".to_owned()),
    }
}

/// Parses `local` or a URL, which is kept as written because issuers are compared as written.
pub(super) fn provider_issuer(text: &str) -> Result<String, String> {
    if text == "local" || Base::parse(text).is_ok() {
        return Ok(text.to_owned());
    }
    Err("must be local, or the issuer of a provider such as https://idp.example.com".to_owned())
}

#[expect(clippy::unnecessary_wraps, reason = "all parsers have one shape")]
pub(super) fn text(text: &str) -> Result<String, String> {
    Ok(text.to_owned())
}

#[expect(clippy::unnecessary_wraps, reason = "all parsers have one shape")]
pub(super) fn list(text: &str) -> Result<Vec<String>, String> {
    Ok(items(text).map(str::to_owned).collect())
}

#[expect(clippy::unnecessary_wraps, reason = "all parsers have one shape")]
pub(super) fn secret_text(text: &str) -> Result<Secret<String>, String> {
    Ok(Secret::new(text.to_owned()))
}

pub(super) fn boolean(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Ok(true),
        "false" | "0" | "no" | "off" => Ok(false),
        _ => Err("must be true or false".to_owned()),
    }
}

pub(super) fn second_factor(text: &str) -> Result<Demand, String> {
    match text.to_ascii_lowercase().as_str() {
        "optional" => Ok(Demand::Optional),
        "required" => Ok(Demand::Required),
        _ => Err("must be optional or required".to_owned()),
    }
}

pub(super) fn passkeys(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "optional" => Ok(true),
        "off" => Ok(false),
        _ => Err("must be optional or off".to_owned()),
    }
}

pub(super) fn upstream_refresh(text: &str) -> Result<UpstreamRefresh, String> {
    match boolean(text) {
        Ok(true) => Ok(UpstreamRefresh::Always),
        Ok(false) => Ok(UpstreamRefresh::Never),
        Err(_) if text.eq_ignore_ascii_case("auto") => Ok(UpstreamRefresh::Auto),
        Err(_) => Err("must be auto, true or false".to_owned()),
    }
}

pub(super) fn count(text: &str) -> Result<u32, String> {
    text.parse().map_err(|_| "must be a whole number".to_owned())
}

pub(super) fn log_level(text: &str) -> Result<tracing::Level, String> {
    match text.to_ascii_lowercase().as_str() {
        "error" => Ok(tracing::Level::ERROR),
        "warn" | "warning" => Ok(tracing::Level::WARN),
        "info" => Ok(tracing::Level::INFO),
        "debug" => Ok(tracing::Level::DEBUG),
        "trace" => Ok(tracing::Level::TRACE),
        _ => Err("must be error, warn, info, debug or trace".to_owned()),
    }
}

pub(super) fn log_format(text: &str) -> Result<LogFormat, String> {
    match text.to_ascii_lowercase().as_str() {
        "json" => Ok(LogFormat::Json),
        "text" => Ok(LogFormat::Text),
        _ => Err("must be json or text".to_owned()),
    }
}

pub(super) fn hours(text: &str) -> Result<u64, String> {
    duration(text, 3600)
}

pub(super) fn days(text: &str) -> Result<u64, String> {
    duration(text, 86_400)
}

/// Parses a number of `unit` seconds, or a duration such as `720h`, `90m`, `1h30m`, `7d`. Returns seconds.
pub(super) fn duration(text: &str, unit: u64) -> Result<u64, String> {
    let problem = || "must be a number or a duration such as 90s, 30m, 720h or 7d".to_owned();
    if let Ok(number) = text.parse::<u64>() {
        return number.checked_mul(unit).ok_or_else(problem);
    }
    let mut rest = text;
    let mut total = 0_u64;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(problem)?;
        let (number, tail) = rest.split_at(digits);
        let number: u64 = number.parse().map_err(|_| problem())?;
        let name_end = tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len());
        let (name, tail) = tail.split_at(name_end);
        let seconds = match name {
            "s" => 1,
            "m" => 60,
            "h" => 3600,
            "d" => 86_400,
            _ => return Err(problem()),
        };
        total = number.checked_mul(seconds).and_then(|part| total.checked_add(part)).ok_or_else(problem)?;
        rest = tail;
    }
    if text.is_empty() { Err(problem()) } else { Ok(total) }
}

/// The items of a comma-separated list, trimmed, without empty ones.
fn items(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|item| !item.is_empty())
}

/// Returns the candidate with the smallest edit distance from `name`.
pub(super) fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> &'a str {
    candidates.min_by_key(|candidate| distance(name.as_bytes(), candidate.as_bytes())).unwrap_or("none")
}

/// Returns the Levenshtein distance, computed one row at a time.
fn distance(left: &[u8], right: &[u8]) -> usize {
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.iter().enumerate() {
        let mut diagonal = i;
        let mut before = i + 1;
        let mut next = vec![before];
        for (b, above) in right.iter().zip(row.iter().skip(1)) {
            let cost = (diagonal + usize::from(a != b)).min(above + 1).min(before + 1);
            diagonal = *above;
            before = cost;
            next.push(cost);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}
