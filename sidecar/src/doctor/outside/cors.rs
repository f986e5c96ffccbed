//! Checks requests by pages of other origins (Fetch, section 3.3).

use axum::http::{HeaderMap, HeaderValue, Method};

use super::Outside;
use super::challenge::Challenge;
use crate::doctor::check::Check;
use crate::doctor::ledger::Ledger;
use crate::doctor::probe::Ask;

/// The origin of a page that does not exist.
const ORIGIN: &str = "https://doctor.invalid";

/// Sends a preflight, and a request with an `Origin`.
pub(super) async fn check(outside: &Outside<'_>, challenge: Option<&Challenge>) -> Ledger {
    let mut ledger = Ledger::default();
    if challenge.is_none() {
        return ledger;
    }
    let headers = [
        ("origin", ORIGIN),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "authorization,content-type,mcp-protocol-version"),
    ];
    let url = outside.target.url().clone();
    let ask = Ask { method: Method::OPTIONS, url: url.clone(), headers: &headers, body: None };
    let own = [("origin", ORIGIN)];
    let (preflight, response) = tokio::join!(outside.probe.send(ask), outside.probe.get(url, &own));
    // If only listed origins are allowed, a request from another origin is refused.
    if let Ok(answer) = &response
        && answer.status == 403
        && answer.body.contains("access_denied")
    {
        for check in [Check::CorsPreflight, Check::CorsResponse] {
            ledger.not_checked(check, "only the origins in allowedOrigins are allowed");
        }
        return ledger;
    }
    match preflight {
        Err(failure) => ledger.found(Check::CorsPreflight, format!("OPTIONS: {}.", failure.words())),
        Ok(answer) => match refusal(answer.status, &answer.headers) {
            None => ledger.fine(Check::CorsPreflight),
            Some(why) => ledger.found(Check::CorsPreflight, format!("The answer to OPTIONS {why}.")),
        },
    }
    match response {
        Err(failure) => ledger.not_checked(Check::CorsResponse, failure.words()),
        Ok(answer) => match hidden(&answer.headers) {
            None => ledger.fine(Check::CorsResponse),
            Some(why) => ledger.found(Check::CorsResponse, format!("The refusal {why}.")),
        },
    }
    ledger
}

/// Says, as the end of a sentence, why a browser would not send the request after this preflight; `None` if it would.
fn refusal(status: u16, headers: &HeaderMap) -> Option<String> {
    if !(200..300).contains(&status) {
        return Some(format!("has status {status}"));
    }
    if let Some(why) = origins(headers) {
        return Some(why);
    }
    let allowed = all(headers, "access-control-allow-headers").to_ascii_lowercase();
    let names: Vec<&str> = allowed.split(',').map(str::trim).collect();
    let missing = ["authorization", "content-type", "mcp-protocol-version"]
        .into_iter()
        .find(|name| !names.contains(name))?;
    Some(format!("does not allow the header {missing}"))
}

/// Says, as the end of a sentence, why a page could not read `WWW-Authenticate` in this response; `None` if it could.
fn hidden(headers: &HeaderMap) -> Option<String> {
    if let Some(why) = origins(headers) {
        return Some(why);
    }
    let exposed = all(headers, "access-control-expose-headers").to_ascii_lowercase();
    let is_exposed = exposed.split(',').any(|name| name.trim() == "www-authenticate");
    (!is_exposed).then(|| "does not expose WWW-Authenticate".to_owned())
}

fn origins(headers: &HeaderMap) -> Option<String> {
    let origins: Vec<&[u8]> =
        headers.get_all("access-control-allow-origin").iter().map(HeaderValue::as_bytes).collect();
    match origins.as_slice() {
        [b"*"] => None,
        [one] if *one == ORIGIN.as_bytes() => None,
        [] => Some("has no Access-Control-Allow-Origin".to_owned()),
        [_] => Some("allows another origin only".to_owned()),
        several => Some(format!("has Access-Control-Allow-Origin {} times", several.len())),
    }
}

/// All values of a header, as one list.
fn all(headers: &HeaderMap, name: &str) -> String {
    let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    values.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(name.parse::<axum::http::HeaderName>().unwrap(), value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn what_a_browser_refuses_is_found() {
        let any = ("access-control-allow-origin", "*");
        let names = ("access-control-allow-headers", "Authorization, Content-Type, MCP-Protocol-Version");
        let exposed = ("access-control-expose-headers", "WWW-Authenticate");
        assert_eq!(refusal(204, &headers(&[any, names])), None);
        assert_eq!(hidden(&headers(&[any, exposed])), None);
        assert_eq!(hidden(&headers(&[("access-control-allow-origin", ORIGIN), exposed])), None);
        for (status, pairs) in [
            (401, vec![any, names]),
            (204, vec![names]),
            (204, vec![any, any, names]),
            (204, vec![any, ("access-control-allow-headers", "*")]),
            (204, vec![("access-control-allow-origin", "https://other"), names]),
        ] {
            assert!(refusal(status, &headers(&pairs)).is_some(), "{status} {pairs:?}");
        }
        assert!(hidden(&headers(&[any])).is_some());
    }
}
