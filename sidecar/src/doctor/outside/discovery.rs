//! Checks the metadata documents from which clients learn where to log in.

use axum::http::HeaderMap;
use serde_json::Value;
use url::Url;

use super::challenge::Challenge;
use super::{Outside, oauth};
use crate::doctor::check::Check;
use crate::doctor::ledger::Ledger;
use crate::doctor::probe::Answer;
use crate::doctor::text::quoted;
use crate::doctor::value::{at, text};

/// Reads every document, and then sends requests to the endpoints that the documents name.
pub(super) async fn check(outside: &Outside<'_>, challenge: Option<&Challenge>) -> Ledger {
    let mut ledger = Ledger::default();
    let Some(challenge) = challenge else { return ledger };
    let Some(place) = challenge.metadata.clone() else { return ledger };
    let mut caches = vec![cached(&challenge.answer.headers)];
    let found = document(outside, &place, "resource", &mut caches).await;
    let resource = match found {
        Ok(document) => document,
        Err(why) => {
            ledger.found(Check::ResourceMetadata, format!("{}: {why}.", place.path()));
            return ledger;
        }
    };
    ledger.fine(Check::ResourceMetadata);
    let named = text(&resource, "resource");
    ledger.judge(Check::ResourceMatch, is_same(&named, outside.target.url()), || {
        format!("The metadata are about {}, not about {}.", quoted(&named), outside.target.url())
    });
    let issuer = at(&resource, "/authorization_servers/0").as_str().unwrap_or_default().to_owned();
    let parsed = Url::parse(&issuer).ok().filter(|url| url.origin() == outside.target.url().origin());
    let Some(url) = parsed else {
        ledger.found(
            Check::ServerMetadata,
            format!("The metadata name the authorization server {}, at another origin.", quoted(&issuer)),
        );
        return ledger;
    };
    if let Some(server) = servers(outside, &url, &issuer, &mut ledger, &mut caches).await {
        ledger.merge(oauth::check(outside, &issuer, &server).await);
    }
    let cache = caches.into_iter().flatten().next();
    ledger.judge(Check::MetadataCached, cache.is_none(), || {
        format!("A response came from a cache ({}).", quoted(cache.as_deref().unwrap_or_default()))
    });
    ledger
}

/// Reads the authorization server metadata at each of its places. Returns the document at the place of RFC 8414;
/// `None` if it cannot be read.
async fn servers(
    outside: &Outside<'_>,
    url: &Url,
    issuer: &str,
    ledger: &mut Ledger,
    caches: &mut Vec<Option<String>>,
) -> Option<Value> {
    const NAMES: [&str; 2] = ["oauth-authorization-server", "openid-configuration"];
    let path = url.path().trim_end_matches('/');
    let inserted = NAMES.map(|name| outside.target.at(&format!("/.well-known/{name}{path}")));
    let appended = NAMES.map(|name| outside.target.at(&format!("{path}/.well-known/{name}")));
    let mut own = [Vec::new(), Vec::new(), Vec::new(), Vec::new()];
    let [first, second, third, fourth] = &mut own;
    let documents = tokio::join!(
        document(outside, &inserted[0], "issuer", first),
        document(outside, &inserted[1], "issuer", second),
        document(outside, &appended[0], "issuer", third),
        document(outside, &appended[1], "issuer", fourth),
    );
    caches.extend(own.into_iter().flatten());
    let checks =
        [Check::ServerMetadata, Check::OpenidMetadata, Check::AppendedMetadata, Check::AppendedMetadata];
    let documents = [documents.0, documents.1, documents.2, documents.3];
    let places = inserted.iter().chain(&appended);
    let mut server = None;
    for ((check, document), place) in checks.into_iter().zip(documents).zip(places) {
        // Without a path, the two places are one.
        if check == Check::AppendedMetadata && path.is_empty() {
            ledger.fine(check);
            continue;
        }
        match document {
            Err(why) => ledger.found(check, format!("{}: {why}.", place.path())),
            Ok(document) => {
                ledger.fine(check);
                let named = text(&document, "issuer");
                ledger.judge(Check::IssuerMatch, named == issuer, || {
                    format!("{} names the issuer {}, not {}.", place.path(), quoted(&named), quoted(issuer))
                });
                if check == Check::ServerMetadata {
                    server = Some(document);
                }
            }
        }
    }
    server
}

/// Reads a JSON document that must have this text member, and notes whether it came from a cache. The error is the end
/// of a sentence.
async fn document(
    outside: &Outside<'_>,
    place: &Url,
    member: &str,
    caches: &mut Vec<Option<String>>,
) -> Result<Value, String> {
    let answer = outside.probe.get(place.clone(), &[]).await.map_err(|failure| failure.words())?;
    caches.push(cached(&answer.headers));
    if answer.status != 200 {
        return Err(status(&answer));
    }
    let document = answer.json().ok_or("the response is not JSON")?;
    if document.get(member).is_some_and(Value::is_string) {
        Ok(document)
    } else {
        Err(format!("the document has no {member}"))
    }
}

fn status(answer: &Answer) -> String {
    let place = answer.header("location");
    if place.is_empty() {
        format!("status {} is answered", answer.status)
    } else {
        format!("status {} leads to {}", answer.status, quoted(place))
    }
}

/// Returns the header that says that a cache answered; `None` if no header says so.
fn cached(headers: &HeaderMap) -> Option<String> {
    let value = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(age) = value("age").filter(|age| age.trim() != "0") {
        return Some(format!("Age: {age}"));
    }
    ["cf-cache-status", "x-cache", "x-cache-status", "x-proxy-cache"].into_iter().find_map(|name| {
        let said = value(name)?;
        said.to_ascii_uppercase().contains("HIT").then(|| format!("{name}: {said}"))
    })
}

/// Whether the metadata are about this URL. At the root, a client may leave out the slash.
fn is_same(resource: &str, url: &Url) -> bool {
    let url = url.as_str();
    resource == url || url.strip_suffix('/').is_some_and(|url| Url::parse(url).is_ok() && resource == url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cache_is_known_by_what_it_says() {
        for (name, value, is_cached) in [
            ("age", "0", false),
            ("age", "300", true),
            ("cf-cache-status", "HIT", true),
            ("cf-cache-status", "DYNAMIC", false),
            ("x-cache", "Hit from cloudfront", true),
            ("x-cache", "Miss from cloudfront", false),
            ("cache-control", "max-age=300", false),
        ] {
            let headers = [(name.parse().unwrap(), value.parse().unwrap())].into_iter().collect();
            assert_eq!(cached(&headers).is_some(), is_cached, "{name}: {value}");
        }
    }

    #[test]
    fn the_resource_is_the_url_itself() {
        let url = |text: &str| Url::parse(text).unwrap();
        assert!(is_same("https://h/mcp", &url("https://h/mcp")));
        assert!(is_same("https://h", &url("https://h")) && is_same("https://h/", &url("https://h")));
        for other in ["https://h/mcp/", "http://h/mcp", "https://h/MCP", "https://h", ""] {
            assert!(!is_same(other, &url("https://h/mcp")), "{other}");
        }
    }
}
