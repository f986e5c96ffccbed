//! Obot's `/mcp-connect/{id}` had no access list: any user who was logged in could use any server. Here a tenant's
//! access rules are applied at login and at every refresh, and a tenant with a public provider must have a rule.
//!
//! Checked by removing `settings.authorize` in `sidecar/src/journey/password/flow.rs`, and the sidecar's check for a
//! mandatory rule together with the plugin's own.

use e2e::runtime::run;

use crate::world::{alice, bob, world};

#[test]
fn a_user_who_is_not_on_the_list_gets_no_code() {
    run(async {
        let tenant = world().await.host("members");
        let client = tenant.register("list").await;
        let outcome = tenant.log_in(&client, bob()).await;
        assert_eq!(outcome.parameter("error").as_deref(), Some("access_denied"), "{outcome:?}");
        assert!(outcome.parameter("code").is_none());
        tenant.code(&client, alice()).await;
    });
}

#[test]
fn a_public_provider_without_an_access_rule_gets_503() {
    run(async {
        let tenant = world().await.host("public");
        let answer = tenant.http.get(&tenant.endpoint("authorize")).await.expect(503);
        assert!(
            !answer.header("retry-after").is_empty() && answer.header("location").is_empty(),
            "{answer:?}"
        );
        tenant.call("x.y.z").await.expect(503);
        let log = world().await.stack.traefik.log();
        assert!(log.contains("allowedUsers"), "the log says what to set");
    });
}
