//! Passkeys that are refused. Each defence has a case here that fails if the defence is removed.

use super::*;
use crate::support::authenticator::{Ceremony, PRESENT};

/// Sends this response for this page, and asserts that it is refused for this reason and with this detail.
async fn refused(browser: &mut Browser<'_>, page: &Reply, response: &str, reason: &str, detail: &str) {
    let log = Captured::start();
    let reply = present(browser, page, response).await;
    assert_eq!(reply.status, 403, "{detail}: {reply:?}");
    assert!(reply.words().contains("You were not signed in with a passkey"), "{detail}: {reply:?}");
    assert!(!reply.text.contains(detail), "the page does not say why: {reply:?}");
    assert!(browser.cookies.of_sessions().is_empty(), "{detail}");
    let lines = log.with_reason(reason);
    assert_eq!((lines.len(), &lines[0]["event"]), (1, &json!("sign_in_refused")), "{detail}");
    assert!(lines[0].to_string().contains(detail), "{detail}: {lines:?}");
}

/// Returns a browser with its sign-in page, and an authenticator with a passkey of alice.
async fn at_the_page<'a>(world: &'a World, site: &'a Site) -> (Browser<'a>, Reply, Authenticator) {
    let mut phone = Authenticator::number(1);
    add(world, site, &mut phone).await;
    let client = world.register(site, CALLBACK).await;
    let mut browser = Browser::new(world, site);
    let page = sign_in_page(&mut browser, &client).await;
    (browser, page, phone)
}

#[tokio::test]
async fn a_browser_or_an_authenticator_that_says_something_else() {
    let (world, site) = here();
    let (mut browser, page, mut phone) = at_the_page(&world, &site).await;
    let honest = Ceremony::on(&page, ORIGIN);
    let origin = |text: &str| Ceremony { origin: text.to_owned(), ..honest.clone() };
    for (ceremony, detail) in [
        (origin("https://mcp.example.com.evil.example"), "Invalid origin"),
        (origin("https://sub.mcp.example.com"), "Invalid origin"),
        (origin("http://mcp.example.com"), "Invalid origin"),
        (origin("https://mcp.example.com:8443"), "Invalid origin"),
        (Ceremony { rp_id: "example.com".to_owned(), ..honest.clone() }, "rpId hash mismatch"),
        (Ceremony { flags: PRESENT, ..honest.clone() }, "User verification required"),
        (Ceremony { flags: 0x04, ..honest.clone() }, "User not present"),
        (Ceremony { kind: "webauthn.create", ..honest.clone() }, "Invalid type"),
        (Ceremony { cross_origin: true, ..honest.clone() }, "Cross-origin"),
        (
            Ceremony { challenge: "x.y".to_owned(), ..honest.clone() },
            "the challenge is not that of this page",
        ),
    ] {
        let response = phone.sign_in(&ceremony);
        refused(&mut browser, &page, &response, "passkey", detail).await;
    }
    // After all of them, an honest response is accepted.
    let response = phone.sign_in(&honest);
    assert_eq!(present(&mut browser, &page, &response).await.status, 303);
}

#[tokio::test]
async fn a_signature_of_another_key_and_what_is_malformed() {
    let (world, site) = here();
    let (mut browser, page, phone) = at_the_page(&world, &site).await;
    // A response that is signed with another key, but has the credential id and the handle of alice.
    let mut thief = Authenticator::number(2);
    thief.handle.clone_from(&phone.handle);
    let forged = thief.sign(&page, ORIGIN).replace(&thief.id(), &phone.id());
    refused(&mut browser, &page, &forged, "passkey", "Signature verification failed").await;
    let unknown = thief.sign(&page, ORIGIN);
    refused(&mut browser, &page, &unknown, "passkey", "no user has this passkey").await;
    // A response with a handle that no user has.
    let mut stranger = phone.clone();
    stranger.handle = vec![9; 32];
    let response = stranger.sign(&page, ORIGIN);
    refused(&mut browser, &page, &response, "passkey", "no user has this passkey").await;
    for response in ["{}", "null", "[1]"] {
        refused(&mut browser, &page, response, "passkey", "the response is malformed").await;
    }
    let long = "x".repeat(8_193);
    assert_eq!(present(&mut browser, &page, &long).await.status, 400);
}

/// A signature is valid only for the login for which it was made, and only once.
#[tokio::test]
async fn a_challenge_of_another_login_and_one_that_was_used_or_is_old() {
    let (world, site) = here();
    let (mut browser, page, mut phone) = at_the_page(&world, &site).await;
    let client = world.register(&site, CALLBACK).await;
    let mut other = Browser::new(&world, &site);
    let elsewhere = sign_in_page(&mut other, &client).await;
    let challenge = "the challenge is not that of this page";
    let response = phone.sign(&elsewhere, ORIGIN);
    refused(&mut browser, &page, &response, "passkey", challenge).await;
    // It is accepted at its own login. After that it is valid nowhere.
    assert_eq!(present(&mut other, &elsewhere, &response).await.status, 303);
    refused(&mut browser, &page, &response, "passkey", challenge).await;
    let mut stolen = Browser::new(&world, &site);
    assert_eq!(present(&mut stolen, &elsewhere, &response).await.reason(), "cookie_missing");
    // It is also refused when the same login is back at the sign-in page.
    let consent_flow = elsewhere.input("flow");
    let consent = other.get(Endpoint::Consent, &format!("flow={consent_flow}")).await;
    let back = other.decide(&consent, "another_account").await;
    let again = other.follow(&back).await;
    let replayed = present(&mut other, &again, &response).await;
    assert_eq!(replayed.status, 403, "{replayed:?}");
    // A challenge expires after ten minutes, at the same time as the login.
    let response = phone.sign(&page, ORIGIN);
    world.advance(600);
    assert_eq!(present(&mut browser, &page, &response).await.reason(), "login_unknown");
}

#[tokio::test]
async fn a_counter_that_goes_back() {
    let (world, site) = here();
    let (mut browser, page, mut phone) = at_the_page(&world, &site).await;
    let mut copy = phone.clone();
    sign_in(&mut Browser::new(&world, &site), &mut phone).await;
    sign_in(&mut Browser::new(&world, &site), &mut phone).await;
    // The copy was made before the last use of the original.
    let response = copy.sign(&page, ORIGIN);
    refused(&mut browser, &page, &response, "passkey_counter", "the signature counter went from 2 to 1")
        .await;
    // A response with a wrong signature is not reported as a copy.
    copy.counter = Some(0);
    let mut thief = Authenticator::number(2);
    thief.handle.clone_from(&phone.handle);
    let forged = thief.sign(&page, ORIGIN).replace(&thief.id(), &phone.id());
    refused(&mut browser, &page, &forged, "passkey", "Signature verification failed").await;
    // The original is still accepted.
    let response = phone.sign(&page, ORIGIN);
    assert_eq!(present(&mut browser, &page, &response).await.status, 303);
}

/// A passkey belongs to a host. Browsers do not distinguish paths, so at another path of this host it belongs to the
/// same user.
#[tokio::test]
async fn a_passkey_of_another_host() {
    let (world, site) = here();
    let mut phone = Authenticator::number(1);
    add(&world, &site, &mut phone).await;
    let other = Site::local("https://other.example.com");
    let client = world.register(&other, CALLBACK).await;
    let mut browser = Browser::new(&world, &other);
    let page = sign_in_page(&mut browser, &client).await;
    let response = phone.sign(&page, other.base.origin());
    refused(&mut browser, &page, &response, "passkey", "no user has this passkey at this host").await;
    // The account page at the other host lists the passkey, so that its user can remove it.
    let mut browser = Browser::new(&world, &other);
    let page = account::sign_in(&mut browser, "alice", PASSWORD).await;
    assert!(page.words().contains("mcp.example.com"), "{}", page.words());
    let docs = Site::local("https://mcp.example.com/docs");
    sign_in(&mut Browser::new(&world, &docs), &mut phone).await;
}

/// The user is removed or disabled, or has no access to this tenant.
#[tokio::test]
async fn a_user_who_may_not_enter() {
    let (world, site) = here();
    let (mut browser, page, mut phone) = at_the_page(&world, &site).await;
    for (change, detail) in [("disabled", "user disabled"), ("tenants", "user has no access to this tenant")]
    {
        world.change_alice(|alice| {
            alice[change] =
                if change == "disabled" { json!(true) } else { json!(["https://else.example.com"]) };
        });
        let response = phone.sign(&page, ORIGIN);
        refused(&mut browser, &page, &response, "passkey", detail).await;
    }
    world.change_alice(|_| {});
    let response = phone.sign(&page, ORIGIN);
    told(&world, "/admin/users/remove-passkeys", &json!({"user": "alice"})).await;
    refused(&mut browser, &page, &response, "passkey", "no user has this passkey").await;
}

#[tokio::test]
async fn what_is_made_for_another_page_is_not_added() {
    let (world, site) = here();
    let mut browser = Browser::new(&world, &site);
    account::sign_in(&mut browser, "alice", PASSWORD).await;
    let page = reach_making(&mut browser).await;
    let mut other = Browser::new(&world, &site);
    account::sign_in(&mut other, "alice", PASSWORD).await;
    let elsewhere = reach_making(&mut other).await;
    let mut phone = Authenticator::number(1);
    let honest = Ceremony::on(&page, ORIGIN);
    let foreign = Ceremony::on(&elsewhere, ORIGIN);
    let wrong_origin = Ceremony { origin: "https://evil.example".to_owned(), ..honest.clone() };
    let log = Captured::start();
    for (ceremony, words) in [
        (foreign, "out of date"),
        (Ceremony { challenge: "x.y".to_owned(), ..honest.clone() }, "out of date"),
        (wrong_origin, "The passkey was not added"),
        (Ceremony { rp_id: "example.com".to_owned(), ..honest.clone() }, "The passkey was not added"),
        (Ceremony { flags: PRESENT, ..honest.clone() }, "The passkey was not added"),
        (Ceremony { kind: "webauthn.get", ..honest.clone() }, "The passkey was not added"),
    ] {
        let made = phone.make_in(&ceremony);
        let again = press(&mut browser, &page, "add_passkey", &[("name", "Phone"), ("passkey", &made)]).await;
        assert_eq!(again.status, 403, "{ceremony:?}: {again:?}");
        assert!(again.words().contains(words), "{ceremony:?}: {again:?}");
    }
    assert_eq!(log.with_reason("passkey").len(), 6);
    assert!(!browser.get(Endpoint::Account, "").await.text.contains("remove_passkey"));
    // Only one passkey can be added with a challenge.
    let made = phone.make(&page, ORIGIN);
    let done = press(&mut browser, &page, "add_passkey", &[("name", "Phone"), ("passkey", &made)]).await;
    assert_eq!(done.status, 303, "{done:?}");
    let second = Authenticator::number(2).make(&page, ORIGIN);
    let again = press(&mut browser, &page, "add_passkey", &[("name", "Laptop"), ("passkey", &second)]).await;
    assert_eq!(again.status, 403);
    assert!(again.words().contains("out of date"), "{again:?}");
}
