//! The connections page at a tenant with an identity provider.

use protocol::context::Endpoint;
use protocol::scope::ScopeSet;

use super::{open, press};
use crate::federated::{self, setting};
use crate::support::provider::Provider;
use crate::support::{Browser, CALLBACK, Site, World, authorize_pairs};

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
