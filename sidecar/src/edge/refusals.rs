//! Records refused requests. Each refusal is counted. Of the refusals without a valid context only a sample is logged;
//! each other refusal is logged.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use events::{Event, Field, Reason};
use protocol::time::UnixTime;

use super::ctx::Ctx;
use crate::journal::Journal;
use crate::wire::error::Note;

/// Counts the requests that are refused without a valid context, and decides which of them are logged: at most one a
/// minute for each reason, because anyone who can reach the port can cause them.
#[derive(Debug, Default)]
pub struct RefusalLog {
    refused: AtomicU64,
    last: Mutex<HashMap<Reason, UnixTime>>,
}

/// The minimum time between two log lines with the same reason, in seconds.
const SAMPLE_SECS: u64 = 60;

impl RefusalLog {
    /// Returns how many requests were refused without a valid context since the start.
    pub fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    /// Counts a refused request. Returns whether to log it: no request was logged for this reason in the last minute.
    pub(crate) fn should_log(&self, reason: Reason, now: UnixTime) -> bool {
        self.refused.fetch_add(1, Ordering::Relaxed);
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        match last.get(&reason) {
            Some(before) if !now.is_past(*before, SAMPLE_SECS) => false,
            _ => {
                last.insert(reason, now);
                true
            }
        }
    }

    /// Records a request that was refused without a valid context.
    pub(super) fn without_context(
        &self,
        journal: &Journal,
        note: Note,
        request: &Refused<'_>,
        now: UnixTime,
    ) {
        let log = self.should_log(note.reason, now);
        let event = request
            .event(note)
            .with(Field::Path, printable(request.path))
            .with(Field::Method, request.method)
            .with(Field::RefusedSoFar, self.refused())
            .saying("request refused: it has no valid context of the plugin");
        if log { journal.record(event) } else { journal.count(&event) }
    }
}

/// The refused request and the status of its response, for the log.
pub(super) struct Refused<'a> {
    pub(super) method: &'a str,
    pub(super) path: &'a str,
    /// The status of the response.
    pub(super) status: u16,
}

impl Refused<'_> {
    fn event(&self, note: Note) -> Event {
        let mut event = Event::because(note.event, note.reason)
            .with(Field::Code, note.code)
            .with(Field::Status, u64::from(self.status));
        if let Some(grant_type) = note.grant_type {
            event = event.with(Field::GrantType, grant_type);
        }
        event.detail = note.detail;
        event.client = note.client;
        event
    }

    /// Makes the event of a refusal after the context was opened.
    pub(super) fn by_tenant(&self, note: Note, context: &Ctx) -> Event {
        self.event(note)
            .tenant(context.tenant().key())
            .address(context.client_address)
            .with(Field::Path, self.path)
    }
}

/// Returns what may be logged of the path of an unverified request: printable ASCII characters only, at most 100.
fn printable(path: &str) -> String {
    path.chars().filter(char::is_ascii_graphic).take(100).collect()
}
