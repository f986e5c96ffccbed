//! Tenants that name no provider and no access rules: the operator's variables apply.

use protocol::context::Endpoint;
use protocol::settings::{AccessRules, Provider, UserRule};

use crate::support::*;

const BASE: &str = "https://wiki.example.com";

/// A tenant that uses the shared middleware.
fn shared() -> Site {
    let mut site = Site::local(BASE);
    site.settings.provider = Provider::Default;
    site.settings.resource = String::new();
    site
}

/// Whether alice gets a code.
async fn gets_in(world: &World, site: &Site) -> bool {
    let client = world.register(site, CALLBACK).await;
    let mut browser = Browser::new(world, site);
    let begun = browser.authorize(&authorize_pairs(&client)).await;
    let page = browser.follow(&begun).await;
    let done = browser.log_in(&page, "alice", PASSWORD).await;
    if !done.status.is_redirection() {
        return false;
    }
    let page = browser.follow(&done).await;
    browser.decide(&page, "approve").await.onward_parameter("code").is_some()
}

#[tokio::test]
async fn users_log_in_at_the_default_provider_and_see_the_host_as_the_name() {
    let world = World::new();
    let site = shared();
    let client = world.register(&site, CALLBACK).await;
    let mut browser = Browser::new(&world, &site);
    let begun = browser.authorize(&authorize_pairs(&client)).await;
    let page = browser.follow(&begun).await;
    assert!(page.words().contains("Sign in to wiki.example.com"), "{}", page.text);
    assert!(gets_in(&world, &site).await);
}

#[tokio::test]
async fn default_rules_hold_where_the_tenant_gives_none() {
    let bob_only = World::with(&[("BOUNCER_ALLOWED_USERS", "bob")]);
    assert!(!gets_in(&bob_only, &shared()).await);
    let mut own = shared();
    own.settings.access = AccessRules { users: UserRule::Any, ..AccessRules::default() };
    assert!(gets_in(&bob_only, &own).await);
    // A rule of the tenant replaces only the same rule of the operator.
    let group = World::with(&[("BOUNCER_ALLOWED_USERS", "*"), ("BOUNCER_ALLOWED_GROUPS", "nobody")]);
    assert!(!gets_in(&group, &own).await);
}

#[tokio::test]
async fn without_a_default_provider_the_tenant_is_503() {
    let world = World::configured(&[], |config| config.defaults.provider = None);
    let reply = world.get(&shared(), Endpoint::AuthorizationServerMetadata).await;
    assert_eq!(reply.status, 503, "{}", reply.text);
}
