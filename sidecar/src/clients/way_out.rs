//! Checks whether this server can reach the internet.
//!
//! When the server's metadata advertise client ID metadata documents, clients that have such a document do not
//! register. Without internet access their documents cannot be fetched, so no such client could connect. In that case
//! documents are not advertised for a while, and clients register instead.
//!
//! Unknown callers choose which hosts this server calls, and could name any number of dead hosts. A host that cannot be
//! reached therefore proves nothing; it only triggers a check of reference hosts. These are the configured reference
//! hosts, by default the configured hosts of metadata documents. If this list is empty, they are the hosts of
//! well-known clients. The internet counts as unreachable only if none of the reference hosts can be reached. The check
//! runs at most once a minute.

use std::sync::{Arc, Mutex, PoisonError};

use events::{Event, Kind, Reason};
use protocol::time::UnixTime;

use crate::config::Config;
use crate::journal::Journal;
use crate::upstream::http::{CallError, HttpClient};

/// Hosts of clients that use metadata documents, run by different companies.
const WELL_KNOWN: [&str; 3] = ["https://claude.ai", "https://vscode.dev", "https://chatgpt.com"];
/// The maximum number of reference hosts that are tried.
const MOST: usize = 4;
/// How long documents are not advertised after the first failed check, in seconds. Each further failed check doubles
/// this time, until a host on the internet responds.
const SHORTEST_SECS: u64 = 300;
/// The longest time that documents are not advertised after a failed check, in seconds.
const LONGEST_SECS: u64 = 3_600;
/// The minimum time between two checks, in seconds.
const ASKED_SECS: u64 = 60;
/// The maximum number of bytes that are read of a reference host's response.
const CAP: usize = 64 * 1024;

/// What is known about internet access.
#[derive(Debug, Clone)]
pub(super) struct WayOut {
    http: HttpClient,
    references: Arc<[String]>,
    journal: Journal,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    asked: Option<UnixTime>,
    closed: Option<Closed>,
}

#[derive(Debug, Clone, Copy)]
struct Closed {
    at: UnixTime,
    for_secs: u64,
}

impl WayOut {
    pub(super) fn new(http: HttpClient, config: &Config, journal: Journal) -> Self {
        let listed = config.clients.document_hosts.iter().flatten().map(|host| format!("https://{host}"));
        let mut references: Vec<String> =
            config.outbound.reference_hosts.clone().unwrap_or_else(|| listed.collect());
        if references.is_empty() {
            references = WELL_KNOWN.map(str::to_owned).to_vec();
        }
        references.truncate(MOST);
        Self { http, references: references.into(), journal, state: Arc::default() }
    }

    /// Whether the internet counts as reachable. After a failed check, the internet counts as unreachable until a host
    /// responds or the time of that check is over.
    pub(super) fn is_open(&self, now: UnixTime) -> bool {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.closed.is_none_or(|closed| now.is_past(closed.at, closed.for_secs))
    }

    /// Records that a host on the internet has responded.
    pub(super) fn found(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.closed.take().is_some() {
            tracing::info!(
                "hosts on the internet can be reached again: client ID metadata documents are advertised again"
            );
        }
    }

    /// Checks the reference hosts, after a host could not be reached; does nothing if a check began less than a minute
    /// ago. The check continues even if the request that caused it is cancelled.
    pub(super) async fn doubt(&self, now: UnixTime) {
        {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            if state.asked.is_some_and(|asked| !now.is_past(asked, ASKED_SECS)) {
                return;
            }
            state.asked = Some(now);
        }
        let this = self.clone();
        // If the task panics, the state stays as it is, because nothing was found out.
        let _ = tokio::spawn(async move { this.ask(now).await }).await;
    }

    async fn ask(&self, now: UnixTime) {
        let mut tries = tokio::task::JoinSet::new();
        for reference in self.references.iter() {
            let (http, reference) = (self.http.clone(), String::clone(reference));
            tries.spawn(async move { answers(&http, &reference).await });
        }
        while let Some(tried) = tries.join_next().await {
            if tried.unwrap_or(false) {
                return self.found();
            }
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let for_secs = state.closed.map_or(SHORTEST_SECS, |before| (before.for_secs * 2).min(LONGEST_SECS));
        state.closed = Some(Closed { at: now, for_secs });
        let detail = format!("tried {}; again in {for_secs} seconds", self.references.join(", "));
        self.journal.record(Event::because(Kind::Operation, Reason::NoWayOut).detail(detail).saying(
            "no host on the internet can be reached, so client ID metadata documents are not advertised for a while and \
             clients register instead. Set BOUNCER_OUTBOUND_PROXY if there is a proxy, or \
             BOUNCER_CLIENT_DOCUMENTS=false if this server is meant to have no internet access",
        ));
    }
}

/// Whether the host can be reached; its response does not matter.
async fn answers(http: &HttpClient, reference: &str) -> bool {
    let Ok(endpoint) = http.judge(reference, reference) else { return false };
    !matches!(http.get_document(&endpoint, CAP).await, Err(CallError::Unreachable(_)))
}
