//! Settings that do not fit Dex: whoever runs the server is told what to change, and nobody is logged out for it.

use e2e::dex::ALICE;
use e2e::flow::{Tokens, claims};
use e2e::runtime::run;

use crate::tenant::{AtDex, replaced};

const SCOPES: &str = "scopes=openid,email,profile,groups,offline_access";

/// Labels with another list of scopes, and more of them.
fn scopes(labels: &[String], list: &str, more: &[&str]) -> Vec<String> {
    let text = replaced(&labels.join("\n"), SCOPES, &format!("scopes={list}"));
    let option = |option: &&str| format!("traefik.http.middlewares.wiki-mcp.plugin.mcpbouncer.{option}");
    text.lines().map(str::to_owned).chain(more.iter().map(option)).collect()
}

#[test]
fn a_wrong_secret_puts_refreshes_off_and_is_named() {
    run(async {
        let mut at = AtDex::start("auto").await;
        let held = at.tenant.tokens("stays", ALICE).await;
        at.serve_with("secretEnv: DEX_MCPBOUNCER_SECRET", "secret: another").await;
        let answer = at.tenant.refresh(&held.client_id, &held.refresh).await.expect(503);
        assert_eq!(answer.json()["error"], "temporarily_unavailable", "{answer:?}");
        let log = at.stack.sidecar.log();
        assert!(log.contains("invalid_client") && log.contains("check clientID and clientSecret"), "{log}");
        at.tenant.page_of(ALICE).await;

        at.serve_everybody().await;
        at.tenant.refresh(&held.client_id, &held.refresh).await.expect(200);
    });
}

#[test]
fn a_scope_that_dex_does_not_know_is_named() {
    run(async {
        let labels = |labels: Vec<String>| scopes(&labels, "openid,groups,wiki:read", &[]);
        let at = AtDex::start_with("auto", |configuration| configuration, labels).await;
        at.tenant.page_of(ALICE).await;
        let log = at.stack.sidecar.log();
        assert!(log.contains("invalid_scope") && log.contains("offeredScopes"), "{log}");
    });
}

#[test]
fn scopes_of_the_mcp_servers_own_are_not_asked_of_dex() {
    run(async {
        let labels =
            |labels: Vec<String>| scopes(&labels, "openid,groups", &["offeredScopes=wiki:read,wiki:write"]);
        let at = AtDex::start_with("auto", |configuration| configuration, labels).await;
        let held = at.tenant.tokens("of wiki", ALICE).await;
        assert_eq!(claims(&held.access)["scope"], "wiki:read wiki:write");
    });
}

/// Without `offline_access` Dex gives no refresh token: where every refresh needs its word, the client gets none either.
#[test]
fn a_strict_tenant_without_offline_access_is_told_at_the_login() {
    run(async {
        let labels = |labels: Vec<String>| scopes(&labels, "openid,groups", &[]);
        let at = AtDex::start_with("true", |configuration| configuration, labels).await;
        let client = at.tenant.register("in vain").await;
        let code = at.tenant.code(&client, ALICE).await;
        let answer = at.tenant.redeem(&client, &code).await.expect(200).json();
        assert!(answer["access_token"].is_string() && answer["refresh_token"].is_null(), "{answer}");
        let log = at.stack.sidecar.log();
        assert!(log.contains("Add offline_access to the option scopes"), "{log}");
    });
}

/// The same where the provider is asked only if it can be: the grant lives by its own lifetimes.
#[test]
fn without_offline_access_logins_do_not_end_one_another() {
    run(async {
        let labels = |labels: Vec<String>| scopes(&labels, "openid,groups", &[]);
        let at = AtDex::start_with("auto", |configuration| configuration, labels).await;
        let held = [at.tenant.tokens("first", ALICE).await, at.tenant.tokens("second", ALICE).await];
        for tokens in held {
            let answer = at.tenant.refresh(&tokens.client_id, &tokens.refresh).await.expect(200);
            at.assert_admits(&Tokens::of(tokens.client_id, &answer)).await;
        }
    });
}
