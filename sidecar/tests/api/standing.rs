//! Whether a person may still enter is asked at every refresh: of the users file, of the labels, and of
//! the provider where that is demanded.

use protocol::context::Endpoint;
use serde_json::{Value, json};

use crate::support::provider::{Provider, Vice};
use crate::support::{Browser, CALLBACK, Reply, Site, World, authorize_pairs};

/// Someone with a grant.
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

    /// alice at a tenant whose provider is asked at every refresh.
    async fn strict(provider: &Provider) -> Self {
        let world = World::with(&[
            ("BOUNCER_INTERNAL_ISSUERS", &provider.issuer),
            ("BOUNCER_STRICT_UPSTREAM_REFRESH", "true"),
        ]);
        let site = Site::oidc("https://wiki.example.com", &provider.issuer);
        let client = world.register(&site, CALLBACK).await;
        let mut browser = Browser::new(&world, &site);
        let begun = browser.authorize(&authorize_pairs(&client)).await;
        let page = browser.follow(&begun).await;
        let url = browser.decide(&page, "approve").await.onward();
        let done = browser.get(Endpoint::Callback, &provider.sign_in(&url)).await;
        let answer = world.token(&site, &client, &done.onward_parameter("code").unwrap()).await;
        Self::of(world, site, client, &answer)
    }

    async fn refresh(&self) -> Reply {
        let pairs =
            [("grant_type", "refresh_token"), ("client_id", &*self.client), ("refresh_token", &*self.token)];
        self.world.post_form(&self.site, Endpoint::Token, &pairs).await
    }

    /// Refreshes and goes on with the successor; the scope it got.
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

fn refresh_token(answer: &Reply) -> String {
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["refresh_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_users_file_has_the_last_word_at_refresh() {
    let changes: [fn(&mut Value); 3] = [
        |alice| alice["disabled"] = json!(true),
        |alice| alice["name"] = json!("alicia"),
        |alice| alice["tenants"] = json!(["https://other.example.com"]),
    ];
    for change in changes {
        let granted = Granted::local().await;
        granted.world.change_alice(change);
        granted.refused().await;
        // The grant has ended: being let in again means logging in again.
        granted.world.change_alice(|_| {});
        granted.refused().await;
    }
}

#[tokio::test]
async fn a_broken_users_file_costs_nobody_the_grant() {
    let mut granted = Granted::local().await;
    granted.world.change_alice(|alice| alice["password"] = json!("not a hash"));
    let answer = granted.refresh().await;
    assert_eq!((answer.status.as_u16(), &answer.json()["error"]), (503, &json!("temporarily_unavailable")));
    granted.world.change_alice(|_| {});
    granted.refreshed().await;
}

#[tokio::test]
async fn scopes_follow_the_groups_of_today() {
    let mut granted = Granted::local().await;
    assert_eq!(granted.refreshed().await, "read write");
    granted.world.change_alice(|alice| alice["groups"] = json!([]));
    assert_eq!(granted.refreshed().await, "read");
    granted.world.change_alice(|_| {});
    assert_eq!(granted.refreshed().await, "read write", "never more than was agreed to, and no less");
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
async fn a_provider_that_cannot_be_believed_issues_and_loses_nothing() {
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
async fn a_provider_that_says_no_ends_the_grant() {
    let provider = Provider::start().await;
    let granted = Granted::strict(&provider).await;
    provider.misbehave(Vice::Refusal(400, "invalid_grant"));
    granted.refused().await;
    provider.behave();
    granted.refused().await;
}

#[tokio::test]
async fn strict_means_no_where_the_provider_gave_nothing_to_ask_with() {
    let provider = Provider::start().await;
    provider.misbehave(Vice::NoRefreshToken);
    let granted = Granted::strict(&provider).await;
    provider.behave();
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
    assert!(successors.iter().all(|token| *token == successors[0]), "each goes on with the same");
    assert_eq!(asked(), before + 1);
}
