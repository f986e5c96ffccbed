//! Passkeys of local users: adding, using and removing them. The module `refused` has the refused passkeys.

mod refused;

use protocol::context::Endpoint;
use serde_json::json;

use crate::account::{self, BASE, NEW, here};
use crate::administration::{ask, told};
use crate::logs::Captured;
use crate::support::authenticator::{Authenticator, options};
use crate::support::{Browser, CALLBACK, PASSWORD, Reply, Site, World, authorize_pairs};

const ORIGIN: &str = "https://mcp.example.com";

/// Posts the form of the account page that has this action, with these additional fields.
async fn press(browser: &mut Browser<'_>, page: &Reply, action: &str, fields: &[(&str, &str)]) -> Reply {
    let mut forms = page.text.split("<form ").skip(1);
    let form = forms.find(|form| form.contains(&format!("name=\"action\" value=\"{action}\"")));
    let form = page.part(form.unwrap_or_else(|| panic!("no {action}: {page:?}")));
    let csrf = form.input("csrf");
    let mut pairs = vec![("action", action), ("csrf", csrf.as_str())];
    let id = form.text.contains("name=\"passkey_id\"").then(|| form.input("passkey_id"));
    pairs.extend(id.as_deref().map(|id| ("passkey_id", id)));
    pairs.extend_from_slice(fields);
    browser.post(Endpoint::Account, &pairs).await
}

/// Opens the page whose script makes a passkey. alice is already signed in with this browser.
async fn reach_making(browser: &mut Browser<'_>) -> Reply {
    let page = browser.get(Endpoint::Account, "set_up=passkey").await;
    let fields = [("name", "Phone"), ("password", PASSWORD)];
    let page = press(browser, &page, "prove_password", &fields).await;
    assert_eq!(page.status, 200, "{page:?}");
    page
}

/// Adds the passkey of this authenticator to alice's account, with a new browser.
async fn add(world: &World, site: &Site, authenticator: &mut Authenticator) {
    let mut browser = Browser::new(world, site);
    account::sign_in(&mut browser, "alice", PASSWORD).await;
    let page = reach_making(&mut browser).await;
    let made = authenticator.make(&page, site.base.origin());
    let done = press(&mut browser, &page, "add_passkey", &[("name", "Phone"), ("passkey", &made)]).await;
    assert!(done.onward().ends_with("/oauth/account?done=passkey_added"), "{done:?}");
}

/// Opens the sign-in page of a login for this client.
async fn sign_in_page(browser: &mut Browser<'_>, client: &str) -> Reply {
    let begun = browser.authorize(&authorize_pairs(client)).await;
    browser.follow(&begun).await
}

/// Sends this response in the way in which the script of the sign-in page does.
async fn present(browser: &mut Browser<'_>, page: &Reply, response: &str) -> Reply {
    let (flow, csrf) = (page.input("flow"), page.input("csrf"));
    let mut pairs = vec![("flow", flow.as_str()), ("csrf", &csrf), ("passkey", response)];
    let own = page.text.contains("name=\"for\"").then(|| page.input("for"));
    pairs.extend(own.as_deref().map(|own| ("for", own)));
    browser.post(Endpoint::Login, &pairs).await
}

/// Signs alice in for the account page with her passkey. Returns the account page.
async fn sign_in(browser: &mut Browser<'_>, authenticator: &mut Authenticator) -> Reply {
    let begun = browser.get(Endpoint::Account, "").await;
    let page = browser.follow(&begun).await;
    let response = authenticator.sign(&page, browser.site.base.origin());
    let done = present(browser, &page, &response).await;
    assert!(done.onward().ends_with("/oauth/account"), "{done:?}");
    browser.follow(&done).await
}

async fn is_signed_in(browser: &mut Browser<'_>) -> bool {
    browser.get(Endpoint::Account, "").await.status == 200
}

#[tokio::test]
async fn a_passkey_is_added_and_leads_to_a_token_without_a_password() {
    let (world, site) = here();
    let mut phone = Authenticator::number(1);
    let log = Captured::start();
    add(&world, &site, &mut phone).await;
    let lines = log.with("action", "add_passkey");
    assert_eq!(
        (lines.len(), &lines[0]["event"], &lines[0]["subject"]),
        (1, &json!("account_changed"), &json!("alice"))
    );
    let client = world.register(&site, CALLBACK).await;
    let mut browser = Browser::new(&world, &site);
    let page = sign_in_page(&mut browser, &client).await;
    let response = phone.sign(&page, ORIGIN);
    let done = present(&mut browser, &page, &response).await;
    let consent = browser.follow(&done).await;
    let code = browser.decide(&consent, "approve").await.onward_parameter("code").unwrap();
    assert_eq!(world.token(&site, &client, &code).await.status, 200);
    let lines = log.with("event", "sign_in");
    let last = lines.last().unwrap();
    assert_eq!((&last["second_factor"], &last["subject"]), (&json!("passkey"), &json!("alice")));
    // The session replaces the passkey at the next authorization.
    let begun = browser.authorize(&authorize_pairs(&client)).await;
    assert!(begun.onward().contains("/oauth/consent?"), "{begun:?}");
    let page = browser.get(Endpoint::Account, "").await;
    assert!(page.words().contains("Phone") && !page.words().contains("Not yet"), "{}", page.words());
}

#[tokio::test]
async fn the_browser_is_asked_to_verify_the_user_and_told_nothing_of_the_name_in_the_handle() {
    let (world, site) = here();
    let mut browser = Browser::new(&world, &site);
    account::sign_in(&mut browser, "alice", PASSWORD).await;
    let asked = options(&reach_making(&mut browser).await);
    assert_eq!(asked["rp"]["id"], json!("mcp.example.com"));
    assert_eq!(asked["user"]["name"], json!("alice"));
    assert_eq!(asked["user"]["id"].as_str().unwrap().len(), 43);
    assert_eq!(asked["attestation"], json!("none"));
    let selection = &asked["authenticatorSelection"];
    assert_eq!(
        (&selection["residentKey"], &selection["userVerification"]),
        (&json!("required"), &json!("required"))
    );
    // Each page gets another challenge.
    let again = options(&reach_making(&mut browser).await);
    assert_ne!(asked["challenge"], again["challenge"]);
    let mut phone = Authenticator::number(1);
    add(&world, &site, &mut phone).await;
    let mut browser = Browser::new(&world, &site);
    account::sign_in(&mut browser, "alice", PASSWORD).await;
    let further = options(&reach_making(&mut browser).await);
    assert_eq!(further["excludeCredentials"], json!([{ "type": "public-key", "id": phone.id() }]));
    let page = browser.get(Endpoint::Account, "").await;
    assert!(!page.text.contains("<script"), "only the two pages that need it have a script: {page:?}");
    let client = world.register(&site, CALLBACK).await;
    let page = sign_in_page(&mut Browser::new(&world, &site), &client).await;
    let asked = options(&page);
    assert_eq!((&asked["rpId"], &asked["userVerification"]), (&json!("mcp.example.com"), &json!("required")));
    assert!(asked["allowCredentials"].is_null(), "nobody learns who has a passkey");
    let policy = page.header("content-security-policy");
    assert!(policy.contains("; script-src 'sha256-") && !policy.contains("unsafe"), "{policy}");
}

/// With `BOUNCER_SECOND_FACTOR=required`, a passkey counts as a second factor.
#[tokio::test]
async fn a_passkey_meets_the_demand_for_a_second_factor() {
    let (world, site) = here();
    let mut phone = Authenticator::number(1);
    add(&world, &site, &mut phone).await;
    let client = world.register(&site, CALLBACK).await;
    let store = std::sync::Arc::clone(world.app.store.blocking());
    let demanding = World::on(store, &[("BOUNCER_SECOND_FACTOR", "required")]);
    let mut browser = Browser::new(&demanding, &site);
    let page = sign_in_page(&mut browser, &client).await;
    let response = phone.sign(&page, ORIGIN);
    let done = present(&mut browser, &page, &response).await;
    assert!(done.onward().contains("/oauth/consent?"), "{done:?}");
}

#[tokio::test]
async fn adding_one_needs_the_password_and_a_name() {
    let (world, site) = here();
    let mut browser = Browser::new(&world, &site);
    account::sign_in(&mut browser, "alice", PASSWORD).await;
    let page = browser.get(Endpoint::Account, "set_up=passkey").await;
    for (name, password, words) in
        [("Phone", "wrong", "The current password is wrong"), (" \u{200b} ", PASSWORD, "Write a short name")]
    {
        let fields = [("name", name), ("password", password)];
        let again = press(&mut browser, &page, "prove_password", &fields).await;
        assert_eq!(again.status, 403);
        assert!(again.words().contains(words) && !again.text.contains("data-options"), "{again:?}");
    }
    assert!(world.reasons().contains("credentials"));
}

/// A user who clicks twice adds only one passkey, and signs in only once.
#[tokio::test]
async fn forms_that_are_sent_twice_lead_where_the_first_led() {
    let (world, site) = here();
    let mut browser = Browser::new(&world, &site);
    account::sign_in(&mut browser, "alice", PASSWORD).await;
    let page = reach_making(&mut browser).await;
    let mut phone = Authenticator::number(1);
    let made = phone.make(&page, ORIGIN);
    let log = Captured::start();
    for _ in 0..2 {
        let done = press(&mut browser, &page, "add_passkey", &[("name", "Phone"), ("passkey", &made)]).await;
        assert!(done.onward().ends_with("?done=passkey_added"), "{done:?}");
    }
    assert_eq!(log.with("action", "add_passkey").len(), 1);
    let client = world.register(&site, CALLBACK).await;
    let mut browser = Browser::new(&world, &site);
    let page = sign_in_page(&mut browser, &client).await;
    let response = phone.sign(&page, ORIGIN);
    let mut second = browser.at(&site);
    present(&mut browser, &page, &response).await;
    let again = present(&mut second, &page, &response).await;
    let consent = second.follow(&again).await;
    assert!(consent.text.contains("value=\"approve\""), "{consent:?}");
    assert_eq!(log.with("event", "sign_in").len(), 1);
}

#[tokio::test]
async fn a_user_has_at_most_ten() {
    let (world, site) = here();
    for n in 1..=10 {
        add(&world, &site, &mut Authenticator::number(n)).await;
    }
    let mut browser = Browser::new(&world, &site);
    let page = account::sign_in(&mut browser, "alice", PASSWORD).await;
    assert!(!page.text.contains("id=\"add-passkey\""), "{page:?}");
    let asked = browser.get(Endpoint::Account, "set_up=passkey").await;
    assert!(asked.onward().ends_with("/oauth/account"), "{asked:?}");
}

#[tokio::test]
async fn a_removed_passkey_ends_the_sessions_that_began_with_it() {
    let (world, site) = here();
    let (mut phone, mut laptop) = (Authenticator::number(1), Authenticator::number(2));
    add(&world, &site, &mut phone).await;
    add(&world, &site, &mut laptop).await;
    let mut on_phone = Browser::new(&world, &site);
    sign_in(&mut on_phone, &mut phone).await;
    let mut on_laptop = Browser::new(&world, &site);
    sign_in(&mut on_laptop, &mut laptop).await;
    let log = Captured::start();
    // The first form of the page removes the passkey that was added first.
    let page = on_laptop.get(Endpoint::Account, "").await;
    for _ in 0..2 {
        let done = press(&mut on_laptop, &page, "remove_passkey", &[]).await;
        assert!(done.onward().ends_with("?done=passkey_removed"), "{done:?}");
    }
    assert_eq!(log.with("action", "remove_passkey").len(), 1, "a double click");
    assert!(!is_signed_in(&mut on_phone).await && is_signed_in(&mut on_laptop).await);
    assert_eq!(log.with_reason("user_gone").len(), 1);
}

/// Defence: somebody who knew the old password may have a session that began with a passkey of their own.
#[tokio::test]
async fn another_password_ends_sessions_that_began_with_a_passkey() {
    let (world, site) = here();
    let mut phone = Authenticator::number(1);
    add(&world, &site, &mut phone).await;
    let mut on_phone = Browser::new(&world, &site);
    sign_in(&mut on_phone, &mut phone).await;
    let mut owner = Browser::new(&world, &site);
    let page = account::sign_in(&mut owner, "alice", PASSWORD).await;
    let fields = [("password", PASSWORD), ("new_password", NEW), ("repeated_password", NEW)];
    let done = press(&mut owner, &page, "password", &fields).await;
    assert!(done.onward().ends_with("?done=password"), "{done:?}");
    assert!(!is_signed_in(&mut on_phone).await);
    // The passkey still works, because its user did not remove it.
    sign_in(&mut Browser::new(&world, &site), &mut phone).await;
}

#[tokio::test]
async fn the_operator_sees_and_removes_passkeys_and_nobody_inherits_them() {
    let (world, site) = here();
    let mut phone = Authenticator::number(1);
    let list =
        async || told(&world, "/admin/users/passkeys", &json!({"user": "alice"})).await["passkeys"].clone();
    assert_eq!(list().await, json!([]));
    add(&world, &site, &mut phone).await;
    add(&world, &site, &mut Authenticator::number(2)).await;
    let shown = list().await;
    assert_eq!((&shown[0]["name"], &shown[0]["host"]), (&json!("Phone"), &json!("mcp.example.com")));
    let path = "/admin/users/remove-passkeys";
    let one = json!({"user": "alice", "id": shown[1]["id"]});
    told(&world, path, &one).await;
    assert_eq!(ask(&world, path, &one).await.status, 404);
    assert_eq!(list().await.as_array().unwrap().len(), 1);
    told(&world, path, &json!({"user": "alice"})).await;
    assert_eq!(ask(&world, path, &json!({"user": "alice"})).await.status, 404);
    let rows = told(&world, "/admin/audit", &json!({"event": "administration"})).await["rows"].clone();
    assert_eq!(rows.to_string().matches("remove_passkeys").count(), 2, "{rows}");
    for (path, body) in [
        ("/admin/users/reset-second-factor", json!({"user": "alice"})),
        ("/admin/users/changed", json!({"user": "alice", "change": "removed"})),
        ("/admin/users/changed", json!({"user": "alice", "change": "added"})),
    ] {
        add(&world, &site, &mut Authenticator::number(1)).await;
        told(&world, path, &body).await;
        assert_eq!(list().await, json!([]), "{path} {body}");
    }
}

#[tokio::test]
async fn where_they_are_off_or_the_host_is_an_address_there_are_none() {
    let addressed = Site::local("http://127.0.0.1:8080");
    for (world, site) in
        [(World::with(&[("BOUNCER_PASSKEYS", "off")]), Site::local(BASE)), (World::new(), addressed)]
    {
        let mut browser = Browser::new(&world, &site);
        let page = account::sign_in(&mut browser, "alice", PASSWORD).await;
        assert!(!page.text.contains("add-passkey"), "{page:?}");
        let client = world.register(&site, CALLBACK).await;
        let mut browser = Browser::new(&world, &site);
        let page = sign_in_page(&mut browser, &client).await;
        assert!(!page.text.contains("<script") && !page.text.contains("data-options"), "{page:?}");
        assert!(!page.header("content-security-policy").contains("script-src"));
        assert_eq!(present(&mut browser, &page, "{}").await.status, 403);
    }
}
