//! workers-oauth-provider redeemed a code without checking its challenge, and accepted a verifier for a code without a
//! challenge. Here every code has a challenge, always S256.
//!
//! Checked by accepting any method in `protocol/src/server/pkce.rs`, and by removing the comparison in its `verify`.

use e2e::browser::Browser;
use e2e::flow::REDIRECT;
use e2e::runtime::run;

use crate::world::{alice, error, token, world};

#[test]
fn no_login_begins_without_s256() {
    run(async {
        let tenant = world().await.path("alpha");
        let client = tenant.register("pkce").await;
        for more in [
            [("code_challenge", ""), ("code_challenge_method", "S256")],
            [
                ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
                ("code_challenge_method", ""),
            ],
            [
                ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
                ("code_challenge_method", "plain"),
            ],
            [
                ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
                ("code_challenge_method", "s256"),
            ],
            [("code_challenge", "short"), ("code_challenge_method", "S256")],
        ] {
            let url = tenant.authorize_url(&client, &more).parse().expect("a URL");
            let answer = Browser::new(&tenant.http).open(&url).await;
            let location = answer.header("location").to_owned();
            assert!(
                location.starts_with(REDIRECT) && location.contains("error=invalid_request"),
                "{more:?} {answer:?}"
            );
            assert!(!location.contains("code="), "{location}");
        }
    });
}

#[test]
fn no_code_is_redeemed_without_its_verifier() {
    run(async {
        let tenant = world().await.path("alpha");
        let client = tenant.register("pkce").await;
        let code = tenant.code(&client, alice()).await;
        let mut fields = vec![
            ("grant_type", "authorization_code"),
            ("client_id", client.as_str()),
            ("code", code.as_str()),
            ("redirect_uri", REDIRECT),
        ];
        error(&token(&tenant, &fields).await, 400, "invalid_request");
        let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        for verifier in ["", "short", challenge, "another-verifier-of-at-least-forty-three-characters"] {
            fields.retain(|(name, _)| *name != "code_verifier");
            fields.push(("code_verifier", verifier));
            let answer = token(&tenant, &fields).await;
            assert_eq!(answer.status, 400, "{verifier}: {answer:?}");
            assert!(answer.json().get("access_token").is_none());
        }
        // None of these requests redeemed the code.
        tenant.redeem(&client, &code).await.expect(200);
    });
}
