//! `make demo`: a real MCP client logs in through real Traefik and calls a tool. The program prints every HTTP step.

use std::process::ExitCode;

use e2e::local::Local;
use e2e::paths;
use e2e::sidecar::ALICE;

#[tokio::main]
async fn main() -> ExitCode {
    let local = Local::start(0, ALICE).await;
    let status = tokio::process::Command::new(paths::node())
        .arg(paths::of_tests("node/demo.mjs"))
        .args([&local.url(), &local.other_url(), ALICE.name, ALICE.password])
        .kill_on_drop(true)
        .status()
        .await;
    match status {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(status) => {
            eprintln!(
                "demo: the client ended with {status}\n{}\n{}",
                local.sidecar.log(),
                local.traefik.log()
            );
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("demo: Node.js could not be started: {error}");
            ExitCode::FAILURE
        }
    }
}
