//! FastMCP's proxy used one client at the provider for all its clients and did not ask for consent: a user who was
//! logged in at the provider gave any client a code by following a link. Here the user approves every client on our
//! page before being sent to the provider.
//!
//! Not checked by removal: a login without approval cannot reach the provider. The tests would fail if one could.

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
        let Outcome::Page(page) = outcome else { panic!("no consent page: {outcome:?}") };
        assert!(html::forms(&page.body).iter().any(|form| form.has("decision")), "{page:?}");
        assert!(page.body.contains("the attacker&#39;s") || page.body.contains("the attacker"), "{page:?}");
        let reached = browser.trail[asked_before..]
            .iter()
            .any(|(_, url, _)| url.as_str().starts_with(world.idp.issuer()));
        assert!(!reached, "the provider is contacted only after consent: {:?}", browser.trail);
    });
}

#[test]
fn the_user_is_asked_again_for_the_same_client() {
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
