//! A reverse proxy that adds an access token to requests, for programs that cannot log in. It returns the responses of
//! the stack unchanged, including streams.

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::task::JoinHandle;

/// The running proxy.
pub struct Hop {
    address: SocketAddr,
    task: JoinHandle<()>,
}

struct Target {
    client: reqwest::Client,
    /// The host and the port of the stack.
    host: String,
    own: String,
    bearer: String,
}

impl Hop {
    /// Starts the proxy in front of `host` (name and port), with this token.
    #[expect(clippy::disallowed_methods, reason = "a proxy of the tests, to this machine only")]
    pub async fn start(host: &str, token: &str) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let target = Target {
            client: reqwest::Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .build()
                .expect("a client"),
            host: host.to_owned(),
            own: address.to_string(),
            bearer: format!("Bearer {token}"),
        };
        let router = Router::new().fallback(pass).with_state(Arc::new(target));
        let task = tokio::spawn(async move { axum::serve(listener, router).await.expect("a server") });
        Self { address, task }
    }

    /// The proxy's URL: `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Hop {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn pass(State(target): State<Arc<Target>>, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    let url = format!("http://{}{}", target.host, parts.uri);
    // Replaces the proxy's own host name by the stack's. Other hosts stay unchanged, because the tests check them.
    let named = parts.headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let host = if named == target.own { target.host.clone() } else { named.to_owned() };
    parts.headers.insert(header::HOST, host.parse().expect("a host"));
    parts.headers.insert(header::AUTHORIZATION, target.bearer.parse().expect("a token"));
    parts.headers.remove(header::CONNECTION);
    let body = reqwest::Body::wrap_stream(body.into_data_stream());
    let sent = target.client.request(parts.method, url).headers(parts.headers).body(body).send().await;
    let Ok(answer) = sent else { return StatusCode::BAD_GATEWAY.into_response() };
    let (status, headers) = (answer.status(), answer.headers().clone());
    let mut response = (status, Body::from_stream(answer.bytes_stream())).into_response();
    *response.headers_mut() = headers;
    response.headers_mut().remove(header::TRANSFER_ENCODING);
    response
}
