//! The server behind every route. It does as little work as possible, so that the benchmark measures Traefik. `GET
//! /mcp` opens a stream that stays open; every other request gets an immediate response.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// A small JSON-RPC response. It is also the response to ForwardAuth, where 200 allows the request.
const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Mcp-Sub: alice\r\nContent-Length: 36\r\n\r\n{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}";
/// The head and the first event of a stream.
const STREAM: &[u8] =
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n8\r\ndata: 1\n\r\n";

/// Starts the server on a separate thread; it ends with the process.
pub fn start() -> SocketAddr {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let address = listener.local_addr().expect("an address");
    listener.set_nonblocking(true).expect("a listener for tokio");
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().expect("a runtime");
        runtime.block_on(async {
            let listener = TcpListener::from_std(listener).expect("a listener");
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(connection(stream));
            }
        });
    });
    address
}

async fn connection(mut stream: TcpStream) {
    stream.set_nodelay(true).ok();
    let mut buffer = Vec::with_capacity(16 * 1024);
    loop {
        let Some(length) = crate::load::message_length(&buffer) else {
            match stream.read_buf(&mut buffer).await {
                Ok(read) if read > 0 => continue,
                _ => return,
            }
        };
        let answer = if buffer.starts_with(b"GET /mcp") { STREAM } else { ANSWER };
        buffer.drain(..length);
        if stream.write_all(answer).await.is_err() {
            return;
        }
    }
}
