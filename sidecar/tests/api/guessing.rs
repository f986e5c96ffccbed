//! Attackers guess a user's password, while the user must still be able to log in.

use std::net::IpAddr;

use axum::body::Body;
use axum::http::{Request, header};
use protocol::context::{CONTEXT_HEADER, Endpoint};
use protocol::form::encode_pairs;

use crate::support::{Browser, CALLBACK, PASSWORD, Reply, Site, World, authorize_pairs, changed};

const BASE: &str = "https://wiki.example.com";

async fn form(browser: &mut Browser<'_>) -> Reply {
    let client = browser.world.register(browser.site, CALLBACK).await;
    // `prompt=login` leads to the form even if the browser has a session.
    let pairs = changed(authorize_pairs(&client), "prompt", Some("login"));
    let begun = browser.authorize(&pairs).await;
    browser.follow(&begun).await
}

/// Returns the cookie of a browser in which a user has logged in.
fn known(browser: &Browser<'_>) -> Option<String> {
    browser.cookies.0.iter().find(|(name, _)| name == "__Host-mcpb-known").map(|(_, value)| value.clone())
}

/// Tries a password from an address other than the default.
async fn try_from(browser: &mut Browser<'_>, form: &Reply, address: &str, password: &str) -> Reply {
    let mut context = browser.world.context(browser.site, Endpoint::Login, "POST");
    context.client_address = Some(address.parse::<IpAddr>().unwrap());
    let (flow, csrf) = (form.input("flow"), form.input("csrf"));
    let pairs = [("flow", flow.as_str()), ("csrf", &csrf), ("username", "alice"), ("password", password)];
    let request = Request::post(Endpoint::Login.sidecar_path())
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::ORIGIN, browser.site.base.origin())
        .header(header::COOKIE, browser.cookie())
        .header(CONTEXT_HEADER, context.seal(&browser.world.keys));
    browser.world.raw(request.body(Body::from(encode_pairs(&pairs))).unwrap()).await
}

/// Guesses, each time in a new browser, until guesses are refused. Returns how many were checked.
async fn attack(world: &World, site: &Site, name: &str) -> usize {
    for tries in 0.. {
        let mut browser = Browser::new(world, site);
        let page = form(&mut browser).await;
        if browser.log_in(&page, name, "wrong").await.status == 429 {
            return tries;
        }
    }
    unreachable!("the loop has no end")
}

#[tokio::test]
async fn a_known_browser_can_log_in_from_the_attackers_address() {
    let (world, site) = (World::new(), Site::local(BASE));
    let mut mine = Browser::new(&world, &site);
    let page = form(&mut mine).await;
    assert!(mine.log_in(&page, "alice", PASSWORD).await.status.is_redirection());
    assert!(known(&mine).is_some());
    let tries = attack(&world, &site, "alice").await;
    assert!((10..=20).contains(&tries), "{tries}");

    let mut stranger = Browser::new(&world, &site);
    let page = form(&mut stranger).await;
    let reply = stranger.log_in(&page, "alice", PASSWORD).await;
    assert_eq!(reply.status, 429, "the right password is not checked either");
    let wait: u64 = reply.header("retry-after").parse().unwrap();
    assert!((1..=120).contains(&wait), "{wait}");

    let page = form(&mut mine).await;
    assert!(mine.log_in(&page, "alice", PASSWORD).await.status.is_redirection());
    // Users at other addresses are not affected.
    let page = form(&mut stranger).await;
    assert!(try_from(&mut stranger, &page, "198.51.100.9", PASSWORD).await.status.is_redirection());
    assert!(try_from(&mut stranger, &page, "192.0.2.99", "wrong").await.status != 429, "a neighbour");

    // Even if the attack continues, no user waits forever.
    world.advance(wait);
    let page = form(&mut stranger).await;
    assert!(stranger.log_in(&page, "alice", PASSWORD).await.status.is_redirection());
}

#[tokio::test]
async fn the_cookie_counts_only_for_its_user_and_its_tenant() {
    let (world, site) = (World::new(), Site::local("https://mcp.example.com/wiki"));
    let elsewhere = Site::local("https://mcp.example.com/docs");
    let mut mine = Browser::new(&world, &site);
    let page = form(&mut mine).await;
    assert!(mine.log_in(&page, "alice", PASSWORD).await.status.is_redirection());
    attack(&world, &site, "bob").await;
    let page = form(&mut mine).await;
    assert_eq!(mine.log_in(&page, "bob", "wrong").await.status, 429, "another user");
    attack(&world, &site, "alice").await;
    let mut there = mine.at(&elsewhere);
    let page = form(&mut there).await;
    assert_eq!(there.log_in(&page, "alice", PASSWORD).await.status, 429, "another tenant");
    let page = form(&mut mine).await;
    assert!(mine.log_in(&page, "alice", PASSWORD).await.status.is_redirection());
    // The cookie of another user, or a changed one, does not count.
    let mut thief = Browser::new(&world, &site);
    let page = form(&mut thief).await;
    let mut value = known(&mine).unwrap();
    value.replace_range(20..21, if &value[20..21] == "A" { "B" } else { "A" });
    thief.cookies.0.push(("__Host-mcpb-known".to_owned(), value));
    assert_eq!(thief.log_in(&page, "alice", PASSWORD).await.status, 429);
}

/// A restart resets the counters, but browsers stay known.
#[tokio::test]
async fn browsers_stay_known_over_a_restart() {
    let site = Site::local(BASE);
    let before = World::new();
    let mut browser = Browser::new(&before, &site);
    let page = form(&mut browser).await;
    assert!(browser.log_in(&page, "alice", PASSWORD).await.status.is_redirection());
    let kept = known(&browser).unwrap();
    let after = World::new();
    attack(&after, &site, "alice").await;
    let mut browser = Browser::new(&after, &site);
    let page = form(&mut browser).await;
    assert_eq!(browser.log_in(&page, "alice", PASSWORD).await.status, 429);
    browser.cookies.0.push(("__Host-mcpb-known".to_owned(), kept));
    assert!(browser.log_in(&page, "alice", PASSWORD).await.status.is_redirection());
}

/// Nobody has these names, so each check takes as long as for a usual password. The other requests arrive meanwhile.
#[tokio::test]
async fn an_address_has_few_passwords_checked_at_once() {
    let (world, site) = (World::new(), Site::local(BASE));
    let mut browsers = [(); 6].map(|()| Browser::new(&world, &site));
    let mut pages = Vec::new();
    for browser in &mut browsers {
        pages.push(form(browser).await);
    }
    let [first, second, third, fourth, fifth, sixth] = &mut browsers;
    let replies: [Reply; 6] = tokio::join!(
        first.log_in(&pages[0], "nobody0", "wrong"),
        second.log_in(&pages[1], "nobody1", "wrong"),
        third.log_in(&pages[2], "nobody2", "wrong"),
        fourth.log_in(&pages[3], "nobody3", "wrong"),
        fifth.log_in(&pages[4], "nobody4", "wrong"),
        sixth.log_in(&pages[5], "nobody5", "wrong"),
    )
    .into();
    let refused = replies.iter().filter(|reply| reply.status == 429).count();
    assert_eq!(refused, 2);
    let reasons = world.reasons();
    assert!(reasons.contains("login_busy") && reasons.contains("credentials"), "{reasons:?}");
}
