//! obsidian-web-mcp approved every request, and punkpeye/fastmcp returned its upstream secret at registration. Here a
//! code requires a login, and no response to a client contains a tenant's secret.
//!
//! Checked by letting logins start in the step `AwaitConsent`, in `sidecar/src/journey/start/flow.rs`.

use e2e::browser::{Browser, Decides};
use e2e::runtime::run;
use reqwest::Method;
use serde_json::json;

use crate::world::{alice, stays, world};

#[test]
fn no_page_gives_a_code_before_the_password() {
    run(async {
        let tenant = world().await.path("alpha");
        let client = tenant.register("auto").await;
        let mut browser = Browser::new(&tenant.http);
        let url: url::Url = tenant.authorize_url(&client, &[]).parse().expect("a URL");
        let begun = browser.open(&url).await;
        let flow = url::Url::parse(begun.header("location")).expect("a URL");
        assert!(flow.path().ends_with("/oauth/login"), "{flow}");
        let mut skipped = flow.clone();
        skipped.set_path(&flow.path().replace("login", "consent"));
        // The skipped page leads back to the password page.
        let back = browser.open(&skipped).await.expect(303);
        assert_eq!(back.header("location"), flow.as_str());
        let id = flow.query().expect("a flow").trim_start_matches("flow=").to_owned();
        for (name, password) in
            [("alice", ""), ("alice", "wrong"), ("", ""), ("nobody", "correct horse battery")]
        {
            let page = browser.open(&flow).await;
            let csrf = e2e::html::forms(&page.body)[0]
                .fields
                .iter()
                .find(|(name, _)| name == "csrf")
                .expect("a token")
                .1
                .clone();
            let fields = [("flow", id.as_str()), ("csrf", &csrf), ("username", name), ("password", password)]
                .map(|(name, value)| (name.to_owned(), value.to_owned()));
            stays(&browser.submit(&flow, "", &fields).await);
        }
    });
}

#[test]
fn a_password_without_approval_gives_no_code() {
    run(async {
        let tenant = world().await.path("alpha");
        let client = tenant.register("auto").await;
        let outcome = tenant.log_in(&client, alice().deciding(Decides::Deny)).await;
        assert_eq!(outcome.parameter("error").as_deref(), Some("access_denied"));
        assert!(outcome.parameter("code").is_none());
    });
}

#[test]
fn registration_does_not_reveal_the_tenants_own_client() {
    run(async {
        let tenant = world().await.upstream();
        for method in ["none", "client_secret_basic", "client_secret_post"] {
            let metadata =
                json!({"redirect_uris": ["https://c.example/cb"], "token_endpoint_auth_method": method});
            let answer =
                tenant.http.post_json(&tenant.endpoint("register"), &[], &metadata).await.expect(201);
            assert!(!answer.body.contains("secret-of-the-client"), "{answer:?}");
            assert_ne!(answer.json()["client_id"], "mcpbouncer");
        }
        let managed =
            tenant.http.send(Method::GET, &format!("{}/x", tenant.endpoint("register")), &[], "").await;
        assert_eq!(managed.status, 401);
    });
}
