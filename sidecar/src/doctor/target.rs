//! A URL of an MCP server, and the addresses to which doctor connects for it.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use url::{Host, Url};

/// `--connect [PORT=]ADDRESS:PORT`: an address to which doctor connects instead of the host's own address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connect {
    /// The port of the host for which the address is used; `None` means the port of the URL.
    port: Option<u16>,
    address: SocketAddr,
}

impl FromStr for Connect {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let problem = || format!("{text:?} must look like 10.0.0.5:443 or 80=10.0.0.5:8080");
        let (port, address) = match text.split_once('=') {
            Some((port, address)) => (Some(port.parse().map_err(|_| problem())?), address),
            None => (None, text),
        };
        Ok(Self { port, address: address.parse().map_err(|_| problem())? })
    }
}

/// A URL of an MCP server, as clients use it.
#[derive(Clone, Debug)]
pub struct Target {
    url: Url,
    connect: BTreeMap<u16, SocketAddr>,
}

impl Target {
    /// Reads the URL. The error is a sentence.
    pub fn new(text: &str, connect: &[Connect]) -> Result<Self, String> {
        let wrong = |why: &str| format!("{text:?} is not the URL of an MCP server: {why}");
        let url = Url::parse(text).map_err(|error| wrong(&error.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(wrong("it must begin with https:// or http://"));
        }
        if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
            return Err(wrong("it must have neither a user name nor a fragment"));
        }
        let own = url.port_or_known_default().unwrap_or(443);
        let connect = connect.iter().map(|one| (one.port.unwrap_or(own), one.address)).collect();
        Ok(Self { url, connect })
    }

    /// The URL.
    pub const fn url(&self) -> &Url {
        &self.url
    }

    /// The host, without a port.
    pub fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    /// The port of the URL.
    pub fn port(&self) -> u16 {
        self.url.port_or_known_default().unwrap_or(443)
    }

    /// Returns the address to which doctor connects for a port of this host: the one that `--connect` gives for this
    /// port, or else the one for the URL's port, with this port. `None` means the host's own address.
    pub fn address(&self, port: u16) -> Option<SocketAddr> {
        let own = self.connect.get(&self.port());
        self.connect.get(&port).copied().or_else(|| own.map(|own| SocketAddr::new(own.ip(), port)))
    }

    /// Returns the URL with this path at the same host and port, without a query.
    pub fn at(&self, path: &str) -> Url {
        let mut url = self.url.clone();
        url.set_path(path);
        url.set_query(None);
        url
    }

    /// Returns the http URL with this path at this port of the host; `None` if there is no such URL.
    pub fn plain(&self, port: u16, path: &str) -> Option<Url> {
        let mut url = Url::parse(&format!("http://{}", self.host())).ok()?;
        url.set_path(path);
        // If `--connect` gives an address, the port is part of that address, and the URL has none.
        if self.address(port).is_none() {
            url.set_port(Some(port)).ok()?;
        }
        Some(url)
    }

    /// Whether the host is this machine. Then its ports do not show what is reachable from outside.
    pub fn is_loopback(&self) -> bool {
        match self.url.host() {
            Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
            Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(url: &str, connect: &[&str]) -> Target {
        let connect: Vec<Connect> = connect.iter().map(|text| text.parse().unwrap()).collect();
        Target::new(url, &connect).unwrap()
    }

    #[test]
    fn only_urls_that_a_client_can_use_are_accepted() {
        for bad in ["wiki.example.com/mcp", "ftp://h/", "https://u:p@h/", "https://h/#x", "https://"] {
            assert!(Target::new(bad, &[]).is_err(), "{bad}");
        }
        assert!(Target::new("https://wiki.example.com/mcp?a=b", &[]).is_ok());
    }

    #[test]
    fn connections_can_be_led_elsewhere() {
        let led = target("https://wiki.example.com/mcp", &["127.0.0.1:8443", "80=127.0.0.1:8000"]);
        let address = |port| led.address(port).map(|address| address.to_string());
        assert_eq!(address(443).as_deref(), Some("127.0.0.1:8443"));
        assert_eq!(address(80).as_deref(), Some("127.0.0.1:8000"));
        assert_eq!(address(9090).as_deref(), Some("127.0.0.1:9090"));
        assert_eq!(led.plain(80, "/x").unwrap().as_str(), "http://wiki.example.com/x");
        let free = target("https://wiki.example.com/mcp", &[]);
        assert_eq!(free.address(443), None);
        assert_eq!(free.plain(9090, "/x").unwrap().as_str(), "http://wiki.example.com:9090/x");
        for bad in ["", "10.0.0.5", "x=10.0.0.5:1", "80=", "wiki:80"] {
            assert!(bad.parse::<Connect>().is_err(), "{bad}");
        }
    }

    #[test]
    fn this_machine_is_known_by_its_names() {
        for (url, is_loopback) in [
            ("http://localhost:1/", true),
            ("http://a.localhost/", true),
            ("http://127.0.0.2/", true),
            ("http://[::1]/", true),
            ("http://10.0.0.1/", false),
            ("https://localhost.example.com/", false),
        ] {
            assert_eq!(target(url, &[]).is_loopback(), is_loopback, "{url}");
        }
    }
}
