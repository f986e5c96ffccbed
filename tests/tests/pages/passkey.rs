//! A passkey in a real Chromium, through the real Traefik: it is added on the account page, and used to get a token.

use e2e::flow::claims;
use e2e::runtime::run;
use serde_json::json;

use crate::world::{CALLBACK, FAYE, in_chromium, register, world};

#[test]
fn a_user_signs_in_with_a_passkey_and_gets_a_token() {
    run(async {
        let tenant = &world().await.local;
        let client = register(tenant, "Claude", CALLBACK).await;
        let plan = json!({
            "name": FAYE.name, "password": FAYE.password, "callback": CALLBACK,
            "urls": {
                "account": tenant.endpoint("account"),
                "connections": tenant.endpoint("connections"),
                "authorize": tenant.authorize_url(&client, &[("redirect_uri", CALLBACK)]),
            },
        });
        let lines = in_chromium("passkey", &[], &plan).await;
        let [seen] = &lines[..] else { panic!("{lines:?}") };
        let text = |name: &str| seen[name].as_str().expect("text");
        assert!(text("added").contains("Laptop") && text("added").contains("localhost"), "{seen}");
        assert_eq!(text("asked"), "/oauth/login", "the user has signed out");
        assert!(text("consent").contains("faye"), "{seen}");
        let arrived: url::Url = seen["arrived"][0].as_str().expect("a URL").parse().expect("a URL");
        let code = arrived.query_pairs().find(|(name, _)| name == "code").expect("a code").1;
        let fields = [
            ("grant_type", "authorization_code"),
            ("client_id", &client),
            ("code", &code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", e2e::flow::VERIFIER),
            ("resource", &tenant.mcp()),
        ];
        let answer = tenant.http.post_form(&tenant.endpoint("token"), &[], &fields).await.expect(200);
        let access = answer.json()["access_token"].as_str().expect("a token").to_owned();
        assert_eq!(claims(&access)["sub"], "faye");
    });
}
