//! Forms that a browser sends twice. If the user clicks twice, the browser sends the form again with the same cookie,
//! and shows only the second response.

use std::collections::BTreeSet;

use protocol::context::Endpoint;

use crate::consent::join_all;
use crate::counted::{audit, kinds};
use crate::support::provider::Provider;
use crate::support::{Browser, CALLBACK, Jar, PASSWORD, Reply, Site, World, authorize_pairs, parameter};

const BASE: &str = "https://wiki.example.com";

/// Returns the same browser with the cookies that it had before.
fn earlier<'a>(browser: &Browser<'a>, cookies: &Jar) -> Browser<'a> {
    Browser { world: browser.world, site: browser.site, cookies: cookies.clone() }
}

/// Returns a browser that has got the consent page, and that page.
async fn at_consent<'a>(world: &'a World, site: &'a Site) -> (Browser<'a>, Reply) {
    let client = world.register(site, CALLBACK).await;
    let mut browser = Browser::new(world, site);
    let page = browser.reach_consent(&authorize_pairs(&client)).await;
    (browser, page)
}

/// Sends a decision eight times simultaneously. Checks that all lead to the same URL and record only one event of the
/// kind `kind`, and returns the URL.
async fn decided_at_once(decision: &str, kind: &str) -> String {
    let (world, site) = (World::new(), Site::local(BASE));
    let (browser, page) = at_consent(&world, &site).await;
    let tries = (0..8).map(|_| {
        let (mut browser, page) = (earlier(&browser, &browser.cookies), &page);
        async move { browser.decide(page, decision).await.onward() }
    });
    let targets = BTreeSet::from_iter(join_all(tries).await);
    assert_eq!(targets.len(), 1, "{targets:?}");
    let rows = audit(&world).await;
    assert_eq!(kinds(&rows).iter().filter(|found| **found == kind).count(), 1);
    targets.into_iter().next().unwrap()
}

#[tokio::test]
async fn a_password_that_is_sent_twice_leads_to_the_consent_page() {
    let (world, site) = (World::new(), Site::local(BASE));
    let client = world.register(&site, CALLBACK).await;
    let mut browser = Browser::new(&world, &site);
    let begun = browser.authorize(&authorize_pairs(&client)).await;
    let login = browser.follow(&begun).await;
    let cookies = browser.cookies.clone();
    let first = browser.log_in(&login, "alice", PASSWORD).await;
    let mut second = earlier(&browser, &cookies);
    let again = second.log_in(&login, "alice", PASSWORD).await;
    assert_eq!((again.status.as_u16(), again.onward()), (303, first.onward()));
    assert_eq!(
        second.cookies.of_logins(),
        browser.cookies.of_logins(),
        "whichever response the browser shows"
    );
    let consent = second.follow(&again).await;
    assert!(second.decide(&consent, "approve").await.onward_parameter("code").is_some());
}

#[tokio::test]
async fn passwords_that_are_sent_at_the_same_time_all_lead_to_the_consent_page() {
    let (world, site) = (World::new(), Site::local(BASE));
    let client = world.register(&site, CALLBACK).await;
    let mut browser = Browser::new(&world, &site);
    let begun = browser.authorize(&authorize_pairs(&client)).await;
    let login = browser.follow(&begun).await;
    let tries = (0..2).map(|_| {
        let (mut browser, login) = (earlier(&browser, &browser.cookies), &login);
        async move {
            let done = browser.log_in(login, "alice", PASSWORD).await;
            (done.onward(), browser.follow(&done).await.status.as_u16())
        }
    });
    for (target, status) in join_all(tries).await {
        assert!(target.starts_with("https://wiki.example.com/oauth/consent?"), "{target}");
        assert_eq!(status, 200);
    }
}

/// Whoever knows the cookie from before the sign-in needs the password of the same user to get the new cookie.
#[tokio::test]
async fn the_cookie_from_before_the_sign_in_is_worth_nothing_without_the_users_password() {
    // carol may sign in at this tenant too.
    let (world, site) = (World::new(), Site::local("https://other.example.com"));
    let client = world.register(&site, CALLBACK).await;
    let mut victim = Browser::new(&world, &site);
    let begun = victim.authorize(&authorize_pairs(&client)).await;
    let login = victim.follow(&begun).await;
    let cookies = victim.cookies.clone();
    let done = victim.log_in(&login, "alice", PASSWORD).await;
    let mut attacker = earlier(&victim, &cookies);
    assert_eq!(attacker.log_in(&login, "alice", "wrong").await.status, 403);
    assert_eq!(attacker.log_in(&login, "carol", PASSWORD).await.reason(), "login_unknown");
    for page in [attacker.follow(&begun).await, attacker.follow(&done).await] {
        assert_eq!(page.reason(), "login_unknown");
    }
    assert_eq!(attacker.cookies, cookies);
    let consent = victim.follow(&done).await;
    assert!(consent.text.contains("alice"), "{}", consent.text);
    for decision in ["approve", "deny", "another_account"] {
        assert_eq!(attacker.decide(&consent, decision).await.reason(), "login_unknown", "{decision}");
    }
    assert!(victim.decide(&consent, "approve").await.onward_parameter("code").is_some());
}

#[tokio::test]
async fn another_account_that_is_asked_for_twice_leads_to_the_sign_in_page() {
    let (world, site) = (World::new(), Site::local("https://other.example.com"));
    let (mut browser, page) = at_consent(&world, &site).await;
    let cookies = browser.cookies.clone();
    let first = browser.decide(&page, "another_account").await;
    let mut second = earlier(&browser, &cookies);
    let again = second.decide(&page, "another_account").await;
    assert_eq!(again.onward(), first.onward());
    let form = second.follow(&again).await;
    let done = second.log_in(&form, "carol", PASSWORD).await;
    assert!(second.follow(&done).await.text.contains("carol"));
    // The login has moved on, so no old cookie can take it back.
    assert_eq!(earlier(&browser, &cookies).decide(&page, "another_account").await.reason(), "login_unknown");
}

#[tokio::test]
async fn a_password_for_the_connections_page_that_is_sent_twice_leads_there() {
    let (world, site) = (World::new(), Site::local(BASE));
    let mut browser = Browser::new(&world, &site);
    let begun = browser.get(Endpoint::Connections, "").await;
    let form = browser.follow(&begun).await;
    let cookies = browser.cookies.clone();
    let first = browser.log_in(&form, "alice", PASSWORD).await;
    let again = earlier(&browser, &cookies).log_in(&form, "alice", PASSWORD).await;
    assert_eq!((again.status.as_u16(), again.onward()), (303, first.onward()));
    assert_eq!(again.onward(), format!("{BASE}/oauth/connections"));
}

#[tokio::test]
async fn an_approval_that_is_sent_twice_leads_to_the_client_with_the_same_code() {
    let (world, site) = (World::new(), Site::local(BASE));
    let client = world.register(&site, CALLBACK).await;
    let mut browser = Browser::new(&world, &site);
    let page = browser.reach_consent(&authorize_pairs(&client)).await;
    let cookies = browser.cookies.clone();
    let first = browser.decide(&page, "approve").await;
    assert_eq!(browser.decide(&page, "approve").await.reason(), "cookie_missing", "the cookie is gone");
    let mut second = earlier(&browser, &cookies);
    let again = second.decide(&page, "approve").await;
    assert_eq!(again.onward(), first.onward());
    assert_eq!(second.cookies.of_logins(), browser.cookies.of_logins());
    // Other decisions come too late, and other browsers and tenants are refused.
    for decision in ["deny", "another_account", "x"] {
        assert_eq!(earlier(&browser, &cookies).decide(&page, decision).await.reason(), "login_unknown");
    }
    let mut other = Browser::new(&world, &site);
    other.authorize(&authorize_pairs(&client)).await;
    assert_eq!(other.decide(&page, "approve").await.reason(), "cookie_missing");
    let there = Site::local("https://wiki.example.com/docs");
    let mut elsewhere = Browser { world: &world, site: &there, cookies: cookies.clone() };
    assert_eq!(elsewhere.decide(&page, "approve").await.reason(), "login_unknown");

    // A client that got the code twice would redeem it twice, which ends its access.
    let code = first.onward_parameter("code").unwrap();
    let token = world.token(&site, &client, &code).await.json();
    let late = earlier(&browser, &cookies).decide(&page, "approve").await;
    assert_eq!(late.status, 200);
    assert!(late.words().contains("Access allowed") && !late.text.contains("mcpbc_"), "{}", late.text);
    assert!(!late.text.contains("http-equiv"), "{}", late.text);
    let pairs = [("grant_type", "refresh_token"), ("client_id", client.as_str())];
    let refresh = [&pairs[..], &[("refresh_token", token["refresh_token"].as_str().unwrap())]].concat();
    assert_eq!(world.post_form(&site, Endpoint::Token, &refresh).await.status, 200);
}

#[tokio::test]
async fn an_approval_is_not_repeated_after_the_code_has_expired() {
    let (world, site) = (World::new(), Site::local(BASE));
    let (mut browser, page) = at_consent(&world, &site).await;
    let cookies = browser.cookies.clone();
    let first = browser.decide(&page, "approve").await;
    world.advance(59);
    assert_eq!(earlier(&browser, &cookies).decide(&page, "approve").await.onward(), first.onward());
    world.advance(1);
    assert_eq!(earlier(&browser, &cookies).decide(&page, "approve").await.reason(), "login_unknown");
}

#[tokio::test]
async fn approvals_that_are_sent_at_the_same_time_make_one_code() {
    let target = decided_at_once("approve", "code_issued").await;
    assert!(parameter(&target, "code").is_some(), "{target}");
}

#[tokio::test]
async fn a_denied_login_is_not_approved_afterwards() {
    let (world, site) = (World::new(), Site::local(BASE));
    let (mut browser, page) = at_consent(&world, &site).await;
    let cookies = browser.cookies.clone();
    assert_eq!(
        browser.decide(&page, "deny").await.onward_parameter("error").as_deref(),
        Some("access_denied")
    );
    assert_eq!(earlier(&browser, &cookies).decide(&page, "approve").await.reason(), "login_unknown");
}

/// A double click sends the form with the same cookie, and so does a reload of the page that followed.
#[tokio::test]
async fn a_denial_that_is_sent_twice_leads_to_the_client_with_the_same_error() {
    let (world, site) = (World::new(), Site::local(BASE));
    let (mut browser, page) = at_consent(&world, &site).await;
    let first = browser.decide(&page, "deny").await;
    let target = first.onward();
    assert!(target.starts_with("https://client.example/cb?error=access_denied&"), "{target}");
    world.advance(500);
    for _ in 0..2 {
        let again = browser.decide(&page, "deny").await;
        assert_eq!((again.status.as_u16(), again.onward()), (200, target.clone()));
    }
    let rows = audit(&world).await;
    assert_eq!(kinds(&rows).iter().filter(|kind| **kind == "consent_denied").count(), 1);
    // Nobody can do anything else with the login.
    for decision in ["approve", "another_account", "x"] {
        assert_eq!(browser.decide(&page, decision).await.reason(), "login_unknown", "{decision}");
    }
    let (flow, csrf) = (page.input("flow"), page.input("csrf"));
    let pairs = [("flow", flow.as_str()), ("csrf", &csrf), ("username", "alice"), ("password", PASSWORD)];
    assert_eq!(browser.post(Endpoint::Login, &pairs).await.reason(), "login_unknown");
    let there = Site::local("https://wiki.example.com/docs");
    assert_eq!(browser.at(&there).decide(&page, "deny").await.reason(), "login_unknown");
    // First the login expires, and then its cookie, too.
    world.advance(100);
    assert_eq!(browser.decide(&page, "deny").await.reason(), "login_unknown");
    let late = Browser::new(&world, &site).decide(&page, "deny").await;
    assert_eq!(late.status, 200);
    assert!(late.text.contains("id=\"over\"") && !late.text.contains("id=\"reason\""), "{}", late.text);
    assert!(late.text.contains(&format!("href=\"{BASE}/oauth/connections\"")), "{}", late.text);
    let approved = Browser::new(&world, &site).decide(&page, "approve").await;
    assert_eq!(approved.reason(), "cookie_missing");
}

#[tokio::test]
async fn denials_that_are_sent_at_the_same_time_all_lead_to_the_client() {
    let target = decided_at_once("deny", "consent_denied").await;
    assert_eq!(parameter(&target, "error").as_deref(), Some("access_denied"));
}

#[tokio::test]
async fn a_denial_before_and_after_the_way_to_the_provider_is_sent_twice() {
    let provider = Provider::start().await;
    let world = World::with(&[("BOUNCER_INTERNAL_ISSUERS", &provider.issuer)]);
    let site = Site::oidc(BASE, &provider.issuer);
    let client = world.register(&site, CALLBACK).await;
    for approves in [false, true] {
        let mut browser = Browser::new(&world, &site);
        let begun = browser.authorize(&authorize_pairs(&client)).await;
        let mut page = browser.follow(&begun).await;
        let mut url = None;
        if approves {
            url = Some(browser.decide(&page, "approve").await.onward());
            page = browser.follow(&begun).await;
        }
        let first = browser.decide(&page, "deny").await.onward();
        assert_eq!(parameter(&first, "error").as_deref(), Some("access_denied"));
        assert_eq!(browser.decide(&page, "deny").await.onward(), first);
        if let Some(url) = url {
            let back = browser.get(Endpoint::Callback, &provider.sign_in(&url)).await;
            assert_eq!(back.reason(), "login_unknown");
        }
    }
}

#[tokio::test]
async fn an_approval_that_is_sent_several_times_leads_to_the_provider() {
    let provider = Provider::start().await;
    let world = World::with(&[("BOUNCER_INTERNAL_ISSUERS", &provider.issuer)]);
    let site = Site::oidc(BASE, &provider.issuer);
    let client = world.register(&site, CALLBACK).await;
    let mut browser = Browser::new(&world, &site);
    let begun = browser.authorize(&authorize_pairs(&client)).await;
    let page = browser.follow(&begun).await;
    let cookies = browser.cookies.clone();
    let first = provider.sign_in(&browser.decide(&page, "approve").await.onward());
    // The browser has not used any response before the last one.
    let mut last = earlier(&browser, &cookies);
    for _ in 0..2 {
        last = earlier(&browser, &cookies);
        let shown = last.decide(&page, "approve").await;
        assert!(shown.onward().starts_with(&provider.issuer), "{shown:?}");
        assert!(!shown.onward().contains(&first), "a state is used once");
    }
    let forged = [("flow", &*page.input("flow")), ("csrf", "x"), ("decision", "approve")];
    assert_eq!(earlier(&browser, &cookies).post(Endpoint::Consent, &forged).await.reason(), "login_unknown");
    assert_eq!(browser.get(Endpoint::Callback, &first).await.reason(), "login_unknown");
    let mut stranger = earlier(&browser, &cookies);
    let shown = last.follow(&begun).await;
    let query = provider.sign_in(&last.decide(&shown, "approve").await.onward());
    assert_eq!(stranger.get(Endpoint::Callback, &query).await.reason(), "login_unknown");
    assert!(last.get(Endpoint::Callback, &query).await.onward_parameter("code").is_some());
}
