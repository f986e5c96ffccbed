//! The browser cookie: 32 random bytes that tie every step of a login to one browser.
//!
//! Only its hash is stored. `__Host-` makes browsers refuse it unless it is Secure, for the whole host
//! and set by that host itself (RFC 6265bis §4.1.3.2). On an http loopback base, where not every
//! browser keeps Secure cookies, a plain name without Secure is used.

use axum::http::{HeaderMap, HeaderValue, header};
use protocol::encoding::{b64url_decode, b64url_encode, sha256};
use protocol::secret::Secret;
use protocol::uri::{Base, Scheme};

use crate::entropy::{Entropy, EntropyError, random_bytes};

const NAME: &str = "__Host-mcpb";
const DEVELOPMENT_NAME: &str = "mcpb-dev";

/// The cookie's value, as it came in or is about to go out.
#[derive(Debug, Clone)]
pub struct Browser(Secret<[u8; 32]>);

impl Browser {
    /// A new value.
    pub fn fresh(entropy: &dyn Entropy) -> Result<Self, EntropyError> {
        Ok(Self(Secret::new(random_bytes(entropy)?)))
    }

    /// The value the browser sent; `None` if there is none of the right shape, or two that differ.
    pub fn read(headers: &HeaderMap, base: &Base) -> Option<Self> {
        let wanted = name(base);
        let mut found: Option<[u8; 32]> = None;
        let lines = headers.get_all(header::COOKIE).iter();
        for pair in lines.filter_map(|line| line.to_str().ok()).flat_map(|line| line.split(';')) {
            let Some((key, value)) = pair.split_once('=') else { continue };
            if key.trim() != wanted {
                continue;
            }
            let bytes: [u8; 32] = b64url_decode(value.trim()).ok()?.try_into().ok()?;
            if found.is_some_and(|before| before != bytes) {
                return None;
            }
            found = Some(bytes);
        }
        found.map(|bytes| Self(Secret::new(bytes)))
    }

    /// What is stored in each login record.
    pub fn hash(&self) -> [u8; 32] {
        sha256(self.0.expose())
    }

    /// The value itself, as a key for what only this browser may show.
    pub const fn expose(&self) -> &[u8; 32] {
        self.0.expose()
    }

    /// The `Set-Cookie` value: a session cookie, gone with the browser.
    pub fn set_cookie(&self, base: &Base) -> HeaderValue {
        let value = b64url_encode(self.0.expose());
        let secure = if is_development(base) { "" } else { "; Secure" };
        let text = format!("{}={value}; Path=/; HttpOnly; SameSite=Lax{secure}", name(base));
        let mut header = HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static(""));
        header.set_sensitive(true);
        header
    }
}

fn is_development(base: &Base) -> bool {
    base.scheme() == Scheme::Http && base.is_loopback()
}

fn name(base: &Base) -> &'static str {
    if is_development(base) { DEVELOPMENT_NAME } else { NAME }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SeededEntropy;

    fn headers(cookie: &str) -> HeaderMap {
        HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_str(cookie).unwrap())])
    }

    #[test]
    fn what_goes_out_comes_back() {
        for (base, expected) in [
            ("https://wiki.example.com", "__Host-mcpb=AAA; Path=/; HttpOnly; SameSite=Lax; Secure"),
            ("http://localhost:8080", "mcpb-dev=AAA; Path=/; HttpOnly; SameSite=Lax"),
            ("https://localhost", "__Host-mcpb=AAA; Path=/; HttpOnly; SameSite=Lax; Secure"),
        ] {
            let base = Base::parse(base).unwrap();
            let browser = Browser::fresh(&SeededEntropy::new(1)).unwrap();
            let set = browser.set_cookie(&base);
            let text = set.to_str().unwrap();
            let (pair, attributes) = text.split_once("; ").unwrap();
            assert_eq!(expected.split_once("; ").unwrap().1, attributes);
            assert_eq!(pair.split_once('=').unwrap().0, expected.split_once('=').unwrap().0);
            let read = Browser::read(&headers(&format!("a=b; {pair}; c=d")), &base).unwrap();
            assert_eq!(read.hash(), browser.hash());
        }
    }

    #[test]
    fn a_wrong_name_shape_or_a_second_value_is_no_browser() {
        let base = Base::parse("https://wiki.example.com").unwrap();
        let (one, two) = ("A".repeat(43), format!("{}E", "A".repeat(42)));
        for cookie in [
            String::new(),
            format!("mcpb-dev={one}"),
            "__Host-mcpb=short".into(),
            format!("__Host-mcpb={one}; __Host-mcpb={two}"),
            format!("__host-mcpb={one}"),
        ] {
            assert!(Browser::read(&headers(&cookie), &base).is_none(), "{cookie}");
        }
        assert!(Browser::read(&headers(&format!("__Host-mcpb={one}; __Host-mcpb={one}")), &base).is_some());
    }
}
