//! Traefik let aliases of identity headers through (`X_Forwarded_Proto`, CVE-2026-33433, -39858, -54763, -88011,
//! -35051, -54764), and backends took them for the real headers. Here no spelling of our own headers in a client's
//! request reaches the backend.
//!
//! Checked by comparing only one spelling in `is_reserved`, `protocol/src/resource/identity.rs`.

use e2e::runtime::run;
use e2e::wire;

use crate::world::{tokens, world};

fn folded(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
}

async fn reaching(marker: &str, lines: &str) -> Vec<wire::Message> {
    let world = world().await;
    let access = tokens(&world.path("alpha"), "aliases").await.access;
    let port = world.stack.traefik.port();
    let request = format!(
        "POST /alpha/mcp?{marker} HTTP/1.1\r\nHost: shared.localhost:{port}\r\nAuthorization: Bearer {access}\r\n{lines}Content-Length: 2\r\nConnection: close\r\n\r\n{{}}"
    );
    wire::exchange(port, request.as_bytes()).await;
    world.backend.requests_marked(marker)
}

#[test]
fn every_alias_is_removed() {
    run(async {
        let names = ["X-Mcp-Sub", "X-Mcp-Scopes", "X-Mcp-Iss"];
        for (number, separator) in ["-", "_", ".", "~", "--", "-_"].iter().enumerate() {
            let lines: String = names
                .iter()
                .flat_map(|name| {
                    let alias = name.replace('-', separator);
                    [alias.clone(), alias.to_uppercase(), alias.to_lowercase()]
                })
                .map(|alias| format!("{alias}: evil\r\n"))
                .collect();
            for request in reaching(&format!("alias-{number}-end"), &lines).await {
                for (name, value) in &request.headers {
                    let ours = names.iter().any(|own| folded(own) == folded(name));
                    assert!(!(ours && value == b"evil"), "{name}");
                }
                assert_eq!(request.values("x-mcp-sub"), ["alice"]);
            }
        }
    });
}

#[test]
fn internal_headers_never_arrive() {
    run(async {
        let lines = "X_MCPB_Context: v1.x\r\nX.MCPB.Sidecar: 1\r\nX-MCPB-Anything: 1\r\nXMcpbRoute2: 1\r\n";
        for request in reaching("internal-end", lines).await {
            let internal = |name: &String| folded(name).starts_with("xmcpb");
            assert!(!request.headers.iter().any(|(name, _)| internal(name)), "{request:?}");
        }
    });
}
