//! Logins with Dex, groups, an outage, and everything at Dex that ends a grant. After a grant has ended, the MCP client
//! gets `invalid_grant` and starts a login by itself.

use e2e::browser::Browser;
use e2e::clients::Kind;
use e2e::dex::{ALICE, BOB};
use e2e::ended::{assert_refused, logs_in_again, logs_in_again_after};
use e2e::flow::Tokens;
use e2e::runtime::run;

use crate::tenant::{AtDex, replaced};

const SDKS: [Kind; 3] = [Kind::Python, Kind::SdkV1, Kind::ClientV2];
/// The text of the page for a user whom `allowedGroups` refuses.
const REFUSED: &str = "in none of the groups";
/// The two modes in which the provider is asked at a refresh.
const ASKING: [&str; 2] = ["auto", "true"];

#[test]
fn real_clients_log_in_call_a_tool_and_refresh() {
    run(async {
        let at = AtDex::start("auto").await;
        // One after another, because Dex keeps only one refresh token per user.
        for kind in SDKS {
            let mut client = at.client(kind);
            client.connect(ALICE).await;
            assert_eq!(client.call().await, 1, "{kind:?}: one token response so far");
            client.expire().await;
            assert_eq!(client.call().await, 2, "{kind:?}: the refresh returned a second");
            assert_eq!(client.asked, 1, "{kind:?}: the user logged in once");
        }
    });
}

/// Users of a provider sign in there to see their connections, and end them.
#[test]
fn users_end_what_is_connected() {
    run(async {
        let at = AtDex::start("true").await;
        let ended = at.tenant.tokens("ended", ALICE).await;
        let mut browser = Browser::new(&at.stack.http);
        let page = browser.connections(&at.tenant.base, ALICE).await.expect(200);
        // Signing in for the page does not invalidate the refresh token with which Dex is asked about the grant.
        let ended = Tokens::of(
            ended.client_id.clone(),
            &at.tenant.refresh(&ended.client_id, &ended.refresh).await.expect(200),
        );
        assert!(page.body.contains("ended"), "{}", page.body);
        let page = browser.press(&page, "end", "", ALICE).await.expect(200);
        assert!(page.body.contains("id=\"none\""), "{}", page.body);
        assert_eq!(at.tenant.refresh(&ended.client_id, &ended.refresh).await.status, 400);
    });
}

/// Dex rotates its refresh token at every use, so each refresh must use the newest one.
#[test]
fn consecutive_refreshes_use_the_newest_token_of_dex() {
    run(async {
        let at = AtDex::start("true").await;
        let mut held = at.tenant.tokens("stays", ALICE).await;
        for _ in 0..3 {
            let answer = at.tenant.refresh(&held.client_id, &held.refresh).await.expect(200);
            held = Tokens::of(held.client_id, &answer);
            at.assert_admits(&held).await;
        }
    });
}

#[test]
fn a_public_client_at_dex_works() {
    run(async {
        let public = |text: String| replaced(&text, "secretEnv: DEX_MCPBOUNCER_SECRET", "public: true");
        let without = |labels: Vec<String>| {
            labels.into_iter().filter(|label| !label.contains(".clientSecret=")).collect::<Vec<_>>()
        };
        let at = AtDex::start_with("true", public, without).await;
        let held = at.tenant.tokens("of a public client", ALICE).await;
        at.tenant.refresh(&held.client_id, &held.refresh).await.expect(200);
    });
}

#[test]
fn groups_decide_who_can_log_in_and_refresh() {
    run(async {
        let mut at = AtDex::start("auto").await;
        let page = at.tenant.page_of(BOB).await;
        assert!(page.body.contains(REFUSED), "{page:?}");
        assert!(at.stack.sidecar.log().contains("allowedGroups"), "{}", at.stack.sidecar.log());

        let held = at.tenant.tokens("stays", ALICE).await;
        let mut client = at.client(Kind::SdkV1);
        client.connect(ALICE).await;
        at.serve_with("  groups:\n  - staff\n", "").await;
        logs_in_again_after(&mut client, ALICE, REFUSED, async || at.serve_everybody().await).await;
        assert_refused(&at.tenant.refresh(&held.client_id, &held.refresh).await);
    });
}

/// Dex keeps one refresh token per user and client: a second login invalidates the token of the first.
#[test]
fn a_second_login_ends_the_first_grant_and_its_client_logs_in_again() {
    run(async {
        for strict in ASKING {
            let at = AtDex::start(strict).await;
            let older = at.tenant.tokens("older", ALICE).await;
            let mut first = at.client(Kind::Python);
            first.connect(ALICE).await;
            assert_refused(&at.tenant.refresh(&older.client_id, &older.refresh).await);
            let mut second = at.client(Kind::SdkV1);
            second.connect(ALICE).await;
            logs_in_again(&mut first, ALICE).await;
            logs_in_again(&mut second, ALICE).await;
        }
    });
}

#[test]
fn a_user_removed_from_dex_cannot_log_in_until_added_again() {
    run(async {
        for (strict, kind) in ASKING.into_iter().zip([Kind::Python, Kind::ClientV2]) {
            let mut at = AtDex::start(strict).await;
            let mut client = at.client(kind);
            client.connect(ALICE).await;
            at.serve_without(ALICE).await;
            let word = "Invalid Email Address and password";
            let mended = async || at.serve_everybody().await;
            logs_in_again_after(&mut client, ALICE, word, mended).await;
        }
    });
}

/// A grant whose refresh Dex refused once stays revoked, even if the user is added again.
#[test]
fn a_grant_that_dex_refused_stays_revoked() {
    run(async {
        let mut at = AtDex::start("auto").await;
        let held = at.tenant.tokens("removed", ALICE).await;
        at.serve_without(ALICE).await;
        assert_refused(&at.tenant.refresh(&held.client_id, &held.refresh).await);
        at.serve_everybody().await;
        assert_refused(&at.tenant.refresh(&held.client_id, &held.refresh).await);
    });
}

#[test]
fn while_dex_is_stopped_strict_refreshes_get_503_and_clients_keep_their_tokens() {
    run(async {
        let mut at = AtDex::start("true").await;
        // The Python client asks for a login whenever a refresh fails, whatever the reason, so another client is used.
        let mut client = at.client(Kind::SdkV1);
        client.connect(ALICE).await;
        at.dex.stop();
        client.expire().await;
        let refused = client.try_call().await;
        assert!(refused.is_err(), "{refused:?}");
        let tokens = client.tokens().await;
        assert!(tokens["refresh_token"].is_string(), "it lost its tokens: {tokens}");

        let refresh = tokens["refresh_token"].as_str().expect("text");
        let id = e2e::flow::claims(tokens["access_token"].as_str().expect("text"))["client_id"].clone();
        let answer = at.tenant.refresh(id.as_str().expect("text"), refresh).await.expect(503);
        assert_eq!(answer.json()["error"], "temporarily_unavailable", "{answer:?}");
        assert!(!answer.header("retry-after").is_empty(), "{answer:?}");

        at.dex.resume().await;
        client.expire().await;
        assert_eq!(client.call().await, 2, "the client refreshed");
        assert_eq!(client.asked, 1, "the user was not asked to log in again");
    });
}

#[test]
fn while_dex_is_stopped_refreshes_that_are_not_strict_succeed() {
    run(async {
        let mut at = AtDex::start("auto").await;
        let held = at.tenant.tokens("goes on", ALICE).await;
        at.dex.stop();
        let answer = at.tenant.refresh(&held.client_id, &held.refresh).await.expect(200);
        let held = Tokens::of(held.client_id, &answer);
        at.assert_admits(&held).await;
        // As soon as Dex responds again, Dex is asked.
        at.serve_without(ALICE).await;
        assert_refused(&at.tenant.refresh(&held.client_id, &held.refresh).await);
    });
}
