//! Checks what proxies in front lose, decode or refuse: credentials, escapes, large bodies and headers.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Bytes;
use axum::http::Method;
use http_body::{Frame, SizeHint};

use super::Outside;
use super::challenge::Challenge;
use crate::doctor::check::Check;
use crate::doctor::ledger::Ledger;
use crate::doctor::probe::{Answer, Ask, Failure};

/// The size of a body with a file or an image, in bytes; the usual limit of nginx is half of it.
const BODY: usize = 2 * 1024 * 1024;
/// The length of an access token with many groups, in bytes.
const TOKEN: usize = 6 * 1024;
const JSON: (&str, &str) = ("content-type", "application/json");

/// Sends requests without a valid token, which the plugin refuses itself.
pub(super) async fn check(outside: &Outside<'_>, challenge: Option<&Challenge>) -> Ledger {
    let mut ledger = Ledger::default();
    if challenge.is_none() {
        return ledger;
    }
    let long = format!("Bearer {}", "a".repeat(TOKEN));
    let mut escaped = outside.target.url().clone();
    escaped.set_path(&format!("{}%2Fdoctor", outside.target.url().path().trim_end_matches('/')));
    let url = || outside.target.url().clone();
    let short = [("authorization", "Bearer doctor.doctor.doctor")];
    let long = [("authorization", long.as_str())];
    let (short, long, escaped, body) = tokio::join!(
        outside.probe.get(url(), &short),
        outside.probe.get(url(), &long),
        outside.probe.get(escaped, &[]),
        large_body(outside),
    );
    match short {
        Err(failure) => ledger.not_checked(Check::AuthorizationReaches, failure.words()),
        // Only a token that arrived can be called invalid.
        Ok(answer) => ledger.judge(Check::AuthorizationReaches, names_error(&answer), || {
            "A request with a token is refused as if it had none.".to_owned()
        }),
    }
    let refused = match &long {
        Ok(answer) if names_error(answer) => None,
        // The long token is lost as the short one is; the check before reports that.
        Ok(answer) if answer.status == 401 => None,
        Ok(answer) => Some(format!("status {}", answer.status)),
        Err(failure) => Some(failure.words()),
    };
    ledger.judge(Check::HeaderSize, refused.is_none(), || {
        format!("A token of 6 KiB is not let through: {}.", refused.as_deref().unwrap_or_default())
    });
    match escaped {
        Err(failure) => ledger.not_checked(Check::EncodedSlash, failure.words()),
        Ok(answer) => ledger.judge(Check::EncodedSlash, matches!(answer.status, 400 | 404), || {
            format!("A path with %2F is answered with status {}, as if it had a slash.", answer.status)
        }),
    }
    match body {
        Err(failure) => ledger.not_checked(Check::BodySize, failure.words()),
        Ok(status) => ledger.judge(Check::BodySize, status == 401, || {
            format!("A request of 2 MiB is answered with status {status}.")
        }),
    }
    ledger
}

fn names_error(answer: &Answer) -> bool {
    answer.header("www-authenticate").contains("error=")
}

/// Returns the status for a large body. The plugin refuses the request without reading the body, which may end the
/// connection while the body is still being sent. Then sends the head and a part of the body once more, and holds the
/// rest back until the response is there.
async fn large_body(outside: &Outside<'_>) -> Result<u16, Failure> {
    let url = || outside.target.url().clone();
    let whole = Ask { method: Method::POST, url: url(), headers: &[JSON], body: Some(vec![b' '; BODY]) };
    if let Ok(answer) = outside.probe.send(whole).await {
        return Ok(answer.status);
    }
    outside.probe.post(url(), JSON, reqwest::Body::wrap(HeldBack { sent: false })).await
}

/// A body that announces its whole size and sends only its first bytes.
struct HeldBack {
    sent: bool,
}

impl http_body::Body for HeldBack {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if self.sent {
            return Poll::Pending;
        }
        self.sent = true;
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(b"    ")))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(BODY as u64)
    }
}
