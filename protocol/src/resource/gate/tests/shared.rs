//! Tests one middleware for many tenants: the base follows from host and path.

use super::*;

/// The options that the sidecar writes for the middleware that MCP servers share.
fn options() -> Value {
    json!({"paths": ["h.test/wiki", "h.test/wiki/deep", "other.test/docs"]})
}

fn shared() -> PluginConfig {
    let (key, anchor) = (seed().plugin_key().to_text(), seed().trust_anchor().to_text());
    let environment = PluginEnvironment { plugin_key: key.expose(), trust_anchor: &anchor };
    parse(options().to_string().as_bytes(), environment).unwrap()
}

/// A token of this issuer.
fn token_of(issuer: &str) -> String {
    let PluginConfig::Tenant(_, config) = shared() else { panic!("not a tenant") };
    token(|claims| {
        claims.iss = issuer.to_owned();
        claims.aud = vec![issuer.to_owned()];
        claims.mcpb_tid = config.tid;
    })
}

const ISSUERS: [(&str, &str, &str); 5] = [
    ("h.test", "/wiki/mcp", "https://h.test/wiki"),
    ("h.test", "/wiki/deep/mcp", "https://h.test/wiki/deep"),
    ("h.test", "/mcp", "https://h.test"),
    ("other.test", "/docs/mcp", "https://other.test/docs"),
    ("other.test", "/wiki/mcp", "https://other.test"),
];

fn ask(gate: &mut Gate, host: &str, uri: &str, token: &str) -> bool {
    let mut asked = request("POST", uri).instead("host", host).bearer(token);
    match gate.decide(NOW, &mut asked) {
        Decision::ForwardMcp(_) => true,
        Decision::Respond(response) => {
            assert_eq!(response.status, 401, "{host}{uri}: {response:?}");
            false
        }
        other => panic!("{other:?}"),
    }
}

/// The same instance serves all tenants in every order, and remembers what it saw.
#[test]
fn a_token_is_good_at_its_own_tenant_and_at_no_other() {
    let mut gate = Gate::new(Ok(shared()));
    let tokens = ISSUERS.map(|(_, _, issuer)| token_of(issuer));
    for _ in 0..2 {
        for (at, (host, uri, issuer)) in ISSUERS.iter().enumerate() {
            for (of, token) in tokens.iter().enumerate() {
                assert_eq!(
                    ask(&mut gate, host, uri, token),
                    at == of,
                    "{issuer}: token of {}",
                    ISSUERS[of].2
                );
                // Every token alternates with the right one, so that what is remembered of one tenant could show at
                // another.
                assert!(ask(&mut gate, host, uri, &tokens[at]), "{issuer}");
            }
        }
    }
}

#[test]
fn metadata_names_the_tenant_of_the_path() {
    for (uri, issuer, name) in [
        ("/.well-known/oauth-protected-resource/wiki/mcp", "https://h.test/wiki", "h.test/wiki"),
        ("/wiki/deep/.well-known/oauth-protected-resource", "https://h.test/wiki/deep", "h.test/wiki/deep"),
        ("/.well-known/oauth-protected-resource/mcp", "https://h.test", "h.test"),
    ] {
        let response = respond(&mut Gate::new(Ok(shared())), request("GET", uri));
        let body: Value = serde_json::from_str(&response.body).unwrap();
        assert_eq!(body["authorization_servers"], json!([issuer]), "{uri}");
        assert_eq!(body["resource_name"], json!(name), "{uri}");
    }
}
