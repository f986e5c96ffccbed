//! The browser cookie: 32 random bytes that bind every step of a login to the browser that started it.
//!
//! Each login has its own cookie. It is named after the login's tag, the public part of the login's id. A browser sends
//! the same cookies to every tenant and every port of a host (RFC 6265 §8.5), and several tabs may start logins at the
//! same time. If the logins shared a cookie, one login would replace the value that another still needs. A cookie lives
//! as long as its login, and the oldest cookies are deleted when a browser has many.
//!
//! Only the hash of the value is stored. The `__Host-` prefix makes browsers accept the cookie only if it is Secure,
//! has no domain and was set by that host itself (RFC 6265bis §4.1.3.2). With an http loopback base URL the cookie has
//! a plain name and is not Secure, because not every browser keeps Secure cookies there.

use axum::http::{HeaderMap, HeaderValue, header};
use protocol::encoding::{b64url_decode, b64url_encode, sha256};
use protocol::secret::Secret;
use protocol::uri::{Base, Scheme};
use store::crypto::Sealer;
use store::entropy::{Entropy, EntropyError, random_bytes};

use super::flow_id::FlowTag;

/// The prefix of the cookie's name. The plugin removes cookies with this prefix from requests to the MCP server.
const NAME: &str = "__Host-mcpb-";
const DEVELOPMENT_NAME: &str = "mcpb-dev-";
/// The maximum number of login cookies of one browser at one host. To make room for one more, the oldest is deleted.
const MOST: usize = 16;

/// The cookie of one login, as received or about to be set.
#[derive(Debug, Clone)]
pub struct Browser {
    tag: FlowTag,
    secret: Secret<[u8; 32]>,
}

impl Browser {
    /// Makes a new cookie value for this login.
    pub fn fresh(entropy: &dyn Entropy, tag: FlowTag) -> Result<Self, EntropyError> {
        Ok(Self { tag, secret: Secret::new(random_bytes(entropy)?) })
    }

    /// Reads the cookie value that the browser sent for this login; `None` if it sent none, a malformed one, or several
    /// different ones.
    pub fn read(headers: &HeaderMap, base: &Base, tag: FlowTag) -> Option<Self> {
        let wanted = name(base, tag);
        let mut found: Option<[u8; 32]> = None;
        for (_, value) in pairs(headers).filter(|(name, _)| *name == wanted) {
            let bytes: [u8; 32] = b64url_decode(value).ok()?.try_into().ok()?;
            if found.is_some_and(|before| before != bytes) {
                return None;
            }
            found = Some(bytes);
        }
        found.map(|bytes| Self { tag, secret: Secret::new(bytes) })
    }

    /// Returns the hash of the value, which is stored in the login's record.
    pub fn hash(&self) -> [u8; 32] {
        sha256(self.secret.expose())
    }

    /// Returns the value itself, for use as a key that only this browser has.
    pub const fn expose(&self) -> &[u8; 32] {
        self.secret.expose()
    }

    /// Returns the next value for the same login. The next value is computed from the current one with the server's
    /// key, so only this server can compute it, and the result is always the same. If a browser sends a form twice, the
    /// second request has the old value; from that, the server computes the new value, under which the login is stored
    /// by then.
    #[must_use]
    pub fn next(&self, sealer: &Sealer) -> Self {
        self.derived(sealer, "mcpbouncer cookie of a login v1")
    }

    /// Returns the value under which the login is stored after the user of this browser has denied access. No browser
    /// gets this value, so the login cannot continue; if the form is sent again, the server finds the login by this
    /// value.
    #[must_use]
    pub fn denied(&self, sealer: &Sealer) -> Self {
        self.derived(sealer, "mcpbouncer denied login v1")
    }

    fn derived(&self, sealer: &Sealer, purpose: &'static str) -> Self {
        let tag = sealer.tag(purpose, &[self.tag.text().as_bytes(), self.secret.expose()].concat());
        Self { tag: self.tag, secret: Secret::new(tag) }
    }

    /// Returns the `Set-Cookie` value. `secs` is how long the login still lasts, in seconds.
    pub fn set_cookie(&self, base: &Base, secs: u64) -> HeaderValue {
        line(base, &name(base, self.tag), &b64url_encode(self.secret.expose()), secs)
    }

    /// Returns the `Set-Cookie` value that deletes the cookie, for a login that has ended.
    pub fn remove_cookie(&self, base: &Base) -> HeaderValue {
        line(base, &name(base, self.tag), "", 0)
    }
}

/// Returns `Set-Cookie` values that delete the oldest login cookies, to make room for one more login. Browsers send the
/// oldest cookies first (RFC 6265 §5.4).
pub fn make_room(headers: &HeaderMap, base: &Base) -> Vec<HeaderValue> {
    let ours = || pairs(headers).map(|(name, _)| name).filter(|name| is_ours(name, base));
    let surplus = (ours().count() + 1).saturating_sub(MOST);
    ours().take(surplus).map(|name| line(base, name, "", 0)).collect()
}

/// Returns every well-formed cookie of the request, in the browser's order.
pub(crate) fn pairs(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (name.trim(), value.trim()))
}

/// Makes a `Set-Cookie` value for the whole host. `secs` is how long the browser keeps the cookie, in seconds.
pub(crate) fn line(base: &Base, name: &str, value: &str, secs: u64) -> HeaderValue {
    line_with(base, name, value, &format!("; Max-Age={secs}"))
}

/// Makes a `Set-Cookie` value for the whole host. The browser keeps the cookie until the browser is closed.
pub(crate) fn line_of_session(base: &Base, name: &str, value: &str) -> HeaderValue {
    line_with(base, name, value, "")
}

fn line_with(base: &Base, name: &str, value: &str, life: &str) -> HeaderValue {
    let secure = if is_development(base) { "" } else { "; Secure" };
    let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{life}{secure}");
    let mut header = HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static(""));
    header.set_sensitive(true);
    header
}

/// Whether cookies of this base URL are set without `Secure`, and without the prefix that requires it.
pub(crate) fn is_development(base: &Base) -> bool {
    base.scheme() == Scheme::Http && base.is_loopback()
}

/// Returns the prefix of the names of our cookies.
pub(crate) fn prefix(base: &Base) -> &'static str {
    if is_development(base) { DEVELOPMENT_NAME } else { NAME }
}

fn name(base: &Base, tag: FlowTag) -> String {
    [prefix(base), &tag.text()].concat()
}

/// Whether this is the name of a login's cookie. Names are checked before they are copied into a header.
fn is_ours(name: &str, base: &Base) -> bool {
    name.strip_prefix(prefix(base)).is_some_and(|tag| FlowTag::parse(tag).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journey::flow_id::FlowId;
    use store::entropy::SeededEntropy;

    fn headers(cookie: &str) -> HeaderMap {
        HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_str(cookie).unwrap())])
    }

    fn tag(seed: u64) -> FlowTag {
        FlowId::fresh(&SeededEntropy::new(seed)).unwrap().tag()
    }

    #[test]
    fn what_goes_out_comes_back() {
        let tag = tag(1);
        for (base, name, secure) in [
            ("https://wiki.example.com", "__Host-mcpb-", "; Secure"),
            ("http://localhost:8080", "mcpb-dev-", ""),
            ("https://localhost", "__Host-mcpb-", "; Secure"),
        ] {
            let base = Base::parse(base).unwrap();
            let browser = Browser::fresh(&SeededEntropy::new(1), tag).unwrap();
            let set = browser.set_cookie(&base, 599);
            let (pair, attributes) = set.to_str().unwrap().split_once("; ").unwrap();
            assert_eq!(attributes, format!("Path=/; HttpOnly; SameSite=Lax; Max-Age=599{secure}"));
            assert!(pair.starts_with(&format!("{name}{}=", tag.text())), "{pair}");
            let read = Browser::read(&headers(&format!("a=b; {pair}; c=d")), &base, tag).unwrap();
            assert_eq!(read.hash(), browser.hash());
            let removed = browser.remove_cookie(&base);
            let expected =
                format!("{name}{}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0{secure}", tag.text());
            assert_eq!(removed.to_str().unwrap(), expected);
        }
    }

    #[test]
    fn a_wrong_name_shape_or_a_second_value_is_no_browser() {
        let base = Base::parse("https://wiki.example.com").unwrap();
        let (this, other) = (tag(1), tag(2).text());
        let name = this.text();
        let (one, two) = ("A".repeat(43), format!("{}E", "A".repeat(42)));
        for cookie in [
            String::new(),
            format!("mcpb-dev-{name}={one}"),
            format!("__Host-mcpb-{name}=short"),
            format!("__Host-mcpb-{name}={one}; __Host-mcpb-{name}={two}"),
            format!("__host-mcpb-{name}={one}"),
            format!("__Host-mcpb-{other}={one}"),
            format!("__Host-mcpb-={one}"),
        ] {
            assert!(Browser::read(&headers(&cookie), &base, this).is_none(), "{cookie}");
        }
        let twice = format!("__Host-mcpb-{name}={one}; __Host-mcpb-{other}={two}; __Host-mcpb-{name}={one}");
        assert!(Browser::read(&headers(&twice), &base, this).is_some());
    }

    #[test]
    fn the_oldest_of_many_are_dropped() {
        let base = Base::parse("https://wiki.example.com").unwrap();
        let names: Vec<String> = (0..20).map(|seed| format!("__Host-mcpb-{}", tag(seed).text())).collect();
        let room = |count: usize| {
            let mut pairs: Vec<String> = names.iter().take(count).map(|name| format!("{name}=x")).collect();
            pairs.insert(0, "theirs=1".to_owned());
            pairs.push(format!("__Host-mcpb-foreign=1; mcpb-dev-{}=1", tag(99).text()));
            let cookie = pairs.join("; ");
            make_room(&headers(&cookie), &base)
        };
        assert!(room(0).is_empty() && room(MOST - 1).is_empty());
        for count in [MOST, 20] {
            let gone = room(count);
            assert_eq!(gone.len(), count + 1 - MOST);
            for (line, name) in gone.iter().zip(&names) {
                let expected = format!("{name}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0; Secure");
                assert_eq!(line.to_str().unwrap(), expected);
            }
        }
    }
}
