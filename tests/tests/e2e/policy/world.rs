//! Tenants with a policy, and a fake MCP server that records requests and responds to lists in many forms.

use std::io::Write as _;
use std::sync::{Arc, Mutex};

use e2e::browser::{Browser, Person};
use e2e::deployed::{self, Tenant};
use e2e::flow::{Flow, Tokens};
use e2e::http::Answer;
use e2e::mcp_server::McpServer;
use e2e::sidecar::{ALICE, BOB, User};
use e2e::stack::{Plan, Stack};
use e2e::wire::{Message, Reply, Server};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::OnceCell;

/// The policy of the tenants, except the policy of `tools`.
pub const POLICY: &str = "delete_*=admin, tools/call:odd:name=admin, prompts/get:secret*=admin, \
    resources/*:file:///secret/*=admin, logging/setLevel:*=admin, dél*=admin";

pub struct World {
    pub stack: Stack,
    pub backend: Backend,
    _server: McpServer,
}

impl World {
    /// Returns a tenant. `strict` has only the policy, `open` has some public methods too, and `real` has a real MCP
    /// server.
    pub fn tenant(&self, name: &str) -> Flow {
        Flow::new(&self.stack.http, &self.stack.at(&host_of(name)))
    }

    async fn start() -> Self {
        let backend = Backend::start().await;
        let server = McpServer::start().await;
        let policy = format!("toolPolicy: '{POLICY}'");
        let at = |name: &str, url: &str| {
            let tenant = Tenant::local(&format!("{name}-policy"), url);
            tenant.with("offeredScopes: read").with("scopeMap: staff=nobody")
        };
        let tenant = |name: &'static str, url: &str, options: &[&str]| {
            let mut tenant = at(name, url);
            for option in options {
                tenant = tenant.with(option);
            }
            deployed::host_tenant(&host_of(name), &tenant)
        };
        let url = backend.url();
        let public = "publicMethods: 'initialize, notifications/*, tools/list, tools/call'";
        let files = vec![
            ("strict.yml", tenant("strict", &url, &[&policy, "requiredScopes: read"])),
            ("open.yml", tenant("open", &url, &[&policy, public])),
            ("plain.yml", tenant("plain", &url, &[])),
            ("real.yml", tenant("real", &server.url(), &["toolPolicy: 'echo=speak, get-e*=look'"])),
        ];
        let stack = Stack::start(Plan {
            users: vec![ALICE, BOB],
            files,
            sidecar: vec![("BOUNCER_REGISTER_RATE_LIMIT", "10000".to_owned())],
            ..Plan::default()
        })
        .await;
        let world = Self { stack, backend, _server: server };
        let urls = ["strict", "open", "plain", "real"].map(|name| world.tenant(name).mcp());
        world.stack.ready(&urls).await;
        world
    }
}

/// Returns a tenant's host. Real clients can resolve only `localhost`.
fn host_of(name: &str) -> String {
    if name == "real" { "localhost".to_owned() } else { format!("{name}-policy.localhost") }
}

/// Returns the world, which is started once and shared by all tests.
pub async fn world() -> &'static World {
    static WORLD: OnceCell<World> = OnceCell::const_new();
    WORLD.get_or_init(World::start).await
}

/// Logs in as alice, and requests these scopes; if `scopes` is empty, requests none.
pub async fn tokens(tenant: &Flow, scopes: &str) -> Tokens {
    tokens_of(tenant, ALICE, scopes).await
}

/// Like [`tokens`], for another user.
pub async fn tokens_of(tenant: &Flow, user: User, scopes: &str) -> Tokens {
    let client = tenant.register("policy").await;
    let more = [("scope", scopes)];
    let url = tenant.authorize_url(&client, if scopes.is_empty() { &[] } else { &more });
    let outcome = Browser::new(&tenant.http).log_in(&url, Person::user(user)).await;
    let code = outcome.parameter("code").unwrap_or_else(|| panic!("no code: {outcome:?}"));
    let answer = tenant.redeem(&client, &code).await.expect(200);
    Tokens::of(client, &answer)
}

/// Returns an access token with these scopes. It is requested once in a run.
pub async fn access(scopes: &'static str) -> String {
    static KNOWN: tokio::sync::Mutex<Vec<(&str, String)>> = tokio::sync::Mutex::const_new(Vec::new());
    let mut known = KNOWN.lock().await;
    if let Some((_, token)) = known.iter().find(|(own, _)| *own == scopes) {
        return token.clone();
    }
    let token = tokens(&world().await.tenant("strict"), scopes).await.access;
    known.push((scopes, token.clone()));
    token
}

/// Returns a call of a tool.
pub fn call(name: &str) -> Value {
    json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": name, "arguments": {}}})
}

/// Returns a request of another method.
pub fn message(method: &str) -> Value {
    json!({"jsonrpc": "2.0", "id": 1, "method": method})
}

/// Posts a body to a path of a tenant.
pub async fn post(
    tenant: &Flow,
    path: &str,
    token: &str,
    headers: &[(&str, &str)],
    body: impl Into<Vec<u8>>,
) -> Answer {
    let bearer = format!("Bearer {token}");
    let mut all = vec![("accept", "application/json, text/event-stream")];
    if !token.is_empty() {
        all.push(("authorization", &bearer));
    }
    if !headers.iter().any(|(name, _)| *name == "content-type") {
        all.push(("content-type", "application/json"));
    }
    all.extend_from_slice(headers);
    tenant.http.send_bytes(Method::POST, &format!("{}{path}", tenant.base), &all, body.into()).await
}

/// Returns the code of the JSON-RPC error in a response; 0 if there is none.
pub fn code(answer: &Answer) -> i64 {
    answer.json()["error"]["code"].as_i64().unwrap_or_default()
}

/// The message in a response: the body, or the last event.
pub fn last_message(answer: &Answer) -> Value {
    let data = answer.body.lines().filter_map(|line| line.strip_prefix("data: ")).next_back();
    serde_json::from_str(data.unwrap_or(&answer.body)).unwrap_or_default()
}

/// The fake MCP server.
pub struct Backend {
    server: Server,
    seen: Arc<Mutex<Vec<Message>>>,
}

/// Returns the entries of `tools/list`: two tools that every token may use, and two that need `admin`.
pub fn tools() -> Value {
    json!([
        {"name": "delete_page", "description": "x"}, {"name": "get_page", "inputSchema": {"name": "delete_x"}},
        {"name": "délicat"}, {"name": "set_page"}
    ])
}

/// Returns the response to a request for a list.
fn listed(method: &str, id: &Value) -> Value {
    let (name, entries) = match method {
        "tools/list" => ("tools", tools()),
        "prompts/list" => ("prompts", json!([{"name": "secret"}, {"name": "open"}])),
        "resources/list" => (
            "resources",
            json!([{"uri": "file:///open", "name": "a"}, {"uri": "file:///secret/a", "name": "b"}]),
        ),
        "resources/templates/list" => (
            "resourceTemplates",
            json!([{"uriTemplate": "file:///secret/{x}", "name": "a"}, {"uriTemplate": "file:///{x}", "name": "b"}]),
        ),
        other => return json!({"jsonrpc": "2.0", "id": id, "result": {"did": other}}),
    };
    json!({"jsonrpc": "2.0", "id": id, "result": {name: entries, "cacheScope": "public"}})
}

fn reply(request: &Message) -> Reply {
    let path = request.start.split(' ').nth(1).unwrap_or_default();
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let one = |message: &Value| listed(message["method"].as_str().unwrap_or_default(), &message["id"]);
    let answer = match &body {
        Value::Array(batch) => batch.iter().map(one).collect(),
        message => one(message),
    };
    let json = |body: String| Reply::whole("200 OK", "application/json", body);
    let events = |body: String| Reply::whole("200 OK", "text/event-stream", body);
    match path {
        "/sse" => events(format!(
            "id: first\nretry: 5\ndata:\n\nevent: message\nid: 1\ndata: {}\n\n: ping\n\nevent: message\nid: 2\ndata: {answer}\n\n",
            json!({"method": "elicitation/create", "id": 9})
        )),
        "/pretty" => json(serde_json::to_string_pretty(&answer).expect("JSON")),
        "/digest" => json(answer.to_string()).with("Content-Digest", "sha-256=:x:").with("ETag", "\"1\""),
        "/large" => json(answer.to_string() + &" ".repeat(4 << 20)),
        "/longest" => json(answer.to_string() + &" ".repeat((4 << 20) - answer.to_string().len())),
        "/html" => Reply::whole("200 OK", "text/html", answer.to_string()),
        "/broken" => json(answer.to_string()[..40].to_owned()),
        "/error" => Reply::whole("500 Oops", "text/html", "<p>no"),
        "/moved" => Reply::whole("307 Moved", "text/plain", "").with("Location", "/mcp"),
        "/accepted" => Reply::whole("202 Accepted", "text/plain", ""),
        "/brotli" => json(answer.to_string()).with("Content-Encoding", "br"),
        "/encoded" => json(answer.to_string()).with("Content-Encoding", "gzip"),
        _ => json(answer.to_string()).with("X-From-Backend", "1"),
    }
}

impl Backend {
    pub async fn start() -> Self {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let remembered = Arc::clone(&seen);
        let server = Server::start(move |request| {
            remembered.lock().expect("not poisoned").push(request.clone());
            reply(request)
        })
        .await;
        Self { server, seen }
    }

    pub fn url(&self) -> String {
        self.server.url()
    }

    /// Removes the requests with the header `x-marker: <marker>` from the record, and returns them.
    pub fn take(&self, marker: &str) -> Vec<Message> {
        let marked = |request: &mut Message| request.values("x-marker").iter().any(|value| value == marker);
        self.seen.lock().expect("not poisoned").extract_if(.., marked).collect()
    }
}

/// Compresses a body with gzip.
pub fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(body).expect("in memory");
    encoder.finish().expect("in memory")
}
