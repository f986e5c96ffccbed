//! A real MCP server without authentication of its own: `@modelcontextprotocol/server-everything`
//! over Streamable HTTP, at `/mcp`.

use serde_json::Value;
use tempfile::TempDir;

use crate::paths;
use crate::process::{Process, Program, json_lines};
use crate::wire::Message;

/// The running server.
pub struct McpServer {
    process: Process,
    port: u16,
    _directory: TempDir,
}

impl McpServer {
    /// Starts the server with an empty environment, because one of its tools prints the environment.
    pub async fn start() -> Self {
        let directory = TempDir::new().expect("a temporary directory");
        let mut process = Program::new("mcp-server", paths::node())
            .arg("--require")
            .arg(paths::of_tests("node/loopback.cjs"))
            .arg(paths::npm("@modelcontextprotocol/server-everything/dist/index.js"))
            .arg("streamableHttp")
            .start(directory.path());
        let port = process
            .wait_for("listens", |_, err| json_lines(err).iter().find_map(|line| line["port"].as_u64()))
            .await;
        Self { process, port: u16::try_from(port).expect("a port"), _directory: directory }
    }

    /// The server's URL: `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Returns the requests in the server's access log.
    pub fn requests(&self) -> Vec<Message> {
        json_lines(&self.process.stderr()).iter().filter_map(request).collect()
    }
}

/// Parses a line that `tests/node/loopback.cjs` wrote.
fn request(line: &Value) -> Option<Message> {
    let start = format!("{} {} HTTP/1.1", line["method"].as_str()?, line["url"].as_str()?);
    let raw: Vec<String> = serde_json::from_value(line["headers"].clone()).ok()?;
    let headers = raw.chunks_exact(2).map(|pair| (pair[0].clone(), pair[1].clone().into_bytes())).collect();
    Some(Message { start, headers, body: Vec::new() })
}
