//! Logins with Keycloak, groups and roles, and everything at Keycloak that ends a grant. After a grant has ended, the
//! MCP client gets `invalid_grant` and starts a login by itself.

use std::time::Duration;

use e2e::clients::Kind;
use e2e::ended::{assert_refused, logs_in_again, logs_in_again_after};
use e2e::keycloak::{ALICE, BOB};
use e2e::runtime::run;
use e2e::wait;

use crate::tenant::{AtKeycloak, Variant};

const SDKS: [Kind; 3] = [Kind::Python, Kind::SdkV1, Kind::ClientV2];
/// The guide's scopes without `offline_access`.
const ONLINE: (&str, &str) = ("scopes=openid,email,profile,offline_access", "scopes=openid,email,profile");
/// The guide's client, changed to one without a secret.
const PUBLIC: (&str, &str) = (
    "\"publicClient\": false,\n  \"secret\": \"replace-me-with-a-long-random-secret\",",
    "\"publicClient\": true,",
);

#[test]
fn real_clients_log_in_call_a_tool_and_refresh() {
    run(async {
        let at = AtKeycloak::start(Variant::default()).await;
        for kind in SDKS {
            let mut client = at.client(kind);
            client.connect(ALICE).await;
            assert_eq!(client.call().await, 1, "{kind:?}: one token response so far");
            for issued in [2, 3] {
                client.expire().await;
                assert_eq!(client.call().await, issued, "{kind:?}: the refresh returned another");
            }
            assert_eq!(client.asked, 1, "{kind:?}: the user logged in once");
        }
    });
}

#[test]
fn groups_from_a_mapper_decide_who_can_log_in() {
    run(async {
        let at = AtKeycloak::start(Variant::default()).await;
        at.tenant.tokens("staff", ALICE).await;
        let page = at.tenant.page_of(BOB).await;
        assert!(page.body.contains("in none of the groups"), "{page:?}");
    });
}

#[test]
fn realm_roles_decide_who_can_log_in() {
    run(async {
        let at = AtKeycloak::start(Variant { labels: Some("labels: roles"), ..Variant::default() }).await;
        at.tenant.tokens("has the role", ALICE).await;
        let page = at.tenant.page_of(BOB).await;
        assert!(page.body.contains("in none of the groups"), "{page:?}");
    });
}

#[test]
fn a_public_client_at_keycloak_works() {
    run(async {
        let variant = Variant { with: vec![PUBLIC], without: Some("clientSecret"), ..Variant::default() };
        let at = AtKeycloak::start(variant).await;
        let held = at.tenant.tokens("of a public client", ALICE).await;
        at.tenant.refresh(&held.client_id, &held.refresh).await.expect(200);
    });
}

#[test]
fn a_disabled_account_cannot_refresh_or_log_in_until_it_is_enabled() {
    run(async {
        let at = AtKeycloak::start(Variant::default()).await;
        let mut clients = Vec::new();
        for kind in SDKS {
            let mut client = at.client(kind);
            client.connect(ALICE).await;
            clients.push(client);
        }
        let held = at.tenant.tokens("disabled", ALICE).await;
        at.run("disable").await;
        assert_refused(&at.tenant.refresh(&held.client_id, &held.refresh).await);
        let page = at.tenant.page_of(ALICE).await;
        assert!(page.body.contains("Account is disabled"), "{page:?}");

        let first = clients.first_mut().expect("a client");
        logs_in_again_after(first, ALICE, "Account is disabled", async || at.run("enable").await).await;
        // A refusal is final, but grants that were not refreshed meanwhile are still valid.
        assert_refused(&at.tenant.refresh(&held.client_id, &held.refresh).await);
        for client in clients.iter_mut().skip(1) {
            client.expire().await;
            client.call().await;
        }
    });
}

/// The session at Keycloak expires. Only grants with `offline_access` do not depend on the session.
#[test]
fn an_expired_session_ends_only_grants_without_offline_access() {
    run(async {
        let short = ("ssoSessionIdleTimeout=28800", "ssoSessionIdleTimeout=2");
        let online = AtKeycloak::start(Variant { with: vec![ONLINE, short], ..Variant::default() }).await;
        online.run("session-idle").await;
        let offline = AtKeycloak::start(Variant { with: vec![short], ..Variant::default() }).await;
        offline.run("session-idle").await;
        let held = offline.tenant.tokens("offline", ALICE).await;
        let mut client = online.client(Kind::Python);
        client.connect(ALICE).await;

        wait::foreign_clock(Duration::from_secs(4)).await;
        offline.tenant.refresh(&held.client_id, &held.refresh).await.expect(200);
        logs_in_again(&mut client, ALICE).await;
    });
}

/// If an administrator uses *Sign out*, everything that Keycloak issued to the user before becomes invalid.
#[test]
fn signing_a_user_out_ends_every_grant() {
    run(async {
        for with in [vec![], vec![ONLINE]] {
            let at = AtKeycloak::start(Variant { with, ..Variant::default() }).await;
            let mut client = at.client(Kind::SdkV1);
            client.connect(ALICE).await;
            client.expire().await;
            assert_eq!(client.call().await, 2, "it refreshes while the session lasts");
            at.run("sign-out").await;
            logs_in_again(&mut client, ALICE).await;
        }
    });
}
