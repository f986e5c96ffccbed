//! Sessions of local users: at the next authorization, the browser is not asked for the password, but always for
//! consent.

use protocol::context::Endpoint;
use protocol::settings::UserRule;
use serde_json::json;

use crate::administration::told;
use crate::logs::Captured;
use crate::support::{
    Browser, CALLBACK, Jar, PASSWORD, Reply, Site, World, authorize_pairs, changed, parameter,
};

const BASE: &str = "https://wiki.example.com";

/// Makes a client, and alice's browser after her first login.
async fn signed_in<'a>(world: &'a World, site: &'a Site) -> (Browser<'a>, String) {
    let client = world.register(site, CALLBACK).await;
    let mut browser = Browser::new(world, site);
    browser.reach_code(&client).await;
    (browser, client)
}

/// Returns the first page of another login.
async fn next_page(browser: &mut Browser<'_>, pairs: &[(String, String)]) -> Reply {
    let begun = browser.authorize(pairs).await;
    browser.follow(&begun).await
}

fn asks_password(page: &Reply) -> bool {
    assert_eq!(page.status, 200, "{page:?}");
    let (password, consent) =
        (page.text.contains("name=\"password\""), page.text.contains("value=\"approve\""));
    assert!(password != consent, "{page:?}");
    password
}

async fn is_asked(browser: &mut Browser<'_>, client: &str) -> bool {
    asks_password(&next_page(browser, &authorize_pairs(client)).await)
}

#[tokio::test]
async fn the_second_login_comes_straight_to_the_consent_and_never_past_it() {
    let (world, site) = (World::new(), Site::local(BASE));
    let (mut browser, _) = signed_in(&world, &site).await;
    let other = world.register(&site, CALLBACK).await;
    let page = next_page(&mut browser, &authorize_pairs(&other)).await;
    assert!(!asks_password(&page));
    assert!(page.text.contains("id=\"user\"><bdi>alice<"), "{}", page.text);
    // Only the user's decision leads to a code.
    let denied = browser.decide(&page, "deny").await;
    assert_eq!(denied.onward_parameter("error").as_deref(), Some("access_denied"));
    let page = next_page(&mut browser, &authorize_pairs(&other)).await;
    let code = browser.decide(&page, "approve").await.onward_parameter("code").unwrap();
    assert_eq!(world.token(&site, &other, &code).await.status, 200);
    assert!(!is_asked(&mut browser, &other).await, "consent is asked for again");
}

#[tokio::test]
async fn the_cookie_ends_with_the_browser() {
    let (world, site) = (World::new(), Site::local(BASE));
    let client = world.register(&site, CALLBACK).await;
    let mut browser = Browser::new(&world, &site);
    let page = next_page(&mut browser, &authorize_pairs(&client)).await;
    let done = browser.log_in(&page, "alice", PASSWORD).await;
    let lines: Vec<&str> =
        done.headers.get_all("set-cookie").iter().map(|line| line.to_str().unwrap()).collect();
    let line = lines.iter().find(|line| line.starts_with("__Host-mcpb-session-")).unwrap();
    assert!(line.ends_with("; Path=/; HttpOnly; SameSite=Lax; Secure"), "{line}");
}

#[tokio::test]
async fn a_session_lasts_fifteen_minutes_from_its_last_use_and_eight_hours_at_most() {
    let (world, site) = (World::new(), Site::local(BASE));
    let (mut browser, client) = signed_in(&world, &site).await;
    world.advance(15 * 60 - 1);
    assert!(!is_asked(&mut browser, &client).await);
    world.advance(15 * 60);
    assert!(is_asked(&mut browser, &client).await);
    let (mut browser, client) = signed_in(&world, &site).await;
    for _ in 0..47 {
        world.advance(600);
        assert!(!is_asked(&mut browser, &client).await);
    }
    world.advance(600);
    assert!(is_asked(&mut browser, &client).await);
}

#[tokio::test]
async fn a_client_can_demand_that_the_user_signs_in() {
    let (world, site) = (World::new(), Site::local(BASE));
    let (mut browser, client) = signed_in(&world, &site).await;
    world.advance(100);
    for (name, value, asked) in [
        ("prompt", "login", true),
        ("prompt", "select_account", true),
        ("prompt", "consent", false),
        ("max_age", "99", true),
        ("max_age", "100", false),
        ("max_age", "0", true),
        ("login_hint", "alice", false),
        ("login_hint", "ALICE@example.com", false),
        ("login_hint", "carol", true),
    ] {
        let pairs = changed(authorize_pairs(&client), name, Some(value));
        let page = next_page(&mut browser, &pairs).await;
        assert_eq!(asks_password(&page), asked, "{name}={value}");
    }
    let none = browser.authorize(&changed(authorize_pairs(&client), "prompt", Some("none"))).await;
    assert_eq!(none.onward_parameter("error").as_deref(), Some("interaction_required"), "{none:?}");
    assert_eq!(parameter(&none.onward(), "code"), None);
}

#[tokio::test]
async fn a_new_sign_in_makes_the_session_young_again() {
    let (world, site) = (World::new(), Site::local(BASE));
    let (mut browser, client) = signed_in(&world, &site).await;
    world.advance(100);
    let page = next_page(&mut browser, &changed(authorize_pairs(&client), "prompt", Some("login"))).await;
    browser.log_in(&page, "alice", PASSWORD).await;
    let young = changed(authorize_pairs(&client), "max_age", Some("10"));
    assert!(!asks_password(&next_page(&mut browser, &young).await));
    assert_eq!(browser.cookies.of_sessions().len(), 1);
}

/// A user who is disabled, removed or refused by the rules, or whose password has changed, has no session any more.
#[tokio::test]
async fn whoever_lost_access_is_not_signed_in() {
    type Change = fn(&World, &mut Site);
    let changes: [(&str, Change); 4] = [
        ("user_gone", |world, _| world.change_alice(|alice| alice["disabled"] = json!(true))),
        ("user_gone", |world, _| world.change_alice(|alice| alice["name"] = json!("alicia"))),
        ("user_gone", |world, _| {
            world.change_alice(|alice| {
                let hash = alice["password"].as_str().unwrap();
                // Only the salt changes, as after setting the same password again.
                alice["password"] = json!(hash.replacen("AQEBAQ", "AgEBAQ", 1));
            });
        }),
        ("user_refused", |_, site| site.settings.access.users = UserRule::Only(["bob".to_owned()].into())),
    ];
    for (reason, change) in changes {
        let (world, mut site) = (World::new(), Site::local(BASE));
        let before = site.clone();
        let (browser, client) = signed_in(&world, &before).await;
        let cookies = browser.cookies;
        change(&world, &mut site);
        let log = Captured::start();
        let mut browser = Browser { world: &world, site: &site, cookies };
        assert!(is_asked(&mut browser, &client).await, "{reason}");
        let lines = log.with_reason(reason);
        assert_eq!(
            (lines.len(), &lines[0]["event"], &lines[0]["subject"]),
            (1, &json!("session_ended"), &json!("alice"))
        );
        // The session stays ended, even if the change is taken back.
        world.change_alice(|_| {});
        let mut browser = Browser { world: &world, site: &before, cookies: browser.cookies };
        assert!(is_asked(&mut browser, &client).await, "{reason}");
    }
}

#[tokio::test]
async fn an_unreadable_users_file_signs_nobody_in_and_ends_no_session() {
    let (world, site) = (World::new(), Site::local(BASE));
    let (mut browser, client) = signed_in(&world, &site).await;
    world.spoil_users();
    assert!(is_asked(&mut browser, &client).await);
    world.change_alice(|_| {});
    assert!(!is_asked(&mut browser, &client).await);
}

#[tokio::test]
async fn a_session_is_that_of_one_tenant() {
    let world = World::new();
    let wiki = Site::local("https://mcp.example.com/wiki");
    let (browser, _) = signed_in(&world, &wiki).await;
    let (name, value) = browser.cookies.of_sessions()[0].clone();
    let mut renamed = wiki.clone();
    renamed.settings.resource = "another tenant at the same base".to_owned();
    for other in
        [Site::local("https://mcp.example.com/docs"), Site::local("https://mcp.example.com"), renamed]
    {
        let client = world.register(&other, CALLBACK).await;
        assert!(is_asked(&mut browser.at(&other), &client).await, "{other:?}");
        // The cookie value is sent under the name of the other tenant's cookie.
        let (theirs, _) = signed_in(&world, &other).await;
        let own_name = theirs.cookies.of_sessions()[0].0.clone();
        let mut stolen =
            Browser { world: &world, site: &other, cookies: Jar(vec![(own_name.clone(), value.clone())]) };
        assert!(is_asked(&mut stolen, &client).await, "{other:?}");
        assert_eq!(own_name == name, other.base == wiki.base);
    }
}

#[tokio::test]
async fn a_copied_cookie_is_worthless_after_its_replacement_and_ends_the_session() {
    let (world, site) = (World::new(), Site::local(BASE));
    let (mut browser, client) = signed_in(&world, &site).await;
    let copy = browser.cookies.clone();
    world.advance(30);
    assert!(!is_asked(&mut browser, &client).await);
    assert_ne!(browser.cookies.of_sessions(), copy.of_sessions(), "the secret was replaced");
    // Another tab that sent its request at the same time still has the former secret.
    let mut tab = Browser { world: &world, site: &site, cookies: copy.clone() };
    assert!(!is_asked(&mut tab, &client).await);
    world.advance(30);
    let log = Captured::start();
    let mut thief = Browser { world: &world, site: &site, cookies: copy };
    assert!(is_asked(&mut thief, &client).await);
    let lines = log.with_reason("session_reused");
    assert_eq!((lines.len(), &lines[0]["subject"]), (1, &json!("alice")));
    assert!(is_asked(&mut browser, &client).await, "nobody knows who of the two is alice");
}

#[tokio::test]
async fn made_up_cookies_are_none() {
    let (world, site) = (World::new(), Site::local(BASE));
    let (browser, client) = signed_in(&world, &site).await;
    let (name, value) = browser.cookies.of_sessions()[0].clone();
    let bytes = protocol::encoding::b64url_decode(&value).unwrap();
    for at in [0, 31, 32, 63] {
        let mut other = bytes.clone();
        other[at] ^= 1;
        let cookies = Jar(vec![(name.clone(), protocol::encoding::b64url_encode(&other))]);
        assert!(is_asked(&mut Browser { world: &world, site: &site, cookies }, &client).await, "{at}");
    }
    let mut same = Browser { world: &world, site: &site, cookies: Jar(vec![(name, value)]) };
    assert!(!is_asked(&mut same, &client).await);
}

#[tokio::test]
async fn a_user_can_switch_to_another_account() {
    let (world, site) = (World::new(), Site::local("https://other.example.com"));
    let (mut browser, client) = signed_in(&world, &site).await;
    let page = next_page(&mut browser, &authorize_pairs(&client)).await;
    let other_tab = next_page(&mut browser, &authorize_pairs(&client)).await;
    let switched = browser.decide(&page, "another_account").await;
    assert!(switched.onward().contains("/oauth/login?flow="), "{switched:?}");
    assert_eq!(browser.cookies.of_sessions(), []);
    let form = browser.follow(&switched).await;
    let done = browser.log_in(&form, "carol", PASSWORD).await;
    let consent = browser.follow(&done).await;
    assert!(consent.text.contains("id=\"user\"><bdi>carol<"), "{}", consent.text);
    assert!(browser.decide(&consent, "approve").await.onward_parameter("code").is_some());
    // The login that alice had not decided yet ended with her session.
    assert_eq!(browser.decide(&other_tab, "approve").await.reason(), "login_unknown");
    let page = next_page(&mut browser, &authorize_pairs(&client)).await;
    assert!(page.text.contains("id=\"user\"><bdi>carol<"), "{}", page.text);
    let forged =
        [("flow", page.input("flow")), ("csrf", String::new()), ("decision", "another_account".to_owned())];
    let forged: Vec<(&str, &str)> = forged.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(browser.post(Endpoint::Consent, &forged).await.status, 400);
    assert!(!is_asked(&mut browser, &client).await);
}

/// If an administrator ends a user's grants, the same transaction also signs the user out.
#[tokio::test]
async fn ending_a_users_grants_ends_the_sessions() {
    let (world, site) = (World::new(), Site::local(BASE));
    let (mut browser, client) = signed_in(&world, &site).await;
    let page = next_page(&mut browser, &authorize_pairs(&client)).await;
    told(&world, "/admin/grants/end", &json!({"filter": {"user": "carol"}})).await;
    assert!(!is_asked(&mut browser, &client).await);
    told(&world, "/admin/grants/end", &json!({"filter": {"local_user": "alice"}})).await;
    assert!(is_asked(&mut browser, &client).await);
    assert_eq!(browser.decide(&page, "approve").await.reason(), "login_unknown", "a login of the session");
}
