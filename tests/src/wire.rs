//! HTTP/1.1 at the level of bytes, because libraries would normalize messages: requests that no client would send, and
//! servers that record exactly what arrives.

use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// An HTTP message: its first line, its header fields in order, and its body.
#[derive(Clone, Debug, Default)]
pub struct Message {
    /// The request line or status line.
    pub start: String,
    /// The header fields: names as written, and values, which need not be text.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body. A chunked body is not decoded.
    pub body: Vec<u8>,
}

impl Message {
    /// The status code; 0 if this is not a response.
    pub fn status(&self) -> u16 {
        self.start.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default()
    }

    /// Returns the values of a header. Names are compared case-insensitively.
    pub fn values(&self, name: &str) -> Vec<String> {
        let same = self.headers.iter().filter(|(own, _)| own.eq_ignore_ascii_case(name));
        same.map(|(_, value)| String::from_utf8_lossy(value).into_owned()).collect()
    }

    /// Returns the body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    fn head(bytes: &[u8]) -> Self {
        let mut lines =
            bytes.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
        let start = String::from_utf8_lossy(lines.next().unwrap_or_default()).into_owned();
        let field = |line: &[u8]| {
            let colon = line.iter().position(|byte| *byte == b':')?;
            let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii());
            Some((String::from_utf8_lossy(name).into_owned(), value.to_vec()))
        };
        Self { start, headers: lines.filter_map(field).collect(), body: Vec::new() }
    }
}

/// Sends these bytes to a port of this machine, and reads the response until the connection closes. The request must
/// contain `Connection: close`.
pub async fn exchange(port: u16, bytes: &[u8]) -> Message {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.expect("a connection");
    // A server may respond and close the connection before it has read the whole request. Its response still counts.
    stream.write_all(bytes).await.ok();
    let mut answer = Vec::new();
    crate::wait::within("an answer", async { stream.read_to_end(&mut answer).await.ok() }).await;
    let Some(end) = end_of_head(&answer) else { return Message::default() };
    let mut message = Message::head(&answer[..end]);
    message.body = answer[end..].to_vec();
    message
}

/// The response of a test server.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The status, such as `200 OK`.
    pub status: &'static str,
    /// The header fields, except those that delimit the body.
    pub headers: Vec<(&'static str, String)>,
    /// The body. For a stream, the part that is sent immediately.
    pub body: String,
    /// Whether the connection then stays open until [`Server::end_streams`] is called.
    pub streams: bool,
}

impl Reply {
    /// Returns a complete response.
    pub fn whole(status: &'static str, content_type: &str, body: impl Into<String>) -> Self {
        Self {
            status,
            headers: vec![("Content-Type", content_type.to_owned())],
            body: body.into(),
            streams: false,
        }
    }

    /// Returns a response that stays open.
    pub fn stream(content_type: &str, first: impl Into<String>) -> Self {
        Self { streams: true, ..Self::whole("200 OK", content_type, first) }
    }

    /// Returns the same response with one more header field.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }
}

/// A server on a free port of this machine.
pub struct Server {
    port: u16,
    streams: watch::Sender<String>,
    task: tokio::task::JoinHandle<()>,
}

impl Server {
    /// Starts the server, which responds to every request with the result of `handler`.
    pub async fn start(handler: impl Fn(&Message) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let (streams, said) = watch::channel(String::new());
        let handler = Arc::new(handler);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (handler, said) = (Arc::clone(&handler), said.clone());
                tokio::spawn(async move { answer(stream, &*handler, said).await });
            }
        });
        Self { port, streams, task }
    }

    /// The server's URL: `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Writes more data, which must not be empty, to all open streams.
    pub fn say(&self, more: &str) {
        self.streams.send_replace(more.to_owned());
    }

    /// Ends all open streams.
    pub fn end_streams(&self) {
        self.streams.send_replace(String::new());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Reads one request, writes one response, and closes the connection.
async fn answer(
    mut stream: TcpStream,
    handler: &(impl Fn(&Message) -> Reply + ?Sized),
    mut said: watch::Receiver<String>,
) {
    let Some(request) = read_request(&mut stream).await else { return };
    // This happens before the handler runs, so that this stream gets everything that is said from now on.
    said.mark_unchanged();
    let reply = handler(&request);
    let mut text = format!("HTTP/1.1 {}\r\nConnection: close\r\n", reply.status);
    for (name, value) in &reply.headers {
        text += &format!("{name}: {value}\r\n");
    }
    if !reply.streams {
        text += &format!("Content-Length: {}\r\n", reply.body.len());
    }
    text += &format!("\r\n{}", reply.body);
    stream.write_all(text.as_bytes()).await.ok();
    if reply.streams {
        let mut nothing = [0; 1];
        loop {
            tokio::select! {
                _ = said.changed() => {}
                // The peer has closed the connection.
                _ = stream.read(&mut nothing) => break,
            }
            let more = said.borrow_and_update().clone();
            if more.is_empty() {
                break;
            }
            stream.write_all(more.as_bytes()).await.ok();
        }
    }
    stream.shutdown().await.ok();
}

async fn read_request(stream: &mut TcpStream) -> Option<Message> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = end_of_head(&bytes) {
            break end;
        }
        more(stream, &mut bytes).await?;
    };
    let mut message = Message::head(&bytes[..end]);
    let mut body = bytes.split_off(end);
    let length = message.values("content-length").first().and_then(|length| length.parse().ok()).unwrap_or(0);
    let chunked = message.values("transfer-encoding").iter().any(|value| value == "chunked");
    while body.len() < length || (chunked && !body.ends_with(b"0\r\n\r\n")) {
        more(stream, &mut body).await?;
    }
    message.body = body;
    Some(message)
}

async fn more(stream: &mut TcpStream, bytes: &mut Vec<u8>) -> Option<()> {
    let read = stream.read_buf(bytes).await.ok()?;
    (read > 0).then_some(())
}

fn end_of_head(bytes: &[u8]) -> Option<usize> {
    bytes.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4)
}
