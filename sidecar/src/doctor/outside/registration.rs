//! Registers a client (RFC 7591) and deletes it again (RFC 7592).

use axum::http::Method;
use serde_json::json;
use url::Url;

use super::Outside;
use super::below::is_below;
use crate::doctor::check::Check;
use crate::doctor::ledger::Ledger;
use crate::doctor::probe::Ask;
use crate::doctor::text::quoted;
use crate::doctor::value::text;

/// Registers a confidential client, because only such a client gets a registration access token, with which it can be
/// deleted.
pub(super) async fn check(outside: &Outside<'_>, issuer: &str, place: Option<Url>) -> Ledger {
    let mut ledger = Ledger::default();
    let Some(url) = place else {
        for check in [Check::Registration, Check::Unregistration] {
            ledger.not_checked(check, "the server offers no registration");
        }
        return ledger;
    };
    let metadata = json!({
        "client_name": "mcpbouncer doctor",
        "redirect_uris": ["http://127.0.0.1/callback"],
        "grant_types": ["authorization_code"],
        "token_endpoint_auth_method": "client_secret_basic",
    });
    let body = Some(metadata.to_string().into_bytes());
    let headers = [("content-type", "application/json")];
    let answer = match outside.probe.send(Ask { method: Method::POST, url, headers: &headers, body }).await {
        Ok(answer) => answer,
        Err(failure) => {
            ledger.found(Check::Registration, format!("Registration: {}.", failure.words()));
            return ledger;
        }
    };
    let said = answer.json().unwrap_or_default();
    if matches!(answer.status, 401 | 403) && text(&said, "error") == "invalid_token" {
        for check in [Check::Registration, Check::Unregistration] {
            ledger.not_checked(check, "registration needs an initial access token");
        }
        return ledger;
    }
    if answer.status != 201 || text(&said, "client_id").is_empty() {
        let why = [text(&said, "error"), text(&said, "error_description")].join(" ");
        ledger.found(
            Check::Registration,
            format!("A client cannot register: status {} {}.", answer.status, quoted(why.trim())),
        );
        return ledger;
    }
    ledger.fine(Check::Registration);
    let (place, token) = (text(&said, "registration_client_uri"), text(&said, "registration_access_token"));
    match Url::parse(&place).ok().filter(|_| is_below(&place, issuer) && !token.is_empty()) {
        Some(url) => delete(outside, url, &token, &mut ledger).await,
        None => ledger.found(Check::Unregistration, "The registration does not say how to delete it."),
    }
    ledger
}

async fn delete(outside: &Outside<'_>, url: Url, token: &str, ledger: &mut Ledger) {
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", bearer.as_str())];
    let sentence =
        match outside.probe.send(Ask { method: Method::DELETE, url, headers: &headers, body: None }).await {
            Ok(answer) if answer.status == 204 => return ledger.fine(Check::Unregistration),
            Ok(answer) => format!("The registration cannot be deleted: status {}.", answer.status),
            Err(failure) => format!("The registration cannot be deleted: {}.", failure.words()),
        };
    ledger.found(Check::Unregistration, sentence);
}
