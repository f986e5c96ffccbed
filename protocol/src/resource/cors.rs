//! Cross-origin requests (Fetch §3.3): which origins may send them, and the headers of the responses.

use super::bearer::is_token;
use std::borrow::Cow;

/// One header of a response. Most values are fixed texts, which are not copied.
pub type ResponseHeader = (&'static str, Cow<'static, str>);

/// Methods a page may use.
const METHODS: &str = "GET, POST, DELETE, OPTIONS";
/// Request headers a page may always send; `*` would not cover `Authorization`.
const REQUEST_HEADERS: &str = "Authorization, Content-Type, Accept, MCP-Protocol-Version, Mcp-Session-Id, \
                               Last-Event-ID, Mcp-Method, Mcp-Name, DPoP";
/// Response headers that a page may read: the value of `Access-Control-Expose-Headers` in the plugin's own responses,
/// and in the headers middleware that the sidecar configures for streamed responses.
pub const EXPOSED: &str =
    "WWW-Authenticate, Mcp-Session-Id, MCP-Protocol-Version, Last-Event-Id, Retry-After";
/// The maximum number of header names that are read of a preflight; the rest are ignored.
const MAX_REQUESTED: usize = 64;
/// Longest header name of a preflight that is allowed, in bytes.
const MAX_NAME: usize = 64;

/// The `allowedOrigins` option.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum AllowedOrigins {
    /// Every origin: only a bearer token authorizes, and a page cannot send one that it does not have.
    #[default]
    Any,
    /// These origins; upper and lower case do not matter. The origin of the base URL is always allowed.
    Only(Vec<String>),
}

impl AllowedOrigins {
    /// Whether a page of this origin may send requests. `own` is the origin of the base URL.
    pub fn allows(&self, origin: &str, own: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Only(list) => {
                origin == own || list.iter().any(|allowed| allowed.eq_ignore_ascii_case(origin))
            }
        }
    }

    /// The headers that let a page of this origin read a response. If the origin is not allowed, this is `Vary` alone.
    pub fn response_headers(&self, origin: Option<&str>, own: &str) -> Vec<ResponseHeader> {
        match (self, origin) {
            (Self::Any, _) => open_headers(),
            (Self::Only(_), Some(origin)) if self.allows(origin, own) => vec![
                ("Access-Control-Allow-Origin", origin.to_owned().into()),
                ("Access-Control-Expose-Headers", EXPOSED.into()),
                ("Vary", "Origin".into()),
            ],
            (Self::Only(_), _) => vec![("Vary", "Origin".into())],
        }
    }

    /// The headers of the response to a preflight. `requested` is the value of `Access-Control-Request-Headers`, and
    /// `more` is the option `allowedHeaders`. If every origin is allowed, so is each well-formed name in `requested`.
    /// Otherwise only the usual names are allowed, those that begin with `Mcp-Param-`, and those in `more`, where `*`
    /// stands for each name.
    pub fn preflight_headers(
        &self,
        origin: Option<&str>,
        own: &str,
        requested: &str,
        more: &[String],
    ) -> Vec<ResponseHeader> {
        let mut headers = self.response_headers(origin, own);
        if !headers.iter().any(|(name, _)| *name == "Access-Control-Allow-Origin") {
            return headers;
        }
        let mut allowed = Cow::Borrowed(REQUEST_HEADERS);
        for name in requested.split(',').map(str::trim).take(MAX_REQUESTED) {
            let known = |list: &str| list.split(',').any(|known| known.trim().eq_ignore_ascii_case(name));
            let may_be_sent = *self == Self::Any
                || name.get(..10).is_some_and(|prefix| prefix.eq_ignore_ascii_case("mcp-param-"))
                || more.iter().any(|more| more == "*" || more.eq_ignore_ascii_case(name));
            if may_be_sent && name.len() <= MAX_NAME && is_token(name) && !known(REQUEST_HEADERS) {
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

/// The headers that let a page of any origin read a response.
pub fn open_headers() -> Vec<ResponseHeader> {
    vec![("Access-Control-Allow-Origin", "*".into()), ("Access-Control-Expose-Headers", EXPOSED.into())]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value<'a>(headers: &'a [ResponseHeader], name: &str) -> Option<&'a str> {
        headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_ref())
    }

    #[test]
    fn any_origin_by_default() {
        let any = AllowedOrigins::Any;
        assert!(any.allows("null", "https://h"));
        let asked = "authorization,mcp-param-x, traceparent, X-Tenant_ID.2,dpop";
        let headers = any.preflight_headers(Some("https://app"), "https://h", asked, &[]);
        assert_eq!(value(&headers, "Access-Control-Allow-Origin"), Some("*"));
        let allowed = value(&headers, "Access-Control-Allow-Headers").unwrap();
        let whole = [REQUEST_HEADERS, "mcp-param-x", "traceparent", "X-Tenant_ID.2"].join(", ");
        assert_eq!(allowed, whole);
        assert!(value(&headers, "Access-Control-Allow-Methods").unwrap().contains("DELETE"));
    }

    #[test]
    fn listed_origins_and_the_own_one_are_allowed() {
        let only = AllowedOrigins::Only(vec!["https://app".to_owned()]);
        for (origin, allowed) in
            [("https://APP", true), ("https://h", true), ("https://evil", false), ("null", false)]
        {
            assert_eq!(only.allows(origin, "https://h"), allowed, "{origin}");
            let headers = only.preflight_headers(Some(origin), "https://h", "", &[]);
            assert_eq!(value(&headers, "Access-Control-Allow-Origin"), allowed.then_some(origin));
            assert_eq!(value(&headers, "Vary"), Some("Origin"));
        }
        assert_eq!(value(&only.response_headers(None, "https://h"), "Access-Control-Allow-Origin"), None);
    }

    #[test]
    fn with_listed_origins_only_listed_headers_are_allowed() {
        let only = AllowedOrigins::Only(vec!["https://app".to_owned()]);
        let allowed = |more: &[&str]| {
            let more: Vec<String> = more.iter().map(|name| (*name).to_owned()).collect();
            let asked = "x-tenant-id, Traceparent, mcp-param-x";
            let headers = only.preflight_headers(Some("https://app"), "https://h", asked, &more);
            let whole = value(&headers, "Access-Control-Allow-Headers").unwrap().to_owned();
            whole.strip_prefix(REQUEST_HEADERS).unwrap().to_owned()
        };
        assert_eq!(allowed(&[]), ", mcp-param-x");
        assert_eq!(allowed(&["X-Tenant-ID", "never-asked"]), ", x-tenant-id, mcp-param-x");
        assert_eq!(allowed(&["*"]), ", x-tenant-id, Traceparent, mcp-param-x");
        let refused =
            only.preflight_headers(Some("https://evil"), "https://h", "x-tenant-id", &["*".to_owned()]);
        assert_eq!(value(&refused, "Access-Control-Allow-Headers"), None);
    }

    #[test]
    fn malformed_header_names_are_not_allowed() {
        let (fits, long) = ("x".repeat(MAX_NAME), "x".repeat(MAX_NAME + 1));
        let asked = ["a b", "x-\u{e4}", "", "a:b", "a\"b", "a;b", "a\nb", "a\u{0}", &long, &fits].join(",");
        let headers = AllowedOrigins::Any.preflight_headers(None, "https://h", &asked, &[]);
        let whole = [REQUEST_HEADERS, &fits].join(", ");
        assert_eq!(value(&headers, "Access-Control-Allow-Headers"), Some(whole.as_str()));
    }

    #[test]
    fn the_response_to_a_preflight_is_bounded() {
        let asked: Vec<String> = (0..1_000).map(|number| format!("x-{number}-{}", "x".repeat(50))).collect();
        let headers = AllowedOrigins::Any.preflight_headers(None, "https://h", &asked.join(","), &[]);
        let allowed = value(&headers, "Access-Control-Allow-Headers").unwrap();
        assert!(allowed.contains(&asked[MAX_REQUESTED - 1]) && !allowed.contains(&asked[MAX_REQUESTED]));
        assert!(allowed.len() <= REQUEST_HEADERS.len() + MAX_REQUESTED * (MAX_NAME + 2));
    }
}
