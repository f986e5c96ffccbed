//! Checks the endpoints that the metadata name.

use axum::http::Method;
use serde_json::Value;
use url::Url;

use super::below::is_below;
use super::{Outside, registration};
use crate::doctor::check::Check;
use crate::doctor::ledger::Ledger;
use crate::doctor::probe::{Answer, Ask, Failure};
use crate::doctor::text::quoted;
use crate::doctor::value::{at, text};

/// The length in bytes of the `state` with which the authorization page is asked for. Clients put tokens of up to 2
/// KiB there.
const STATE: usize = 4_000;
/// The members of the metadata that name endpoints.
const ENDPOINTS: [&str; 6] = [
    "authorization_endpoint",
    "token_endpoint",
    "registration_endpoint",
    "revocation_endpoint",
    "introspection_endpoint",
    "jwks_uri",
];
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

/// Sends requests to the endpoints of the issuer.
pub(super) async fn check(outside: &Outside<'_>, issuer: &str, server: &Value) -> Ledger {
    let mut ledger = Ledger::default();
    let strange = ENDPOINTS.into_iter().find(|name| {
        server.get(*name).is_some_and(|place| !place.as_str().is_some_and(|place| is_below(place, issuer)))
    });
    ledger.judge(Check::Endpoints, strange.is_none(), || {
        let name = strange.unwrap_or_default();
        format!("{name} is {}, which is not below the issuer.", quoted(&text(server, name)))
    });
    let place =
        |name: &str| Url::parse(&text(server, name)).ok().filter(|url| is_below(url.as_str(), issuer));
    let Some(keys) = place("jwks_uri") else {
        ledger.found(Check::OauthRouted, "The metadata name no jwks_uri of this issuer.");
        return ledger;
    };
    routed(&outside.probe.get(keys, &[("x-mcpb-context", "v1.forged")]).await, &mut ledger);
    if !(ledger.is_fine(Check::OauthRouted) && ledger.is_fine(Check::SidecarGuarded)) {
        return ledger;
    }
    let parts = tokio::join!(
        token(outside, place("token_endpoint")),
        page(outside, place("authorization_endpoint")),
        origin(outside, issuer),
        registration::check(outside, issuer, place("registration_endpoint")),
    );
    for part in [parts.0, parts.1, parts.2, parts.3] {
        ledger.merge(part);
    }
    ledger
}

/// Checks the response to a request for the keys that carried a forged context.
fn routed(answer: &Result<Answer, Failure>, ledger: &mut Ledger) {
    match answer {
        Err(failure) => ledger.found(Check::OauthRouted, format!("jwks_uri: {}.", failure.words())),
        // The plugin removes this header, and the sidecar answers 403 to what the plugin did not seal.
        Ok(answer) if answer.headers.contains_key("x-mcpb-sidecar") => {
            ledger.fine(Check::OauthRouted);
            ledger.found(
                Check::SidecarGuarded,
                format!(
                    "The sidecar itself answered at jwks_uri, past the plugin (status {}).",
                    answer.status
                ),
            );
        }
        Ok(answer) if answer.is_unavailable() => {
            ledger.found(Check::OauthRouted, "The plugin cannot reach the sidecar (503 at jwks_uri).");
        }
        Ok(answer) => {
            let has_keys = answer.json().is_some_and(|keys| at(&keys, "/keys").is_array());
            ledger.judge(Check::OauthRouted, answer.status == 200 && has_keys, || {
                format!("jwks_uri is answered with status {} and without keys.", answer.status)
            });
            ledger.fine(Check::SidecarGuarded);
        }
    }
}

async fn token(outside: &Outside<'_>, place: Option<Url>) -> Ledger {
    let mut ledger = Ledger::default();
    let Some(url) = place else { return ledger };
    let body = Some(b"grant_type=refresh_token&client_id=doctor&refresh_token=doctor".to_vec());
    match outside.probe.send(Ask { method: Method::POST, url, headers: &[FORM], body }).await {
        Err(failure) => {
            ledger.found(Check::TokenEndpoint, format!("The token endpoint: {}.", failure.words()));
        }
        Ok(answer) => {
            let code = answer.json().map(|error| text(&error, "error")).unwrap_or_default();
            let is_oauth = matches!(answer.status, 400 | 401) && !code.is_empty();
            ledger.judge(Check::TokenEndpoint, is_oauth, || {
                let kind = answer.header("content-type");
                format!(
                    "The token endpoint answers status {} with {}, not an OAuth error.",
                    answer.status,
                    quoted(kind)
                )
            });
        }
    }
    ledger
}

/// Asks for the authorization page with an unknown client and a long `state`. The sidecar answers with a page that
/// says that the client is unknown.
async fn page(outside: &Outside<'_>, place: Option<Url>) -> Ledger {
    let mut ledger = Ledger::default();
    let Some(mut url) = place else { return ledger };
    url.query_pairs_mut()
        .append_pair("response_type", "code")
        .append_pair("client_id", "doctor")
        .append_pair("redirect_uri", "http://127.0.0.1/callback")
        .append_pair("state", &"s".repeat(STATE));
    match outside.probe.get(url, &[("accept", "text/html")]).await {
        Err(failure) => {
            ledger.found(Check::AuthorizePage, format!("The authorization page: {}.", failure.words()));
        }
        Ok(answer) => {
            let is_page = answer.header("content-type").starts_with("text/html");
            ledger.judge(Check::AuthorizePage, is_page && matches!(answer.status, 400 | 401), || {
                let kind = quoted(answer.header("content-type"));
                format!("The authorization page is answered with status {} and {kind}.", answer.status)
            });
        }
    }
    ledger
}

/// Posts an empty form with the issuer's own `Origin`. The sidecar refuses the form because it is incomplete; without
/// the header, or with another origin, it refuses the form with 403.
async fn origin(outside: &Outside<'_>, issuer: &str) -> Ledger {
    let mut ledger = Ledger::default();
    let Ok(url) = Url::parse(&format!("{}/oauth/consent", issuer.trim_end_matches('/'))) else {
        return ledger;
    };
    let own = url.origin().ascii_serialization();
    let headers = [FORM, ("origin", own.as_str()), ("accept", "text/html")];
    match outside
        .probe
        .send(Ask { method: Method::POST, url, headers: &headers, body: Some(Vec::new()) })
        .await
    {
        Err(failure) => ledger.not_checked(Check::OriginReaches, failure.words()),
        Ok(answer) => ledger.judge(Check::OriginReaches, answer.status != 403, || {
            "A form with the right Origin is refused (403), as if it came from another site.".to_owned()
        }),
    }
    ledger
}

#[cfg(test)]
mod tests {
    use super::is_below;

    #[test]
    fn endpoints_of_other_servers_are_not_asked() {
        let issuer = "https://h/wiki";
        assert!(is_below("https://h/wiki/oauth/token", issuer));
        for other in [
            "https://h/wikipedia/token",
            "https://h/oauth/token",
            "https://evil/wiki/oauth/token",
            "https://h/wiki@evil/",
            "https://h/wiki/../x",
            "http://h/wiki/oauth/token",
            "",
        ] {
            assert!(!is_below(other, issuer), "{other}");
        }
    }
}
