//! workers-oauth-provider let one client revoke another's tokens, and acted on a code before it was verified.
//!
//! Checked by removing the comparison of clients in `sidecar/src/revocation/mod.rs`.

use e2e::runtime::run;

use crate::world::{alice, error, tokens, world};

#[test]
fn a_client_cannot_revoke_another_clients_token() {
    run(async {
        let tenant = world().await.path("alpha");
        let victim = tokens(&tenant, "victim").await;
        let attacker = tenant.register("attacker").await;
        for stolen in [&victim.refresh, &victim.access] {
            let fields = [("client_id", attacker.as_str()), ("token", stolen)];
            error(
                &tenant.http.post_form(&tenant.endpoint("revoke"), &[], &fields).await,
                400,
                "invalid_grant",
            );
        }
        tenant.refresh(&victim.client_id, &victim.refresh).await.expect(200);
    });
}

#[test]
fn a_forged_or_foreign_code_revokes_nothing() {
    run(async {
        let tenant = world().await.path("alpha");
        let client = tenant.register("victim").await;
        let attacker = tenant.register("attacker").await;
        let code = tenant.code(&client, alice()).await;
        for forged in ["mcpbc_forged", &format!("{code}x"), &code[..code.len() - 1]] {
            error(&tenant.redeem(&client, forged).await, 400, "invalid_grant");
        }
        error(&tenant.redeem(&attacker, &code).await, 400, "invalid_grant");
        let answer = tenant.redeem(&client, &code).await.expect(200);
        let refresh = answer.json()["refresh_token"].as_str().expect("a refresh token").to_owned();
        error(&tenant.redeem(&attacker, &code).await, 400, "invalid_grant");
        tenant.refresh(&client, &refresh).await.expect(200);
    });
}

#[test]
fn a_code_used_twice_by_its_own_client_revokes_the_grant() {
    run(async {
        let tenant = world().await.path("alpha");
        let client = tenant.register("victim").await;
        let code = tenant.code(&client, alice()).await;
        let answer = tenant.redeem(&client, &code).await.expect(200);
        let refresh = answer.json()["refresh_token"].as_str().expect("a refresh token").to_owned();
        error(&tenant.redeem(&client, &code).await, 400, "invalid_grant");
        error(&tenant.refresh(&client, &refresh).await, 400, "invalid_grant");
    });
}
