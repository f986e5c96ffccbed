//! A tenant with a policy for tools, and a token that lacks the scope of some tools.

use std::sync::{Arc, Mutex};

use e2e::deployed::{self, Tenant};
use e2e::flow::Flow;
use e2e::http::Answer;
use e2e::sidecar::ALICE;
use e2e::stack::{Plan, Stack};
use e2e::wire::{Message, Reply, Server};
use reqwest::Method;
use tokio::sync::OnceCell;

use crate::world::alice;

pub struct Policed {
    tenant: Flow,
    token: String,
    seen: Arc<Mutex<Vec<Message>>>,
    _stack: Stack,
    _server: Server,
}

/// Returns the tenant, which is started once and shared by all tests.
pub async fn policed() -> &'static Policed {
    static POLICED: OnceCell<Policed> = OnceCell::const_new();
    POLICED.get_or_init(Policed::start).await
}

impl Policed {
    async fn start() -> Self {
        let seen = Arc::<Mutex<Vec<Message>>>::default();
        let remembered = Arc::clone(&seen);
        let server = Server::start(move |request| {
            remembered.lock().expect("not poisoned").push(request.clone());
            let list = r#"{"id":1,"result":{"tools":[{"name":"delete_page"},{"name":"get_page"}]}}"#;
            if request.start.contains("/events") {
                Reply::whole(
                    "200 OK",
                    "text/event-stream",
                    format!("id: 1\ndata:\n\nid: 2\ndata: {list}\n\n"),
                )
            } else {
                Reply::whole("200 OK", "application/json", list)
            }
        })
        .await;
        let tenant = Tenant::local("policed", &server.url()).with("toolPolicy: delete_*=admin");
        let stack = Stack::start(Plan {
            users: vec![ALICE],
            files: vec![("policed.yml", deployed::host_tenant("policed.localhost", &tenant))],
            ..Plan::default()
        })
        .await;
        let tenant = Flow::new(&stack.http, &stack.at("policed.localhost"));
        stack.ready(&[tenant.mcp()]).await;
        let token = tenant.tokens("policed", alice()).await.access;
        Self { tenant, token, seen, _stack: stack, _server: server }
    }

    /// Sends a JSON body to the MCP server.
    pub async fn send(&self, method: Method, headers: &[(&str, &str)], body: &str) -> Answer {
        self.send_at(method, "/mcp", headers, body).await
    }

    /// Posts a JSON body to another path.
    pub async fn send_to(&self, path: &str, body: &str) -> Answer {
        self.send_at(Method::POST, path, &[], body).await
    }

    async fn send_at(&self, method: Method, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let bearer = format!("Bearer {}", self.token);
        let mut all = vec![("content-type", "application/json"), ("authorization", bearer.as_str())];
        all.extend_from_slice(headers);
        self.tenant.http.send(method, &format!("{}{path}", self.tenant.base), &all, body).await
    }
}

/// Posts a body. Returns whether it reached the MCP server. Panics if the status is not the expected one.
pub async fn passes(policed: &Policed, headers: &[(&str, &str)], body: &str, status: u16) -> bool {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let marker = NUMBER.fetch_add(1, Ordering::Relaxed).to_string();
    let all = [headers, &[("x-marker", marker.as_str())]].concat();
    policed.send(Method::POST, &all, body).await.expect(status);
    let marked = |request: &Message| request.values("x-marker") == [marker.clone()];
    policed.seen.lock().expect("not poisoned").iter().any(marked)
}
