//! Tests which tenants accept personal access tokens, and that a key signs only one kind of tokens.

use super::*;
use crate::personal_token::{CLIENT_ID, DAY_SECS, PREFIX};
use crate::resource::revocation_list::RevocationList;

const GRANT: &str = "AAAAAAAAAAAAAAAAAAAAAA";
/// The log line if prefix, `client_id` and certificate do not belong together.
const MIXED: &str =
    "token: prefix, client_id and key certificate disagree on whether it is a personal access token";
/// The log line if the tenant does not accept the token.
const NOT_HERE: &str = "token: a personal access token: personalTokens is not set or allows fewer days";

/// A token of a key that is certified for this purpose until a year from now.
fn signed(purpose: KeyPurpose, change: impl FnOnce(&mut AccessTokenClaims)) -> String {
    let mut claims = claims();
    claims.client_id = CLIENT_ID.to_owned();
    claims.jti = format!("{GRANT}.1");
    claims.exp = NOW.plus(90 * DAY_SECS);
    change(&mut claims);
    let key = SigningKey::from_bytes(&[3; 32]);
    let certificate = KeyCertificate::new(&key.verifying_key(), NOW.minus(3_600), NOW, 366 * DAY_SECS);
    let certificate = certificate.for_purpose(purpose);
    let kcert = issue(&seed().signing_key(), &certificate);
    sign_access_token(&key, &certificate.thumbprint(), &kcert, &claims)
}

fn personal(change: impl FnOnce(&mut AccessTokenClaims)) -> String {
    [PREFIX, &signed(KeyPurpose::PersonalTokens, change)].concat()
}

fn tenant() -> Gate {
    gate(&json!({"revocationFile": "/mcpb/revoked", "personalTokens": 90}))
}

/// The response's status and log line; 200 and an empty text if the request is forwarded.
fn status(gate: &mut Gate, token: &str, list: &RevocationList) -> (u16, String) {
    let mut request = request("POST", "/wiki/mcp").bearer(token).file(&list.to_text());
    match gate.decide(NOW, &mut request) {
        Decision::Respond(response) => (response.status, logged(&response).to_owned()),
        Decision::ForwardMcp(_) => (200, String::new()),
        other => panic!("{other:?}"),
    }
}

fn empty() -> RevocationList {
    RevocationList::default()
}

#[test]
fn a_personal_token_is_accepted_where_the_option_allows_its_days() {
    let mut own = tenant();
    assert_eq!(status(&mut own, &personal(|_| {}), &empty()).0, 200);
    assert_eq!(status(&mut own, &personal(|_| {}), &empty()).0, 200, "and again, remembered");
    let longer = personal(|claims| claims.exp = claims.iat.plus(90 * DAY_SECS + 1));
    assert_eq!(status(&mut tenant(), &longer, &empty()), (401, NOT_HERE.to_owned()));
    let mut fewer = gate(&json!({"revocationFile": "/r", "personalTokens": 89}));
    assert_eq!(status(&mut fewer, &personal(|_| {}), &empty()), (401, NOT_HERE.to_owned()));
}

#[test]
fn a_tenant_without_the_option_accepts_no_personal_token() {
    for options in [json!({}), json!({"revocationFile": "/r"})] {
        let short = personal(|claims| claims.exp = claims.iat.plus(60));
        assert_eq!(status(&mut gate(&options), &short, &empty()), (401, NOT_HERE.to_owned()), "{options}");
    }
}

/// Whoever has a key for one kind of tokens cannot make tokens of the other kind, whatever the claims are.
#[test]
fn a_key_signs_one_kind_of_tokens() {
    let other = |claims: &mut AccessTokenClaims| claims.client_id = "client".to_owned();
    let cases = [
        ("the key of clients' tokens", [PREFIX, &signed(KeyPurpose::AccessTokens, |_| {})].concat()),
        ("the same without the prefix", signed(KeyPurpose::AccessTokens, |_| {})),
        ("a client of another name", [PREFIX, &signed(KeyPurpose::PersonalTokens, other)].concat()),
        ("the same without the prefix", signed(KeyPurpose::PersonalTokens, other)),
        ("no prefix", signed(KeyPurpose::PersonalTokens, |_| {})),
        ("a prefix that does not belong", [PREFIX, &token(|_| {})].concat()),
    ];
    for (case, token) in cases {
        assert_eq!(status(&mut tenant(), &token, &empty()), (401, MIXED.to_owned()), "{case}");
    }
    let of_client = token(|claims| claims.jti = format!("{GRANT}.1"));
    assert_eq!(status(&mut tenant(), &of_client, &empty()).0, 200, "a client's token");
    let twice = [PREFIX, &personal(|_| {})].concat();
    assert_eq!(status(&mut tenant(), &twice, &empty()).0, 401);
}

#[test]
fn a_personal_token_ends_when_the_list_has_its_grant() {
    let mut gate = tenant();
    let token = personal(|_| {});
    assert_eq!(status(&mut gate, &token, &empty()).0, 200);
    let list = RevocationList::new(UnixTime::new(0), [GRANT]);
    assert_eq!(status(&mut tenant(), &token, &list), (401, "token: its grant was revoked".to_owned()));
    // One time takes the place of the ids of short-lived tokens, another the place of those of personal access tokens.
    let mut times = RevocationList::new(NOW, []);
    assert!(times.revoke_until(BASE, NOW));
    assert_eq!(status(&mut tenant(), &token, &times).0, 200);
    assert!(times.revoke_personal_until(BASE, NOW));
    assert_eq!(status(&mut tenant(), &token, &times).0, 401);
    let mut missing = request("POST", "/wiki/mcp").bearer(&token);
    missing.file = None;
    assert_eq!(respond(&mut tenant(), missing).status, 503);
}
