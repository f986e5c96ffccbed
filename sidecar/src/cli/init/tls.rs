//! How TLS is terminated, and where Traefik listens.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};

use protocol::uri::Base;

use super::ask::{Asker, Question};
use super::flags::Flags;
use crate::cli::terminal::CliError;

/// Docker's own networks: a proxy on this machine reaches Traefik from one of their addresses.
const DOCKERS_NETWORKS: &str = "172.16.0.0/12,192.168.0.0/16";

/// How TLS is terminated.
#[derive(Debug)]
pub(super) enum Tls {
    /// TLS is not used: http on this machine.
    None(Listener),
    /// Traefik terminates TLS, with certificates of Let's Encrypt.
    Acme {
        /// The email address that Let's Encrypt asks for.
        email: String,
    },
    /// A proxy in front of Traefik terminates TLS.
    External {
        /// Where the proxy reaches Traefik.
        listener: Listener,
        /// The proxy's addresses, comma-separated.
        trusted: String,
    },
}

/// The address and port at which Traefik's entry point is published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Listener {
    /// The address of this machine.
    pub address: IpAddr,
    /// The port.
    pub port: u16,
}

impl Listener {
    /// The listener of deploy/compose.yml, unless `.env` names another one.
    pub(super) const DEFAULT: Self = Self { address: IpAddr::V4(Ipv4Addr::LOCALHOST), port: 80 };

    /// The address in the form that Compose requires before a port.
    pub(super) fn host(&self) -> String {
        match self.address {
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(address) => format!("[{address}]"),
        }
    }
}

enum Kind {
    None,
    Acme,
    External,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "none",
            Self::Acme => "acme",
            Self::External => "external",
        })
    }
}

impl Tls {
    /// The base URL of the MCP server at this host.
    pub(super) fn base(&self, host: &Base) -> Result<Base, CliError> {
        let text = match self {
            Self::None(listener) => format!("http://{}:{}", host.host(), listener.port),
            Self::Acme { .. } | Self::External { .. } => host.as_str().to_owned(),
        };
        Base::parse(&text).map_err(CliError::new)
    }
}

/// Gets the answers about TLS.
pub(super) fn get(flags: &Flags, asker: &mut Asker<'_>, host: &Base) -> Result<Tls, CliError> {
    let kind = kind_of(flags, asker, host)?;
    let others = [
        ("--acme-email", flags.acme_email.is_some(), matches!(kind, Kind::Acme), "--tls acme"),
        (
            "--trusted-proxies",
            flags.trusted_proxies.is_some(),
            matches!(kind, Kind::External),
            "--tls external",
        ),
    ];
    for (flag, given, fits, wanted) in others {
        if given && !fits {
            return Err(CliError::new(format_args!("{flag} is for {wanted}, and this is --tls {kind}")));
        }
    }
    match kind {
        Kind::None => listener(flags, asker).map(Tls::None),
        Kind::Acme => acme(flags, asker),
        Kind::External => external(flags, asker),
    }
}

/// Gets the kind of TLS termination. Without `--tls`, a loopback host gets http, and nobody is asked.
fn kind_of(flags: &Flags, asker: &mut Asker<'_>, host: &Base) -> Result<Kind, CliError> {
    if flags.tls.is_none() && host.is_loopback() {
        return Ok(Kind::None);
    }
    let question = Question {
        flag: "--tls",
        text: "TLS: acme (Traefik gets certificates from Let's Encrypt) or external (a proxy in front of Traefik)",
        default: Some("acme"),
    };
    asker.answer(question, flags.tls.as_deref(), |text| kind(text, host))
}

fn kind(text: &str, host: &Base) -> Result<Kind, String> {
    let name = host.host();
    match text {
        "none" if host.is_loopback() => Ok(Kind::None),
        "none" => Err(format!("none is for this machine only (localhost): OAuth needs https at {name}")),
        "acme" if host.is_loopback() || name.parse::<IpAddr>().is_ok() || !name.contains('.') => {
            Err(format!("acme needs a public host name: Let's Encrypt does not certify {name}"))
        }
        "acme" => Ok(Kind::Acme),
        "external" => Ok(Kind::External),
        _ => Err("must be acme, external or none".to_owned()),
    }
}

fn acme(flags: &Flags, asker: &mut Asker<'_>) -> Result<Tls, CliError> {
    for (flag, given) in [("--port", flags.port.is_some()), ("--address", flags.address.is_some())] {
        if given {
            return Err(CliError::new(format_args!(
                "{flag} cannot be used with --tls acme: Let's Encrypt connects to port 80 of the host"
            )));
        }
    }
    let question = Question { flag: "--acme-email", text: "Email address for Let's Encrypt", default: None };
    let email = asker.answer(question, flags.acme_email.as_deref(), email)?;
    Ok(Tls::Acme { email })
}

fn external(flags: &Flags, asker: &mut Asker<'_>) -> Result<Tls, CliError> {
    let question = Question {
        flag: "--address",
        text: "Address of this machine at which the proxy reaches Traefik",
        default: Some("127.0.0.1"),
    };
    let listener = match (&flags.address, asker.asks()) {
        (None, true) => {
            let address = asker.answer(question, None, address)?;
            Listener { address, port: port_of(flags, asker)? }
        }
        _ => listener(flags, asker)?,
    };
    let question = Question {
        flag: "--trusted-proxies",
        text: "The proxy's addresses as Traefik sees them",
        default: listener.address.is_loopback().then_some(DOCKERS_NETWORKS),
    };
    let trusted = asker.answer(question, flags.trusted_proxies.as_deref(), proxies)?;
    Ok(Tls::External { listener, trusted })
}

fn listener(flags: &Flags, asker: &mut Asker<'_>) -> Result<Listener, CliError> {
    let address = given_or_kept("--address", flags.address.as_deref(), asker, address)?;
    let address = address.unwrap_or(Listener::DEFAULT.address);
    Ok(Listener { address, port: port_of(flags, asker)? })
}

fn port_of(flags: &Flags, asker: &mut Asker<'_>) -> Result<u16, CliError> {
    let port = given_or_kept("--port", flags.port.as_deref(), asker, port)?;
    Ok(port.unwrap_or(Listener::DEFAULT.port))
}

/// Returns the value of the argument or, without one, the earlier answer; asks no question.
fn given_or_kept<T>(
    flag: &'static str,
    given: Option<&str>,
    asker: &mut Asker<'_>,
    parse: impl Fn(&str) -> Result<T, String>,
) -> Result<Option<T>, CliError> {
    match given {
        Some(text) => {
            parse(text).map(Some).map_err(|problem| CliError::new(format_args!("{flag} {problem}")))
        }
        None => asker.kept(flag, parse),
    }
}

fn address(text: &str) -> Result<IpAddr, String> {
    text.parse().map_err(|_| "must be an IP address such as 127.0.0.1 or 0.0.0.0".to_owned())
}

fn port(text: &str) -> Result<u16, String> {
    text.parse().ok().filter(|port| *port != 0).ok_or_else(|| "must be a number from 1 to 65535".to_owned())
}

fn email(text: &str) -> Result<String, String> {
    let shaped = text.split_once('@').is_some_and(|(name, domain)| {
        !name.is_empty() && domain.contains('.') && !domain.contains('@') && !domain.ends_with('.')
    });
    if shaped && text.bytes().all(|b| b.is_ascii_graphic()) {
        return Ok(text.to_owned());
    }
    Err("must be an email address".to_owned())
}

/// Parses addresses and networks, in the form of Traefik's `forwardedHeaders.trustedIPs`.
fn proxies(text: &str) -> Result<String, String> {
    let items: Vec<&str> = text.split(',').map(str::trim).filter(|item| !item.is_empty()).collect();
    for item in &items {
        let (address, length) =
            item.split_once('/').map_or((*item, None), |(left, right)| (left, Some(right)));
        let address: Option<IpAddr> = address.parse().ok();
        let longest = if address.is_some_and(|address| address.is_ipv6()) { 128 } else { 32 };
        let length = length.map_or(Some(longest), |length| length.parse::<u8>().ok());
        match (address, length) {
            (Some(_), Some(0)) => return Err(format!("must not name {item}: it would trust every client")),
            (Some(_), Some(length)) if length <= longest => {}
            _ => return Err("must be addresses and networks such as 10.0.0.7,172.16.0.0/12".to_owned()),
        }
    }
    if items.is_empty() { Err("must name an address".to_owned()) } else { Ok(items.join(",")) }
}
