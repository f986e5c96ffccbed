//! The connections page: it lists the user's grants, and ends them.

use axum::body::Body;
use axum::http::{Request, header};
use protocol::context::Endpoint;
use protocol::scope::ScopeSet;
use serde_json::json;

use crate::administration::told;
use crate::federated::{self, setting};
use crate::grants::{Granted, granted, refreshes};
use crate::logs::Captured;
use crate::support::provider::Provider;
use crate::support::{Browser, CALLBACK, PASSWORD, Reply, Site, World, authorize_pairs};

const BASE: &str = "https://mcp.example.com/wiki";

fn here() -> (World, Site) {
    (World::new(), Site::local(BASE))
}

pub(crate) async fn open(browser: &mut Browser<'_>, query: &str) -> Reply {
    browser.get(Endpoint::Connections, query).await
}

/// Signs in for the connections page, and returns the page.
pub(crate) async fn sign_in(browser: &mut Browser<'_>, name: &str) -> Reply {
    let begun = open(browser, "").await;
    let form = browser.follow(&begun).await;
    let done = browser.log_in(&form, name, PASSWORD).await;
    assert_eq!(done.onward(), format!("{}/oauth/connections", browser.site.base.as_str()), "{done:?}");
    browser.follow(&done).await
}

/// Presses the button of this page for `action`, and for this grant if one is named.
pub(crate) async fn press(
    browser: &mut Browser<'_>,
    page: &Reply,
    action: &str,
    grant: Option<&str>,
) -> Reply {
    let forms = page.text.split("<form ").skip(1);
    let mut forms = forms.filter(|form| form.contains(&format!("name=\"action\" value=\"{action}\"")));
    let form = forms
        .find(|form| grant.is_none_or(|grant| form.contains(grant)))
        .unwrap_or_else(|| panic!("{page:?}"));
    let form = page.part(form);
    let csrf = form.input("csrf");
    let mut pairs = vec![("action", action), ("csrf", csrf.as_str())];
    pairs.extend(grant.map(|grant| ("grant", grant)));
    browser.post(Endpoint::Connections, &pairs).await
}

/// Returns the id of the grant of an access token.
fn grant_of(granted: &Granted) -> String {
    crate::support::federated::grant_of(&granted.access)
}

#[tokio::test]
async fn the_page_shows_what_is_connected_since_when_and_from_where() {
    let (world, site) = here();
    let tokens = granted(&world, &site).await;
    world.advance(3_600);
    assert_eq!(refreshes(&world, &site.from([198, 51, 100, 7]), &tokens).await, 200);
    let mut browser = Browser::new(&world, &site);
    let page = sign_in(&mut browser, "alice").await;
    assert_eq!(page.status, 200);
    for part in [
        "id=\"user\"><bdi>alice<",
        "Test Client",
        "Nobody has checked the name of this application.",
        "client.example</code>",
        "<code dir=\"ltr\">read</code>",
        "January 15, 2027, 08:00 UTC, from the network <code dir=\"ltr\">192.0.2.0/24<",
        "January 15, 2027, 09:00 UTC, from the network <code dir=\"ltr\">198.51.100.0/24<",
    ] {
        assert!(page.text.contains(part), "{part}: {}", page.text);
    }
    assert!(page.header("content-security-policy").contains("frame-ancestors 'none'"));
    assert_eq!(page.header("cache-control"), "no-store");
    let elsewhere = Site::local("https://other.example.com");
    let mut carol = Browser::new(&world, &elsewhere);
    let empty = sign_in(&mut carol, "carol").await;
    assert!(empty.text.contains("id=\"none\""), "{}", empty.text);
    assert!(!empty.text.contains("value=\"end_all\""), "there is nothing to end: {}", empty.text);
    // Now there is something to end: a session in another browser.
    let page = sign_in(&mut Browser::new(&world, &elsewhere), "carol").await;
    assert!(page.text.contains("value=\"end_all\""), "{}", page.text);
    let page = open(&mut carol, "").await;
    let question = press(&mut carol, &page, "end_all", None).await;
    let words = question.words();
    assert!(words.contains("You will be signed out in 1 other browser."), "{words}");
    assert!(!words.contains("will end.") && !words.contains("will be refused"), "{words}");
    press(&mut carol, &question, "end_all_confirmed", None).await;
    assert!(!open(&mut carol, "").await.text.contains("value=\"end_all\""));
}

#[tokio::test]
async fn the_session_of_a_login_opens_the_page_and_the_other_way_round() {
    let (world, site) = here();
    let client = world.register(&site, CALLBACK).await;
    let mut browser = Browser::new(&world, &site);
    browser.reach_code(&client).await;
    assert_eq!(open(&mut browser, "").await.status, 200);
    let mut browser = Browser::new(&world, &site);
    sign_in(&mut browser, "alice").await;
    let begun = browser.authorize(&authorize_pairs(&client)).await;
    assert!(begun.onward().contains("/oauth/consent?"), "{begun:?}");
    assert!(browser.cookies.of_logins().len() == 1, "that of the sign-in is gone: {:?}", browser.cookies);
}

#[tokio::test]
async fn users_end_one_connection_and_the_others_stay() {
    let (world, site) = here();
    let (one, two) = (granted(&world, &site).await, granted(&world, &site).await);
    let mut browser = Browser::new(&world, &site);
    let page = sign_in(&mut browser, "alice").await;
    let log = Captured::start();
    let done = press(&mut browser, &page, "end", Some(&grant_of(&one))).await;
    assert_eq!((done.status.as_u16(), done.onward()), (303, format!("{BASE}/oauth/connections?done=one")));
    let after = browser.follow(&done).await;
    assert!(after.text.contains("id=\"done\"") && !after.text.contains(&grant_of(&one)), "{}", after.text);
    assert!(after.text.contains(&grant_of(&two)));
    assert_eq!((refreshes(&world, &site, &one).await, refreshes(&world, &site, &two).await), (400, 200));
    // A second click ends nothing, and is no error.
    let again = press(&mut browser, &page, "end", Some(&grant_of(&one))).await;
    assert!(again.onward().ends_with("?done=none"), "{again:?}");
    let lines = log.with_reason("ended_by_user");
    assert_eq!(lines.len(), 1);
    assert_eq!(
        (&lines[0]["event"], &lines[0]["subject"], &lines[0]["actor"]),
        (&json!("grant_revoked"), &json!("alice"), &json!("alice"))
    );
    let rows = told(&world, "/admin/audit", &json!({"event": "grant_revoked"})).await["rows"].clone();
    assert_eq!((&rows[0]["reason"], &rows[0]["grant"]), (&json!("ended_by_user"), &json!(grant_of(&one))));
}

#[tokio::test]
async fn users_end_all_connections_after_a_question() {
    let (world, site) = here();
    let (one, two) = (granted(&world, &site).await, granted(&world, &site).await);
    let client = world.register(&site, CALLBACK).await;
    let mut laptop = Browser::new(&world, &site);
    laptop.reach_code(&client).await;
    let open_login = laptop.reach_consent(&authorize_pairs(&client)).await;
    let mut phone = Browser::new(&world, &site);
    let page = sign_in(&mut phone, "alice").await;
    let question = press(&mut phone, &page, "end_all", None).await;
    let words = question.words();
    for part in [
        "End all connections and tokens, and sign out elsewhere?",
        "2 connections of applications to ",
        "You will be signed out in 3 other browsers.",
    ] {
        assert!(words.contains(part), "{part}: {words}");
    }
    assert!(!question.text.contains("id=\"all-tokens\""), "{}", question.text);
    assert_eq!(refreshes(&world, &site, &one).await, 200, "nothing has ended yet");
    let done = press(&mut phone, &question, "end_all_confirmed", None).await;
    assert!(done.onward().ends_with("?done=all"), "{done:?}");
    assert!(phone.follow(&done).await.text.contains("id=\"none\""));
    for tokens in [&one, &two] {
        assert_eq!(refreshes(&world, &site, tokens).await, 400);
    }
    // The laptop is signed out, and its open login ends without a code.
    assert_eq!(laptop.decide(&open_login, "approve").await.reason(), "login_unknown");
    assert!(open(&mut laptop, "").await.onward().contains("/oauth/login?"));
    assert_eq!(open(&mut phone, "").await.status, 200);
}

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
    // Another tenant of the host has its own connections.
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

#[tokio::test]
async fn users_sign_out() {
    let (world, site) = here();
    let mut browser = Browser::new(&world, &site);
    let page = sign_in(&mut browser, "alice").await;
    let kept = browser.cookies.clone();
    let log = Captured::start();
    let out = press(&mut browser, &page, "sign_out", None).await;
    assert!(out.text.contains("You are signed out"), "{}", out.text);
    assert_eq!(browser.cookies.of_sessions(), []);
    assert_eq!(log.with_reason("signed_out").len(), 1);
    for cookies in [browser.cookies, kept] {
        let mut browser = Browser { world: &world, site: &site, cookies };
        assert!(open(&mut browser, "").await.onward().contains("/oauth/login?"));
    }
}

#[tokio::test]
async fn a_button_that_is_pressed_in_a_session_that_is_over_changes_nothing_and_says_so() {
    let (world, site) = here();
    let tokens = granted(&world, &site).await;
    let mut browser = Browser::new(&world, &site);
    let page = sign_in(&mut browser, "alice").await;
    world.advance(15 * 60);
    let reply = press(&mut browser, &page, "end", Some(&grant_of(&tokens))).await;
    assert_eq!(reply.status, 403);
    assert!(reply.text.contains("Nothing was changed"), "{}", reply.text);
    assert!(reply.text.contains(&format!("href=\"{BASE}/oauth/connections\"")), "{}", reply.text);
    assert_eq!(refreshes(&world, &site, &tokens).await, 200);
}

#[tokio::test]
async fn the_list_is_downloaded_as_json() {
    let (world, site) = here();
    let tokens = granted(&world, &site).await;
    let mut browser = Browser::new(&world, &site);
    let page = sign_in(&mut browser, "alice").await;
    assert!(page.text.contains("/oauth/connections?download=json"));
    let file = open(&mut browser, "download=json").await;
    assert_eq!(file.header("content-type"), "application/json");
    assert_eq!(file.header("content-disposition"), "attachment; filename=\"connections.json\"");
    assert_eq!(
        (file.header("cache-control"), file.header("x-content-type-options")),
        ("no-store", "nosniff")
    );
    let now = crate::support::START.as_secs();
    assert_eq!(
        file.json(),
        json!({
            "issuer": BASE, "sub": "alice", "exported_at": now,
            "connections": [{
                "client_id": tokens.client, "client_name": "Test Client", "verified": false,
                "redirect_uri": CALLBACK, "scope": "read",
                "created_at": now, "signed_in_from": "192.0.2.0/24", "last_used_at": now, "last_used_from": "192.0.2.0/24",
                "expires_at": now + 12 * 30 * 86_400,
            }],
            "personal_access_tokens": [],
        })
    );
    assert!(open(&mut Browser::new(&world, &site), "download=json").await.status.is_redirection());
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

/// At a tenant with a provider, the browser goes over one page to the provider, and back. The provider's response to
/// one browser is of no use in another browser.
#[tokio::test]
async fn users_of_a_provider_sign_in_there() {
    let setting = setting().await;
    let (world, site) = (&setting.world, &setting.site);
    let client = world.register(site, CALLBACK).await;
    let mut browser = Browser::new(world, site);
    let url = federated::to_provider(&mut browser, &authorize_pairs(&client)).await;
    let code = browser.get(Endpoint::Callback, &setting.provider.sign_in(&url)).await;
    let code = code.onward_parameter("code").unwrap();
    let tokens = world.token(site, &client, &code).await.json();
    assert_eq!(
        browser.cookies.of_sessions(),
        [],
        "a login for a client begins no session at a provider's tenant"
    );

    let begun = open(&mut browser, "").await;
    let page = browser.follow(&begun).await;
    assert!(
        page.text.contains("value=\"approve\"") && !page.text.contains("name=\"password\""),
        "{}",
        page.text
    );
    let url = browser.decide(&page, "approve").await.onward();
    let query = setting.provider.sign_in(&url);
    let mut other = Browser::new(world, site);
    assert_eq!(other.get(Endpoint::Callback, &query).await.reason(), "cookie_missing");
    let back = browser.get(Endpoint::Callback, &query).await;
    assert_eq!(back.onward(), format!("{}/oauth/connections", site.base.as_str()));
    assert!(browser.cookies.of_logins().is_empty() && browser.cookies.of_sessions().len() == 1);
    let list = browser.follow(&back).await;
    assert!(list.text.contains("Test Client"), "{}", list.text);
    let grant = list.input("grant");
    let done = press(&mut browser, &list, "end", Some(&grant)).await;
    assert!(done.onward().ends_with("?done=one"), "{done:?}");
    let refresh = [
        ("grant_type", "refresh_token"),
        ("client_id", &client),
        ("refresh_token", tokens["refresh_token"].as_str().unwrap_or("none")),
    ];
    assert_eq!(world.post_form(site, Endpoint::Token, &refresh).await.status, 400);
    // The next authorization still leads to the provider.
    let begun = browser.authorize(&authorize_pairs(&client)).await;
    let page = browser.follow(&begun).await;
    assert!(page.text.contains("id=\"redirect-host\""), "{}", page.text);
}

/// Some providers keep only the newest refresh token of a user and client, and a grant may depend on the previous one.
#[tokio::test]
async fn a_sign_in_for_the_page_asks_the_provider_for_no_refresh_token() {
    let provider = Provider::start().await;
    let world = World::with(&[("BOUNCER_INTERNAL_ISSUERS", &provider.issuer)]);
    let mut site = Site::oidc("https://wiki.example.com", &provider.issuer);
    site.settings.scopes = ScopeSet::parse("openid offline_access").unwrap();
    let client = world.register(&site, CALLBACK).await;
    let mut browser = Browser::new(&world, &site);
    let scope = |url: &str| crate::support::parameter(url, "scope").unwrap();
    let for_client = federated::to_provider(&mut browser, &authorize_pairs(&client)).await;
    assert_eq!(scope(&for_client), "offline_access openid");
    let begun = open(&mut browser, "").await;
    let page = browser.follow(&begun).await;
    let url = browser.decide(&page, "approve").await.onward();
    assert_eq!((scope(&url).as_str(), crate::support::parameter(&url, "prompt")), ("openid", None));
}

#[tokio::test]
async fn whoever_does_not_want_to_sign_in_at_the_provider_is_not_signed_in() {
    let provider = Provider::start().await;
    let world = World::with(&[("BOUNCER_INTERNAL_ISSUERS", &provider.issuer)]);
    let mut site = Site::oidc("https://wiki.example.com", &provider.issuer);
    let mut browser = Browser::new(&world, &site);
    let begun = open(&mut browser, "").await;
    let page = browser.follow(&begun).await;
    let left = browser.decide(&page, "deny").await;
    assert!(left.text.contains("You are not signed in"), "{left:?}");
    assert_eq!(browser.decide(&page, "deny").await.text, left.text, "nor after a second click");
    assert_eq!(browser.decide(&page, "approve").await.reason(), "login_unknown");
    assert_eq!(browser.cookies.of_sessions(), []);
    // A user whom the rules refuse gets no session, but a link back.
    site.settings.access.users = protocol::settings::UserRule::Only(["nobody".to_owned()].into());
    site.settings.scopes = ScopeSet::parse("openid").unwrap();
    let mut browser = Browser::new(&world, &site);
    let begun = open(&mut browser, "").await;
    let page = browser.follow(&begun).await;
    let url = browser.decide(&page, "approve").await.onward();
    let refused = browser.get(Endpoint::Callback, &provider.sign_in(&url)).await;
    assert_eq!(refused.reason(), "not_admitted");
    assert_eq!(refused.onward(), "https://wiki.example.com/oauth/connections");
    assert_eq!(browser.cookies.0, []);
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
