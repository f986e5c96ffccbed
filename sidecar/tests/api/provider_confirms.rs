//! Refreshes at which the provider is asked whether the user still has access.

use std::sync::Arc;

use serde_json::json;
use store::Store;

use crate::standing::{Granted, HOUR, log_in, refresh_token};
use crate::support::provider::{Provider, Vice};
use crate::support::*;
use crate::upstream_token::{self, pass};

#[tokio::test]
async fn a_strict_refresh_asks_the_provider_each_time() {
    let provider = Provider::start().await;
    let mut granted = Granted::strict(&provider).await;
    let asked = || provider.asked("token");
    for times in [2, 3] {
        granted.refreshed().await;
        assert_eq!(asked(), times, "the login asked once");
    }
    provider.misbehave(Vice::NoIdToken);
    granted.refreshed().await;
}

#[tokio::test]
async fn an_invalid_response_of_the_provider_gives_503_and_keeps_the_grant() {
    for vice in [
        Vice::Refusal(500, "server_error"),
        Vice::Refusal(401, "invalid_client"),
        Vice::Claim("sub", json!("upstream-mallory")),
        Vice::ForeignKey,
    ] {
        let provider = Provider::start().await;
        let mut granted = Granted::strict(&provider).await;
        provider.misbehave(vice.clone());
        let answer = granted.refresh().await;
        let shown = format!("{vice:?}: {answer:?}");
        assert_eq!(answer.status.as_u16(), 503, "{shown}");
        assert_eq!(answer.json()["error"], "temporarily_unavailable", "{shown}");
        provider.behave();
        granted.refreshed().await;
    }
}

#[tokio::test]
async fn a_refusal_by_the_provider_ends_the_grant() {
    for mode in ["true", "auto"] {
        for (status, error) in
            [(400, "invalid_grant"), (400, "invalid_request"), (403, "access_denied"), (401, "invalid_grant")]
        {
            let provider = Provider::start().await;
            let granted = Granted::federated(&provider, mode, "").await;
            provider.misbehave(Vice::Refusal(status, error));
            granted.refused().await;
            provider.behave();
            granted.refused().await;
        }
    }
}

/// Dex keeps one refresh token for each user and client, and responds in this way to the older of two grants.
#[tokio::test]
async fn refusals_of_dex_end_the_grant() {
    let claimed = r#"{"error":"invalid_request","error_description":"Refresh token is invalid or has already been claimed by another client."}"#;
    let gone = r#"{"error":"invalid_request"}"#;
    for (kind, status, body, ends) in [
        ("dex", 400, claimed, true),
        ("dex", 500, gone, true),
        ("dex", 500, r#"{"error":"server_error"}"#, false),
        ("oidc", 500, gone, false),
    ] {
        let provider = Provider::start().await;
        let mut granted = Granted::federated(&provider, "true", kind).await;
        provider.misbehave(Vice::Raw(status, body));
        let answer = granted.refresh().await;
        assert_eq!(answer.status.as_u16(), if ends { 400 } else { 503 }, "{kind} {body}: {answer:?}");
        provider.behave();
        if ends {
            granted.refused().await;
        } else {
            granted.refreshed().await;
        }
    }
}

#[tokio::test]
async fn by_default_refreshes_succeed_for_a_day_during_an_outage_of_the_provider() {
    let provider = Provider::start().await;
    let mut granted = Granted::federated(&provider, "auto", "").await;
    let unavailable = async |granted: &Granted| {
        let answer = granted.refresh().await;
        assert_eq!(
            (answer.status.as_u16(), &answer.json()["error"]),
            (503, &json!("temporarily_unavailable"))
        );
    };
    let pass = |granted: &Granted, secs| {
        granted.world.advance(secs);
        provider.advance(secs);
    };
    pass(&granted, 10 * HOUR);
    granted.refreshed().await;
    for outage in
        [Vice::Refusal(500, "server_error"), Vice::Refusal(429, "slow_down"), Vice::Raw(404, "not found")]
    {
        provider.misbehave(outage);
        granted.refreshed().await;
        provider.behave();
    }
    provider.misbehave(Vice::Redirect);
    pass(&granted, 24 * HOUR - 1);
    granted.refreshed().await;
    pass(&granted, 1);
    unavailable(&granted).await;
    // The grant is kept, and a confirmation by the provider suffices for another day.
    provider.behave();
    granted.refreshed().await;
    provider.misbehave(Vice::Refusal(503, "busy"));
    pass(&granted, 23 * HOUR);
    granted.refreshed().await;
    // Neither an error about this server's own client nor an invalid response counts as an outage.
    provider.behave();
    for wrong in [Vice::Refusal(401, "invalid_client"), Vice::ForeignKey] {
        provider.misbehave(wrong);
        unavailable(&granted).await;
        provider.behave();
    }
    granted.refreshed().await;
}

#[tokio::test]
async fn by_default_the_provider_is_asked_only_if_it_issued_a_refresh_token() {
    for (mode, vice, times) in
        [("auto", None, 2), ("auto", Some(Vice::NoRefreshToken), 1), ("false", None, 1)]
    {
        let provider = Provider::start().await;
        if let Some(vice) = vice.clone() {
            provider.misbehave(vice);
        }
        let mut granted = Granted::federated(&provider, mode, "").await;
        granted.refreshed().await;
        assert_eq!(provider.asked("token"), times, "{mode} {vice:?}");
        // If the provider is not asked again, only the grant's own lifetimes limit it.
        if times == 1 {
            granted.world.advance(29 * 24 * HOUR);
            granted.refreshed().await;
        }
    }
}

#[tokio::test]
async fn a_rotated_token_of_the_provider_is_kept_if_the_id_token_is_invalid() {
    for vice in [Vice::ForeignKey, Vice::Claim("sub", json!("upstream-mallory"))] {
        let provider = Provider::start().await;
        provider.rotate_refresh_tokens();
        let mut granted = Granted::strict(&provider).await;
        provider.misbehave(vice.clone());
        assert_eq!(granted.refresh().await.status, 503, "{vice:?}");
        provider.behave();
        granted.refreshed().await;
        assert!(!provider.saw_reuse(), "{vice:?}");
    }
}

/// Two sidecars with one store have separate locks, and the provider accepts no refresh token twice.
#[tokio::test]
async fn several_sidecars_never_use_a_refresh_token_of_the_provider_twice() {
    let provider = Provider::start().await;
    provider.rotate_refresh_tokens();
    let store: Arc<Store> = Arc::new(Store::oracle());
    let settings = [("BOUNCER_INTERNAL_ISSUERS", provider.issuer.as_str())];
    let world = World::on(Arc::clone(&store), &settings);
    let site = Site::oidc("https://wiki.example.com", &provider.issuer);
    let (client, answer) = log_in(&world, &site, &provider).await;
    let here = Granted::of(world, site, client, &answer);
    let there = here.elsewhere(&store, &settings);
    let held = provider.hold();
    let release = async {
        // Both sidecars have read the grant before the first one gets its response.
        provider.was_asked_for_tokens(2).await;
        held.add_permits(10);
    };
    let (first, second, third, ()) = tokio::join!(here.refresh(), there.refresh(), there.refresh(), release);
    let successors = [&first, &second, &third].map(refresh_token);
    assert!(successors.iter().all(|token| *token == successors[0]), "all get the same successor");
    assert!(!provider.saw_reuse());
}

/// The provider's new refresh token is not lost if the client disconnects.
#[tokio::test]
async fn the_providers_rotated_token_is_stored_even_if_the_client_disconnects() {
    let provider = Provider::start().await;
    provider.rotate_refresh_tokens();
    let mut granted = Granted::strict(&provider).await;
    let held = provider.hold();
    tokio::select! {
        biased;
        () = provider.was_asked_for_tokens(2) => {}
        answer = granted.refresh() => panic!("answered: {answer:?}"),
    }
    held.add_permits(10);
    granted.refreshed().await;
    assert!(!provider.saw_reuse());
}

/// A refresh token that fails at its first use would only delay the user's next login.
#[tokio::test]
async fn strict_issues_no_refresh_token_if_the_provider_issued_none() {
    let provider = Provider::start().await;
    provider.misbehave(Vice::NoRefreshToken);
    let settings =
        [("BOUNCER_INTERNAL_ISSUERS", provider.issuer.as_str()), ("BOUNCER_STRICT_UPSTREAM_REFRESH", "true")];
    let world = World::with(&settings);
    let site = Site::oidc("https://wiki.example.com", &provider.issuer);
    let (_, answer) = log_in(&world, &site, &provider).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.json().get("refresh_token"), None);
}

#[tokio::test]
async fn a_grant_from_before_strict_ends_if_the_provider_issued_no_refresh_token() {
    let provider = Provider::start().await;
    provider.misbehave(Vice::NoRefreshToken);
    let store: Arc<Store> = Arc::new(Store::oracle());
    let issuer = provider.issuer.as_str();
    let world = World::on(Arc::clone(&store), &[("BOUNCER_INTERNAL_ISSUERS", issuer)]);
    let site = Site::oidc("https://wiki.example.com", issuer);
    let (client, answer) = log_in(&world, &site, &provider).await;
    let granted = Granted::of(world, site, client, &answer);
    let strict = granted.elsewhere(
        &store,
        &[("BOUNCER_INTERNAL_ISSUERS", issuer), ("BOUNCER_STRICT_UPSTREAM_REFRESH", "true")],
    );
    strict.refused().await;
    granted.refused().await;
}

#[tokio::test]
async fn parallel_refreshes_of_a_grant_ask_the_provider_once() {
    let provider = Provider::start().await;
    let granted = Granted::strict(&provider).await;
    let asked = || provider.asked("token");
    let before = asked();
    let refreshes = (granted.refresh(), granted.refresh(), granted.refresh(), granted.refresh());
    let (first, second, third, fourth) = tokio::join!(refreshes.0, refreshes.1, refreshes.2, refreshes.3);
    let successors = [&first, &second, &third, &fourth].map(refresh_token);
    assert!(successors.iter().all(|token| *token == successors[0]), "all get the same successor");
    assert_eq!(asked(), before + 1);
}

/// Nothing of a response about somebody else is kept (OpenID Connect Core 1.0 §12.2). The access token in it would
/// outlive ours, so the provider would not be asked for another one.
#[tokio::test]
async fn an_access_token_of_another_subject_is_not_kept() {
    for vice in [Vice::Claim("sub", json!("upstream-mallory")), Vice::ForeignKey] {
        let provider = Provider::start().await;
        provider.access_tokens_live(3 * HOUR);
        provider.rotate_refresh_tokens();
        let (mut granted, _) = upstream_token::granted(&provider, "false").await;
        pass(&granted, &provider, 2 * HOUR + 1);
        provider.misbehave(vice.clone());
        assert_eq!(granted.refresh().await.status, 503, "{vice:?}");
        provider.behave();
        let held = upstream_token::refreshed(&mut granted).await;
        assert_eq!(held, ("upstream-access-3".to_owned(), HOUR), "{vice:?}");
        assert!(!provider.saw_reuse(), "{vice:?}: the new refresh token was kept");
    }
}
