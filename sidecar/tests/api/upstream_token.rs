//! The provider's own access token for the MCP server (option `upstreamToken`).

use std::sync::Arc;

use protocol::context::Endpoint;
use protocol::settings::{BoxItem, Provider as At};
use serde_json::{Value, json};
use sidecar::clock::Clock as _;
use store::Store;
use store::crypto::secrets::hash_secret;
use store::intent::listing::ShowGrant;
use store::intent::refresh::FindRefresh;
use store::record::{GrantRecord, RevokeReason};

use crate::federated::to_provider;
use crate::grants::userinfo;
use crate::identity_headers::{box_of, texts};
use crate::logs::Captured;
use crate::standing::{Granted, log_in, refresh_token};
use crate::support::federated::claims_of;
use crate::support::provider::{Provider, Vice};
use crate::support::*;

const HOUR: u64 = 3_600;

/// Gets a grant at a tenant whose MCP server gets the provider's token. Also returns the token response.
pub(crate) async fn granted(provider: &Provider, mode: &str) -> (Granted, Reply) {
    granted_on(Arc::new(Store::oracle()), provider, mode).await
}

async fn granted_on(store: Arc<Store>, provider: &Provider, mode: &str) -> (Granted, Reply) {
    let settings =
        [("BOUNCER_INTERNAL_ISSUERS", provider.issuer.as_str()), ("BOUNCER_STRICT_UPSTREAM_REFRESH", mode)];
    let world = World::on(store, &settings);
    let site = wanting(Site::oidc("https://wiki.example.com", &provider.issuer));
    let (client, answer) = log_in(&world, &site, provider).await;
    let granted = Granted::of(world, site, client, &answer);
    (granted, answer)
}

pub(crate) fn wanting(mut site: Site) -> Site {
    site.settings.token_box = vec![BoxItem::UpstreamToken];
    site
}

/// Returns the provider's token inside our token, and the lifetime of our token in seconds.
pub(crate) fn held(granted: &Granted, reply: &Reply) -> (String, u64) {
    let contents = box_of(&granted.world, &granted.site, reply);
    let token = texts(&contents, BoxItem::UpstreamToken).first().map(|text| (*text).to_owned());
    let claims = claims_of(reply);
    let lifetime = claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap();
    assert_eq!(reply.json()["expires_in"], lifetime);
    (token.unwrap_or_default(), lifetime)
}

pub(crate) async fn refreshed(granted: &mut Granted) -> (String, u64) {
    let reply = granted.refresh().await;
    granted.token = refresh_token(&reply);
    held(granted, &reply)
}

pub(crate) fn pass(granted: &Granted, provider: &Provider, secs: u64) {
    granted.world.advance(secs);
    provider.advance(secs);
}

async fn stored(granted: &Granted) -> Option<GrantRecord> {
    let (store, now) = (&granted.world.app.store, granted.world.clock.now());
    let tenant = granted.world.context(&granted.site, Endpoint::Token, "POST").tenant();
    let found = FindRefresh { tenant, token: hash_secret(&granted.token), now };
    store.read(found).await.unwrap().map(|(_, grant)| grant)
}

#[tokio::test]
async fn the_box_holds_the_providers_token_and_ours_ends_no_later() {
    for (secs, lifetime) in [(300, 300), (HOUR, HOUR), (10 * HOUR, HOUR)] {
        let provider = Provider::start().await;
        provider.access_tokens_live(secs);
        let (granted, reply) = granted(&provider, "auto").await;
        assert_eq!(held(&granted, &reply), ("upstream-access-1".to_owned(), lifetime));
    }
    // If the response has no `expires_in`, an hour is assumed. Our token, which lives shorter, is not extended.
    let provider = Provider::start().await;
    let (granted, reply) = granted(&provider, "auto").await;
    assert_eq!(held(&granted, &reply), ("upstream-access".to_owned(), HOUR));
}

#[tokio::test]
async fn nobody_but_the_plugin_can_read_the_token() {
    let provider = Provider::start().await;
    provider.access_tokens_live(300);
    let log = Captured::start();
    let (mut granted, reply) = granted(&provider, "true").await;
    let token = reply.json()["access_token"].as_str().unwrap().to_owned();
    let (world, site) = (&granted.world, &granted.site);
    let info = userinfo(world, site, &[&format!("Bearer {token}")]).await;
    let pairs = [("token", token.as_str()), ("client_id", granted.client.as_str())];
    let introspected = world.post_form(site, Endpoint::Introspect, &pairs).await;
    let record = stored(&granted).await.unwrap();
    let told = [
        reply.text.clone(),
        claims_of(&reply).to_string(),
        info.text,
        introspected.text,
        serde_json::to_string(&record).unwrap(),
        format!("{record:?}"),
    ];
    refreshed(&mut granted).await;
    granted.world.advance(10_000);
    granted.refresh().await;
    for text in told.iter().chain([&log.text()]) {
        assert!(!text.contains("upstream-access"), "{text}");
    }
}

#[tokio::test]
async fn tenants_without_the_option_store_no_token() {
    let provider = Provider::start().await;
    let granted = Granted::federated(&provider, "auto", "").await;
    assert_eq!(stored(&granted).await.unwrap().upstream_token, None);
}

/// Tokens of the provider live for five minutes. For an hour, each refresh yields a token that holds an unexpired one.
#[tokio::test]
async fn it_is_renewed_in_time() {
    for mode in ["auto", "true", "false"] {
        let provider = Provider::start().await;
        provider.access_tokens_live(300);
        provider.rotate_refresh_tokens();
        let (mut granted, _) = granted(&provider, mode).await;
        for round in 2..14 {
            pass(&granted, &provider, 299);
            assert_eq!(refreshed(&mut granted).await, (format!("upstream-access-{round}"), 300), "{mode}");
        }
        assert!(!provider.saw_reuse());
    }
}

#[tokio::test]
async fn the_provider_is_not_asked_while_its_token_outlives_ours() {
    let provider = Provider::start().await;
    provider.access_tokens_live(3 * HOUR);
    let (mut granted, _) = granted(&provider, "false").await;
    for (secs, expected, times) in [(HOUR, 1, 1), (HOUR, 1, 1), (1, 2, 2), (HOUR, 2, 2)] {
        pass(&granted, &provider, secs);
        assert_eq!(refreshed(&mut granted).await, (format!("upstream-access-{expected}"), HOUR));
        assert_eq!(provider.asked("token"), times);
    }
}

/// The client sends the same refresh token several times at once, to two sidecars.
#[tokio::test]
async fn parallel_refreshes_ask_the_provider_once() {
    for mode in ["auto", "false"] {
        let provider = Provider::start().await;
        provider.access_tokens_live(300);
        provider.rotate_refresh_tokens();
        let store = Arc::new(Store::oracle());
        let (granted, _) = granted_on(Arc::clone(&store), &provider, mode).await;
        let settings = [
            ("BOUNCER_INTERNAL_ISSUERS", provider.issuer.as_str()),
            ("BOUNCER_STRICT_UPSTREAM_REFRESH", mode),
        ];
        let other = granted.elsewhere(&store, &settings);
        let replies = tokio::join!(granted.refresh(), granted.refresh(), other.refresh(), other.refresh());
        for reply in [replies.0, replies.1, replies.2, replies.3] {
            assert_eq!(held(&granted, &reply), ("upstream-access-2".to_owned(), 300), "{mode}");
        }
        assert_eq!((provider.asked("token"), provider.saw_reuse()), (2, false), "{mode}");
    }
}

/// A response to the client is lost, and the provider's token expires before the client tries again.
#[tokio::test]
async fn a_repeated_refresh_gets_a_live_token() {
    let provider = Provider::start().await;
    provider.access_tokens_live(40);
    provider.rotate_refresh_tokens();
    let (granted, _) = granted(&provider, "auto").await;
    let lost = granted.refresh().await;
    assert_eq!(held(&granted, &lost), ("upstream-access-2".to_owned(), 40));
    pass(&granted, &provider, 5);
    assert_eq!(held(&granted, &granted.refresh().await), ("upstream-access-2".to_owned(), 35));
    pass(&granted, &provider, 45);
    let again = granted.refresh().await;
    assert_eq!(held(&granted, &again), ("upstream-access-3".to_owned(), 40));
    assert_eq!(refresh_token(&again), refresh_token(&lost));
    // After the grace period, the refresh token is reused; the provider is not asked.
    pass(&granted, &provider, 60);
    let before = provider.asked("token");
    granted.refused().await;
    assert_eq!(provider.asked("token"), before);
    assert!(granted.world.reasons().contains("refresh_reused"), "{:?}", granted.world.reasons());
}

#[tokio::test]
async fn without_a_refresh_token_of_the_provider_the_grant_ends_with_its_token() {
    let provider = Provider::start().await;
    provider.access_tokens_live(900);
    provider.misbehave(Vice::NoRefreshToken);
    let log = Captured::start();
    let (mut granted, _) = granted(&provider, "auto").await;
    let said = log.with_reason("upstream_refresh_missing");
    assert!(said[0]["message"].as_str().unwrap().contains("upstreamToken"), "{}", log.text());
    for left in [600, 300] {
        pass(&granted, &provider, 300);
        assert_eq!(refreshed(&mut granted).await, ("upstream-access-1".to_owned(), left));
    }
    pass(&granted, &provider, 300);
    granted.refused().await;
    assert!(granted.world.reasons().contains("upstream_token_ended"));
    assert_eq!(stored(&granted).await, None, "the grant has ended");
    // A new login yields a token again.
    let (_, answer) = log_in(&granted.world, &granted.site, &provider).await;
    assert_eq!(held(&granted, &answer), ("upstream-access-2".to_owned(), 900));
}

#[tokio::test]
async fn during_an_outage_of_the_provider_the_stored_token_is_used_until_it_ends() {
    for mode in ["auto", "false"] {
        let provider = Provider::start().await;
        provider.access_tokens_live(900);
        let (mut granted, _) = granted(&provider, mode).await;
        provider.misbehave(Vice::Refusal(503, "busy"));
        pass(&granted, &provider, 600);
        assert_eq!(refreshed(&mut granted).await, ("upstream-access-1".to_owned(), 300), "{mode}");
        pass(&granted, &provider, 300);
        let answer = granted.refresh().await;
        assert_eq!(
            (answer.status.as_u16(), &answer.json()["error"]),
            (503, &json!("temporarily_unavailable"))
        );
        provider.behave();
        assert_eq!(
            refreshed(&mut granted).await,
            ("upstream-access-2".to_owned(), 900),
            "{mode}: the grant is kept"
        );
    }
}

#[tokio::test]
async fn a_refusal_of_the_provider_ends_the_grant() {
    let provider = Provider::start().await;
    provider.access_tokens_live(300);
    let (granted, _) = granted(&provider, "false").await;
    provider.misbehave(Vice::Refusal(400, "invalid_grant"));
    granted.refused().await;
    provider.behave();
    granted.refused().await;
}

#[tokio::test]
async fn a_token_that_the_mcp_server_could_not_use_is_refused() {
    for (name, value) in [
        ("token_type", json!("DPoP")),
        ("token_type", Value::Null),
        ("access_token", Value::Null),
        ("access_token", json!("a b")),
        ("access_token", json!("x".repeat(8_193))),
    ] {
        let provider = Provider::start().await;
        provider.access_tokens_live(300);
        provider.rotate_refresh_tokens();
        let (mut granted, _) = granted(&provider, "auto").await;
        provider.misbehave(Vice::Response(name, value.clone()));
        // At a refresh the grant is kept, with the provider's new refresh token.
        assert_eq!(granted.refresh().await.status, 503, "{name} {value}");
        let mut browser = Browser::new(&granted.world, &granted.site);
        let url = to_provider(&mut browser, &authorize_pairs(&granted.client)).await;
        let ended = browser.get(Endpoint::Callback, &provider.sign_in(&url)).await;
        assert_eq!(ended.onward_parameter("error").as_deref(), Some("server_error"), "{name} {value}");
        assert!(granted.world.reasons().contains("upstream_misconfigured"));
        provider.behave();
        refreshed(&mut granted).await;
        assert!(!provider.saw_reuse());
    }
}

#[tokio::test]
async fn an_end_that_is_written_as_text_is_read() {
    for (expires_in, lifetime) in
        [(json!("300"), 300), (Value::Null, HOUR), (json!("soon"), HOUR), (json!(60), 60)]
    {
        let provider = Provider::start().await;
        provider.misbehave(Vice::Response("expires_in", expires_in.clone()));
        let (granted, reply) = granted(&provider, "auto").await;
        assert_eq!(held(&granted, &reply).1, lifetime, "{expires_in}");
    }
}

/// The grant is older than the option. No client gets into a loop: its next token holds the provider's token, or it
/// must log in again.
#[tokio::test]
async fn a_grant_from_before_the_option_gets_a_token_or_a_new_login() {
    for (vice, works) in [(None, true), (Some(Vice::NoRefreshToken), false)] {
        let provider = Provider::start().await;
        if let Some(vice) = vice {
            provider.misbehave(vice);
        }
        let mut granted = Granted::federated(&provider, "false", "").await;
        granted.site = wanting(granted.site);
        if works {
            assert_eq!(refreshed(&mut granted).await, ("upstream-access".to_owned(), HOUR));
        } else {
            granted.refused().await;
            assert!(granted.world.reasons().contains("upstream_token_ended"));
            let (_, answer) = log_in(&granted.world, &granted.site, &provider).await;
            assert_eq!(held(&granted, &answer).0, "upstream-access");
        }
    }
}

/// Between the callback and the redemption of the code, the option is set or the provider's token expires.
#[tokio::test]
async fn a_code_without_a_live_token_is_not_redeemed_and_not_spent() {
    let provider = Provider::start().await;
    provider.access_tokens_live(20);
    let world = World::with(&[("BOUNCER_INTERNAL_ISSUERS", &provider.issuer)]);
    let without = Site::oidc("https://wiki.example.com", &provider.issuer);
    let with = wanting(without.clone());
    for (site, wait) in [(&without, 0), (&with, 20)] {
        let client = world.register(site, CALLBACK).await;
        let mut browser = Browser::new(&world, site);
        let url = to_provider(&mut browser, &authorize_pairs(&client)).await;
        let done = browser.get(Endpoint::Callback, &provider.sign_in(&url)).await;
        let code = done.onward_parameter("code").unwrap();
        world.advance(wait);
        provider.advance(wait);
        let refused = world.token(&with, &client, &code).await;
        assert_eq!((refused.status.as_u16(), &refused.json()["error"]), (400, &json!("invalid_grant")));
        assert_eq!(world.token(&without, &client, &code).await.status, 200, "the code was not spent");
    }
}

#[tokio::test]
async fn a_revoked_grant_keeps_no_token() {
    let provider = Provider::start().await;
    let (granted, _) = granted(&provider, "auto").await;
    let grant = stored(&granted).await.unwrap();
    assert!(grant.upstream_token.is_some());
    let pairs = [("token", granted.token.as_str()), ("client_id", granted.client.as_str())];
    granted.world.post_form(&granted.site, Endpoint::Revoke, &pairs).await;
    let shown = ShowGrant { grant: grant.id, now: START };
    let kept = granted.world.app.store.read(shown).await.unwrap().unwrap().grant;
    assert_eq!(
        (kept.upstream_token, kept.revoked.map(|end| end.reason)),
        (None, Some(RevokeReason::ByClient))
    );
}

/// A JWT of 5 KiB and an opaque token of 4 KiB fit. A larger token is refused, never left out.
#[tokio::test]
async fn large_tokens_fit_or_are_refused() {
    let part = |length: usize| protocol::encoding::b64url_encode(&vec![7; length]);
    let jwt = |length: usize| [part(90), part(length / 4 * 3 - 90 - 256), part(256)].join(".");
    for (token, fits) in [
        (jwt(2_500), true),
        (jwt(5_000), true),
        ("~".repeat(4_000), true),
        (jwt(7_000), false),
        ("~".repeat(8_000), false),
    ] {
        let provider = Provider::start().await;
        provider.misbehave(Vice::Response("access_token", json!(token)));
        let world = World::with(&[("BOUNCER_INTERNAL_ISSUERS", &provider.issuer)]);
        let site = wanting(Site::oidc("https://wiki.example.com", &provider.issuer));
        let (client, answer) = log_in(&world, &site, &provider).await;
        if fits {
            let granted = Granted::of(world, site, client, &answer);
            assert!(answer.json()["access_token"].as_str().unwrap().len() <= 8_192);
            assert_eq!(held(&granted, &answer).0, token);
        } else {
            assert_eq!((answer.status.as_u16(), &answer.json()["error"]), (500, &json!("server_error")));
            assert!(world.reasons().contains("token_too_long"));
        }
    }
}

/// Only the sidecar knows that the default provider means the users file.
#[tokio::test]
async fn local_users_have_no_token_of_a_provider() {
    let world = World::with(&[("BOUNCER_PROVIDER_ISSUER", "local")]);
    let mut site = wanting(Site::local("https://wiki.example.com"));
    site.settings.provider = At::Default;
    let reply = world.get(&site, Endpoint::Authorize).await;
    assert_eq!(reply.status, 503);
    assert!(world.reasons().contains("upstream_misconfigured"), "{:?}", world.reasons());
    site.settings.token_box.clear();
    assert_ne!(world.get(&site, Endpoint::Authorize).await.status, 503);
}
