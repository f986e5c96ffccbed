//! `make run`: runs everything on this machine until Ctrl-C, and prints the URL to paste into an MCP client.

use std::io::Read as _;
use std::net::TcpListener;
use std::process::ExitCode;

use e2e::local::Local;
use e2e::sidecar::User;

/// The preferred port; if it is taken, any free port is used.
const USUAL_PORT: u16 = 8080;

#[tokio::main]
async fn main() -> ExitCode {
    let Some(password) = password() else {
        eprintln!("run: /dev/urandom cannot be read, so no password can be generated.");
        return ExitCode::FAILURE;
    };
    let user = User { name: "alice", password: password.leak(), groups: &[] };
    let free = TcpListener::bind(("127.0.0.1", USUAL_PORT)).is_ok();
    let local = Local::start(if free { USUAL_PORT } else { 0 }, user).await;
    print(&local.url(), &user);
    match tokio::signal::ctrl_c().await {
        Ok(()) => {
            println!("\nStopping; the MCP servers saw {} requests.", local.requests());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("run: cannot wait for Ctrl-C: {error}");
            ExitCode::FAILURE
        }
    }
}

fn print(url: &str, user: &User) {
    println!(
        r#"
  MCP URL    {url}
  user       {name}
  password   {password}

  Paste into an MCP client:

    {{ "mcpServers": {{ "demo": {{ "type": "http", "url": "{url}" }} }} }}

  or, on a command line:

    claude mcp add --transport http demo {url}
    npx mcp-remote {url}

  The client opens a browser; log in with the user above. Ctrl-C stops everything.
"#,
        name = user.name,
        password = user.password,
    );
}

/// Returns a random password of 16 characters.
fn password() -> Option<String> {
    let mut bytes = [0; 8];
    std::fs::File::open("/dev/urandom").ok()?.read_exact(&mut bytes).ok()?;
    Some(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
