//! workers-oauth-provider did not compare `redirect_uri` at the authorization endpoint; turbo-ea and coroot compared
//! neither that nor `client_id`. Our comparison is exact, and a request with an unregistered URI gets an error page.
//!
//! Checked by letting `RedirectUri::matches` in `protocol/src/server/redirect/uri.rs` compare only prefixes: the first
//! two tests fail.

use e2e::browser::Browser;
use e2e::flow::REDIRECT;
use e2e::runtime::run;

use crate::world::{stays, world};

#[test]
fn nothing_is_redirected_to_an_unregistered_uri() {
    run(async {
        let tenant = world().await.path("alpha");
        let client = tenant.register("redirects").await;
        for uri in [
            "https://evil.example/callback",
            "http://127.0.0.1:1/callback/",
            "http://127.0.0.1:1/Callback",
            "http://127.0.0.1:1/callback?more=1",
            "http://127.0.0.1:1/callback#fragment",
            "http://127.0.0.1:1/callback/../evil",
            "http://127.0.0.1:1/%63allback",
            "http://127.0.0.1:1@evil.example/callback",
            "http://127.0.0.1.evil.example/callback",
            "http://localhost:1/callback",
            "http://127.0.0.2:1/callback",
            "https://127.0.0.1:1/callback",
            "javascript:alert(1)",
            "//evil.example/callback",
            "",
        ] {
            let mut browser = Browser::new(&tenant.http);
            let url = tenant.authorize_url(&client, &[("redirect_uri", uri)]).parse().expect("a URL");
            let page = browser.open(&url).await;
            // An empty value counts as absent. A client with a loopback redirect URI must send it, because its port
            // varies.
            stays(&page);
        }
    });
}

#[test]
fn another_clients_redirect_uri_is_refused() {
    run(async {
        let tenant = world().await.path("alpha");
        let metadata = serde_json::json!({"redirect_uris": ["https://other.example/cb"]});
        let answer = tenant.http.post_json(&tenant.endpoint("register"), &[], &metadata).await.expect(201);
        let other = answer.json()["client_id"].as_str().expect("an id").to_owned();
        let mut browser = Browser::new(&tenant.http);
        for uri in [REDIRECT, "https://other.example/cb2"] {
            let url = tenant.authorize_url(&other, &[("redirect_uri", uri)]).parse().expect("a URL");
            stays(&browser.open(&url).await);
        }
    });
}

#[test]
fn an_unknown_client_gets_an_error_page() {
    run(async {
        let tenant = world().await.path("alpha");
        for id in ["unknown", "", "mcpb-AAAA", "../../etc/passwd", "x\u{0}y"] {
            let url = tenant.authorize_url(id, &[]).parse().expect("a URL");
            stays(&Browser::new(&tenant.http).open(&url).await);
        }
    });
}
