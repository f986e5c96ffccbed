//! An installation that is down: `doctor` names each cause once.

use std::time::{Duration, Instant};

use e2e::ports::Held;
use e2e::runtime::run;

use crate::report::from_outside;

#[test]
fn a_host_without_an_address_is_one_finding() {
    run(async {
        let report = from_outside(&["https://nowhere.invalid/mcp"]).await.expect(&["name-resolves"]);
        assert_eq!(report.exit_code, 4);
        assert!(report.sentence("name-resolves").starts_with("nowhere.invalid has no address"), "{report:?}");
        for code in ["reachable", "challenge", "registration", "server-public"] {
            assert_eq!(report.results(code)[0]["reason"], "name-resolves failed", "{report:?}");
        }
    });
}

#[test]
fn a_closed_port_is_one_finding() {
    run(async {
        let closed = Held::any();
        let url = format!("http://localhost:{}/mcp", closed.number());
        let report = from_outside(&[&url]).await.expect(&["reachable"]);
        assert!(report.sentence("reachable").contains("refused"), "{report:?}");
    });
}

/// The server accepts connections and never responds.
#[test]
#[expect(clippy::disallowed_methods, reason = "the time is what is measured")]
fn a_server_that_never_responds_is_one_finding_after_five_seconds() {
    run(async {
        let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/mcp", silent.local_addr().expect("an address"));
        let started = Instant::now();
        let report = from_outside(&[&url]).await.expect(&["reachable"]);
        assert!(report.sentence("reachable").contains("no response within five seconds"), "{report:?}");
        assert!(started.elapsed() < Duration::from_secs(9), "{:?}", started.elapsed());
    });
}

#[test]
fn what_is_no_url_is_an_error_of_the_command() {
    run(async {
        let folder = tempfile::TempDir::new().expect("a temporary directory");
        let program = e2e::process::Program::new("doctor", e2e::paths::mcpbouncer());
        let mut process = program.args(["doctor", "wiki.example.com"]).start(folder.path());
        assert_eq!(process.ended().await.code(), Some(1));
        assert!(process.stderr().contains("is not the URL of an MCP server"), "{}", process.stderr());
    });
}
