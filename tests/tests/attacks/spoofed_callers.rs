//! Backends that trust headers of a proxy were deceived by callers about who they are: with another spelling, with two
//! headers, with `Connection`, or over another version of HTTP. Here no spelling of a header that `identityHeaders`
//! names reaches the backend from a client.

use e2e::backend::Backend;
use e2e::browser::Person;
use e2e::deployed::{self, Tenant};
use e2e::flow::Flow;
use e2e::http::Http;
use e2e::runtime::run;
use e2e::sidecar::ALICE;
use e2e::stack::{Plan, Stack};
use e2e::wire::{self, Message};

/// Returns the values of a header in any spelling that some server takes for the header.
fn values_folded(request: &Message, name: &str) -> Vec<String> {
    let folded = |name: &str| {
        name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
    };
    let same = request.headers.iter().filter(|(own, _)| folded(own) == folded(name));
    same.map(|(_, value)| String::from_utf8_lossy(value).into_owned()).collect()
}

#[test]
fn nobody_says_who_they_are() {
    run(async {
        let backend = Backend::start().await;
        let headers = "identityHeaders: X-Mcp-Email=email, X-Mcp-Groups=groups, X-Mcp-Client=client";
        let tenant = Tenant::local("wiki", &backend.url()).with(headers);
        let files = vec![("wiki.yml", deployed::host_tenant("localhost", &tenant))];
        let stack = Stack::start(Plan { users: vec![ALICE], files, ..Plan::default() }).await;
        let flow = Flow::new(&stack.http, &stack.at("localhost"));
        stack.ready(&[flow.mcp()]).await;
        let held = flow.tokens("spoofing", Person::user(ALICE)).await;
        let port = stack.traefik.port();
        let mut lines = String::new();
        for name in ["X-Mcp-Email", "X-Mcp-Groups", "X-Mcp-Client"] {
            for separator in ["-", "_", ".", "~", "--", ""] {
                let alias = name.replace('-', separator);
                lines += &format!("{alias}: root\r\n{}: root\r\n", alias.to_uppercase());
            }
        }
        let request = |marker: &str, lines: &str, connection: &str| {
            format!(
                "POST /mcp?{marker} HTTP/1.1\r\nHost: localhost:{port}\r\nAuthorization: Bearer {}\r\n{lines}Content-Length: 2\r\nConnection: {connection}\r\n\r\n{{}}",
                held.access
            )
        };
        wire::exchange(port, request("spoofed-1-end", &lines, "close").as_bytes()).await;
        let connection = "close, X-Mcp-Client, x_mcp_client, X-Mcp-Groups";
        wire::exchange(port, request("spoofed-2-end", "", connection).as_bytes()).await;
        let h2 = Http::new(port).over_http2();
        let over_h2 = Flow::new(&h2, &flow.base);
        let spoofed = [("x-mcp-email", "root"), ("x_mcp_email", "root"), ("x-mcp_client", "root")];
        over_h2.call_at(&format!("{}?spoofed-3-end", flow.mcp()), &held.access, &spoofed).await;
        for marker in ["spoofed-1-end", "spoofed-2-end", "spoofed-3-end"] {
            let seen =
                backend.requests_marked(marker).pop().unwrap_or_else(|| panic!("{marker} did not arrive"));
            assert_eq!(values_folded(&seen, "X-Mcp-Groups"), [r#"["staff"]"#], "{marker}: {seen:?}");
            assert_eq!(values_folded(&seen, "X-Mcp-Client"), [held.client_id.as_str()], "{marker}");
            assert_eq!(values_folded(&seen, "X-Mcp-Email"), ["alice@example.com"], "{marker}: {seen:?}");
        }
    });
}
