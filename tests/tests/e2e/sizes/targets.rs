//! Long paths and queries: of the MCP server, of authorization requests, and of discovery.

use e2e::browser::{Browser, Person};
use e2e::flow::REDIRECT;
use e2e::sidecar::ALICE;
use e2e::wire::Message;
use url::Url;

use super::place::{Odd, at, shown};
use super::{LONGEST_TARGET, filler, steps};

/// The maximum length of `state`, in bytes.
const LONGEST_STATE: usize = 4_096;
/// The maximum length of the query at the authorization server, in bytes.
const LONGEST_QUERY: usize = 32_768;
/// The maximum length of a resource identifier, in bytes.
const LONGEST_RESOURCE: usize = 4_096;

/// Returns a target that begins with `start`, filled up to this size.
fn target(start: &str, size: usize) -> String {
    format!("{start}{}", filler(size - start.len()))
}

#[test]
fn a_long_mcp_path_is_forwarded_unchanged_or_refused() {
    at("path", async |place| {
        for size in steps() {
            let target = target("/mcp/", size);
            let fits = size <= LONGEST_TARGET;
            let odd = Odd::call("a path", size, &target).bearing(&place.token);
            let reached = place.check_call(odd, fits).await;
            if reached.is_some_and(|request| request.start != format!("POST {target} HTTP/1.1")) {
                place.wrong(format!("a path of {size} bytes is passed on changed"));
            }
            let without = Odd::call("a path without a token", size, &target);
            let (answer, _) = place.check(without, &[if fits { 401 } else { 400 }]).await;
            // The path is too long for the challenge, so the challenge names the base instead.
            let url = format!("\"{}/.well-known/oauth-protected-resource\"", place.tenant.base);
            if fits && !answer.values("www-authenticate").join("").contains(&url) {
                place.wrong(format!("a path of {size} bytes is challenged with {}", shown(&answer)));
            }
        }
    });
}

#[test]
fn a_long_mcp_query_is_forwarded_unchanged_or_refused() {
    at("query", async |place| {
        for size in steps() {
            let target = target("/mcp?q=", size);
            let fits = size <= LONGEST_TARGET;
            let odd = Odd::call("a query", size, &target).bearing(&place.token);
            let reached = place.check_call(odd, fits).await;
            if reached.is_some_and(|request| request.start != format!("POST {target} HTTP/1.1")) {
                place.wrong(format!("a query of {size} bytes is passed on changed"));
            }
            let without = Odd::call("a query without a token", size, &target);
            let (answer, _) = place.check(without, &[if fits { 401 } else { 400 }]).await;
            let url = format!("\"{}/.well-known/oauth-protected-resource/mcp\"", place.tenant.base);
            if fits && !answer.values("www-authenticate").join("").contains(&url) {
                place.wrong(format!("a query of {size} bytes is challenged with {}", shown(&answer)));
            }
            let hidden = format!("{target}&access_token={}", place.token);
            place.check(Odd::call("a token in the query", size, &hidden), &[400]).await;
        }
    });
}

#[test]
fn a_long_method_is_forwarded_unchanged_or_refused() {
    at("method", async |place| {
        for size in steps() {
            let method = filler(size);
            let odd = Odd::new("a method", size, &method, "/mcp").bearing(&place.token);
            // If there is a token, the plugin does not read the method.
            let reached = place.check_call(odd, true).await;
            if reached.is_none_or(|request| request.start != format!("{method} /mcp HTTP/1.1")) {
                place.wrong(format!("a method of {size} bytes is passed on changed"));
            }
            // Route proof and context contain the method, and both are limited.
            let odd = Odd::new("a method at an endpoint", size, &method, "/oauth/token");
            place.check(odd, if size < 40_000 { &[405] } else { &[400, 405, 431] }).await;
        }
    });
}

/// Returns the `error` and the `state` of an error redirect.
fn redirect(answer: &Message) -> Option<(String, Option<String>)> {
    let url: Url = answer.values("location").first()?.parse().ok()?;
    assert!(url.as_str().starts_with(REDIRECT), "{url}");
    let parameter = |wanted: &str| {
        url.query_pairs().find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned())
    };
    Some((parameter("error")?, parameter("state")))
}

#[test]
fn a_long_state_is_returned_unchanged_or_refused() {
    at("state", async |place| {
        let client = place.tenant.register("state").await;
        // With `prompt=none`, the response comes immediately, because a page would have to be shown otherwise.
        let url = place.tenant.authorize_url(&client, &[("prompt", "none"), ("state", "")]);
        let start = url.strip_prefix(&place.tenant.base).expect("the tenant's own").to_owned();
        for size in steps() {
            let room = size - start.len();
            // The client escapes the second value. The plugin escapes the third value to the same length.
            for (text, state) in [
                (filler(room), filler(room)),
                ("%22".repeat(room / 3), "\"".repeat(room / 3)),
                ("\"".repeat(room), "\"".repeat(room)),
            ] {
                let odd = Odd::new("a state", size, "GET", &format!("{start}{text}"));
                let returned = state.len() <= LONGEST_STATE;
                // A query that is too long after escaping is refused before it is parsed.
                let path = start.find('?').expect("a query") + 1;
                let statuses: &[u16] = match start.len() - path + text.len() + 2 * text.matches('"').count() {
                    ..=LONGEST_QUERY => &[303],
                    _ => &[400, 414],
                };
                let (answer, _) = place.check(odd, statuses).await;
                let right = if returned {
                    ("interaction_required".to_owned(), Some(state))
                } else {
                    ("invalid_request".to_owned(), None)
                };
                if answer.status() == 303 && redirect(&answer) != Some(right) {
                    place.wrong(format!("a state of {size} bytes comes back in {}", shown(&answer)));
                }
            }
        }
        // The same lengths are tested in a complete login.
        for size in [1_900, 2_048, 3_007, LONGEST_STATE] {
            let state = filler(size);
            let url = place.tenant.authorize_url(&client, &[("state", &state)]);
            let outcome = Browser::new(&place.tenant.http).log_in(&url, Person::user(ALICE)).await;
            assert_eq!(outcome.parameter("state"), Some(state), "{size}");
            let code = outcome.parameter("code").expect("a code");
            place.tenant.redeem(&client, &code).await.expect(200);
        }
    });
}

#[test]
fn a_long_discovery_path_gets_a_document_or_404() {
    at("well-known", async |place| {
        for size in steps() {
            let resource = target("/.well-known/oauth-protected-resource/mcp/", size);
            let below = resource.strip_prefix("/.well-known/oauth-protected-resource").expect("a start");
            let named = format!("{}{below}", place.tenant.base);
            let status = match named.len() {
                ..=LONGEST_RESOURCE => 200,
                _ if size <= LONGEST_TARGET => 404,
                _ => 400,
            };
            let (answer, _) = place.check(Odd::new("a resource", size, "GET", &resource), &[status]).await;
            if status == 200 && !answer.text().contains(&format!("\"resource\":\"{named}\"")) {
                place.wrong(format!("a resource of {size} bytes is answered {}", shown(&answer)));
            }
            // The route proof contains the path, and is itself a header that the plugin reads.
            let server = target("/.well-known/oauth-authorization-server/mcp/", size);
            let status = if size < 48_000 { 200 } else { 400 };
            let (answer, _) = place.check(Odd::new("a server", size, "GET", &server), &[status]).await;
            if status == 200 && !answer.text().contains(&format!("\"issuer\":\"{}\"", place.tenant.base)) {
                place.wrong(format!("metadata at {size} bytes: {}", shown(&answer)));
            }
            let nothing = target("/oauth/", size);
            let status = if size <= LONGEST_TARGET { 404 } else { 400 };
            place.check(Odd::new("no endpoint", size, "GET", &nothing), &[status]).await;
        }
    });
}
