//! A fake MCP server. It records the exact requests that reach it, streams on demand, and sets its own CORS header as
//! real servers do.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use crate::wire::{Message, Reply, Server};

/// The running server. `GET …/mcp` opens a stream whose first event is sent immediately; every other request gets a
/// small JSON document.
pub struct Backend {
    server: Server,
    seen: Arc<Mutex<Vec<Message>>>,
    streams: Arc<AtomicUsize>,
}

impl Backend {
    /// Starts the server.
    pub async fn start() -> Self {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let streams = Arc::new(AtomicUsize::new(0));
        let (remembered, counted) = (Arc::clone(&seen), Arc::clone(&streams));
        let server = Server::start(move |request| {
            remembered.lock().expect("not poisoned").push(request.clone());
            let reply = if request.start.starts_with("GET ") && path_of(request).ends_with("/mcp") {
                counted.fetch_add(1, Ordering::SeqCst);
                Reply::stream("text/event-stream", "event: message\ndata: {\"first\":true}\n\n")
            } else {
                Reply::whole("200 OK", "application/json", "{\"from\":\"backend\"}")
            };
            reply
                .with("Access-Control-Allow-Origin", "https://the-backend.example")
                .with("X-From-Backend", "1")
        })
        .await;
        Self { server, seen, streams }
    }

    /// The server's URL.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// Returns every request that reached the server.
    pub fn requests(&self) -> Vec<Message> {
        self.seen.lock().expect("not poisoned").clone()
    }

    /// Returns the requests that reached the server with this marker in their path or query.
    pub fn requests_marked(&self, marker: &str) -> Vec<Message> {
        self.requests().into_iter().filter(|request| request.start.contains(marker)).collect()
    }

    /// Returns the requests that reached the server with the header `x-marker: <marker>`.
    pub fn requests_with_marker(&self, marker: &str) -> Vec<Message> {
        let marked = |request: &Message| request.values("x-marker").iter().any(|value| value == marker);
        self.requests().into_iter().filter(marked).collect()
    }

    /// Like [`Self::requests_with_marker`], but removes the requests from the record: for tests that send too many to
    /// keep.
    pub fn take_with_marker(&self, marker: &str) -> Vec<Message> {
        let marked = |request: &mut Message| request.values("x-marker").iter().any(|value| value == marker);
        self.seen.lock().expect("not poisoned").extract_if(.., marked).collect()
    }

    /// The number of streams that the server has started.
    pub fn streams(&self) -> usize {
        self.streams.load(Ordering::SeqCst)
    }

    /// Sends one more event on all open streams.
    pub fn say(&self, event: &str) {
        self.server.say(event);
    }

    /// Ends all open streams.
    pub fn end_streams(&self) {
        self.server.end_streams();
    }
}

fn path_of(request: &Message) -> &str {
    let target = request.start.split(' ').nth(1).unwrap_or_default();
    target.split('?').next().unwrap_or_default()
}
