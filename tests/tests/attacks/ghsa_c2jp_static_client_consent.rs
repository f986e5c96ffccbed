//! FastMCP's proxy had one client at the provider for all, and asked nobody: who was signed in there gave any
//! client a code by following a link. Here every client is approved on our page, before the provider is reached.
//!
//! Not tried by removal: a login without approval has no way to the provider at all. The cases would notice one.

use e2e::browser::{Browser, Decides, Outcome};
use e2e::html;
use e2e::runtime::run;

use crate::world::{alice, world};

#[test]
fn a_live_session_at_the_provider_gives_a_second_client_nothing() {
    run(async {
        let world = world().await;
        let tenant = world.upstream();
        let mut browser = Browser::new(&tenant.http);
        let first = tenant.register("the first").await;
        let back = browser.log_in(&tenant.authorize_url(&first, &[]), alice()).await;
        assert!(back.parameter("code").is_some(), "{back:?}");
        let asked_before = browser.trail.len();

        let second = tenant.register("the attacker's").await;
        let outcome =
            browser.log_in(&tenant.authorize_url(&second, &[]), alice().deciding(Decides::Nothing)).await;
        let Outcome::Page(page) = outcome else { panic!("nobody was asked: {outcome:?}") };
        assert!(html::forms(&page.body).iter().any(|form| form.has("decision")), "{page:?}");
        assert!(page.body.contains("the attacker&#39;s") || page.body.contains("the attacker"), "{page:?}");
        let reached = browser.trail[asked_before..]
            .iter()
            .any(|(_, url, _)| url.as_str().starts_with(world.idp.issuer()));
        assert!(!reached, "the provider is not asked before the person: {:?}", browser.trail);
    });
}

#[test]
fn the_same_client_is_asked_about_again_too() {
    run(async {
        let tenant = world().await.upstream();
        let mut browser = Browser::new(&tenant.http);
        let client = tenant.register("again").await;
        browser.log_in(&tenant.authorize_url(&client, &[]), alice()).await.parameter("code").expect("a code");
        let outcome =
            browser.log_in(&tenant.authorize_url(&client, &[]), alice().deciding(Decides::Nothing)).await;
        assert!(matches!(outcome, Outcome::Page(_)), "approved without being asked: {outcome:?}");
    });
}
