//! Real MCP servers without authentication of their own, over Streamable HTTP, at `/mcp`.

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
    /// Starts `@modelcontextprotocol/server-everything` with an empty environment, because one of its tools prints the
    /// environment.
    pub async fn start() -> Self {
        let script = paths::npm("@modelcontextprotocol/server-everything/dist/index.js");
        Self::listening(node("mcp-server").arg(script).arg("streamableHttp")).await
    }

    /// Starts `@modelcontextprotocol/server`, which serves revision 2026-07-28 alone, and responds with `json` or `sse`.
    pub async fn modern(responds_with: &str) -> Self {
        Self::listening(
            node("modern-server").arg(paths::of_tests("node/modern-server.mjs")).arg(responds_with),
        )
        .await
    }

    /// Starts a server of the Python SDK (`mcp`) with the tools that the conformance suite requires. It serves every
    /// revision, and writes no access log.
    pub async fn python() -> Self {
        let script = paths::of_tests("conformance/server.py");
        Self::listening(Program::new("python-server", paths::python()).arg(script)).await
    }

    async fn listening(program: Program) -> Self {
        let directory = TempDir::new().expect("a temporary directory");
        let mut process = program.start(directory.path());
        let port = process
            .wait_for("listens", |out, err| {
                [out, err].into_iter().flat_map(json_lines).find_map(|line| line["port"].as_u64())
            })
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

/// A Node.js program that listens on a free port, prints it, and prints each request.
fn node(name: &str) -> Program {
    Program::new(name, paths::node()).arg("--require").arg(paths::of_tests("node/loopback.cjs"))
}

/// Parses a line that `tests/node/loopback.cjs` wrote.
fn request(line: &Value) -> Option<Message> {
    let start = format!("{} {} HTTP/1.1", line["method"].as_str()?, line["url"].as_str()?);
    let raw: Vec<String> = serde_json::from_value(line["headers"].clone()).ok()?;
    let headers = raw.chunks_exact(2).map(|pair| (pair[0].clone(), pair[1].clone().into_bytes())).collect();
    Some(Message { start, headers, body: Vec::new() })
}
