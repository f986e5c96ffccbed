//! Sends requests like a client, and says in words why one failed. Each request and its response take at most five
//! seconds; at most 256 KiB of a response are read, and 8 MiB of a list of Traefik's API.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, Method, Version};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::tls::TlsInfo;
use reqwest::{Certificate, Client, Response};
use url::Url;

use super::tls::{self, TlsFault};
use crate::upstream::http;

/// The maximum number of bytes of a response's body that are read. The largest honest body is a page of some 10 KiB.
const BODY: usize = 256 * 1024;

/// The maximum number of bytes of a list of Traefik's API that are read: a router takes about 500.
const LIST: usize = 8 * 1024 * 1024;

/// Why a request got no response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// The host name has no address.
    Name(String),
    /// The connection cannot be made, or ends early.
    Connection(String),
    /// The certificate is refused.
    Tls(TlsFault),
    /// No response came in time.
    Timeout,
}

impl Failure {
    /// The failure as the end of a sentence.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Name(detail) | Self::Connection(detail) => detail.clone(),
            Self::Tls(fault) => fault.detail.clone(),
            Self::Timeout => "no response within five seconds".to_owned(),
        }
    }
}

/// A response.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    /// The status.
    pub(super) status: u16,
    /// The header fields.
    pub(super) headers: HeaderMap,
    /// The body, as far as it was read.
    pub(super) body: String,
    /// Whether the response came over HTTP/2.
    pub(super) is_http2: bool,
    /// The server's certificate (DER); `None` without TLS.
    pub(super) certificate: Option<Vec<u8>>,
}

impl Answer {
    /// The value of a header; empty if the header is absent or is not text.
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The body as JSON; `None` if it is not JSON.
    pub(super) fn json(&self) -> Option<serde_json::Value> {
        serde_json::from_str(&self.body).ok()
    }

    /// Whether the plugin or the sidecar sent this response to say that it cannot serve requests now.
    pub(super) fn is_unavailable(&self) -> bool {
        self.status == 503 && self.body.contains("temporarily_unavailable")
    }
}

/// A request.
#[derive(Debug)]
pub(super) struct Ask<'a> {
    /// The method.
    pub(super) method: Method,
    /// The URL.
    pub(super) url: Url,
    /// The header fields.
    pub(super) headers: &'a [(&'a str, &'a str)],
    /// The body.
    pub(super) body: Option<Vec<u8>>,
}

/// Sends requests to one host.
#[derive(Clone, Debug)]
pub(super) struct Probe(Client);

impl Probe {
    /// Connects to `address` if there is one, otherwise to the addresses of the host's name. `authorities` are trusted
    /// in addition to the usual ones. The error is a sentence.
    pub(super) fn new(address: Option<SocketAddr>, authorities: &[Certificate]) -> Result<Self, String> {
        let client = http::build(authorities, |builder| {
            let builder = builder.tls_info(true);
            match address {
                Some(address) => builder.dns_resolver(Arc::new(Fixed(address))),
                None => builder,
            }
        });
        client.map(Self).map_err(|error| error.to_string())
    }

    /// `GET url`.
    pub(super) async fn get(&self, url: Url, headers: &[(&str, &str)]) -> Result<Answer, Failure> {
        self.send(Ask { method: Method::GET, url, headers, body: None }).await
    }

    /// Sends a request and reads the response.
    pub(super) async fn send(&self, ask: Ask<'_>) -> Result<Answer, Failure> {
        self.send_and_read(ask, BODY).await
    }

    /// `GET url` for a list of Traefik's API, which may be longer than other responses.
    pub(super) async fn get_whole(&self, url: Url) -> Result<Answer, Failure> {
        self.send_and_read(Ask { method: Method::GET, url, headers: &[], body: None }, LIST).await
    }

    async fn send_and_read(&self, ask: Ask<'_>, most: usize) -> Result<Answer, Failure> {
        let mut response = self.open(ask).await?;
        let certificate = response.extensions().get::<TlsInfo>();
        let certificate = certificate.and_then(TlsInfo::peer_certificate).map(<[u8]>::to_vec);
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let is_http2 = response.version() == Version::HTTP_2;
        let mut body = Vec::new();
        // A stream has no end, and its body is not needed.
        let kind =
            headers.get(CONTENT_TYPE).map(|kind| kind.as_bytes().to_ascii_lowercase()).unwrap_or_default();
        let most = if kind.starts_with(b"text/event-stream") { 0 } else { most };
        while body.len() < most
            && let Some(chunk) = response.chunk().await.map_err(|error| failure(&error))?
        {
            body.extend_from_slice(&chunk);
        }
        body.truncate(most);
        let body = String::from_utf8_lossy(&body).into_owned();
        Ok(Answer { status, headers, body, is_http2, certificate })
    }

    /// Posts a body, and returns the status as soon as it is there.
    pub(super) async fn post(
        &self,
        url: Url,
        header: (&str, &str),
        body: reqwest::Body,
    ) -> Result<u16, Failure> {
        let request = self.0.post(url).header(header.0, header.1).body(body);
        let response = request.send().await.map_err(|error| failure(&error))?;
        Ok(response.status().as_u16())
    }

    /// Sends a request and returns as soon as the head of the response is there.
    pub(super) async fn open(&self, ask: Ask<'_>) -> Result<Response, Failure> {
        let mut request = self.0.request(ask.method, ask.url);
        for (name, value) in ask.headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = ask.body {
            request = request.body(body);
        }
        request.send().await.map_err(|error| failure(&error))
    }
}

/// Resolves every name to one address.
struct Fixed(SocketAddr);

impl Resolve for Fixed {
    fn resolve(&self, _: Name) -> Resolving {
        let address: Addrs = Box::new(std::iter::once(self.0));
        Box::pin(std::future::ready(Ok(address)))
    }
}

fn failure(error: &reqwest::Error) -> Failure {
    if let Some(fault) = causes(error).find_map(tls::fault) {
        return Failure::Tls(fault);
    }
    if error.is_timeout() {
        return Failure::Timeout;
    }
    let last = causes(error).last().map(ToString::to_string).unwrap_or_default();
    let whole: Vec<String> = causes(error).map(ToString::to_string).collect();
    if whole.iter().any(|text| text.contains("dns error") || text.contains("lookup address")) {
        return Failure::Name(last);
    }
    Failure::Connection(last)
}

/// The error and its causes. What an I/O error wraps is not its `source`, so it is followed separately.
fn causes<'a>(error: &'a reqwest::Error) -> impl Iterator<Item = &'a (dyn std::error::Error + 'static)> {
    let first: &'a (dyn std::error::Error + 'static) = error;
    std::iter::successors(Some(first), |error| {
        let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        match wrapped {
            Some(wrapped) => Some(wrapped as &(dyn std::error::Error + 'static)),
            None => error.source(),
        }
    })
}
