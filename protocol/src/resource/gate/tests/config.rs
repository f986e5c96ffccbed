//! Tests that nothing is forwarded if the options are wrong or the host fails.

use super::*;

#[test]
fn wrong_options_give_503_to_everything_and_are_logged_once() {
    let mut gate = Gate::new(parse(br#"{"requiredScope":"x"}"#, PluginEnvironment::default()));
    let first = respond(&mut gate, request("POST", "/wiki/mcp").bearer(&token(|_| {})));
    assert_eq!((first.status, header(&first, "Retry-After")), (503, Some("30")));
    assert_eq!(header(&first, "Access-Control-Allow-Origin"), Some("*"));
    assert!(logged(&first).contains("`requiredScope` is unknown; the nearest known one is `requiredScopes`"));
    for asked in [request("OPTIONS", "/wiki/mcp"), request("GET", "/wiki/oauth/token")] {
        let next = respond(&mut gate, asked);
        assert_eq!((next.status, next.log), (503, None));
    }
}

#[test]
fn a_host_that_fails_gets_nothing_forwarded() {
    for role in [json!({}), json!({"role": "route"})] {
        let mut asked = request("POST", "/wiki/oauth/token");
        asked.broken = Some("method");
        let response = respond(&mut gate(&role), asked);
        assert_eq!((response.status, header(&response, "Retry-After")), (503, Some("5")));
        assert!(logged(&response).contains("gone"));
    }
    assert_eq!(host_failed("x").status, 503);
}

/// The response for a failed host can be read by the same origins as any other response.
#[test]
fn a_host_that_fails_opens_no_response_to_other_origins() {
    for (origin, allowed) in [("https://page.test", Some("https://page.test")), ("https://evil.test", None)] {
        let mut asked = request("POST", "/wiki/oauth/token").with("origin", origin);
        asked.broken = Some("method");
        let response = respond(&mut gate(&json!({"allowedOrigins": "https://page.test"})), asked);
        assert_eq!((response.status, header(&response, "Access-Control-Allow-Origin")), (503, allowed));
    }
}

#[test]
fn values_that_are_too_large_get_400() {
    struct Large(Request);
    impl RequestView for Large {
        fn method(&mut self) -> Result<&[u8], Unreadable> {
            self.0.method()
        }
        fn uri(&mut self) -> Result<&[u8], Unreadable> {
            self.0.uri()
        }
        fn header_names(&mut self) -> Result<HeaderList<'_>, Unreadable> {
            self.0.header_names()
        }
        fn header(&mut self, name: &'static str) -> Result<HeaderList<'_>, Unreadable> {
            if name == "authorization" { Err(Unreadable::TooLarge) } else { self.0.header(name) }
        }
        fn peer(&mut self) -> Result<&[u8], Unreadable> {
            self.0.peer()
        }
        fn next_body_piece(&mut self) -> Result<BodyPiece<'_>, Unreadable> {
            Ok(BodyPiece { bytes: &[], is_last: true })
        }
        fn file(&mut self, path: &str) -> Result<Vec<u8>, Unreadable> {
            RequestView::file(&mut self.0, path)
        }
    }
    let mut asked = Large(request("POST", "/wiki/mcp").bearer("x"));
    match gate(&json!({})).decide(NOW, &mut asked) {
        Decision::Respond(response) => assert_eq!(response.status, 400),
        other => panic!("{other:?}"),
    }
}

#[test]
fn log_lines_hold_no_control_characters() {
    assert_eq!(LogLine::new(Level::Info, "a\nb\u{1b}[2Jc").message, "a?b?[2Jc");
}
