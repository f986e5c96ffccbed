//! Writes the log lines of refused requests: one for each, but only a sample of those that anyone can cause.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use protocol::time::UnixTime;

use super::ctx::Ctx;
use crate::wire::error::Note;

/// Counts the requests that are refused without a valid context, and logs each reason at most once a minute, because
/// anyone who can reach the port can cause them.
#[derive(Debug, Default)]
pub struct RefusalLog {
    refused: AtomicU64,
    last: Mutex<HashMap<&'static str, UnixTime>>,
}

/// The minimum time between two log lines with the same reason, in seconds.
const SAMPLE_SECS: u64 = 60;

impl RefusalLog {
    /// How many requests have been refused since the start.
    pub fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    fn should_log(&self, reason: &'static str, now: UnixTime) -> bool {
        self.refused.fetch_add(1, Ordering::Relaxed);
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        match last.get(reason) {
            Some(before) if now >= *before && now.since(*before) < SAMPLE_SECS => false,
            _ => {
                last.insert(reason, now);
                true
            }
        }
    }

    /// Logs a request without a valid context.
    pub(super) fn without_context(&self, note: &Note, request: &Refused<'_>, now: UnixTime) {
        if self.should_log(note.reason, now) {
            tracing::warn!(
                reason = note.reason,
                detail = note.detail,
                status = request.status,
                method = request.method,
                path = printable(request.path),
                refused_so_far = self.refused(),
                "request refused: it has no valid context of the plugin"
            );
        }
    }
}

/// The refused request and the status of its response, for the log.
pub(super) struct Refused<'a> {
    pub(super) method: &'a str,
    pub(super) path: &'a str,
    /// The status of the response.
    pub(super) status: u16,
}

/// Logs the refusal of a request whose tenant is known.
pub(super) fn log(note: &Note, context: &Ctx, request: &Refused<'_>) {
    let (path, status) = (request.path, request.status);
    let tenant = context.tenant().key();
    let client = note.client.as_deref();
    let address = context.client_address.map(|address| address.to_string());
    // A page is sent with status 200 even if a login failed because of wrong settings.
    if status >= 500 || note.code == "server_error" {
        tracing::error!(
            reason = note.reason,
            detail = note.detail,
            code = note.code,
            status,
            path,
            tenant,
            client,
            address,
            "failed"
        );
    } else {
        tracing::warn!(
            reason = note.reason,
            detail = note.detail,
            code = note.code,
            status,
            path,
            tenant,
            client,
            address,
            "refused"
        );
    }
}

/// A path from an unverified request: printable ASCII characters only, at most 100.
fn printable(path: &str) -> String {
    path.chars().filter(char::is_ascii_graphic).take(100).collect()
}
