//! Every refresh checks whether the user may still have access: in the users file, by the labels, and with the provider
//! if configured.

use std::sync::Arc;

use protocol::context::Endpoint;
use protocol::settings::Provider as At;
use serde_json::{Value, json};
use store::Store;
use store::crypto::secrets::hash_secret;
use store::intent::refresh::FindRefresh;

use crate::support::provider::{Provider, Vice};
use crate::support::{Browser, CALLBACK, Reply, START, Site, World, authorize_pairs};

const HOUR: u64 = 3600;

/// A user with a grant.
struct Granted {
    world: World,
    site: Site,
    client: String,
    token: String,
}

impl Granted {
    fn of(world: World, site: Site, client: String, answer: &Reply) -> Self {
        let token = refresh_token(answer);
        Self { world, site, client, token }
    }

    /// alice at a tenant with local users, whose scope `write` is for the group `team`.
    async fn local() -> Self {
        let (world, mut site) = (World::new(), Site::local("https://wiki.example.com"));
        site.settings.scope_map = [("write".to_owned(), ["team".to_owned()].into())].into();
        let client = world.register(&site, CALLBACK).await;
        let pairs = crate::support::changed(authorize_pairs(&client), "scope", Some("read write"));
        let mut browser = Browser::new(&world, &site);
        let page = browser.reach_consent(&pairs).await;
        let code = browser.decide(&page, "approve").await.onward_parameter("code").unwrap();
        let answer = world.token(&site, &client, &code).await;
        assert_eq!(answer.json()["scope"], "read write");
        Self::of(world, site, client, &answer)
    }

    /// alice at a tenant whose provider must confirm every refresh.
    async fn strict(provider: &Provider) -> Self {
        Self::federated(provider, "true", "").await
    }

    /// alice at a tenant with a provider of this kind and this value of `BOUNCER_STRICT_UPSTREAM_REFRESH`.
    async fn federated(provider: &Provider, mode: &str, kind: &str) -> Self {
        let world = World::with(&[
            ("BOUNCER_INTERNAL_ISSUERS", &provider.issuer),
            ("BOUNCER_STRICT_UPSTREAM_REFRESH", mode),
        ]);
        let mut site = Site::oidc("https://wiki.example.com", &provider.issuer);
        if let At::Oidc { options, .. } = &mut site.settings.provider {
            kind.clone_into(&mut options.kind);
        }
        let (client, answer) = log_in(&world, &site, provider).await;
        Self::of(world, site, client, &answer)
    }

    /// The same grant at another sidecar that shares the store.
    fn elsewhere(&self, store: &Arc<Store>, settings: &[(&str, &str)]) -> Self {
        Self {
            world: World::on(Arc::clone(store), settings),
            site: self.site.clone(),
            client: self.client.clone(),
            token: self.token.clone(),
        }
    }

    async fn refresh(&self) -> Reply {
        let pairs =
            [("grant_type", "refresh_token"), ("client_id", &*self.client), ("refresh_token", &*self.token)];
        self.world.post_form(&self.site, Endpoint::Token, &pairs).await
    }

    /// Refreshes and keeps the successor; returns the granted scope.
    async fn refreshed(&mut self) -> Value {
        let answer = self.refresh().await;
        self.token = refresh_token(&answer);
        answer.json()["scope"].clone()
    }

    async fn refused(&self) {
        let answer = self.refresh().await;
        assert_eq!((answer.status.as_u16(), &answer.json()["error"]), (400, &json!("invalid_grant")));
    }
}

/// Registers a client and logs in through the provider; returns the client and the token response.
async fn log_in(world: &World, site: &Site, provider: &Provider) -> (String, Reply) {
    let client = world.register(site, CALLBACK).await;
    let mut browser = Browser::new(world, site);
    let begun = browser.authorize(&authorize_pairs(&client)).await;
    let page = browser.follow(&begun).await;
    let url = browser.decide(&page, "approve").await.onward();
    let done = browser.get(Endpoint::Callback, &provider.sign_in(&url)).await;
    let answer = world.token(site, &client, &done.onward_parameter("code").unwrap()).await;
    (client, answer)
}

fn refresh_token(answer: &Reply) -> String {
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["refresh_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_user_who_is_disabled_in_the_users_file_is_refused_at_refresh() {
    let changes: [fn(&mut Value); 3] = [
        |alice| alice["disabled"] = json!(true),
        |alice| alice["name"] = json!("alicia"),
        |alice| alice["tenants"] = json!(["https://other.example.com"]),
    ];
    for change in changes {
        let granted = Granted::local().await;
        granted.world.change_alice(change);
        granted.refused().await;
        // The grant has ended: even if the user is enabled again, a new login is needed.
        granted.world.change_alice(|_| {});
        granted.refused().await;
    }
}

#[tokio::test]
async fn a_malformed_users_file_gives_503_and_ends_no_grant() {
    let mut granted = Granted::local().await;
    granted.world.change_alice(|alice| alice["password"] = json!("not a hash"));
    let answer = granted.refresh().await;
    assert_eq!((answer.status.as_u16(), &answer.json()["error"]), (503, &json!("temporarily_unavailable")));
    granted.world.change_alice(|_| {});
    granted.refreshed().await;
}

#[tokio::test]
async fn refreshed_scopes_follow_the_users_current_groups() {
    let mut granted = Granted::local().await;
    assert_eq!(granted.refreshed().await, "read write");
    granted.world.change_alice(|alice| alice["groups"] = json!([]));
    assert_eq!(granted.refreshed().await, "read");
    granted.world.change_alice(|_| {});
    assert_eq!(granted.refreshed().await, "read write", "exactly the approved scopes that the groups allow");
}

/// A user who is refused has to log in again, even if admitted later; a configuration error does not end grants.
#[tokio::test]
async fn a_refusal_by_a_rule_ends_the_grant_but_a_configuration_error_does_not() {
    let provider = Provider::start().await;
    let mut granted = Granted::strict(&provider).await;
    let rules = granted.site.settings.access.clone();
    // This option is only for Entra ID.
    granted.site.settings.access.directories = ["*".to_owned()].into();
    let answer = granted.refresh().await;
    assert_eq!((answer.status.as_u16(), &answer.json()["error"]), (503, &json!("temporarily_unavailable")));
    granted.site.settings.access = rules.clone();
    granted.refreshed().await;
    granted.site.settings.access.groups = ["others".to_owned()].into();
    granted.refused().await;
    granted.site.settings.access = rules;
    granted.refused().await;
}

/// As at login.
#[tokio::test]
async fn only_a_bounded_number_of_groups_is_stored_at_refresh() {
    let provider = Provider::start().await;
    let mut granted = Granted::strict(&provider).await;
    provider.claim("groups", json!((0..3_000).map(|n| format!("g{n:05}")).collect::<Vec<_>>()));
    granted.refreshed().await;
    let tenant = granted.world.context(&granted.site, Endpoint::Token, "POST").tenant();
    let token = hash_secret(&granted.token);
    let (_, grant) = granted
        .world
        .app
        .store
        .read(FindRefresh { tenant: tenant.clone(), token, now: START })
        .await
        .unwrap()
        .unwrap();
    assert_eq!(grant.identity.claims.groups.len(), 200);
}

#[tokio::test]
async fn a_strict_refresh_asks_the_provider_each_time() {
    let provider = Provider::start().await;
    let mut granted = Granted::strict(&provider).await;
    let asked = || provider.requests().iter().filter(|path| *path == "token").count();
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

/// Dex has one refresh token for each user and client, and responds in this way to the older of two grants.
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
    // The grant is kept, and a confirmation by the provider counts for another day.
    provider.behave();
    granted.refreshed().await;
    provider.misbehave(Vice::Refusal(503, "busy"));
    pass(&granted, 23 * HOUR);
    granted.refreshed().await;
    // Neither an error about our own client nor an invalid response counts as an outage.
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
    let asked = |provider: &Provider| provider.requests().iter().filter(|path| *path == "token").count();
    for (mode, vice, times) in
        [("auto", None, 2), ("auto", Some(Vice::NoRefreshToken), 1), ("false", None, 1)]
    {
        let provider = Provider::start().await;
        if let Some(vice) = vice.clone() {
            provider.misbehave(vice);
        }
        let mut granted = Granted::federated(&provider, mode, "").await;
        granted.refreshed().await;
        assert_eq!(asked(&provider), times, "{mode} {vice:?}");
        // Then the grant has its own lifetimes.
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
        // Both have read the grant before the first gets its response.
        while provider.requests().iter().filter(|path| *path == "token").count() < 2 {
            tokio::task::yield_now().await;
        }
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
    let asked = async {
        while provider.requests().iter().filter(|path| *path == "token").count() < 2 {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        biased;
        () = asked => {}
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
    let asked = || provider.requests().iter().filter(|path| *path == "token").count();
    let before = asked();
    let refreshes = (granted.refresh(), granted.refresh(), granted.refresh(), granted.refresh());
    let (first, second, third, fourth) = tokio::join!(refreshes.0, refreshes.1, refreshes.2, refreshes.3);
    let successors = [&first, &second, &third, &fourth].map(refresh_token);
    assert!(successors.iter().all(|token| *token == successors[0]), "all get the same successor");
    assert_eq!(asked(), before + 1);
}

/// Disabling a user ends the user's grants; a code that was issued before must not make another one.
#[tokio::test]
async fn a_user_who_is_disabled_after_the_login_cannot_redeem_the_code() {
    let (world, site) = (World::new(), Site::local("https://wiki.example.com"));
    let client = world.register(&site, CALLBACK).await;
    let code = Browser::new(&world, &site).reach_code(&client).await;
    world.change_alice(|alice| alice["disabled"] = json!(true));
    let refused = world.token(&site, &client, &code).await;
    assert_eq!((refused.status.as_u16(), &refused.json()["error"]), (400, &json!("invalid_grant")));
    world.change_alice(|_| {});
    assert_eq!(world.token(&site, &client, &code).await.status, 200, "the code was not spent");
}
