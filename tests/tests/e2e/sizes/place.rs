//! A tenant with a logged-in user, and requests of unusual size, each followed by an ordinary one.

use e2e::browser::Person;
use e2e::flow::{Flow, claims};
use e2e::runtime::run;
use e2e::sidecar::{ALICE, User};
use e2e::wire::{Message, exchange};

use super::{Sizes, host, sizes};

/// Texts that no response may contain.
const TRACES: [&str; 5] = ["wasm", "out of bounds", "goroutine", "runtime error", "unreachable"];

/// A request, as written on the wire. Its size determines how far its header names are shifted in memory.
pub struct Odd {
    what: String,
    start: String,
    lines: String,
    odd_header: &'static str,
}

impl Odd {
    /// Returns a call of the MCP server. `what` describes the part with the unusual size.
    pub fn call(what: &str, size: usize, target: &str) -> Self {
        Self::new(what, size, "POST", target)
    }

    /// Returns any other request.
    pub fn new(what: &str, size: usize, method: &str, target: &str) -> Self {
        let pad = "d".repeat(size % 16);
        let body =
            if method == "POST" { "Content-Type: application/json\r\nContent-Length: 2\r\n" } else { "" };
        Self {
            what: format!("{what} of {size}"),
            start: format!("{method} {target} HTTP/1.1"),
            lines: format!("X-Pad{pad}: 1\r\n{body}"),
            odd_header: "",
        }
    }

    /// Adds a bearer token.
    pub fn bearing(self, token: &str) -> Self {
        self.line("Authorization", &format!("Bearer {token}"))
    }

    /// Adds the header of unusual size.
    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.odd_header = name;
        self.line(name, value)
    }

    /// Adds a header that does not reach the MCP server.
    pub fn line(self, name: &str, value: &str) -> Self {
        self.lines(&format!("{name}: {value}\r\n"))
    }

    /// Adds several such headers.
    pub fn lines(mut self, lines: &str) -> Self {
        self.lines += lines;
        self
    }
}

/// A tenant that one user uses.
pub struct Place {
    sizes: &'static Sizes,
    /// The tenant.
    pub tenant: Flow,
    host: String,
    /// The user's token.
    pub token: String,
    subject: String,
    /// The header fields of an ordinary request, as the MCP server sees them.
    ordinary: Vec<(String, Vec<u8>)>,
    name: String,
    sent: usize,
    wrong: Vec<String>,
}

/// Runs a test with its own tenant. Panics with a list of everything that was wrong.
pub fn at(tenant: &str, test: impl AsyncFnOnce(&mut Place)) {
    run(async {
        let mut place = Place::of(tenant, ALICE).await;
        test(&mut place).await;
        place.end();
    });
}

impl Place {
    /// Returns a tenant at which `user` has logged in and whose requests are served.
    pub async fn of(tenant: &str, user: User) -> Self {
        let sizes = sizes().await;
        let base = sizes.stack.at(&host(tenant));
        sizes.stack.ready(&[format!("{base}/mcp")]).await;
        let tenant = Flow::new(&sizes.stack.http, &base);
        let token = tenant.tokens("sizes", Person::user(user)).await.access;
        let mut place = Self {
            sizes,
            host: base.replace("http://", ""),
            subject: subject(&token),
            name: format!("{base} {}", user.name),
            tenant,
            token,
            ordinary: Vec::new(),
            sent: 0,
            wrong: Vec::new(),
        };
        let (answer, mut reached) = place.send(&place.usual()).await;
        assert_eq!(answer.status(), 200, "{answer:?}");
        place.ordinary = fields(&reached.pop().expect("the request"), "");
        place
    }

    /// Numbers one of several connections to a tenant.
    pub fn numbered(mut self, number: usize) -> Self {
        self.name += &format!(" {number}");
        self
    }

    /// Panics if anything was wrong.
    pub fn end(self) {
        let (count, some) = (self.wrong.len(), &self.wrong[..self.wrong.len().min(30)]);
        assert_eq!(count, 0, "{count} wrong:\n{}", some.join("\n"));
    }

    /// Records an error.
    pub fn wrong(&mut self, what: impl Into<String>) {
        self.wrong.push(what.into());
    }

    /// Sends a request, then an ordinary one, and records what is wrong with either. `statuses` are the allowed
    /// statuses of the first response. Returns that response, and the request that reached the MCP server.
    pub async fn check(&mut self, odd: Odd, statuses: &[u16]) -> (Message, Option<Message>) {
        assert!(statuses.iter().all(|status| *status < 500));
        let (answer, mut reached) = self.send(&odd).await;
        let body = answer.text();
        if !statuses.contains(&answer.status()) || TRACES.iter().any(|trace| body.contains(trace)) {
            self.wrong(format!("{}: not {statuses:?} but {}", odd.what, shown(&answer)));
        }
        if answer.values("x-from-backend").len() != reached.len() {
            self.wrong(format!("{}: the answer is not that of the server", odd.what));
        }
        for request in &reached {
            if request.values("x-mcp-sub") != [self.subject.as_str()] {
                self.wrong(format!("{}: passed on as {:?}", odd.what, request.values("x-mcp-sub")));
            }
            if odd.start.starts_with("POST") && fields(request, odd.odd_header) != self.ordinary {
                self.wrong(format!("{}: passed on with other headers: {request:?}", odd.what));
            }
        }
        self.is_served(&format!("after {}", odd.what)).await;
        (answer, reached.pop())
    }

    /// Like [`Self::check`], for a call with a valid token. If `let_through`, it must be forwarded; otherwise it must
    /// be refused as a bad request.
    pub async fn check_call(&mut self, odd: Odd, let_through: bool) -> Option<Message> {
        let what = odd.what.clone();
        let (_, reached) = self.check(odd, &[if let_through { 200 } else { 400 }]).await;
        if reached.is_some() != let_through {
            self.wrong(format!("{what}: reached the server: {}", reached.is_some()));
        }
        reached
    }

    /// Sends an ordinary request with a valid token. Records an error unless it is served.
    async fn is_served(&mut self, what: &str) {
        let (answer, reached) = self.send(&self.usual()).await;
        let seen: Vec<_> = reached.iter().map(|request| fields(request, "")).collect();
        if (answer.status(), answer.text().as_str()) != (200, r#"{"from":"backend"}"#) {
            self.wrong(format!("{what}: an ordinary request is answered {}", shown(&answer)));
        } else if seen != [self.ordinary.as_slice()] || !reached[0].start.starts_with("POST /mcp HTTP") {
            self.wrong(format!("{what}: of an ordinary request the server sees {reached:?}"));
        }
    }

    fn usual(&self) -> Odd {
        Odd::call("ordinary", 0, "/mcp").bearing(&self.token)
    }

    async fn send(&mut self, request: &Odd) -> (Message, Vec<Message>) {
        self.sent += 1;
        let marker = format!("{} {}", self.name, self.sent);
        let Odd { start, lines, .. } = request;
        let body = if start.starts_with("POST") { "{}" } else { "" };
        let text = format!(
            "{start}\r\nHost: {}\r\nX-Marker: {marker}\r\nConnection: close\r\n{lines}\r\n{body}",
            self.host
        );
        let answer = exchange(self.sizes.stack.traefik.port(), text.as_bytes()).await;
        (answer, self.sizes.backend.take_with_marker(&marker))
    }
}

/// Returns a short description of a response.
pub fn shown(answer: &Message) -> String {
    let text = format!("{} {:?}", answer.start, answer.text());
    text.chars().take(120).collect()
}

/// Returns the subject of a token.
pub fn subject(token: &str) -> String {
    claims(token)["sub"].as_str().expect("a subject").to_owned()
}

/// Returns the header fields, except those of the test itself and the one of unusual size.
fn fields(request: &Message, odd: &str) -> Vec<(String, Vec<u8>)> {
    let own = |name: &str| name.eq_ignore_ascii_case("x-marker") || name.to_lowercase().starts_with("x-pad");
    let others = request.headers.iter().filter(|(name, _)| !own(name) && !name.eq_ignore_ascii_case(odd));
    others.cloned().collect()
}
