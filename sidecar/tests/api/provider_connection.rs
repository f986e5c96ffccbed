//! How the sidecar connects to a provider: with which client authentication method, and at which of two addresses.

use protocol::context::Endpoint;
use protocol::settings::{Provider as At, ProviderOptions};
use serde_json::json;

use crate::federated::{BASE, full_login, setting, to_provider};
use crate::logs::Captured;
use crate::support::provider::{Provider, Vice};
use crate::support::*;

fn options(site: &mut Site) -> &mut ProviderOptions {
    match &mut site.settings.provider {
        At::Oidc { options, .. } => options,
        At::Local | At::Default | At::Named { .. } => panic!("not OIDC"),
    }
}

#[tokio::test]
async fn logins_work_with_the_only_permitted_client_auth_method_whatever_discovery_says() {
    let both = json!(["client_secret_basic", "client_secret_post"]);
    for (only, offered) in [
        ("client_secret_post", both.clone()),
        ("client_secret_post", json!(["client_secret_basic"])),
        ("client_secret_basic", json!(["client_secret_post"])),
        ("client_secret_basic", both),
    ] {
        let setting = setting().await;
        setting.provider.misbehave(Vice::Document("token_endpoint_auth_methods_supported", offered.clone()));
        setting.provider.misbehave(Vice::OnlyMethod(only));
        let asked = || setting.provider.asked("token");
        // The provider redeems a code only once, so the failed attempt did not use it up.
        assert!(full_login(&setting).await.onward_parameter("code").is_some(), "{only} {offered}");
        let first = asked();
        assert!(first <= 2, "{only} {offered}");
        assert!(full_login(&setting).await.onward_parameter("code").is_some(), "{only} {offered}");
        assert_eq!(asked(), first + 1, "the method that worked is remembered: {only} {offered}");
    }
}

#[tokio::test]
async fn a_configured_client_auth_method_is_the_only_one_tried() {
    for (only, works) in [("client_secret_post", true), ("client_secret_basic", false)] {
        let mut setting = setting().await;
        setting.provider.misbehave(Vice::OnlyMethod("client_secret_post"));
        only.clone_into(&mut options(&mut setting.site).auth_method);
        let done = full_login(&setting).await;
        assert_eq!(done.onward_parameter("code").is_some(), works);
        assert_eq!(setting.provider.asked("token"), 1);
    }
    // A provider that refuses both methods is asked only twice.
    let setting = setting().await;
    setting.provider.misbehave(Vice::OnlyMethod("private_key_jwt"));
    let log = Captured::start();
    assert_eq!(full_login(&setting).await.onward_parameter("error").as_deref(), Some("server_error"));
    assert_eq!(setting.provider.asked("token"), 2);
    assert!(log.text().contains("neither client_secret_basic nor client_secret_post was accepted"));
}

/// A provider that has examined and refused the code might treat a second attempt as the use of a stolen code.
#[tokio::test]
async fn the_other_client_auth_method_is_tried_only_if_the_client_itself_was_refused() {
    for (status, error, times) in [
        (401, "invalid_client", 2),
        (400, "invalid_client", 2),
        (401, "unauthorized_client", 2),
        (400, "unauthorized_client", 1),
        (400, "invalid_grant", 1),
        (401, "invalid_grant", 1),
        (403, "access_denied", 1),
        (429, "slow_down", 1),
        (500, "server_error", 1),
    ] {
        let setting = setting().await;
        setting.provider.misbehave(Vice::Refusal(status, error));
        assert!(full_login(&setting).await.onward_parameter("error").is_some(), "{status} {error}");
        assert_eq!(setting.provider.asked("token"), times, "{status} {error}");
    }
}

#[tokio::test]
async fn a_provider_with_two_addresses_is_called_at_the_inner_and_browsers_are_sent_to_the_outer() {
    let outer = "https://idp.example.com";
    let provider = Provider::known_as(Some(outer)).await;
    let inner = provider.address.clone();
    // The metadata may name endpoints at either address: Keycloak names some at the address of the request.
    for document in [None, Some(("token_endpoint", "/token")), Some(("authorization_endpoint", "/authorize"))]
    {
        if let Some((name, path)) = document {
            provider.misbehave(Vice::Document(name, json!(format!("{inner}{path}"))));
        }
        let world = World::with(&[("BOUNCER_INTERNAL_ISSUERS", &format!("{outer},{inner}"))]);
        let mut site = Site::oidc(BASE, outer);
        options(&mut site).internal_url.clone_from(&inner);
        let client = world.register(&site, CALLBACK).await;
        let mut browser = Browser::new(&world, &site);
        let url = to_provider(&mut browser, &authorize_pairs(&client)).await;
        // `sign_in` asserts that the address is the outer one.
        let done = browser.get(Endpoint::Callback, &provider.sign_in(&url)).await;
        assert!(done.onward_parameter("code").is_some(), "{document:?}: {done:?}");
        provider.behave();
    }
    // The operator must list both addresses.
    for listed in [outer, inner.as_str()] {
        let world = World::with(&[("BOUNCER_INTERNAL_ISSUERS", listed)]);
        let mut site = Site::oidc(BASE, outer);
        options(&mut site).internal_url.clone_from(&inner);
        let client = world.register(&site, CALLBACK).await;
        let before = provider.requests().len();
        let back = to_provider(&mut Browser::new(&world, &site), &authorize_pairs(&client)).await;
        assert!(back.starts_with("https://client.example/cb?error=server_error&"), "{listed}: {back}");
        assert_eq!(provider.requests().len(), before, "{listed}");
    }
}
