//! Other users, sites and browsers can neither see nor end a connection, nor forge a form.

use axum::body::Body;
use axum::http::{Request, header};
use protocol::context::Endpoint;
use serde_json::json;

use super::{grant_of, here, open, sign_in};
use crate::grants::{Granted, granted, refreshes};
use crate::support::{Browser, CALLBACK, PASSWORD, Reply, Site, World};

#[tokio::test]
async fn nobody_sees_or_ends_what_belongs_to_somebody_else() {
    let world = World::new();
    let site = Site::local("https://other.example.com");
    let alices = granted(&world, &site).await;
    let mut carol = Browser::new(&world, &site);
    let page = sign_in(&mut carol, "carol").await;
    assert!(!page.text.contains(&grant_of(&alices)), "{}", page.text);
    // carol sends a form of her own session with the id of alice's grant.
    carol.reach_code(&world.register(&site, CALLBACK).await).await;
    for query in ["from=0", "from=9999", "done=one"] {
        assert!(!open(&mut carol, query).await.text.contains(&grant_of(&alices)));
    }
    let forged = [("action", "end"), ("grant", &grant_of(&alices)), ("csrf", "")];
    assert_eq!(carol.post(Endpoint::Connections, &forged).await.status, 400);
    assert_eq!(refreshes(&world, &site, &alices).await, 200);
    // Another tenant at the same host has its own connections.
    let there = Site::local("https://other.example.com/docs");
    assert!(open(&mut carol.at(&there), "").await.onward().contains("/oauth/login?"));
}

/// Each form is valid only for its own session, action and grant, and only if a page of this server sends it.
#[tokio::test]
async fn a_forged_or_foreign_form_does_nothing() {
    let (world, site) = here();
    let (one, two) = (granted(&world, &site).await, granted(&world, &site).await);
    let mut browser = Browser::new(&world, &site);
    let page = sign_in(&mut browser, "alice").await;
    let theirs = sign_in(&mut Browser::new(&world, &site), "alice").await;
    let token = |page: &Reply, grant: &Granted| {
        let forms =
            page.text.split("<form ").find(|form| form.contains(&grant_of(grant))).unwrap().to_owned();
        page.part(forms).input("csrf")
    };
    let grant = grant_of(&one);
    for csrf in [token(&theirs, &one), token(&page, &two), String::new()] {
        let pairs = [("action", "end"), ("grant", grant.as_str()), ("csrf", csrf.as_str())];
        let refused = browser.post(Endpoint::Connections, &pairs).await;
        assert_eq!(refused.status, 400, "{refused:?}");
        assert!(refused.text.contains("id=\"problem\""), "{}", refused.text);
    }
    let right = token(&page, &one);
    for action in ["end_all", "end_all_confirmed", "sign_out", "other"] {
        let pairs = [("action", action), ("grant", grant.as_str()), ("csrf", right.as_str())];
        assert_eq!(browser.post(Endpoint::Connections, &pairs).await.status, 400, "{action}");
    }
    let pairs = [("action", "end"), ("grant", grant.as_str()), ("csrf", right.as_str())];
    for headers in [
        &[("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")][..],
        &[("origin", "https://evil.example")],
        &[("origin", "https://mcp.example.com"), ("sec-fetch-site", "same-site")],
        &[],
    ] {
        let refused = browser.post_from(Endpoint::Connections, &pairs, headers).await;
        assert_eq!(refused.status, 403, "{headers:?}");
    }
    assert_eq!((refreshes(&world, &site, &one).await, refreshes(&world, &site, &two).await), (200, 200));
    assert_eq!(browser.post(Endpoint::Connections, &pairs).await.status, 303);
}

/// The name of a client is shown as text, without characters that could change its direction.
#[tokio::test]
async fn names_of_clients_are_cleaned() {
    let (world, site) = here();
    let metadata = json!({
        "client_name": "\u{202e}<b>Evil</b>",
        "redirect_uris": [CALLBACK],
        "token_endpoint_auth_method": "none",
    });
    let client = world.post_json(&site, Endpoint::Register, &metadata).await.json();
    let client = client["client_id"].as_str().unwrap();
    let mut browser = Browser::new(&world, &site);
    let code = browser.reach_code(client).await;
    world.token(&site, client, &code).await;
    let page = open(&mut browser, "").await;
    assert!(
        page.text.contains("&lt;b&gt;Evil&lt;/b&gt;") && !page.text.contains('\u{202e}'),
        "{}",
        page.text
    );
}

/// An attacker cannot sign a victim's browser in as the attacker: a login is bound to the browser that started it.
#[tokio::test]
async fn nobody_signs_another_browser_in() {
    let (world, site) = (World::new(), Site::local("https://other.example.com"));
    let mut attacker = Browser::new(&world, &site);
    let begun = open(&mut attacker, "").await;
    let form = attacker.follow(&begun).await;
    let mut victim = Browser::new(&world, &site);
    assert_eq!(victim.follow(&begun).await.reason(), "cookie_missing");
    assert_eq!(victim.log_in(&form, "carol", PASSWORD).await.reason(), "cookie_missing");
    open(&mut victim, "").await;
    let foreign = [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")];
    let (flow, csrf) = (form.input("flow"), form.input("csrf"));
    let pairs = [("flow", flow.as_str()), ("csrf", &csrf), ("username", "carol"), ("password", PASSWORD)];
    assert_eq!(victim.post_from(Endpoint::Login, &pairs, &foreign).await.status, 403);
    assert_eq!(victim.cookies.of_sessions(), []);
}

#[tokio::test]
async fn a_disabled_user_sees_nothing() {
    let (world, site) = here();
    granted(&world, &site).await;
    let mut browser = Browser::new(&world, &site);
    sign_in(&mut browser, "alice").await;
    world.change_alice(|alice| alice["disabled"] = json!(true));
    assert!(open(&mut browser, "").await.onward().contains("/oauth/login?"));
    assert!(open(&mut browser, "download=json").await.onward().contains("/oauth/login?"));
}

#[tokio::test]
async fn a_request_without_a_context_is_refused() {
    let world = World::new();
    let request =
        Request::get("/oauth/connections").header(header::COOKIE, "a=b").body(Body::empty()).unwrap();
    assert_eq!(world.raw(request).await.reason(), "context_missing");
}
