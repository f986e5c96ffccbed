//! What an attacker with a browser, a client or a tenant of their own would try.

use protocol::context::Endpoint;
use protocol::encoding::b64url_encode;

use crate::support::provider::Provider;
use crate::support::{Browser, CALLBACK, PASSWORD, Site, World, authorize_pairs};

const BASE: &str = "https://wiki.example.com";

#[tokio::test]
async fn a_login_begun_elsewhere_cannot_be_planted_in_a_victims_browser() {
    let (world, site) = (World::new(), Site::local(BASE));
    let client = world.register(&site, CALLBACK).await;
    let mut attacker = Browser::new(&world, &site);
    let begun = attacker.authorize(&authorize_pairs(&client)).await;
    // The victim has a cookie of their own from another login.
    let mut victim = Browser::new(&world, &site);
    victim.authorize(&authorize_pairs(&client)).await;
    assert_eq!(victim.follow(&begun).await.reason(), "login_unknown");
    let page = attacker.follow(&begun).await;
    assert_eq!(victim.log_in(&page, "alice", PASSWORD).await.reason(), "login_unknown");
    let mut bare = Browser::new(&world, &site);
    assert_eq!(bare.follow(&begun).await.reason(), "cookie_missing");
}

#[tokio::test]
async fn forms_need_their_own_token() {
    let (world, site) = (World::new(), Site::local(BASE));
    let client = world.register(&site, CALLBACK).await;
    let mut browser = Browser::new(&world, &site);
    let begun = browser.authorize(&authorize_pairs(&client)).await;
    let login = browser.follow(&begun).await;
    let flow = login.input("flow");
    for csrf in ["", "x", &b64url_encode(&[0; 32])] {
        let pairs = [("flow", flow.as_str()), ("csrf", csrf), ("username", "alice"), ("password", PASSWORD)];
        assert_eq!(browser.post(Endpoint::Login, &pairs).await.reason(), "csrf", "{csrf}");
    }
    let done = browser.log_in(&login, "alice", PASSWORD).await;
    let consent = browser.follow(&done).await;
    let stale = login.input("csrf");
    for csrf in ["", "x", stale.as_str()] {
        let pairs = [("flow", flow.as_str()), ("csrf", csrf), ("decision", "approve")];
        assert_eq!(browser.post(Endpoint::Consent, &pairs).await.reason(), "csrf", "{csrf}");
    }
    let mut other = Browser::new(&world, &site);
    let theirs = other.reach_consent(&authorize_pairs(&client)).await;
    let pairs = [("flow", flow.as_str()), ("csrf", &theirs.input("csrf")), ("decision", "approve")];
    assert_eq!(browser.post(Endpoint::Consent, &pairs).await.reason(), "csrf");
    assert!(browser.decide(&consent, "approve").await.onward_parameter("code").is_some());
}

#[tokio::test]
async fn posts_from_other_sites_are_refused_before_anything_is_looked_at() {
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
        vec![("origin", "https://evil.example")],
        vec![("origin", "https://wiki.example.com.evil.example")],
        vec![("origin", "http://wiki.example.com")],
        vec![("origin", "https://wiki.example.com:8443")],
        vec![("origin", BASE), ("origin", BASE)],
        vec![("origin", BASE), ("sec-fetch-site", "cross-site")],
        vec![("origin", BASE), ("sec-fetch-site", "same-site")],
    ] {
        for endpoint in [Endpoint::Consent, Endpoint::Login] {
            let reply = browser.post_from(endpoint, &pairs, &headers).await;
            assert_eq!(reply.status, 403, "{headers:?}");
            assert!(["foreign_origin", "cross_site"].contains(&reply.reason()), "{headers:?}");
        }
    }
    assert!(browser.decide(&page, "approve").await.onward_parameter("code").is_some());
}

#[tokio::test]
async fn nothing_of_one_tenant_works_at_another() {
    let world = World::new();
    let here = Site::local("https://mcp.example.com/wiki");
    // On the same host, so the browser sends the same cookie to both.
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

/// Somebody else's labels claim the same base with a provider of their own: same base, other tid.
#[tokio::test]
async fn a_second_provider_at_the_same_base_inherits_nothing() {
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
    assert!(theirs.requests().is_empty() && theirs.basic().is_empty(), "neither code nor secret went there");
    let code = browser.get(Endpoint::Callback, &query).await.onward_parameter("code").unwrap();
    assert!(world.token(&usurper, &client, &code).await.status.is_client_error());
    assert_eq!(world.token(&here, &client, &code).await.status, 200);
}

/// The state of one's own login with the code of another, and the other way round.
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
    assert_eq!(one.get(Endpoint::Callback, &queries[1]).await.reason(), "login_unknown");
    for query in ["state=x", "code=x", "", "code=a&error=b&state=c", "code=a&state=b&state=c"] {
        let reply = one.get(Endpoint::Callback, query).await;
        assert!(["callback_malformed", "malformed_form"].contains(&reply.reason()), "{query}");
    }
    assert!(one.get(Endpoint::Callback, &queries[0]).await.onward_parameter("code").is_some());
}

#[tokio::test]
async fn a_local_tenant_has_no_callback_and_a_federated_one_no_password() {
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
    assert_eq!(browser.log_in(&page, "alice", PASSWORD).await.reason(), "login_unknown");
}
