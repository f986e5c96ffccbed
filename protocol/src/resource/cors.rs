//! Browsers' cross-origin rules: which origins may ask, and what answers tell them.

use std::borrow::Cow;

/// One header of an answer; most values are fixed and copied nowhere.
pub type Header = (&'static str, Cow<'static, str>);

/// Methods a page may use.
const METHODS: &str = "GET, POST, DELETE, OPTIONS";
/// Request headers a page may send; `*` would not cover `Authorization`.
const REQUEST_HEADERS: &str = "Authorization, Content-Type, Accept, MCP-Protocol-Version, Mcp-Session-Id, \
                               Last-Event-ID, Mcp-Method, Mcp-Name, DPoP";
/// Response headers a page may read.
const EXPOSED: &str = "WWW-Authenticate, Mcp-Session-Id, MCP-Protocol-Version, Last-Event-Id, Retry-After";
/// Most header names of a preflight that are looked at.
const MAX_ASKED: usize = 64;
/// Longest header name of a preflight that is allowed, in bytes.
const MAX_NAME: usize = 128;

/// The `allowedOrigins` option.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum AllowedOrigins {
    /// Any: only a bearer token authorises, and a page cannot send one it does not have.
    #[default]
    Any,
    /// These, compared without regard to case; the base's own is always allowed.
    Only(Vec<String>),
}

impl AllowedOrigins {
    /// Whether a page of this origin may ask. `own` is the base's origin.
    pub fn allows(&self, origin: &str, own: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Only(list) => {
                origin == own || list.iter().any(|allowed| allowed.eq_ignore_ascii_case(origin))
            }
        }
    }

    /// The headers of an answer that a page of this origin may read; none if it may not.
    pub fn answer(&self, origin: Option<&str>, own: &str) -> Vec<Header> {
        match (self, origin) {
            (Self::Any, _) => open_answer(),
            (Self::Only(_), Some(origin)) if self.allows(origin, own) => vec![
                ("Access-Control-Allow-Origin", origin.to_owned().into()),
                ("Access-Control-Expose-Headers", EXPOSED.into()),
                ("Vary", "Origin".into()),
            ],
            (Self::Only(_), _) => vec![("Vary", "Origin".into())],
        }
    }

    /// The headers of the answer to a preflight. `asked` is `Access-Control-Request-Headers`: of the names
    /// there, `Mcp-Param-…` are allowed beside the fixed list.
    pub fn preflight(&self, origin: Option<&str>, own: &str, asked: &str) -> Vec<Header> {
        let mut headers = self.answer(origin, own);
        if !headers.iter().any(|(name, _)| *name == "Access-Control-Allow-Origin") {
            return headers;
        }
        let mut allowed = Cow::Borrowed(REQUEST_HEADERS);
        for name in asked.split(',').map(str::trim).take(MAX_ASKED) {
            let prefix = name.get(..10).unwrap_or_default();
            let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
            if prefix.eq_ignore_ascii_case("mcp-param-") && name.len() <= MAX_NAME && name.bytes().all(plain)
            {
                allowed.to_mut().push_str(", ");
                allowed.to_mut().push_str(name);
            }
        }
        headers.push(("Access-Control-Allow-Methods", METHODS.into()));
        headers.push(("Access-Control-Allow-Headers", allowed));
        headers.push(("Access-Control-Max-Age", "600".into()));
        headers
    }
}

/// The headers of an answer that any page may read.
pub fn open_answer() -> Vec<Header> {
    vec![("Access-Control-Allow-Origin", "*".into()), ("Access-Control-Expose-Headers", EXPOSED.into())]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value<'a>(headers: &'a [Header], name: &str) -> Option<&'a str> {
        headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_ref())
    }

    #[test]
    fn any_origin_by_default() {
        let any = AllowedOrigins::Any;
        assert!(any.allows("null", "https://h"));
        let headers = any.preflight(Some("https://app"), "https://h", "authorization, mcp-param-x, x-evil");
        assert_eq!(value(&headers, "Access-Control-Allow-Origin"), Some("*"));
        let allowed = value(&headers, "Access-Control-Allow-Headers").unwrap();
        assert!(allowed.ends_with(", DPoP, mcp-param-x") && allowed.contains("Authorization"), "{allowed}");
        assert!(value(&headers, "Access-Control-Allow-Methods").unwrap().contains("DELETE"));
    }

    #[test]
    fn a_list_is_echoed_and_the_own_origin_always_allowed() {
        let only = AllowedOrigins::Only(vec!["https://app".to_owned()]);
        for (origin, allowed) in
            [("https://APP", true), ("https://h", true), ("https://evil", false), ("null", false)]
        {
            assert_eq!(only.allows(origin, "https://h"), allowed, "{origin}");
            let headers = only.preflight(Some(origin), "https://h", "");
            assert_eq!(value(&headers, "Access-Control-Allow-Origin"), allowed.then_some(origin));
            assert_eq!(value(&headers, "Vary"), Some("Origin"));
        }
        assert_eq!(value(&only.answer(None, "https://h"), "Access-Control-Allow-Origin"), None);
    }

    #[test]
    fn header_names_cannot_smuggle() {
        let headers =
            AllowedOrigins::Any.preflight(None, "https://h", "Mcp-Param-a b, mcp-param-\u{e4}, mcp");
        assert!(value(&headers, "Access-Control-Allow-Headers").unwrap().ends_with("DPoP"));
        let long = ["mcp-param-", &"x".repeat(MAX_NAME)].concat();
        let headers = AllowedOrigins::Any.preflight(None, "https://h", &long);
        assert!(value(&headers, "Access-Control-Allow-Headers").unwrap().ends_with("DPoP"));
    }
}
