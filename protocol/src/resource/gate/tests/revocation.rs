//! Tests revoked grants: the list is consulted at every use of a token, and without a list no request is forwarded.

use super::*;
use crate::resource::revocation_list::RevocationList;

const GRANT: &str = "AAAAAAAAAAAAAAAAAAAAAA";
const OTHER: &str = "BBBBBBBBBBBBBBBBBBBBBB";

fn listing(before: u64, ids: &[&str]) -> String {
    RevocationList::new(UnixTime::new(before), ids.iter().copied()).to_text()
}

fn with_list(text: &str) -> Request {
    let token = token(|claims| claims.jti = format!("{GRANT}.1"));
    request("POST", "/wiki/mcp").bearer(&token).file(text)
}

fn strict() -> Gate {
    gate(&json!({"revocationFile": "/mcpb/revoked"}))
}

#[test]
fn a_token_of_a_revoked_grant_is_refused() {
    let mut gate = strict();
    let lists = [(listing(0, &[OTHER]), true), (listing(0, &[GRANT, OTHER]), false), (listing(0, &[]), true)];
    for (at, (text, admitted)) in lists.iter().enumerate() {
        let now = NOW.plus(2 * u64::try_from(at).unwrap());
        let decision = gate.decide(now, &mut with_list(text));
        assert_eq!(matches!(decision, Decision::ForwardMcp(_)), *admitted, "{text}");
        if let Decision::Respond(response) = decision {
            assert_eq!(response.status, 401);
            assert!(header(&response, "WWW-Authenticate").unwrap().contains("invalid_token"));
            assert_eq!(logged(&response), "token: its grant was revoked");
        }
    }
}

#[test]
fn the_list_is_read_every_two_seconds() {
    let mut gate = strict();
    let none = listing(0, &[]);
    let all = listing(0, &[GRANT]);
    let mut admitted = |after, text: &str| {
        matches!(gate.decide(NOW.plus(after), &mut with_list(text)), Decision::ForwardMcp(_))
    };
    assert!(admitted(10, &none) && admitted(11, &all), "not read again yet");
    assert!(!admitted(12, &all));
    assert!(admitted(5, &none), "the clock was set back");
}

#[test]
fn a_time_revokes_the_tokens_issued_until_then() {
    assert!(matches!(
        strict().decide(NOW, &mut with_list(&listing(NOW.as_secs() - 1, &[]))),
        Decision::ForwardMcp(_)
    ));
    assert_eq!(respond(&mut strict(), with_list(&listing(NOW.as_secs(), &[]))).status, 401);
}

#[test]
fn a_time_of_another_issuer_revokes_nothing_here() {
    let text = |issuer: &str| {
        let mut list = RevocationList::default();
        assert!(list.revoke_until(issuer, NOW));
        list.to_text()
    };
    let elsewhere = text("https://mcp.example.com/docs");
    assert!(matches!(strict().decide(NOW, &mut with_list(&elsewhere)), Decision::ForwardMcp(_)));
    assert_eq!(respond(&mut strict(), with_list(&text(BASE))).status, 401);
}

#[test]
fn without_a_whole_list_every_request_gets_503() {
    let mut cut = listing(0, &[OTHER]);
    cut.pop();
    for text in ["", "mcpbouncer-revoked-v2 0000000000 0000 0001\n", "{}", cut.as_str()] {
        let response = respond(&mut strict(), with_list(text));
        assert_eq!((response.status, header(&response, "Retry-After")), (503, Some("5")), "{text}");
    }
    let mut missing = with_list("");
    missing.file = None;
    let response = respond(&mut strict(), missing);
    assert_eq!(response.status, 503);
    assert_eq!(logged(&response), "revocationFile cannot be used: no such file");
    // For an invalid token the list is not read, and the response does not depend on it.
    let mut wrong = request("POST", "/wiki/mcp").bearer("x.y.z");
    wrong.file = None;
    assert_eq!(respond(&mut strict(), wrong).status, 401);
}
