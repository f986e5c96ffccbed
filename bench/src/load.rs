//! The load generator: keep-alive connections that send prepared requests and read whole responses, on one thread.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// The result of one round at one route.
#[derive(Clone, Copy, Debug)]
pub struct Round {
    /// Requests with a response.
    pub requests: usize,
    /// Requests per second.
    pub throughput: f64,
    /// The 99th percentile of the time to a complete response, in milliseconds.
    pub p99_ms: f64,
}

/// The bytes of requests that differ only in their token.
#[derive(Clone)]
pub struct Requests {
    /// Everything before the token.
    pub before: Vec<u8>,
    /// The tokens, used in turn by all connections together.
    pub tokens: std::rc::Rc<Vec<String>>,
    /// Everything after the token.
    pub after: Vec<u8>,
}

impl Requests {
    /// MCP calls to `host`.
    pub fn post(host: &str, tokens: Vec<String>) -> Self {
        let before = format!("POST /mcp HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer ");
        let body = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo"}}"#;
        let after = format!(
            "\r\nAccept: application/json, text/event-stream\r\nContent-Type: application/json\r\n\
             MCP-Protocol-Version: 2025-11-25\r\nMcp-Session-Id: 2b4e8f30-1f6c-4d0e-9f43-0a6f0b3c7d51\r\n\
             User-Agent: bench\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        Self { before: before.into_bytes(), tokens: std::rc::Rc::new(tokens), after: after.into_bytes() }
    }

    fn write(&self, number: usize, into: &mut Vec<u8>) {
        into.clear();
        into.extend_from_slice(&self.before);
        into.extend_from_slice(self.tokens[number % self.tokens.len()].as_bytes());
        into.extend_from_slice(&self.after);
    }
}

/// Sends requests over `connections` connections for `time`; every response must be 200. `from` is the number of the
/// first token, and is advanced.
pub fn round(
    address: SocketAddr,
    requests: &Requests,
    connections: usize,
    time: Duration,
    from: &mut usize,
) -> Round {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let next = std::rc::Rc::new(std::cell::Cell::new(*from));
    let local = tokio::task::LocalSet::new();
    let (mut micros, took) = local.block_on(&runtime, async {
        let mut open = Vec::new();
        for _ in 0..connections {
            let stream = TcpStream::connect(address).await.expect("a connection");
            stream.set_nodelay(true).expect("an option of TCP");
            open.push(stream);
        }
        let began = Instant::now();
        let mut tasks = JoinSet::new();
        for stream in open {
            let (requests, next) = (requests.clone(), next.clone());
            tasks.spawn_local(one(stream, requests, next, began + time));
        }
        let mut all = Vec::new();
        while let Some(times) = tasks.join_next().await {
            all.extend(times.expect("a connection that ended well"));
        }
        (all, began.elapsed())
    });
    *from = next.get();
    micros.sort_unstable();
    let at = micros.len() * 99 / 100;
    Round {
        requests: micros.len(),
        throughput: micros.len() as f64 / took.as_secs_f64(),
        p99_ms: f64::from(micros.get(at).copied().unwrap_or_default()) / 1000.0,
    }
}

/// Uses one connection until `end`; returns the duration of each request in microseconds.
async fn one(
    mut stream: TcpStream,
    requests: Requests,
    next: std::rc::Rc<std::cell::Cell<usize>>,
    end: Instant,
) -> Vec<u32> {
    let mut times = Vec::with_capacity(16 * 1024);
    let (mut request, mut answer) = (Vec::new(), Vec::with_capacity(4096));
    loop {
        let began = Instant::now();
        if began >= end {
            return times;
        }
        requests.write(next.replace(next.get() + 1), &mut request);
        stream.write_all(&request).await.expect("a request that is taken");
        answer.clear();
        while message_length(&answer).is_none_or(|length| answer.len() < length) {
            let read = stream.read_buf(&mut answer).await.expect("an answer");
            assert!(read > 0, "closed in the middle: {}", String::from_utf8_lossy(&answer));
        }
        assert!(answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer));
        times.push(u32::try_from(began.elapsed().as_micros()).unwrap_or(u32::MAX));
    }
}

/// The length of the first message in bytes; `None` if the message is not complete, or its `Content-Length` is not a
/// number.
pub fn message_length(bytes: &[u8]) -> Option<usize> {
    let head = bytes.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let mut length = 0;
    for line in bytes[..head].split(|byte| *byte == b'\n') {
        if line.len() > 15 && line[..15].eq_ignore_ascii_case(b"content-length:") {
            let digits = line[15..].trim_ascii();
            length = std::str::from_utf8(digits).ok()?.parse().ok()?;
        }
    }
    (bytes.len() >= head + length).then_some(head + length)
}
