//! The response to a request without a token: who wrote it, and where it sends clients.

use axum::http::header::WWW_AUTHENTICATE;
use url::Url;

use super::Outside;
use crate::doctor::check::Check;
use crate::doctor::ledger::Ledger;
use crate::doctor::probe::Answer;
use crate::doctor::text::quoted;

/// The refusal of a request without a token.
#[derive(Debug)]
pub(super) struct Challenge {
    /// The URL of the protected resource metadata. `None` if it is at another origin, to which doctor sends nothing.
    pub(super) metadata: Option<Url>,
    /// The response.
    pub(super) answer: Answer,
}

/// Checks the first response. `None` if it is not the plugin's refusal, or does not say where the metadata are.
pub(super) fn check(outside: &Outside<'_>, first: &Answer, ledger: &mut Ledger) -> Option<Challenge> {
    if (300..400).contains(&first.status) {
        let place = quoted(first.header("location"));
        ledger
            .found(Check::Redirected, format!("The URL is redirected to {place} (status {}).", first.status));
        return None;
    }
    ledger.fine(Check::Redirected);
    if let Some((check, sentence)) = foreign(first) {
        ledger.found(check, sentence);
        if check != Check::Routed {
            ledger.fine(Check::Routed);
        }
        return None;
    }
    for check in [Check::Routed, Check::BaseHost, Check::PluginReady, Check::Open, Check::OtherLogin] {
        ledger.fine(check);
    }
    let Some(text) = metadata_in(first) else {
        ledger.found(
            Check::Challenge,
            "The request is refused (401), but WWW-Authenticate does not say where the metadata are.",
        );
        return None;
    };
    ledger.fine(Check::Challenge);
    let metadata = Url::parse(&text).ok().filter(|url| url.origin() == outside.target.url().origin());
    ledger.judge(Check::ChallengeOrigin, metadata.is_some(), || {
        format!("The metadata are said to be at {}.", quoted(&text))
    });
    Some(Challenge { metadata, answer: first.clone() })
}

/// Returns the check that fails because the response is not the plugin's refusal with 401, and the sentence; `None` if
/// the response may be that refusal.
fn foreign(answer: &Answer) -> Option<(Check, String)> {
    let is_page = answer.header("content-type").starts_with("text/html");
    let scheme = answer.header("www-authenticate").split(' ').next().unwrap_or_default();
    let status = answer.status;
    Some(match status {
        401 if ["basic", "digest", "negotiate", "ntlm"].contains(&scheme.to_ascii_lowercase().as_str()) => (
            Check::OtherLogin,
            format!("The request is refused with a login of the kind {}.", quoted(scheme)),
        ),
        401 => return None,
        404 if answer.body.starts_with("404 page not found") => {
            (Check::Routed, "Traefik has no router for this URL (404 page not found).".to_owned())
        }
        404 if answer.body.contains("\"not_found\"") => {
            (Check::Routed, "The plugin serves this host, but no MCP server at this path (404).".to_owned())
        }
        404 if is_page => (Check::Routed, "A page that says 404 is answered, not by Traefik.".to_owned()),
        421 => (Check::BaseHost, "The plugin says that its tenant belongs to another host (421).".to_owned()),
        503 if answer.is_unavailable() => {
            (Check::PluginReady, "The plugin answers 503: it cannot decide about requests.".to_owned())
        }
        403 => {
            (Check::OtherLogin, "The request is refused with status 403 by something in front.".to_owned())
        }
        500.. => {
            (Check::PluginReady, format!("Status {status} is answered, which the plugin does not send here."))
        }
        200..300 if is_page => {
            (Check::OtherLogin, "A web page is answered in the place of a refusal.".to_owned())
        }
        _ => (Check::Open, format!("A request without a token is answered with status {status}.")),
    })
}

/// Returns the URL of the metadata in the challenge (RFC 9728, section 5.1); `None` if there is none.
fn metadata_in(answer: &Answer) -> Option<String> {
    let values = answer.headers.get_all(WWW_AUTHENTICATE).iter().filter_map(|value| value.to_str().ok());
    values
        .filter(|value| value.get(..6).is_some_and(|scheme| scheme.eq_ignore_ascii_case("bearer")))
        .find_map(|value| {
            let (_, rest) = value.split_once("resource_metadata=")?;
            let end = |text: &str| text.split(['"', ',', ' ']).next().unwrap_or_default().to_owned();
            Some(end(rest.strip_prefix('"').unwrap_or(rest)))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, headers: &[(&'static str, &'static str)], body: &str) -> Answer {
        let headers = headers
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), axum::http::HeaderValue::from_static(value)));
        let headers = headers.collect();
        Answer { status, headers, body: body.to_owned(), is_http2: false, certificate: None }
    }

    #[test]
    fn each_response_has_its_meaning() {
        let html = ("content-type", "text/html; charset=utf-8");
        for (answer, check) in [
            (answer(401, &[("www-authenticate", "Basic realm=\"x\"")], ""), Some(Check::OtherLogin)),
            (answer(401, &[("www-authenticate", "Bearer x=\"y\"")], ""), None),
            (answer(404, &[], "404 page not found\n"), Some(Check::Routed)),
            (answer(404, &[], "{\"error\":\"not_found\"}"), Some(Check::Routed)),
            (answer(404, &[("content-type", "application/json")], "{}"), Some(Check::Open)),
            (answer(421, &[], ""), Some(Check::BaseHost)),
            (answer(503, &[], "{\"error\":\"temporarily_unavailable\"}"), Some(Check::PluginReady)),
            (answer(502, &[], "Bad Gateway"), Some(Check::PluginReady)),
            (answer(403, &[], ""), Some(Check::OtherLogin)),
            (answer(200, &[html], "<html>"), Some(Check::OtherLogin)),
            (answer(200, &[], "{}"), Some(Check::Open)),
            (answer(400, &[], "{}"), Some(Check::Open)),
            (answer(405, &[], "{}"), Some(Check::Open)),
            (answer(406, &[], "{}"), Some(Check::Open)),
        ] {
            assert_eq!(foreign(&answer).map(|(check, _)| check), check, "{answer:?}");
        }
    }

    #[test]
    fn the_metadata_url_is_found_wherever_the_challenge_has_it() {
        for (value, url) in [
            ("Bearer resource_metadata=\"https://h/x\"", Some("https://h/x")),
            ("bearer error=\"invalid_token\", resource_metadata=\"https://h/x\"", Some("https://h/x")),
            ("Bearer resource_metadata=https://h/x, scope=\"a\"", Some("https://h/x")),
            ("Basic resource_metadata=\"https://h/x\"", None),
            ("Bearer", None),
            ("", None),
        ] {
            let answer = answer(401, &[("www-authenticate", value)], "");
            assert_eq!(metadata_in(&answer).as_deref(), url, "{value}");
        }
    }
}
