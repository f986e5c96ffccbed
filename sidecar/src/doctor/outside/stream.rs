//! The checks that need a token: whether it is accepted, whether the MCP server responds, and whether its streams
//! begin at once.

use std::time::Duration;

use axum::http::Method;
use serde_json::json;
use tokio::time::timeout;

use super::Outside;
use super::challenge::Challenge;
use crate::doctor::check::Check;
use crate::doctor::ledger::Ledger;
use crate::doctor::probe::{Answer, Ask, Failure};
use crate::doctor::row::Severity;

/// The maximum time for the head of a stream.
const HEAD: Duration = Duration::from_secs(3);
const BOTH: (&str, &str) = ("accept", "application/json, text/event-stream");
const STREAM: (&str, &str) = ("accept", "text/event-stream");
const JSON: (&str, &str) = ("content-type", "application/json");
const VERSION: (&str, &str) = ("mcp-protocol-version", "2025-06-18");

/// Begins an MCP session with the token, opens a stream in it, and ends the session.
pub(super) async fn check(outside: &Outside<'_>, challenge: Option<&Challenge>) -> Ledger {
    let mut ledger = Ledger::default();
    let Some(token) = outside.token else {
        for check in [Check::TokenAccepted, Check::ServerAnswers, Check::Streaming] {
            ledger.not_checked(check, "no --token-file is given");
        }
        return ledger;
    };
    if challenge.is_none() {
        return ledger;
    }
    let bearer = format!("Bearer {}", token.expose());
    let begun = match begin(outside, &bearer).await {
        Ok(answer) => answer,
        Err(failure) => {
            ledger.fine(Check::TokenAccepted);
            ledger.found(Check::ServerAnswers, format!("initialize: {}.", failure.words()));
            return ledger;
        }
    };
    if !accepted(&begun, &mut ledger) {
        return ledger;
    }
    let session = begun.header("mcp-session-id").to_owned();
    streams(outside, &bearer, &session, &mut ledger).await;
    if !session.is_empty() {
        let headers = [("authorization", bearer.as_str()), ("mcp-session-id", session.as_str()), VERSION];
        let url = outside.target.url().clone();
        let _ = outside.probe.send(Ask { method: Method::DELETE, url, headers: &headers, body: None }).await;
    }
    ledger
}

async fn begin(outside: &Outside<'_>, bearer: &str) -> Result<Answer, Failure> {
    let request = json!({
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {
            "protocolVersion": VERSION.1,
            "capabilities": {},
            "clientInfo": { "name": "mcpbouncer doctor", "version": env!("CARGO_PKG_VERSION") },
        },
    });
    let headers = [("authorization", bearer), BOTH, JSON];
    let (url, body) = (outside.target.url().clone(), Some(request.to_string().into_bytes()));
    outside.probe.send(Ask { method: Method::POST, url, headers: &headers, body }).await
}

/// Checks the response to `initialize`. Returns `true` unless the plugin refused the token with 401, 403 or 503, or the
/// status of the response is 404 or 5xx.
fn accepted(answer: &Answer, ledger: &mut Ledger) -> bool {
    let refusal = answer.header("www-authenticate").contains("error=");
    if answer.is_unavailable() {
        let sentence =
            "The plugin answers 503 to a token: it cannot read the list of revoked grants or its keys.";
        let remedy = "mount the folder of BOUNCER_SHARE_DIR in Traefik, and name it in the plugin's settings.mounts; \
                      Traefik's log names the file";
        ledger.found_with(Check::TokenAccepted, Severity::Fault, sentence, remedy);
        return false;
    }
    match answer.status {
        401 | 403 if refusal => {
            ledger.found(
                Check::TokenAccepted,
                format!("The plugin refuses the token (status {}).", answer.status),
            );
            return false;
        }
        502..=504 => {
            ledger.fine(Check::TokenAccepted);
            ledger.found(
                Check::ServerAnswers,
                format!("The MCP server does not respond: Traefik answers {}.", answer.status),
            );
            return false;
        }
        status => {
            ledger.fine(Check::TokenAccepted);
            ledger.judge(Check::ServerAnswers, status < 500 && status != 404, || {
                format!("The MCP server answers initialize with status {status}.")
            });
        }
    }
    ledger.is_fine(Check::ServerAnswers)
}

async fn streams(outside: &Outside<'_>, bearer: &str, session: &str, ledger: &mut Ledger) {
    let mut headers = vec![("authorization", bearer), STREAM, VERSION];
    if !session.is_empty() {
        headers.push(("mcp-session-id", session));
    }
    let url = outside.target.url().clone();
    let opened = outside.probe.open(Ask { method: Method::GET, url, headers: &headers, body: None });
    match timeout(HEAD, opened).await {
        Err(_) | Ok(Err(Failure::Timeout)) => {
            ledger.found(Check::Streaming, "A stream's head does not arrive within three seconds.");
        }
        Ok(Err(failure)) => {
            ledger.found(Check::Streaming, format!("A stream ends at once: {}.", failure.words()));
        }
        Ok(Ok(response)) if response.status().as_u16() == 200 => ledger.fine(Check::Streaming),
        Ok(Ok(response)) => ledger.not_checked(
            Check::Streaming,
            format!("the MCP server opens no stream (status {})", response.status().as_u16()),
        ),
    }
}
