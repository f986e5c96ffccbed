//! The address of the MCP server that users copy into a client.

use protocol::uri::{Base, ResourceUri, is_plain_path};

/// The maximum length of a suggested name of a server, in characters.
const LONGEST_NAME: usize = 32;

/// The address of the MCP server, which is at or below the tenant's base URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address(ResourceUri);

impl Address {
    /// Returns the address with this path at the tenant's host; the base URL if the path is empty, is not within the
    /// tenant, or has a character that a shell may interpret. A link to this page must not show the address of another
    /// server, and users copy the address into commands.
    pub(super) fn new(base: &Base, path: &str) -> Self {
        let named = ResourceUri::parse(&[base.origin(), path].concat()).ok();
        let named = named.filter(|uri| !path.is_empty() && is_plain_path(path) && uri.within(base));
        Self(named.unwrap_or_else(|| ResourceUri::from_base(base)))
    }

    /// The URL as text.
    pub(super) fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

/// Makes a name for the server in a client's configuration from its display name: in lower case, with each run of
/// characters other than ASCII letters and digits as one hyphen, and at most 32 characters long; `mcp-server` if
/// nothing is left.
pub(super) fn short_name(shown: &str) -> String {
    let mut name = String::new();
    for character in shown.chars().take(LONGEST_NAME) {
        match character.to_ascii_lowercase() {
            character @ ('a'..='z' | '0'..='9') => name.push(character),
            _ if name.is_empty() || name.ends_with('-') => {}
            _ => name.push('-'),
        }
    }
    let name = name.trim_end_matches('-');
    if name.is_empty() { "mcp-server".to_owned() } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_address_of_the_tenant_is_shown() {
        let base = Base::parse("https://h.example/wiki").unwrap();
        for (path, shown) in [
            ("/wiki/mcp", "https://h.example/wiki/mcp"),
            ("/wiki", "https://h.example/wiki"),
            ("/wiki/", "https://h.example/wiki/"),
            ("", "https://h.example/wiki"),
            ("/", "https://h.example/wiki"),
            ("/wikipedia", "https://h.example/wiki"),
            ("/wiki/../other", "https://h.example/wiki"),
            ("/wiki//x", "https://h.example/wiki"),
            ("/wiki/%2e%2e/other", "https://h.example/wiki"),
            (".evil.example/wiki", "https://h.example/wiki"),
            ("@evil.example/wiki", "https://h.example/wiki"),
            ("/wiki?x=y", "https://h.example/wiki"),
            ("/wiki#x", "https://h.example/wiki"),
            ("/wiki/<b>", "https://h.example/wiki"),
            ("/wiki/a&calc", "https://h.example/wiki"),
            ("/wiki/$(x)", "https://h.example/wiki"),
            ("/wiki/a'b", "https://h.example/wiki"),
            ("/wiki/a%20b", "https://h.example/wiki"),
            ("/wiki/a+b", "https://h.example/wiki"),
        ] {
            assert_eq!(Address::new(&base, path).as_str(), shown, "{path}");
        }
    }

    #[test]
    fn a_name_for_configurations_is_short_and_plain() {
        for (shown, name) in [
            ("wiki", "wiki"),
            ("Company Wiki!", "company-wiki"),
            ("--a__b--", "a-b"),
            ("h.example/wiki", "h-example-wiki"),
            ("ウィキ", "mcp-server"),
            ("$(reboot) ; x", "reboot-x"),
        ] {
            assert_eq!(short_name(shown), name);
        }
        assert!(short_name(&"ab ".repeat(100)).len() <= LONGEST_NAME);
    }
}
