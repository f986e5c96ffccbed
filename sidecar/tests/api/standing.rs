//! Every refresh checks whether the user still has access: by the users file, by the rules of the labels, and, if so
//! configured, with the provider.

use std::sync::Arc;

use protocol::context::Endpoint;
use protocol::settings::Provider as At;
use serde_json::{Value, json};
use store::Store;
use store::crypto::secrets::hash_secret;
use store::intent::refresh::FindRefresh;

use crate::federated::to_provider;
use crate::support::provider::Provider;
use crate::support::{Browser, CALLBACK, Reply, START, Site, World, authorize_pairs};

pub(crate) const HOUR: u64 = 3600;

/// A user with a grant.
pub(crate) struct Granted {
    pub(crate) world: World,
    pub(crate) site: Site,
    pub(crate) client: String,
    pub(crate) token: String,
}

impl Granted {
    pub(crate) fn of(world: World, site: Site, client: String, answer: &Reply) -> Self {
        let token = refresh_token(answer);
        Self { world, site, client, token }
    }

    /// Gives alice a grant at a tenant with local users, whose scope `write` is for the group `team`.
    pub(crate) async fn local() -> Self {
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

    /// Gives alice a grant at a tenant whose provider must confirm every refresh.
    pub(crate) async fn strict(provider: &Provider) -> Self {
        Self::federated(provider, "true", "").await
    }

    /// Gives alice a grant at a tenant with a provider of this kind and this value of
    /// `BOUNCER_STRICT_UPSTREAM_REFRESH`.
    pub(crate) async fn federated(provider: &Provider, mode: &str, kind: &str) -> Self {
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

    /// Returns the same grant at another sidecar that shares the store.
    pub(crate) fn elsewhere(&self, store: &Arc<Store>, settings: &[(&str, &str)]) -> Self {
        Self {
            world: World::on(Arc::clone(store), settings),
            site: self.site.clone(),
            client: self.client.clone(),
            token: self.token.clone(),
        }
    }

    pub(crate) async fn refresh(&self) -> Reply {
        let pairs =
            [("grant_type", "refresh_token"), ("client_id", &*self.client), ("refresh_token", &*self.token)];
        self.world.post_form(&self.site, Endpoint::Token, &pairs).await
    }

    /// Refreshes, and keeps the new refresh token. Returns the granted scope.
    pub(crate) async fn refreshed(&mut self) -> Value {
        let answer = self.refresh().await;
        self.token = refresh_token(&answer);
        answer.json()["scope"].clone()
    }

    pub(crate) async fn refused(&self) {
        let answer = self.refresh().await;
        assert_eq!((answer.status.as_u16(), &answer.json()["error"]), (400, &json!("invalid_grant")));
    }
}

/// Registers a client and logs in through the provider. Returns the client's id and the token response.
pub(crate) async fn log_in(world: &World, site: &Site, provider: &Provider) -> (String, Reply) {
    let (client, code) = approved(world, site, provider).await;
    let answer = world.token(site, &client, &code).await;
    (client, answer)
}

/// Registers a client and logs in through the provider. Returns the client's id and its code.
pub(crate) async fn approved(world: &World, site: &Site, provider: &Provider) -> (String, String) {
    let client = world.register(site, CALLBACK).await;
    let mut browser = Browser::new(world, site);
    let url = to_provider(&mut browser, &authorize_pairs(&client)).await;
    let done = browser.get(Endpoint::Callback, &provider.sign_in(&url)).await;
    (client, done.onward_parameter("code").unwrap())
}

pub(crate) fn refresh_token(answer: &Reply) -> String {
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
        // The grant has ended: even if the user is enabled again, a new login is necessary.
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

/// A user whom a rule refuses must log in again, even if later admitted. A configuration error does not end grants.
#[tokio::test]
async fn a_refusal_by_a_rule_ends_the_grant_but_a_configuration_error_does_not() {
    let provider = Provider::start().await;
    let mut granted = Granted::strict(&provider).await;
    let rules = granted.site.settings.access.clone();
    // This option is valid only for Entra ID.
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

/// The same limit applies at login.
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

/// Disabling a user ends the user's grants. A code that was issued before must not lead to another grant.
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
