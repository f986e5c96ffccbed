//! `/oauth/login`: local users.

use protocol::context::Endpoint;
use protocol::settings::UserRule;

use crate::support::authenticator::options;
use crate::support::{Browser, CALLBACK, PASSWORD, Reply, Site, World, authorize_pairs};

const BASE: &str = "https://wiki.example.com";

async fn page(browser: &mut Browser<'_>) -> Reply {
    let client = browser.world.register(browser.site, CALLBACK).await;
    let begun = browser.authorize(&authorize_pairs(&client)).await;
    browser.follow(&begun).await
}

#[tokio::test]
async fn the_page_names_tenant_and_client_and_posts_to_itself() {
    let (world, site) = (World::new(), Site::local("https://mcp.example.com/wiki"));
    let page = page(&mut Browser::new(&world, &site)).await;
    assert_eq!(page.status, 200);
    assert!(
        page.words().contains("Sign in to wiki") && page.words().contains("whether Test Client gets access"),
        "{}",
        page.text
    );
    assert!(page.text.contains("<form method=\"post\" action=\"/wiki/oauth/login\">"), "{}", page.text);
    assert_eq!(page.header("set-cookie"), "");
}

#[tokio::test]
async fn the_right_password_leads_to_consent_with_a_new_cookie() {
    let (world, site) = (World::new(), Site::local(BASE));
    let mut browser = Browser::new(&world, &site);
    let page = page(&mut browser).await;
    let before = browser.cookies.clone();
    let done = browser.log_in(&page, "alice", PASSWORD).await;
    assert_eq!(done.status, 303);
    assert!(done.onward().starts_with("https://wiki.example.com/oauth/consent?flow="));
    assert_ne!(browser.cookies, before);
    // The old cookie is no longer accepted.
    let mut old = Browser { world: &world, site: &site, cookies: before };
    assert_eq!(old.follow(&done).await.reason(), "login_unknown");
    assert_eq!(browser.follow(&done).await.status, 200);
}

#[tokio::test]
async fn every_failed_login_gets_the_same_page() {
    let (world, site) = (World::new(), Site::local(BASE));
    let mut pages = Vec::new();
    for (name, password) in [
        ("alice", "wrong"),
        ("nobody", "wrong"),
        ("bob", PASSWORD),
        ("carol", PASSWORD),
        ("", ""),
        ("a b", "x"),
    ] {
        let mut browser = Browser::new(&world, &site);
        let page = page(&mut browser).await;
        let reply = browser.log_in(&page, name, password).await;
        assert_eq!(reply.status, 403, "{name}");
        let flow = reply.input("flow");
        let csrf = reply.input("csrf");
        let challenge = options(&reply)["challenge"].as_str().unwrap().to_owned();
        pages
            .push([flow, csrf, challenge].iter().fold(reply.text.clone(), |text, own| text.replace(own, "")));
        // The user can try again on the same page.
        assert!(browser.log_in(&reply, "alice", PASSWORD).await.status.is_redirection() || name == "alice");
    }
    assert!(pages.windows(2).all(|pair| pair[0] == pair[1]), "{pages:#?}");
}

#[tokio::test]
async fn repeated_wrong_passwords_get_429_for_a_while() {
    let (world, site) = (World::new(), Site::local(BASE));
    let mut browser = Browser::new(&world, &site);
    let page = page(&mut browser).await;
    let mut reply = browser.log_in(&page, "alice", "wrong").await;
    for _ in 0..8 {
        if reply.status == 429 {
            break;
        }
        reply = browser.log_in(&page, "alice", "wrong").await;
    }
    assert_eq!(reply.status, 429);
    assert_ne!(reply.header("retry-after"), "");
    world.advance(40);
    assert!(browser.log_in(&page, "alice", PASSWORD).await.status.is_redirection());
}

#[tokio::test]
async fn the_users_file_and_the_labels_can_both_refuse_a_user() {
    let (world, mut site) = (World::new(), Site::local("https://other.example.com"));
    let mut browser = Browser::new(&world, &site);
    let form = page(&mut browser).await;
    assert!(browser.log_in(&form, "carol", PASSWORD).await.status.is_redirection());
    site.settings.access.users = UserRule::Only(["alice".to_owned()].into());
    let mut browser = Browser::new(&world, &site);
    let form = page(&mut browser).await;
    let refused = browser.log_in(&form, "carol", PASSWORD).await;
    assert_eq!(refused.status, 200);
    assert_eq!(refused.onward_parameter("error").as_deref(), Some("access_denied"));
    assert_eq!(refused.onward_parameter("state").as_deref(), Some("st&te"));
    assert_eq!(browser.cookies.0, [], "the login is over");
    assert_eq!(browser.log_in(&form, "alice", PASSWORD).await.reason(), "cookie_missing");
}

#[tokio::test]
async fn the_consent_page_leads_back_to_the_password_until_it_was_right() {
    let (world, site) = (World::new(), Site::local(BASE));
    let client = world.register(&site, CALLBACK).await;
    let mut browser = Browser::new(&world, &site);
    let begun = browser.authorize(&authorize_pairs(&client)).await;
    assert!(begun.onward().contains("/oauth/login?flow="));
    let flow = begun.onward().split_once("flow=").unwrap().1.to_owned();
    let skipped = browser.get(Endpoint::Consent, &format!("flow={flow}")).await;
    assert_eq!((skipped.status.as_u16(), skipped.onward()), (303, begun.onward()), "back to the password");
}

#[tokio::test]
async fn a_login_lasts_ten_minutes() {
    let (world, site) = (World::new(), Site::local(BASE));
    let mut browser = Browser::new(&world, &site);
    let form = page(&mut browser).await;
    world.advance(599);
    assert_eq!(browser.log_in(&form, "alice", "wrong").await.status, 403);
    world.advance(1);
    assert_eq!(browser.log_in(&form, "alice", PASSWORD).await.reason(), "login_unknown");
}

#[tokio::test]
async fn malformed_requests_get_an_error_page() {
    let (world, site) = (World::new(), Site::local(BASE));
    let mut browser = Browser::new(&world, &site);
    page(&mut browser).await;
    let made_up = format!("flow={}", "A".repeat(43));
    for (query, reason) in [
        ("", "login_unknown"),
        ("flow=", "login_unknown"),
        ("flow=x", "login_unknown"),
        (made_up.as_str(), "cookie_missing"),
    ] {
        let reply = browser.get(Endpoint::Login, query).await;
        assert_eq!((reply.status.as_u16(), reply.reason()), (400, reason), "{query}");
    }
}

#[tokio::test]
async fn a_users_file_that_cannot_be_read_is_503() {
    let (world, site) = (World::new(), Site::local("https://wiki.example.com"));
    let mut browser = Browser::new(&world, &site);
    let form = page(&mut browser).await;
    world.change_alice(|alice| alice["password"] = serde_json::json!("not a hash"));
    let refused = browser.log_in(&form, "alice", PASSWORD).await;
    assert_eq!((refused.status.as_u16(), refused.reason()), (503, "users"));
    world.change_alice(|_| {});
    assert!(browser.log_in(&form, "alice", PASSWORD).await.status.is_redirection());
}
