//! The HTTP client of the tests. It follows no redirects, and resolves every name to this machine.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, ClientBuilder, Method, StatusCode};
use serde_json::Value;
use url::Url;

/// Sends requests; every host name resolves to this machine.
///
/// A request with an `https` URL is sent to Traefik over plain HTTP, with the headers of a TLS-terminating proxy in
/// front of Traefik (Traefik must then trust its peers), unless [`Http::over_tls`] was called.
#[derive(Clone)]
pub struct Http {
    client: Client,
    /// The port of Traefik's entry point, for `https` URLs; `None` if they are sent over TLS.
    traefik: Option<u16>,
    always: Vec<(&'static str, &'static str)>,
}

/// A response that was read completely.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The URL of the request.
    pub url: Url,
    /// The status.
    pub status: StatusCode,
    /// The header fields.
    pub headers: HeaderMap,
    /// The body, as text.
    pub body: String,
}

impl Http {
    /// Makes a client. `traefik` is the port of Traefik's entry point, for `https` URLs.
    pub fn new(traefik: u16) -> Self {
        Self { client: client(builder()), traefik: Some(traefik), always: Vec::new() }
    }

    /// Returns the client, which now sends one more header with every request.
    #[must_use]
    pub fn always(mut self, name: &'static str, value: &'static str) -> Self {
        self.always.push((name, value));
        self
    }

    /// Returns the client, which now uses HTTP/2 with prior knowledge.
    #[must_use]
    pub fn over_http2(mut self) -> Self {
        self.client = client(builder().http2_prior_knowledge());
        self
    }

    /// Returns the client, which now sends requests with `https` URLs over TLS, to the port in the URL. It trusts only
    /// the CA with this certificate (PEM).
    #[must_use]
    pub fn over_tls(mut self, root: &str) -> Self {
        let root = reqwest::Certificate::from_pem(root.as_bytes()).expect("a certificate");
        self.client = client(builder().tls_built_in_root_certs(false).add_root_certificate(root));
        self.traefik = None;
        self
    }

    /// `GET url`.
    pub async fn get(&self, url: &str) -> Answer {
        self.send(Method::GET, url, &[], "").await
    }

    /// Returns the status of `GET url`; `None` if there is no response, for example because nobody listens.
    pub async fn status(&self, url: &str) -> Option<StatusCode> {
        Some(self.client.get(url).send().await.ok()?.status())
    }

    /// Sends a request with a text body, and reads the whole response.
    pub async fn send(
        &self,
        method: Method,
        url: &str,
        headers: &[(&str, &str)],
        body: impl Into<String>,
    ) -> Answer {
        read(url, self.open(method, url, headers, body).await).await
    }

    /// Sends a request with a body of any bytes, and reads the whole response.
    pub async fn send_bytes(
        &self,
        method: Method,
        url: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Answer {
        read(url, self.open_with(method, url, headers, body).await).await
    }

    /// Sends a request. The body of the response can be read as it arrives.
    pub async fn open(
        &self,
        method: Method,
        url: &str,
        headers: &[(&str, &str)],
        body: impl Into<String>,
    ) -> reqwest::Response {
        self.open_with(method, url, headers, body.into()).await
    }

    async fn open_with(
        &self,
        method: Method,
        url: &str,
        headers: &[(&str, &str)],
        body: impl Into<reqwest::Body>,
    ) -> reqwest::Response {
        let mut url: Url = url.parse().expect("a URL");
        let mut fields = HeaderMap::new();
        if let ("https", Some(traefik)) = (url.scheme(), self.traefik) {
            let host = url[url::Position::BeforeHost..url::Position::AfterPort].to_owned();
            fields.insert("host", HeaderValue::try_from(host).expect("a host"));
            fields.insert("x-forwarded-proto", HeaderValue::from_static("https"));
            url = through_traefik(&url, traefik);
        }
        for (name, value) in self.always.iter().chain(headers) {
            let name = HeaderName::try_from(*name).expect("a header name");
            fields.append(name, HeaderValue::try_from(*value).expect("a header value"));
        }
        let request = self.client.request(method, url.clone()).headers(fields).body(body.into());
        request.send().await.unwrap_or_else(|error| panic!("{url}: {error:?}"))
    }

    /// Posts a form.
    pub async fn post_form(&self, url: &str, headers: &[(&str, &str)], fields: &[(&str, &str)]) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let mut all = vec![("content-type", "application/x-www-form-urlencoded")];
        all.extend_from_slice(headers);
        self.send(Method::POST, url, &all, body).await
    }

    /// Posts JSON.
    pub async fn post_json(&self, url: &str, headers: &[(&str, &str)], value: &Value) -> Answer {
        let mut all =
            vec![("content-type", "application/json"), ("accept", "application/json, text/event-stream")];
        all.extend_from_slice(headers);
        self.send(Method::POST, url, &all, value.to_string()).await
    }
}

impl Answer {
    /// Returns the value of a header; `""` if there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("text"))
    }

    /// Returns all values of a header.
    pub fn headers(&self, name: &str) -> Vec<&str> {
        self.headers.get_all(name).iter().map(|value| value.to_str().expect("text")).collect()
    }

    /// Returns the body as JSON; null if it is not JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// Panics unless the status is `status`.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(
            self.status.as_u16(),
            status,
            "{} answered {} {:?}\n{}",
            self.url,
            self.status,
            self.headers,
            self.body
        );
        self
    }
}

/// Reads a whole response.
async fn read(url: &str, response: reqwest::Response) -> Answer {
    let (status, headers) = (response.status(), response.headers().clone());
    let body = response.bytes().await.expect("the whole response");
    let body = String::from_utf8_lossy(&body).into_owned();
    Answer { url: url.parse().expect("a URL"), status, headers, body }
}

/// Returns the plain-HTTP URL on Traefik's entry point with the path and query of `url`.
fn through_traefik(url: &Url, port: u16) -> Url {
    let rest = &url[url::Position::BeforePath..url::Position::AfterQuery];
    format!("http://127.0.0.1:{port}{rest}").parse().expect("a URL")
}

#[expect(clippy::disallowed_methods, reason = "the ban is for the sidecar's upstream calls")]
fn builder() -> ClientBuilder {
    Client::builder()
}

fn client(builder: ClientBuilder) -> Client {
    builder
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .dns_resolver(Arc::new(ThisMachine))
        .timeout(Duration::from_secs(30))
        // Without this, a request would fail if the server had closed its pooled connection meanwhile.
        .pool_max_idle_per_host(0)
        .build()
        .expect("a client")
}

struct ThisMachine;

impl Resolve for ThisMachine {
    fn resolve(&self, _: Name) -> Resolving {
        let address: Addrs = Box::new(std::iter::once(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0)));
        Box::pin(std::future::ready(Ok(address)))
    }
}
