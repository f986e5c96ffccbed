//! Whether this server can reach the internet at all.
//!
//! Clients that describe themselves by a document come with nothing else once discovery says that documents
//! are taken. On a machine without a way out that is a dead end for everybody; so discovery stops saying it
//! for a while, and clients register.
//!
//! Strangers name the hosts that we call, and can name dead ones in any number, so their failures prove
//! nothing. They only raise a doubt, which is settled by trying hosts that strangers do not choose: those the
//! operator listed, or those of well-known clients. Only if none of them can be reached, there is no way out.
//! The question is asked at most once a minute.

use std::sync::{Arc, Mutex, PoisonError};

use protocol::time::UnixTime;

use crate::config::Config;
use crate::upstream::http::{CallError, HttpClient};

/// Hosts of clients that use documents, run by different companies.
const WELL_KNOWN: [&str; 3] = ["https://claude.ai", "https://vscode.dev", "https://chatgpt.com"];
/// Tried at most, if the operator listed many.
const MOST: usize = 4;
/// How long discovery keeps silent, in seconds: at first, and, doubled each time that it was of no use, at most.
const SHORTEST_SECS: u64 = 300;
const LONGEST_SECS: u64 = 3_600;
/// The question is not asked again within this time, in seconds.
const ASKED_SECS: u64 = 60;
/// The answer of a host that is tried is not read further, in bytes.
const CAP: usize = 64 * 1024;

/// What is known of the way out.
#[derive(Debug, Clone)]
pub(super) struct WayOut {
    http: HttpClient,
    references: Arc<[String]>,
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
    pub(super) fn new(http: HttpClient, config: &Config) -> Self {
        let listed = config.clients.document_hosts.iter().flatten().map(|host| format!("https://{host}"));
        let mut references: Vec<String> =
            config.outbound.reference_hosts.clone().unwrap_or_else(|| listed.collect());
        if references.is_empty() {
            references = WELL_KNOWN.map(str::to_owned).to_vec();
        }
        references.truncate(MOST);
        Self { http, references: references.into(), state: Arc::default() }
    }

    /// Whether there is one, as far as we know.
    pub(super) fn is_open(&self, now: UnixTime) -> bool {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.closed.is_none_or(|closed| now < closed.at || now.since(closed.at) >= closed.for_secs)
    }

    /// Some host of the internet answered.
    pub(super) fn found(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.closed.take().is_some() {
            tracing::info!("hosts on the internet can be reached again: discovery offers client documents");
        }
    }

    /// Some host could not be reached: tries those that count. Goes on when the request that led here is given up.
    pub(super) async fn doubt(&self, now: UnixTime) {
        {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            if state.asked.is_some_and(|asked| asked <= now && now.since(asked) < ASKED_SECS) {
                return;
            }
            state.asked = Some(now);
        }
        let this = self.clone();
        // A task that was lost settles nothing.
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
        tracing::error!(
            reason = "no_way_out",
            tried = self.references.join(", "),
            seconds = for_secs,
            "no host on the internet can be reached, so discovery does not offer client documents for a while and \
             clients register instead. Set BOUNCER_OUTBOUND_PROXY if there is a proxy, or \
             BOUNCER_CLIENT_DOCUMENTS=false if this server is meant to be without a way out"
        );
    }
}

/// Whether a connection comes about; what is answered does not matter.
async fn answers(http: &HttpClient, reference: &str) -> bool {
    let Ok(endpoint) = http.judge(reference, reference) else { return false };
    !matches!(http.get_document(&endpoint, CAP).await, Err(CallError::Unreachable(_)))
}
