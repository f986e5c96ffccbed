//! Configuration errors with Dex. The log tells the operator what to change, and no user is logged out.

use e2e::dex::ALICE;
use e2e::flow::{Tokens, claims};
use e2e::runtime::run;

use crate::tenant::{AtDex, replaced};

const SCOPES: &str = "scopes=openid,email,profile,groups,offline_access";

/// Returns the labels with another list of scopes, and with additional labels.
fn scopes(labels: &[String], list: &str, more: &[&str]) -> Vec<String> {
    let text = replaced(&labels.join("\n"), SCOPES, &format!("scopes={list}"));
    let option = |option: &&str| format!("traefik.http.middlewares.wiki-mcp.plugin.mcpbouncer.{option}");
    text.lines().map(str::to_owned).chain(more.iter().map(option)).collect()
}

#[test]
fn with_a_wrong_secret_refreshes_get_503_and_the_log_names_it() {
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
fn the_log_names_a_scope_that_dex_does_not_know() {
    run(async {
        let labels = |labels: Vec<String>| scopes(&labels, "openid,groups,wiki:read", &[]);
        let at = AtDex::start_with("auto", |configuration| configuration, labels).await;
        at.tenant.page_of(ALICE).await;
        let log = at.stack.sidecar.log();
        assert!(log.contains("invalid_scope") && log.contains("offeredScopes"), "{log}");
    });
}

#[test]
fn the_mcp_servers_own_scopes_are_not_requested_from_dex() {
    run(async {
        let labels =
            |labels: Vec<String>| scopes(&labels, "openid,groups", &["offeredScopes=wiki:read,wiki:write"]);
        let at = AtDex::start_with("auto", |configuration| configuration, labels).await;
        let held = at.tenant.tokens("of wiki", ALICE).await;
        assert_eq!(claims(&held.access)["scope"], "wiki:read wiki:write");
    });
}

/// Without `offline_access`, Dex issues no refresh token. If Dex must confirm every refresh, the client gets no refresh
/// token either.
#[test]
fn with_strict_refreshes_and_no_offline_access_the_login_is_logged_with_advice() {
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

/// Dex issues no refresh token, and is asked only if it issued one. So only the grant's own lifetimes limit it.
#[test]
fn without_offline_access_logins_do_not_end_each_others_grants() {
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
