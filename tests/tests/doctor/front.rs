//! A reverse proxy in front of Traefik that does one thing wrong.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use tokio::task::JoinHandle;

/// A response that the proxy makes itself: status, media type and body.
pub type Own = Option<(StatusCode, &'static str, String)>;

/// The changes that the proxy makes to requests and responses.
#[derive(Default)]
pub struct Wrong {
    /// Changes path and query of a request.
    pub path: Option<fn(&str) -> String>,
    /// Changes the header fields of a request.
    pub request: Option<fn(&mut HeaderMap)>,
    /// Answers a request itself.
    pub answer: Option<fn(&Method, &str, &HeaderMap) -> Own>,
    /// Changes the header fields of a response to a request for this path.
    pub response: Option<fn(&str, &mut HeaderMap)>,
    /// Changes the body of a response to a request for this path.
    pub body: Option<fn(&str, String) -> String>,
    /// Whether the proxy sends Traefik's address in `Host` instead of its own.
    pub renames_host: bool,
}

/// The running proxy.
pub struct Front {
    address: SocketAddr,
    task: JoinHandle<()>,
}

struct Target {
    client: reqwest::Client,
    port: u16,
    wrong: Wrong,
}

impl Front {
    /// Starts the proxy in front of a port of this machine.
    #[expect(clippy::disallowed_methods, reason = "a proxy of the tests, to this machine only")]
    pub async fn start(port: u16, wrong: Wrong) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy();
        let target = Target { client: client.build().expect("a client"), port, wrong };
        let router = Router::new().fallback(pass).with_state(Arc::new(target));
        let task = tokio::spawn(async move { axum::serve(listener, router).await.expect("a server") });
        Self { address, task }
    }

    /// Returns the URL of a path at the proxy, with the host `localhost`.
    pub fn at(&self, path: &str) -> String {
        format!("http://localhost:{}{path}", self.address.port())
    }

    /// The proxy's address.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn pass(State(target): State<Arc<Target>>, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    let wrong = &target.wrong;
    let asked = parts.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
    let own = wrong.answer.and_then(|answer| answer(&parts.method, &asked, &parts.headers));
    if let Some((status, kind, text)) = own {
        return (status, [(header::CONTENT_TYPE, kind)], text).into_response();
    }
    let path = wrong.path.map_or_else(|| asked.clone(), |change| change(&asked));
    if let Some(change) = wrong.request {
        change(&mut parts.headers);
    }
    if wrong.renames_host {
        parts.headers.remove(header::HOST);
    }
    parts.headers.remove(header::CONNECTION);
    let url = format!("http://localhost:{}{path}", target.port);
    let body = reqwest::Body::wrap_stream(body.into_data_stream());
    let sent = target.client.request(parts.method, url).headers(parts.headers).body(body).send().await;
    let Ok(answer) = sent else { return StatusCode::BAD_GATEWAY.into_response() };
    let (status, mut headers) = (answer.status(), answer.headers().clone());
    headers.remove(header::TRANSFER_ENCODING);
    if let Some(change) = wrong.response {
        change(&asked, &mut headers);
    }
    let body = match wrong.body {
        None => Body::from_stream(answer.bytes_stream()),
        Some(change) => {
            headers.remove(header::CONTENT_LENGTH);
            Body::from(change(&asked, answer.text().await.unwrap_or_default()))
        }
    };
    let mut response = (status, body).into_response();
    *response.headers_mut() = headers;
    response
}
