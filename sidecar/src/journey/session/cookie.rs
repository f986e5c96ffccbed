//! The cookie of a session: 32 random bytes that identify the session, and a secret of 32 random bytes.
//!
//! A host may carry several tenants, below different paths or at different ports, and a browser sends a cookie to all
//! of them. So the cookie is named after the tenant's base URL, and the stored session names the tenant. The cookie has
//! no `Max-Age`: the browser forgets it when it is closed. The `__Host-` prefix has the same effect as for the cookies
//! of logins ([`crate::journey::browser`]), and the plugin also removes this cookie from requests to the MCP server.

use axum::http::{HeaderMap, HeaderValue};
use protocol::encoding::{b64url_decode, b64url_encode, sha256};
use protocol::secret::{Secret, hmac_sha256};
use protocol::uri::Base;
use store::entropy::{Entropy, EntropyError, random_bytes};
use store::record::Hash;

use crate::journey::browser;
use crate::journey::form_token::csrf_matches;

/// The cookie of a session, as received or about to be set.
#[derive(Debug, Clone)]
pub struct SessionCookie {
    handle: Secret<[u8; 32]>,
    secret: Secret<[u8; 32]>,
}

impl SessionCookie {
    /// Makes the cookie of a new session.
    pub(super) fn fresh(entropy: &dyn Entropy) -> Result<Self, EntropyError> {
        Ok(Self { handle: Secret::new(random_bytes(entropy)?), secret: Secret::new(random_bytes(entropy)?) })
    }

    /// Makes a cookie of the same session with another secret.
    pub(in crate::journey) fn renewed(&self, entropy: &dyn Entropy) -> Result<Self, EntropyError> {
        Ok(Self { handle: self.handle.clone(), secret: Secret::new(random_bytes(entropy)?) })
    }

    /// Reads the cookie that the browser sent for this base URL; `None` if it sent none, a malformed one, or several
    /// different ones.
    pub fn read(headers: &HeaderMap, base: &Base) -> Option<Self> {
        let wanted = name(base);
        let mut values = browser::pairs(headers).filter(|(name, _)| *name == wanted).map(|(_, value)| value);
        let value = values.next()?;
        if values.any(|other| other != value) {
            return None;
        }
        let bytes = b64url_decode(value).ok()?;
        let (handle, secret) = bytes.split_first_chunk::<32>()?;
        Some(Self { handle: Secret::new(*handle), secret: Secret::new(secret.try_into().ok()?) })
    }

    /// Returns the session's id, under which it is stored.
    pub(in crate::journey) fn session(&self) -> Hash {
        sha256(self.handle.expose())
    }

    /// Returns the hash of the secret, which is stored.
    pub(in crate::journey) fn presented(&self) -> Hash {
        sha256(self.secret.expose())
    }

    /// Returns the token of a form on a page of this session. Replacing the secret does not change the token, and other
    /// sites cannot read the value from which it is made.
    pub fn form_token(&self, shown: &str) -> String {
        let message = ["mcpb connections v1\0", shown].concat();
        b64url_encode(&hmac_sha256(self.handle.expose(), message.as_bytes()))
    }

    /// Whether this is the token of a form on a page of this session.
    pub fn is_form(&self, shown: &str, given: Option<&str>) -> bool {
        csrf_matches(&self.form_token(shown), given)
    }

    /// Returns the `Set-Cookie` value.
    pub fn set_cookie(&self, base: &Base) -> HeaderValue {
        let value = b64url_encode(&[&self.handle.expose()[..], self.secret.expose()].concat());
        browser::line_of_session(base, &name(base), &value)
    }

    /// Returns the `Set-Cookie` value that deletes the cookie.
    pub fn remove_cookie(base: &Base) -> HeaderValue {
        browser::line(base, &name(base), "", 0)
    }
}

fn name(base: &Base) -> String {
    let digest = sha256(base.as_str().as_bytes());
    let tag: Vec<u8> = digest.into_iter().take(12).collect();
    [browser::prefix(base), "session-", &b64url_encode(&tag)].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::header;
    use store::entropy::SeededEntropy;

    fn base(text: &str) -> Base {
        Base::parse(text).unwrap()
    }

    fn fresh(seed: u64) -> SessionCookie {
        SessionCookie::fresh(&SeededEntropy::new(seed)).unwrap()
    }

    fn headers(cookie: &str) -> HeaderMap {
        HeaderMap::from_iter([(header::COOKIE, HeaderValue::try_from(cookie).unwrap())])
    }

    fn pair(set: &HeaderValue) -> String {
        set.to_str().unwrap().split_once(';').unwrap().0.to_owned()
    }

    #[test]
    fn the_cookie_ends_with_the_browser_and_belongs_to_one_base() {
        let here = base("https://mcp.example.com/wiki");
        let set = fresh(1).set_cookie(&here);
        let text = set.to_str().unwrap();
        assert!(text.starts_with("__Host-mcpb-session-"), "{text}");
        assert!(text.ends_with("; Path=/; HttpOnly; SameSite=Lax; Secure"), "{text}");
        assert!(set.is_sensitive());
        let request = headers(&format!("a=b; {}; c=d", pair(&set)));
        let read = SessionCookie::read(&request, &here).unwrap();
        assert_eq!((read.session(), read.presented()), (fresh(1).session(), fresh(1).presented()));
        for other in
            ["https://mcp.example.com", "https://mcp.example.com/docs", "https://mcp.example.com:8443/wiki"]
        {
            assert!(SessionCookie::read(&request, &base(other)).is_none(), "{other}");
        }
        let local = fresh(1).set_cookie(&base("http://localhost:8080"));
        assert!(local.to_str().unwrap().starts_with("mcpb-dev-session-"), "{local:?}");
        assert!(
            SessionCookie::remove_cookie(&here)
                .to_str()
                .unwrap()
                .contains("=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0")
        );
    }

    #[test]
    fn a_malformed_or_ambiguous_cookie_is_none() {
        let here = base("https://mcp.example.com");
        let (one, two) = (pair(&fresh(1).set_cookie(&here)), pair(&fresh(2).set_cookie(&here)));
        let name = one.split_once('=').unwrap().0;
        for cookie in [
            String::new(),
            format!("{name}="),
            format!("{name}={}", "A".repeat(43)),
            format!("{name}={}", "A".repeat(87)),
            format!("{name}=%"),
            format!("{one}; {two}"),
        ] {
            assert!(SessionCookie::read(&headers(&cookie), &here).is_none(), "{cookie}");
        }
        assert!(SessionCookie::read(&headers(&format!("{one}; {one}")), &here).is_some());
    }

    #[test]
    fn a_form_token_holds_for_one_session_and_one_form() {
        let (one, two) = (fresh(1), fresh(2));
        let renewed = one.renewed(&SeededEntropy::new(3)).unwrap();
        assert_ne!(renewed.presented(), one.presented());
        assert_eq!(renewed.form_token("end x"), one.form_token("end x"));
        assert_ne!(one.form_token("end y"), one.form_token("end x"));
        assert_ne!(two.form_token("end x"), one.form_token("end x"));
        assert!(one.is_form("end x", Some(&one.form_token("end x"))));
        assert!(!one.is_form("end x", Some(&one.form_token("end y"))) && !one.is_form("end x", None));
    }
}
