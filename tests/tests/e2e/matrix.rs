//! The registrations and requests of existing clients. Each client connects at the first try and stays connected.
//! (`clients.rs` runs the clients that are separate programs.)

use e2e::browser::{Browser, Person};
use e2e::flow::{Flow, Tokens, claims};
use e2e::runtime::run;
use e2e::sidecar::ALICE;
use serde_json::{Value, json};

use crate::hosts::hosts;

/// One client: its registration, its redirect URI, and its request.
struct Shape {
    name: &'static str,
    metadata: Value,
    redirect_uri: &'static str,
    scope: Option<&'static str>,
    /// The path of the `resource`, appended to the tenant's origin; `None` if the client sends no `resource`.
    resource: Option<&'static str>,
}

fn shapes() -> Vec<Shape> {
    let none = |redirects: Value| json!({"redirect_uris": redirects, "token_endpoint_auth_method": "none"});
    let with = |mut metadata: Value, name: &str, value: Value| {
        metadata[name] = value;
        metadata
    };
    let both = json!(["authorization_code", "refresh_token"]);
    vec![
        Shape {
            name: "Claude",
            metadata: with(
                none(json!(["https://claude.ai/api/mcp/auth_callback"])),
                "grant_types",
                both.clone(),
            ),
            redirect_uri: "https://claude.ai/api/mcp/auth_callback",
            scope: None,
            resource: Some("/mcp"),
        },
        Shape {
            name: "Claude Code",
            metadata: none(json!(["http://localhost/callback", "http://127.0.0.1/callback"])),
            redirect_uri: "http://localhost:54545/callback",
            scope: None,
            resource: Some("/mcp"),
        },
        Shape {
            name: "ChatGPT",
            metadata: json!({
                "redirect_uris": ["https://chatgpt.com/connector_platform_oauth_redirect"],
                "token_endpoint_auth_method": "none", "application_type": "web", "grant_types": both,
            }),
            redirect_uri: "https://chatgpt.com/connector_platform_oauth_redirect",
            scope: Some("read"),
            resource: Some("/mcp"),
        },
        Shape {
            name: "VS Code",
            metadata: json!({
                "client_name": "Visual Studio Code", "application_type": "native", "token_endpoint_auth_method": "none",
                "redirect_uris": [
                    "https://insiders.vscode.dev/redirect", "https://vscode.dev/redirect", "http://127.0.0.1/",
                    "http://127.0.0.1:33418/",
                ],
            }),
            redirect_uri: "http://127.0.0.1:49201/",
            scope: None,
            resource: Some("/mcp"),
        },
        Shape {
            name: "Cursor",
            metadata: json!({
                "application_type": "web", "token_endpoint_auth_method": "none",
                "redirect_uris": [
                    "cursor://anysphere.cursor-mcp/oauth/callback", "https://www.cursor.com/agents/mcp/oauth/callback",
                    "http://localhost:8787/callback",
                ],
            }),
            redirect_uri: "cursor://anysphere.cursor-mcp/oauth/callback",
            scope: None,
            resource: Some("/mcp/"),
        },
        Shape {
            name: "Codex",
            metadata: with(none(json!(["http://127.0.0.1:1455/callback"])), "client_name", json!("Codex")),
            redirect_uri: "http://127.0.0.1:1455/callback",
            scope: None,
            resource: Some(""),
        },
        Shape {
            name: "mcp-remote",
            metadata: json!({
                "redirect_uris": ["http://localhost:3335/oauth/callback"], "token_endpoint_auth_method": "none",
                "software_id": "2e6dc280-f3c3-4e01-99a7-8181dbd1d23d", "software_version": "0.15.1",
                "client_uri": "https://github.com/modelcontextprotocol/mcp-cli", "response_types": ["code"],
            }),
            redirect_uri: "http://localhost:3335/oauth/callback",
            scope: Some("openid email profile"),
            resource: Some("/mcp"),
        },
        Shape {
            name: "Inspector",
            metadata: json!({
                "redirect_uris": ["http://localhost:6274/oauth/callback"], "token_endpoint_auth_method": "none",
                "grant_types": both, "response_types": ["code"], "client_name": "MCP Inspector", "scope": "",
            }),
            redirect_uri: "http://localhost:6274/oauth/callback",
            scope: None,
            resource: Some("/"),
        },
        Shape {
            name: "Claude's desktop application",
            metadata: with(
                none(json!(["claude://claude.ai/mcp-auth-callback/sdk"])),
                "client_name",
                json!("Claude Code"),
            ),
            redirect_uri: "claude://claude.ai/mcp-auth-callback/sdk",
            scope: None,
            resource: Some("/mcp"),
        },
        Shape {
            name: "Cline in Visual Studio Code",
            metadata: with(
                none(json!(["vscode://saoudrizwan.claude-dev/mcp-auth/callback/x"])),
                "logo_uri",
                json!(""),
            ),
            redirect_uri: "vscode://saoudrizwan.claude-dev/mcp-auth/callback/x",
            scope: None,
            resource: Some("/mcp"),
        },
        Shape {
            name: "Warp",
            metadata: none(json!(["warp://mcp/oauth2callback"])),
            redirect_uri: "warp://mcp/oauth2callback",
            scope: None,
            resource: Some("/mcp"),
        },
        Shape {
            name: "a client of 2025-03-26",
            metadata: json!({"redirect_uris": ["http://localhost:9000/cb"]}),
            redirect_uri: "http://localhost:9000/cb",
            scope: None,
            resource: None,
        },
    ]
}

async fn connects(tenant: &Flow, shape: &Shape) {
    let answer = tenant.http.post_json(&tenant.endpoint("register"), &[], &shape.metadata).await;
    let body = answer.expect(201).json();
    for (name, value) in shape.metadata.as_object().expect("an object") {
        // The response repeats what was registered, except that `application_type` is corrected and empty members are
        // dropped.
        if name != "application_type" && value != "" {
            assert_eq!(&body[name], value, "{}: {name}", shape.name);
        }
    }
    let client = body["client_id"].as_str().expect("an id").to_owned();
    let resource = shape.resource.map(|path| format!("{}{path}", tenant.base)).unwrap_or_default();
    let mut more = vec![("redirect_uri", shape.redirect_uri), ("resource", resource.as_str())];
    more.extend(shape.scope.map(|scope| ("scope", scope)));
    let mut browser = Browser::new(&tenant.http);
    let outcome = browser.log_in(&tenant.authorize_url(&client, &more), Person::user(ALICE)).await;
    let read = |name: &str| outcome.parameter(name).unwrap_or_else(|| panic!("{}: {outcome:?}", shape.name));
    assert_eq!((read("state"), read("iss")), ("the-state".to_owned(), tenant.base.clone()));
    let fields = [
        ("grant_type", "authorization_code"),
        ("client_id", &client),
        ("code", &read("code")),
        ("redirect_uri", shape.redirect_uri),
        ("code_verifier", "a-verifier-of-at-least-forty-three-characters-in-length"),
        ("resource", &resource),
    ];
    let answer = tenant.http.post_form(&tenant.endpoint("token"), &[], &fields).await.expect(200);
    assert!(answer.json()["scope"].is_string(), "{}", shape.name);
    let tokens = Tokens::of(client, &answer);
    tenant.call(&tokens.access).await.expect(200);
    let again = Tokens::of(
        tokens.client_id.clone(),
        &tenant.refresh(&tokens.client_id, &tokens.refresh).await.expect(200),
    );
    tenant.call(&again.access).await.expect(200);
    assert_eq!(claims(&again.access)["aud"], claims(&tokens.access)["aud"], "{}", shape.name);
}

#[test]
fn every_known_client_connects_and_stays_connected() {
    run(async {
        let tenant = hosts().await.host("scoped.localhost");
        for shape in shapes() {
            connects(&tenant, &shape).await;
        }
    });
}
