//! The only HTTP client of the sidecar. It has short timeouts, limits the size of bodies, follows no redirects, and
//! connects to no private address that the operator has not allowed.

use std::collections::BTreeSet;
use std::error::Error as _;
use std::io;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::http::HeaderMap;
use protocol::limits::document::PROVIDER_RESPONSE;
use protocol::secret::Secret;
pub use reqwest::Certificate;
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder, RequestBuilder};
use url::{Host, Origin, Url};

use super::address::is_public;
pub use super::call::{CallError, Endpoint};
use super::call_span::CallSpan;
use super::error::UpstreamError;
pub use super::proxy::OutboundProxy;
use super::resolve::{NotPublic, PublicOnly, judge_before_proxy};

/// The maximum time for one outgoing call, and for all calls to a provider that one incoming request causes.
pub const BUDGET: Duration = Duration::from_secs(5);
/// The timeout of one connection attempt.
const CONNECT: Duration = Duration::from_secs(3);
/// How long an unused connection is kept. This is shorter than servers keep one (Node.js and uvicorn: 5 s): a call on a
/// connection that the server closes at that moment fails, and a code or a refresh token cannot be sent twice.
const KEEP_IDLE: Duration = Duration::from_secs(4);

/// The credentials for a token endpoint.
#[derive(Debug)]
pub enum Credentials {
    /// HTTP Basic; both values are already form-encoded (RFC 6749 §2.3.1).
    Basic(String, Secret<String>),
    /// No credentials, or credentials in the body.
    None,
}

/// The response to a call.
#[derive(Debug)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The body, which is no longer than the limit of the call.
    pub body: Secret<Vec<u8>>,
    /// The headers.
    pub headers: HeaderMap,
}

/// The HTTP client. Clones share their connections.
#[derive(Debug, Clone)]
pub struct HttpClient {
    guarded: Client,
    internal: Client,
    /// Whether the guarded client uses a proxy, which then makes the connections.
    proxied: bool,
    internal_issuers: Arc<BTreeSet<String>>,
    internal_origins: Arc<Vec<Origin>>,
}

impl HttpClient {
    /// Makes the clients. The endpoints of `internal_issuers` may use http or a private address. The certificates
    /// `authorities` are trusted in addition to the built-in ones. Calls to public addresses go through `proxy`, if
    /// there is one.
    pub fn new(
        internal_issuers: &BTreeSet<String>,
        authorities: &[Certificate],
        proxy: Option<&OutboundProxy>,
    ) -> Result<Self, UpstreamError> {
        let origins = internal_issuers.iter().filter_map(|issuer| Url::parse(issuer).ok());
        Ok(Self {
            guarded: match proxy {
                None => build(authorities, |builder| builder.dns_resolver(Arc::new(PublicOnly)))?,
                Some(proxy) => {
                    let proxy = proxy.to_reqwest()?;
                    build(authorities, |builder| builder.proxy(proxy))?
                }
            },
            internal: build(authorities, |builder| builder)?,
            proxied: proxy.is_some(),
            internal_origins: Arc::new(origins.map(|url| url.origin()).collect()),
            internal_issuers: Arc::new(
                internal_issuers.iter().map(|issuer| bare(issuer).to_owned()).collect(),
            ),
        })
    }

    /// Checks a URL from an issuer's settings or metadata.
    ///
    /// An https URL with a public address is allowed. A URL with http or a private address is allowed only if the
    /// operator listed the issuer **and** the URL has the origin of a listed issuer. So the metadata of a listed
    /// provider cannot direct calls to other machines of the network. URLs with user information or a fragment are
    /// refused.
    pub fn judge(&self, issuer: &str, address: &str) -> Result<Endpoint, UpstreamError> {
        let refuse = |why: &str| Err(UpstreamError::Misconfigured(format!("{why}: {address}")));
        let Ok(url) = Url::parse(address) else {
            return refuse("not a URL");
        };
        if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
            return refuse("user info or a fragment in a URL");
        }
        let listed = self.internal_issuers.contains(bare(issuer));
        if listed && self.internal_origins.contains(&url.origin()) {
            return Ok(Endpoint { url, internal: true });
        }
        let unlisted = if listed {
            "and BOUNCER_INTERNAL_ISSUERS lists the issuer, but no URL with the origin of this endpoint"
        } else {
            "and the issuer is not in BOUNCER_INTERNAL_ISSUERS"
        };
        if url.scheme() != "https" {
            return refuse(&format!("not https, {unlisted}"));
        }
        let private = match url.host() {
            Some(Host::Ipv4(address)) => !is_public(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => !is_public(IpAddr::V6(address)),
            // The addresses of a domain name are checked when it is resolved.
            Some(Host::Domain(_)) => false,
            None => true,
        };
        if private {
            return refuse(&format!("a private address, {unlisted}"));
        }
        Ok(Endpoint { url, internal: false })
    }

    /// Checks a URL with the origin of `providerInternalURL`, at which the sidecar calls the provider. A server at that
    /// origin can sign in as any user, so the operator must list both the issuer and the origin, even if the origin's
    /// address is public.
    pub fn judge_listed(&self, issuer: &str, address: &str) -> Result<Endpoint, UpstreamError> {
        match self.judge(issuer, address) {
            Ok(endpoint) if endpoint.internal => Ok(endpoint),
            Ok(_) | Err(_) => Err(UpstreamError::Misconfigured(format!(
                "providerInternalURL: BOUNCER_INTERNAL_ISSUERS must list both {issuer} and the origin of {address}"
            ))),
        }
    }

    /// Fetches a document.
    pub async fn get(&self, endpoint: &Endpoint) -> Result<Reply, UpstreamError> {
        Ok(self.get_document(endpoint, PROVIDER_RESPONSE.most).await?)
    }

    /// Fetches a document of at most `cap` bytes.
    pub async fn get_document(&self, endpoint: &Endpoint, cap: usize) -> Result<Reply, CallError> {
        let request = self.client(endpoint).get(endpoint.url.clone());
        self.send("GET", request, endpoint, cap).await
    }

    /// Fetches a resource with a bearer token (RFC 6750 §2.1).
    pub async fn get_with_bearer(
        &self,
        endpoint: &Endpoint,
        token: &Secret<String>,
    ) -> Result<Reply, UpstreamError> {
        let request = self.client(endpoint).get(endpoint.url.clone()).bearer_auth(token.expose());
        Ok(self.send("GET", request, endpoint, PROVIDER_RESPONSE.most).await?)
    }

    /// Posts a form.
    pub async fn post_form(
        &self,
        endpoint: &Endpoint,
        form: Secret<String>,
        credentials: Credentials,
    ) -> Result<Reply, UpstreamError> {
        let mut request = self
            .client(endpoint)
            .post(endpoint.url.clone())
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form.expose().clone());
        if let Credentials::Basic(id, secret) = &credentials {
            request = request.basic_auth(id, Some(secret.expose()));
        }
        Ok(self.send("POST", request, endpoint, PROVIDER_RESPONSE.most).await?)
    }

    /// Sends the request in a span of its own, and tells the server which span that is.
    async fn send(
        &self,
        method: &'static str,
        request: RequestBuilder,
        endpoint: &Endpoint,
        cap: usize,
    ) -> Result<Reply, CallError> {
        let span = CallSpan::start(method, &endpoint.url);
        let result = self.send_judged(span.carried_by(request), endpoint, cap).await;
        span.end(result.as_ref().map(|reply| reply.status));
        result
    }

    async fn send_judged(
        &self,
        request: RequestBuilder,
        endpoint: &Endpoint,
        cap: usize,
    ) -> Result<Reply, CallError> {
        if self.proxied && !endpoint.internal {
            judge_before_proxy(&endpoint.url).await?;
        }
        send(request, endpoint, cap).await
    }

    const fn client(&self, endpoint: &Endpoint) -> &Client {
        if endpoint.internal { &self.internal } else { &self.guarded }
    }
}

/// Reads the certificates of a PEM file (`BOUNCER_CA_FILE`). Fails if the file contains none. Returns an empty list if
/// `path` is `None`.
pub fn authorities(path: Option<&Path>) -> Result<Vec<Certificate>, UpstreamError> {
    let Some(path) = path else { return Ok(Vec::new()) };
    let wrong =
        |why: &dyn std::fmt::Display| UpstreamError::Misconfigured(format!("{}: {why}", path.display()));
    let pem = std::fs::read(path).map_err(|error| wrong(&error))?;
    let found = Certificate::from_pem_bundle(&pem).map_err(|error| wrong(&error))?;
    if found.is_empty() { Err(wrong(&"contains no certificate")) } else { Ok(found) }
}

/// Removes a trailing slash, because an issuer may be listed with or without it.
fn bare(issuer: &str) -> &str {
    issuer.trim_end_matches('/')
}

/// Makes a client that connects to any address. It is for servers that the operator names: [`crate::doctor`] and the
/// collector of traces ([`crate::traces`]) use it, and [`HttpClient`] adds its checks to it.
#[expect(clippy::disallowed_methods, reason = "this is the one place that makes an HTTP client")]
pub(crate) fn build(
    authorities: &[Certificate],
    route: impl FnOnce(ClientBuilder) -> ClientBuilder,
) -> Result<Client, UpstreamError> {
    let mut builder = Client::builder()
        .redirect(Policy::none())
        .connect_timeout(CONNECT)
        .timeout(BUDGET)
        .pool_idle_timeout(KEEP_IDLE)
        // Ignore the environment's proxy. A proxy resolves names itself, so only the operator's setting may enable one.
        .no_proxy()
        .referer(false)
        .user_agent(concat!("mcpbouncer/", env!("CARGO_PKG_VERSION")));
    for authority in authorities {
        builder = builder.add_root_certificate(authority.clone());
    }
    route(builder)
        .build()
        .map_err(|error| UpstreamError::Misconfigured(format!("the HTTP client cannot be made: {error}")))
}

async fn send(request: RequestBuilder, endpoint: &Endpoint, cap: usize) -> Result<Reply, CallError> {
    let place = place(&endpoint.url);
    let unavailable =
        |error: reqwest::Error| UpstreamError::Unavailable(format!("{place}: {}", causes(error)));
    let response = request.header("accept", "application/json").send().await;
    let mut response = response.map_err(|error| {
        if found_no_connection(&error) {
            CallError::Unreachable(format!("{place}: {}", causes(error)))
        } else {
            unavailable(error).into()
        }
    })?;
    let (status, headers) = (response.status(), response.headers().clone());
    if status.is_redirection() {
        return Err(UpstreamError::Unavailable(format!(
            "{place} responded with a redirect ({}), which is not followed",
            status.as_u16()
        ))
        .into());
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(unavailable)? {
        if body.len() + chunk.len() > cap {
            let text = format!("{place} responded with more than {cap} bytes");
            return Err(UpstreamError::Unavailable(text).into());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Reply { status: status.as_u16(), body: Secret::new(body), headers })
}

/// Returns the called URL without its query, for messages.
fn place(url: &Url) -> String {
    format!("{}{}", url.origin().ascii_serialization(), url.path())
}

/// Returns the whole chain of causes; the outermost error only says "error sending request".
pub(crate) fn causes(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}

/// Whether no connection could be made. False if the name exists but has no public address, or if a server was reached
/// and TLS failed.
fn found_no_connection(error: &reqwest::Error) -> bool {
    let mut reached = false;
    let mut cause = error.source();
    while let Some(inner) = cause {
        let kind = inner.downcast_ref::<io::Error>().map(io::Error::kind);
        reached |= inner.is::<NotPublic>()
            || matches!(
                kind,
                Some(
                    io::ErrorKind::InvalidData
                        | io::ErrorKind::UnexpectedEof
                        | io::ErrorKind::ConnectionReset
                )
            );
        cause = inner.source();
    }
    error.is_connect() && !reached
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client() -> HttpClient {
        let listed = ["http://idp.internal:8080/realms/a".to_owned(), "https://10.0.0.5".to_owned()];
        HttpClient::new(&BTreeSet::from(listed), &[], None).unwrap()
    }

    #[test]
    fn https_to_public_names_and_addresses_is_fine() {
        for address in ["https://accounts.example.com/x", "https://1.1.1.1/"] {
            assert!(client().judge("https://accounts.example.com", address).is_ok(), "{address}");
        }
    }

    #[test]
    fn http_and_private_addresses_need_the_operators_word() {
        for address in [
            "http://accounts.example.com/x",
            "https://127.0.0.1/",
            "https://[::1]/",
            "https://0x7f.1/",
            "https://2130706433/",
            "https://169.254.169.254/latest",
            "https://[::ffff:10.0.0.1]/",
            "http://idp.internal:8080/realms/a",
            "https://user:pw@accounts.example.com/",
            "file:///etc/passwd",
            "nonsense",
        ] {
            let judged = client().judge("https://accounts.example.com", address);
            assert!(matches!(judged, Err(UpstreamError::Misconfigured(_))), "{address}");
        }
    }

    #[test]
    fn a_listed_issuer_reaches_listed_origins_and_no_others() {
        let client = client();
        let issuer = "http://idp.internal:8080/realms/a/";
        assert!(client.judge(issuer, "http://idp.internal:8080/realms/a/token").is_ok());
        assert!(client.judge(issuer, "https://10.0.0.5/token").is_ok());
        assert!(client.judge(issuer, "http://idp.internal:9090/token").is_err());
        assert!(client.judge(issuer, "http://169.254.169.254/token").is_err());
        let error = client.judge(issuer, "http://idp.internal:9090/token").unwrap_err().to_string();
        assert!(error.contains("lists the issuer, but no URL with the origin of this endpoint"), "{error}");
    }

    #[test]
    fn authorities_come_from_a_file_with_certificates() {
        let file = |text: &str| {
            let file = tempfile::NamedTempFile::new().unwrap();
            std::fs::write(file.path(), text).unwrap();
            authorities(Some(file.path())).map(|found| found.len())
        };
        assert_eq!(file(include_str!("../../tests/fixtures/ca.pem")), Ok(1));
        assert!(file("").is_err() && file("-----BEGIN CERTIFICATE-----\nAAAA").is_err());
        assert!(authorities(Some(Path::new("/no/such"))).is_err());
        assert!(authorities(None).unwrap().is_empty());
        let ca = authorities(Some(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/ca.pem"))))
            .unwrap();
        assert!(HttpClient::new(&BTreeSet::new(), &ca, None).is_ok());
    }

    #[tokio::test]
    async fn a_name_that_resolves_to_a_private_address_is_not_dialled() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let client = client();
        let endpoint = client.judge("https://x.example", &format!("https://localhost:{port}/")).unwrap();
        let error = client.get(&endpoint).await.unwrap_err();
        assert!(error.to_string().contains("no public address"), "{error}");
    }
}
