//! Attacks by somebody who has a browser, a client or a tenant of their own.

use protocol::context::Endpoint;
use protocol::encoding::b64url_encode;

use crate::support::provider::Provider;
use crate::support::{Browser, CALLBACK, Jar, PASSWORD, Site, World, authorize_pairs};

const BASE: &str = "https://wiki.example.com";

#[tokio::test]
async fn a_victims_browser_cannot_continue_an_attackers_login() {
    let (world, site) = (World::new(), Site::local(BASE));
    let client = world.register(&site, CALLBACK).await;
    let mut attacker = Browser::new(&world, &site);
    let begun = attacker.authorize(&authorize_pairs(&client)).await;
    // The victim has a cookie of their own from another login.
    let mut victim = Browser::new(&world, &site);
    victim.authorize(&authorize_pairs(&client)).await;
    assert_eq!(victim.follow(&begun).await.reason(), "cookie_missing");
    let page = attacker.follow(&begun).await;
    assert_eq!(victim.log_in(&page, "alice", PASSWORD).await.reason(), "cookie_missing");
    let mut bare = Browser::new(&world, &site);
    assert_eq!(bare.follow(&begun).await.reason(), "cookie_missing");
    // The victim's own cookie value, under the name of the attacker's cookie.
    let (name, value) = (&attacker.cookies.0[0].0, &victim.cookies.0[0].1);
    let mut renamed =
        Browser { world: &world, site: &site, cookies: Jar(vec![(name.clone(), value.clone())]) };
    assert_eq!(renamed.follow(&begun).await.reason(), "login_unknown");
    assert_eq!(renamed.log_in(&page, "alice", PASSWORD).await.reason(), "login_unknown");
}

/// An attacker who knows the cookie before the user logs in cannot use it afterwards.
#[tokio::test]
async fn a_cookie_known_before_the_login_is_invalid_after_it() {
    let (world, site) = (World::new(), Site::local(BASE));
    let client = world.register(&site, CALLBACK).await;
    let mut victim = Browser::new(&world, &site);
    let begun = victim.authorize(&authorize_pairs(&client)).await;
    let fixed = victim.cookies.clone();
    let login = victim.follow(&begun).await;
    let done = victim.log_in(&login, "alice", PASSWORD).await;
    let consent = victim.follow(&done).await;
    let mut attacker = Browser { world: &world, site: &site, cookies: fixed };
    assert_eq!(attacker.follow(&done).await.reason(), "login_unknown");
    assert_eq!(attacker.decide(&consent, "approve").await.reason(), "login_unknown");
    assert!(victim.decide(&consent, "approve").await.onward_parameter("code").is_some());
}

/// Approval replaces the cookie too, so that only the approving browser can use the provider's response.
#[tokio::test]
async fn a_cookie_known_before_the_approval_is_refused_at_the_callback() {
    let provider = Provider::start().await;
    let world = World::with(&[("BOUNCER_INTERNAL_ISSUERS", &provider.issuer)]);
    let site = Site::oidc(BASE, &provider.issuer);
    let client = world.register(&site, CALLBACK).await;
    let mut victim = Browser::new(&world, &site);
    let begun = victim.authorize(&authorize_pairs(&client)).await;
    let fixed = victim.cookies.clone();
    let page = victim.follow(&begun).await;
    let query = provider.sign_in(&victim.decide(&page, "approve").await.onward());
    let mut attacker = Browser { world: &world, site: &site, cookies: fixed };
    assert_eq!(attacker.get(Endpoint::Callback, &query).await.reason(), "login_unknown");
    assert!(victim.get(Endpoint::Callback, &query).await.onward_parameter("code").is_some());
}

#[tokio::test]
async fn forms_require_their_own_csrf_token() {
    let (world, site) = (World::new(), Site::local(BASE));
    let client = world.register(&site, CALLBACK).await;
    let mut browser = Browser::new(&world, &site);
    let begun = browser.authorize(&authorize_pairs(&client)).await;
    let login = browser.follow(&begun).await;
    let flow = login.input("flow");
    for csrf in ["", "x", &b64url_encode(&[0; 32])] {
        let pairs = [("flow", flow.as_str()), ("csrf", csrf), ("username", "alice"), ("password", PASSWORD)];
        let again = browser.post(Endpoint::Login, &pairs).await;
        assert_eq!((again.status.as_u16(), again.input("csrf")), (400, login.input("csrf")), "{csrf}");
    }
    let done = browser.log_in(&login, "alice", PASSWORD).await;
    let consent = browser.follow(&done).await;
    let stale = login.input("csrf");
    for csrf in ["", "x", stale.as_str()] {
        let pairs = [("flow", flow.as_str()), ("csrf", csrf), ("decision", "approve")];
        let again = browser.post(Endpoint::Consent, &pairs).await;
        assert_eq!((again.status.as_u16(), again.input("csrf")), (400, consent.input("csrf")), "{csrf}");
        assert!(!again.text.contains("mcpbc_"), "{csrf}");
    }
    let mut other = Browser::new(&world, &site);
    let theirs = other.reach_consent(&authorize_pairs(&client)).await;
    let pairs = [("flow", flow.as_str()), ("csrf", &theirs.input("csrf")), ("decision", "approve")];
    let again = browser.post(Endpoint::Consent, &pairs).await;
    assert_eq!((again.status.as_u16(), again.input("csrf")), (400, consent.input("csrf")));
    assert!(browser.decide(&consent, "approve").await.onward_parameter("code").is_some());
}

#[tokio::test]
async fn posts_from_other_sites_are_refused_before_anything_is_parsed() {
    let (world, site) = (World::new(), Site::local(BASE));
    let client = world.register(&site, CALLBACK).await;
    let mut browser = Browser::new(&world, &site);
    let page = browser.reach_consent(&authorize_pairs(&client)).await;
    let pairs =
        [("flow", page.input("flow")), ("csrf", page.input("csrf")), ("decision", "approve".to_owned())];
    let pairs: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (*name, value.as_str())).collect();
    for headers in [
        vec![],
        vec![("origin", "null")],
        vec![("origin", "null"), ("sec-fetch-site", "none")],
        vec![("origin", "null"), ("sec-fetch-site", "same-site")],
        vec![("origin", "null"), ("sec-fetch-site", "cross-site")],
        vec![("origin", "null"), ("sec-fetch-site", "same-origin"), ("sec-fetch-site", "same-origin")],
        vec![("origin", "null"), ("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")],
        vec![("origin", "null"), ("origin", "null"), ("sec-fetch-site", "same-origin")],
        vec![("origin", "https://evil.example"), ("sec-fetch-site", "same-origin")],
        vec![("sec-fetch-site", "same-origin")],
        vec![("origin", "https://evil.example")],
        vec![("origin", "https://wiki.example.com.evil.example")],
        vec![("origin", "http://wiki.example.com")],
        vec![("origin", "https://wiki.example.com:8443")],
        vec![("origin", BASE), ("origin", BASE)],
        vec![("origin", BASE), ("sec-fetch-site", "cross-site")],
        vec![("origin", BASE), ("sec-fetch-site", "same-site")],
    ] {
        for endpoint in [Endpoint::Consent, Endpoint::Login, Endpoint::Authorize, Endpoint::Callback] {
            let reply = browser.post_from(endpoint, &pairs, &headers).await;
            assert_eq!(reply.status, 403, "{headers:?}");
            assert!(
                ["foreign_origin", "cross_site", "origin_hidden"].contains(&reply.reason()),
                "{headers:?}"
            );
            // The response is a page that says what to do. It has no header that would let pages of other origins read
            // it.
            assert_eq!(reply.header("content-type"), "text/html; charset=utf-8");
            assert!(
                reply.text.contains("This form was") || reply.text.contains("did not say"),
                "{}",
                reply.text
            );
            assert_eq!(reply.header("access-control-allow-origin"), "");
        }
    }
    assert!(browser.decide(&page, "approve").await.onward_parameter("code").is_some());
}

/// These are the headers that browsers send with our own form if a proxy adds `Referrer-Policy: no-referrer`.
#[tokio::test]
async fn our_form_with_a_null_origin_is_accepted_if_sec_fetch_site_is_same_origin() {
    let (world, site) = (World::new(), Site::local(BASE));
    let client = world.register(&site, CALLBACK).await;
    let mut browser = Browser::new(&world, &site);
    let hidden = [("origin", "null"), ("sec-fetch-site", "same-origin")];
    let begun = browser.authorize(&authorize_pairs(&client)).await;
    let page = browser.follow(&begun).await;
    let (flow, csrf) = (page.input("flow"), page.input("csrf"));
    let pairs = [("flow", flow.as_str()), ("csrf", &csrf), ("username", "alice"), ("password", PASSWORD)];
    // A browser without Fetch Metadata is refused; the page says what to do.
    let told = browser.post_from(Endpoint::Login, &pairs, &[("origin", "null")]).await;
    assert_eq!((told.status.as_u16(), told.reason()), (403, "origin_hidden"));
    assert!(told.text.contains("Referrer-Policy: no-referrer"), "{}", told.text);
    let done = browser.post_from(Endpoint::Login, &pairs, &hidden).await;
    let page = browser.follow(&done).await;
    let (flow, csrf) = (page.input("flow"), page.input("csrf"));
    let pairs = [("flow", flow.as_str()), ("csrf", &csrf), ("decision", "approve")];
    let done = browser.post_from(Endpoint::Consent, &pairs, &hidden).await;
    assert!(done.onward_parameter("code").is_some());
}

#[tokio::test]
async fn clients_logins_and_codes_of_one_tenant_are_refused_at_another() {
    let world = World::new();
    let here = Site::local("https://mcp.example.com/wiki");
    // The second tenant is on the same host, so the browser sends the same cookies to both.
    let there = Site::local("https://mcp.example.com/docs");
    let client = world.register(&here, CALLBACK).await;
    let mut browser = Browser::new(&world, &here);
    let begun = browser.authorize(&authorize_pairs(&client)).await;
    let login = browser.follow(&begun).await;
    let mut other = browser.at(&there);
    assert_eq!(other.authorize(&authorize_pairs(&client)).await.reason(), "client_unknown");
    assert_eq!(other.log_in(&login, "alice", PASSWORD).await.reason(), "login_unknown");
    let done = browser.log_in(&login, "alice", PASSWORD).await;
    let consent = browser.follow(&done).await;
    let mut other = browser.at(&there);
    assert_eq!(other.decide(&consent, "approve").await.reason(), "login_unknown");
    let code = browser.decide(&consent, "approve").await.onward_parameter("code").unwrap();
    let stolen = world.token(&there, &client, &code).await;
    assert!(stolen.status.is_client_error(), "{stolen:?}");
    assert_eq!(world.token(&here, &client, &code).await.status, 200);
}

/// Another operator's labels claim the same base with another provider, so the base is the same, but the tenant's id
/// differs.
#[tokio::test]
async fn a_second_provider_at_the_same_base_cannot_use_clients_logins_or_codes() {
    let (mine, theirs) = (Provider::start().await, Provider::start().await);
    let issuers = format!("{},{}", mine.issuer, theirs.issuer);
    let world = World::with(&[("BOUNCER_INTERNAL_ISSUERS", &issuers)]);
    let here = Site::oidc(BASE, &mine.issuer);
    let usurper = Site::oidc(BASE, &theirs.issuer);
    let client = world.register(&here, CALLBACK).await;
    let mut browser = Browser::new(&world, &here);
    let begun = browser.authorize(&authorize_pairs(&client)).await;
    let page = browser.follow(&begun).await;
    let mut other = browser.at(&usurper);
    assert_eq!(other.authorize(&authorize_pairs(&client)).await.reason(), "client_unknown");
    assert_eq!(other.decide(&page, "approve").await.reason(), "login_unknown");
    let url = browser.decide(&page, "approve").await.onward();
    let query = mine.sign_in(&url);
    let mut other = browser.at(&usurper);
    assert_eq!(other.get(Endpoint::Callback, &query).await.reason(), "login_unknown");
    assert!(
        theirs.requests().is_empty() && theirs.basic().is_empty(),
        "neither code nor secret was sent there"
    );
    let code = browser.get(Endpoint::Callback, &query).await.onward_parameter("code").unwrap();
    assert!(world.token(&usurper, &client, &code).await.status.is_client_error());
    assert_eq!(world.token(&here, &client, &code).await.status, 200);
}

/// The `state` of a browser's own login is sent with the code of another login, and vice versa.
#[tokio::test]
async fn states_cannot_be_swapped() {
    let provider = Provider::start().await;
    let world = World::with(&[("BOUNCER_INTERNAL_ISSUERS", &provider.issuer)]);
    let site = Site::oidc(BASE, &provider.issuer);
    let client = world.register(&site, CALLBACK).await;
    let mut one = Browser::new(&world, &site);
    let mut two = Browser::new(&world, &site);
    let mut queries = Vec::new();
    for browser in [&mut one, &mut two] {
        let begun = browser.authorize(&authorize_pairs(&client)).await;
        let page = browser.follow(&begun).await;
        let url = browser.decide(&page, "approve").await.onward();
        queries.push(provider.sign_in(&url));
    }
    assert_eq!(one.get(Endpoint::Callback, &queries[1]).await.reason(), "cookie_missing");
    // The tag of the own login's state is combined with the secret of the other login's state.
    let state = |query: &str| query.split_once("state=").unwrap().1.to_owned();
    let crossed = [&state(&queries[0])[..16], &state(&queries[1])[16..]].concat();
    let crossed = queries[1].replace(&state(&queries[1]), &crossed);
    assert_eq!(one.get(Endpoint::Callback, &crossed).await.reason(), "login_unknown");
    assert_eq!(one.get(Endpoint::Callback, "code=x&state=x").await.reason(), "login_unknown");
    for query in ["state=x", "code=x", "", "code=a&error=b&state=c", "code=a&state=b&state=c"] {
        let reply = one.get(Endpoint::Callback, query).await;
        assert!(["callback_malformed", "parameter_repeated"].contains(&reply.reason()), "{query}");
    }
    assert!(one.get(Endpoint::Callback, &queries[0]).await.onward_parameter("code").is_some());
}

#[tokio::test]
async fn a_local_tenant_refuses_callbacks_and_a_federated_one_passwords() {
    let (world, local) = (World::new(), Site::local(BASE));
    let federated = Site::oidc("https://other.example.com", "https://idp.example");
    let client = world.register(&local, CALLBACK).await;
    let mut browser = Browser::new(&world, &local);
    browser.authorize(&authorize_pairs(&client)).await;
    assert_eq!(browser.get(Endpoint::Callback, "code=x&state=y").await.reason(), "login_unknown");
    let client = world.register(&federated, CALLBACK).await;
    let mut browser = Browser::new(&world, &federated);
    let begun = browser.authorize(&authorize_pairs(&client)).await;
    let page = browser.follow(&begun).await;
    let done = browser.log_in(&page, "alice", PASSWORD).await;
    assert_eq!((done.status.as_u16(), done.onward()), (303, begun.onward()), "the password logs nobody in");
}
