//! An MCP server of the tests' own: it remembers exactly what reached it, streams on demand, and sets
//! its own CORS header as real ones do.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use crate::wire::{Message, Reply, Server};

/// The running server. `GET …/mcp` is a stream whose first event comes at once; everything else is
/// answered with a small JSON document.
pub struct Backend {
    server: Server,
    seen: Arc<Mutex<Vec<Message>>>,
    streams: Arc<AtomicUsize>,
}

impl Backend {
    /// Starts it.
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

    /// Where it is.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// Every request that reached it.
    pub fn requests(&self) -> Vec<Message> {
        self.seen.lock().expect("not poisoned").clone()
    }

    /// The requests that reached it with this marker in their path or query.
    pub fn requests_marked(&self, marker: &str) -> Vec<Message> {
        self.requests().into_iter().filter(|request| request.start.contains(marker)).collect()
    }

    /// The requests that reached it with the header `x-marker` of this value.
    pub fn requests_with_marker(&self, marker: &str) -> Vec<Message> {
        let marked = |request: &Message| request.values("x-marker").iter().any(|value| value == marker);
        self.requests().into_iter().filter(marked).collect()
    }

    /// The same, and forgets them: for tests that send too much to keep.
    pub fn take_with_marker(&self, marker: &str) -> Vec<Message> {
        let marked = |request: &mut Message| request.values("x-marker").iter().any(|value| value == marker);
        self.seen.lock().expect("not poisoned").extract_if(.., marked).collect()
    }

    /// How many streams it has begun.
    pub fn streams(&self) -> usize {
        self.streams.load(Ordering::SeqCst)
    }

    /// Sends one more event over the streams that are open.
    pub fn say(&self, event: &str) {
        self.server.say(event);
    }

    /// Ends the streams that are open.
    pub fn end_streams(&self) {
        self.server.end_streams();
    }
}

fn path_of(request: &Message) -> &str {
    let target = request.start.split(' ').nth(1).unwrap_or_default();
    target.split('?').next().unwrap_or_default()
}
