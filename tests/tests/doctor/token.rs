//! Faults that `doctor` finds only with a token: at the plugin, the MCP server, and its streams.

use e2e::browser::Person;
use e2e::deployed;
use e2e::flow::Flow;
use e2e::mcp_server::McpServer;
use e2e::ports::Held;
use e2e::runtime::run;
use e2e::sidecar::ALICE;
use e2e::stack::{Form, Plan, Stack};
use tempfile::TempDir;

use crate::report::{Report, from_outside};
use crate::world::changed;

/// Checks a host with a token that `change` has changed.
async fn look(stack: &Stack, host: &str, change: impl Fn(String) -> String) -> Report {
    let folder = TempDir::new().expect("a temporary directory");
    let file = folder.path().join("token").display().to_string();
    let tokens = Flow::new(&stack.http, &stack.at(host)).tokens("doctor", Person::user(ALICE)).await;
    std::fs::write(&file, change(tokens.access)).expect("a file");
    let address = format!("127.0.0.1:{}", stack.traefik.port());
    let url = format!("{}/mcp", stack.at(host));
    from_outside(&[&url, "--connect", &address, "--token-file", &file]).await
}

#[test]
fn a_refused_token_a_dead_server_and_a_buffered_stream_are_found() {
    run(async {
        let (server, dead) = (McpServer::start().await, Held::any());
        let closed = format!("http://127.0.0.1:{}", dead.number());
        let slow = deployed::one_label_server("slow.localhost", "slow", &server.url());
        let slow = changed(&slow, "[mcp-auth@http]", "[slow-other, mcp-auth@http]");
        let files = vec![
            ("good.yml", deployed::one_label_server("localhost", "good", &server.url())),
            ("dead.yml", deployed::one_label_server("dead.localhost", "dead", &closed)),
            (
                "slow.yml",
                format!(
                    "{slow}  middlewares:\n    slow-other: {{ buffering: {{ maxResponseBodyBytes: 100000 }} }}\n"
                ),
            ),
        ];
        let stack =
            Stack::start(Plan { users: vec![ALICE], form: Form::OneLabel, files, ..Plan::default() }).await;
        let hosts = ["localhost", "dead.localhost", "slow.localhost"];
        stack.ready(&hosts.map(|host| format!("{}/mcp", stack.at(host)))).await;

        look(&stack, "localhost", |token| token).await.expect(&[]);
        let spoilt = look(&stack, "localhost", |token| token[..token.len() - 4].to_owned() + "AAAA").await;
        assert!(spoilt.expect(&["token-accepted"]).sentence("token-accepted").contains("401"));
        let report = look(&stack, "dead.localhost", |token| token).await.expect(&["server-answers"]);
        assert_eq!(report.results("streaming")[0]["reason"], "server-answers failed");
        look(&stack, "slow.localhost", |token| token).await.expect(&["streaming"]);
    });
}
