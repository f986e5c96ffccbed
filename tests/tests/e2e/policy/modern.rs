//! Real MCP servers of revision 2026-07-28, whose clients repeat method and name in headers: npm `@modelcontextprotocol/server`,
//! which responds with JSON or with events, and PyPI `mcp`.

use e2e::clients::Kind;
use e2e::deployed::{self, Tenant};
use e2e::flow::Flow;
use e2e::http::Answer;
use e2e::mcp_server::McpServer;
use e2e::runtime::run;
use e2e::sidecar::ALICE;
use e2e::stack::{Plan, Stack};
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use super::clients::step_up;
use super::world::{last_message, post, tokens};

const REVISION: &str = "2026-07-28";
const POLICY: &str = "toolPolicy: 'echo=speak, get-e*=look, prompts/get:secret=look, resources/*:file:///secret/*=look, \
    test_simple_text=speak, test_image_content=look'";

struct World {
    stack: Stack,
    servers: [McpServer; 3],
}

impl World {
    async fn start() -> Self {
        let servers =
            [McpServer::modern("json").await, McpServer::modern("sse").await, McpServer::python().await];
        let tenant = |name: &str, number: usize| {
            let tenant = Tenant::local(name, &servers[number].url()).with(POLICY);
            tenant.with("offeredScopes: read").with("requiredScopes: read")
        };
        let stack = Stack::start(Plan {
            users: vec![ALICE],
            files: vec![
                ("npm.yml", deployed::path_tenants("localhost", &tenant("json", 0), &tenant("sse", 1))),
                ("python.yml", deployed::host_tenant("127.0.0.1", &tenant("python", 2))),
            ],
            ..Plan::default()
        })
        .await;
        let world = Self { stack, servers };
        let urls = [world.json(), world.sse(), world.python()].map(|tenant| tenant.mcp());
        world.stack.ready(&urls).await;
        world
    }

    fn at(&self, base: &str) -> Flow {
        Flow::new(&self.stack.http, base)
    }

    fn json(&self) -> Flow {
        self.at(&format!("{}/json", self.stack.at("localhost")))
    }

    fn sse(&self) -> Flow {
        self.at(&format!("{}/sse", self.stack.at("localhost")))
    }

    fn python(&self) -> Flow {
        self.at(&self.stack.at("127.0.0.1"))
    }

    /// How many requests with this marker the npm servers got.
    fn seen(&self, marker: &str) -> usize {
        let requests = self.servers.iter().flat_map(McpServer::requests);
        requests.filter(|request| request.values("x-marker") == [marker]).count()
    }
}

async fn world() -> &'static World {
    static WORLD: OnceCell<World> = OnceCell::const_new();
    WORLD.get_or_init(World::start).await
}

/// The parameters of a request, with what this revision adds to those of every request.
fn with_meta(mut params: Value) -> Value {
    params["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": REVISION,
        "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    params
}

/// Sends a request with the headers of this revision, of which `changed` replaces some; returns the response and the message
/// in it.
async fn ask(
    tenant: &Flow,
    token: &str,
    (method, params): (&str, Value),
    changed: &[(&str, &str)],
) -> (Answer, Value) {
    let name = ["name", "uri"].iter().find_map(|member| params[*member].as_str()).map(str::to_owned);
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": with_meta(params)});
    let mut headers = vec![("mcp-protocol-version", REVISION), ("mcp-method", method)];
    headers.extend(name.as_deref().map(|name| ("mcp-name", name)));
    headers.retain(|(own, _)| !changed.iter().any(|(other, _)| own == other));
    headers.extend_from_slice(changed);
    let answer = post(tenant, "/mcp", token, &headers, body.to_string()).await;
    let message = last_message(&answer);
    (answer, message)
}

fn names(message: &Value, list: &str) -> Vec<String> {
    let entries = message["result"][list].as_array().unwrap_or_else(|| panic!("no {list}: {message}"));
    entries.iter().map(|entry| entry["name"].as_str().expect("a name").to_owned()).collect()
}

#[test]
fn lists_of_either_form_are_cut() {
    run(async {
        let world = world().await;
        for (tenant, form) in [(world.json(), "application/json"), (world.sse(), "text/event-stream")] {
            let few = tokens(&tenant, "read").await.access;
            let all = tokens(&tenant, "read speak look").await.access;
            for (method, list, left, hidden) in [
                ("tools/list", "tools", vec!["get-sum", "get-product"], vec!["echo", "get-env"]),
                ("prompts/list", "prompts", vec!["open"], vec!["secret"]),
                ("resources/list", "resources", vec!["open"], vec!["secret"]),
            ] {
                for (token, hides) in [(&few, true), (&all, false)] {
                    let (answer, message) = ask(&tenant, token, (method, json!({})), &[]).await;
                    assert_eq!(answer.status, 200, "{answer:?}");
                    assert!(answer.header("content-type").starts_with(form), "{method}: {answer:?}");
                    let names = names(&message, list);
                    assert!(
                        left.iter().all(|name| names.iter().any(|own| own == name)),
                        "{method}: {names:?}"
                    );
                    let shown = hidden.iter().any(|name| names.iter().any(|own| own == name));
                    assert_eq!(shown, !hides, "{method}: {names:?}");
                }
            }
        }
    });
}

#[test]
fn calls_are_decided_before_the_server_gets_them() {
    run(async {
        let world = world().await;
        for (tenant, form) in [(world.json(), "application/json"), (world.sse(), "text/event-stream")] {
            let few = tokens(&tenant, "read").await.access;
            let all = tokens(&tenant, "read speak look").await.access;
            for (method, params, scope) in [
                ("tools/call", json!({"name": "echo", "arguments": {"message": "x"}}), "read speak"),
                ("tools/call", json!({"name": "get-env", "arguments": {}}), "look read"),
                ("prompts/get", json!({"name": "secret"}), "look read"),
                ("resources/read", json!({"uri": "file:///secret/a"}), "look read"),
            ] {
                let marker = format!("{form} {params}");
                let marked = [("x-marker", marker.as_str())];
                let (answer, message) = ask(&tenant, &few, (method, params.clone()), &marked).await;
                assert_eq!((answer.status.as_u16(), &message["error"]["code"]), (403, &json!(-32003)));
                let challenge = answer.header("www-authenticate");
                assert!(challenge.contains(&format!("scope=\"{scope}\"")), "{challenge}");
                assert_eq!(world.seen(&marker), 0, "{marker}");
                let (answer, message) = ask(&tenant, &all, (method, params), &marked).await;
                assert_eq!(
                    (answer.status.as_u16(), message["result"].is_object()),
                    (200, true),
                    "{answer:?}"
                );
                assert!(answer.header("content-type").starts_with(form), "{answer:?}");
                assert_eq!(world.seen(&marker), 1, "{marker}");
            }
            let sum = ("tools/call", json!({"name": "get-sum", "arguments": {"a": 1, "b": 2}}));
            let (_, message) = ask(&tenant, &few, sum, &[]).await;
            assert_eq!(message["result"]["content"][0]["text"], "3", "{message}");
        }
    });
}

/// The body decides; a header that names something else is refused, as the server would do (-32020).
#[test]
fn headers_that_disagree_with_the_body_are_refused() {
    run(async {
        let world = world().await;
        for tenant in [world.json(), world.sse(), world.python()] {
            let token = tokens(&tenant, "read speak look").await.access;
            let is_python = tenant.base == world.python().base;
            let name = if is_python { "test_simple_text" } else { "echo" };
            let call = || ("tools/call", json!({"name": name, "arguments": {"message": "x"}}));
            for changed in [
                [("mcp-name", "get-sum")],
                [("mcp-name", "=?base64?Z2V0LXN1bQ==?=")],
                [("mcp-method", "tools/list")],
                [("mcp-method", "ping")],
            ] {
                let marked = [changed.as_slice(), &[("x-marker", changed[0].1)]].concat();
                let (answer, message) = ask(&tenant, &token, call(), &marked).await;
                assert_eq!(
                    (answer.status.as_u16(), &message["error"]["code"]),
                    (400, &json!(-32020)),
                    "{changed:?}: {answer:?}"
                );
                assert_eq!(world.seen(changed[0].1), 0, "{changed:?}");
            }
            // Another spelling of the same name.
            let encoded =
                if is_python { "=?base64?dGVzdF9zaW1wbGVfdGV4dA==?=" } else { "=?base64?ZWNobw==?=" };
            let (answer, message) = ask(&tenant, &token, call(), &[("mcp-name", encoded)]).await;
            assert_eq!((answer.status.as_u16(), message["result"].is_object()), (200, true), "{answer:?}");
        }
    });
}

#[test]
fn the_python_server_is_protected_too() {
    run(async {
        let tenant = world().await.python();
        let (few, more) = (tokens(&tenant, "read").await.access, tokens(&tenant, "read speak").await.access);
        let call = || ("tools/call", json!({"name": "test_simple_text", "arguments": {}}));
        let (answer, _) = ask(&tenant, &few, call(), &[]).await;
        answer.expect(403);
        let (_, message) = ask(&tenant, &more, call(), &[]).await;
        assert!(message["result"]["content"][0]["text"].is_string(), "{message}");
        for (token, expected) in [(&few, false), (&more, true)] {
            let (_, message) = ask(&tenant, token, ("tools/list", json!({})), &[]).await;
            let names = names(&message, "tools");
            let has = |name: &str| names.iter().any(|own| own == name);
            assert_eq!(
                (has("test_simple_text"), has("test_image_content"), has("test_audio_content")),
                (expected, false, true),
                "{names:?}"
            );
        }
    });
}

#[test]
fn a_client_of_this_revision_asks_for_the_scope_that_a_tool_needs() {
    run(async {
        let world = world().await;
        for tenant in [world.json(), world.sse()] {
            step_up(Kind::Modern, &tenant).await;
        }
    });
}
