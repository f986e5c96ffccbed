//! FastMCP silently approved a remembered client on a navigation from any site. Here no approval is remembered: the
//! user is asked at every authorization, whoever started it, and other sites can neither frame the page nor post its
//! form.
//!
//! Checked by removing the origin check of `sidecar/src/edge/origin.rs`, and `frame-ancestors` in
//! `sidecar/src/pages/style.rs`.

use e2e::browser::{Browser, Decides, Outcome};
use e2e::runtime::run;
use reqwest::Method;

use crate::world::{alice, approving, consent_page, world};

#[test]
fn the_user_is_asked_at_every_authorization() {
    run(async {
        let tenant = world().await.path("alpha");
        let client = tenant.register("remembered").await;
        let mut browser = Browser::new(&tenant.http);
        browser.log_in(&tenant.authorize_url(&client, &[]), alice()).await.parameter("code").expect("a code");
        for more in [vec![], vec![("prompt", "login")], vec![("prompt", "consent")]] {
            let url = tenant.authorize_url(&client, &more);
            let outcome = browser.log_in(&url, alice().deciding(Decides::Nothing)).await;
            // Whether or not the user is signed in, the browser reaches the consent page.
            let Outcome::Page(page) = outcome else { panic!("{more:?}: {outcome:?}") };
            assert!(page.body.contains("value=\"approve\""), "{more:?}: {page:?}");
        }
        let silent = tenant.authorize_url(&client, &[("prompt", "none")]).parse().expect("a URL");
        let location = browser.open(&silent).await.header("location").to_owned();
        assert!(location.contains("error=interaction_required"), "{location}");
    });
}

#[test]
fn another_site_can_neither_frame_the_page_nor_post_its_form() {
    run(async {
        let tenant = world().await.path("alpha");
        let client = tenant.register("framed").await;
        let (browser, page, form) = consent_page(&tenant, &client, alice()).await;
        assert_eq!(page.header("x-frame-options"), "DENY");
        let policy = page.header("content-security-policy").to_owned();
        assert!(
            policy.contains("frame-ancestors 'none'") && policy.contains("default-src 'none'"),
            "{policy}"
        );
        let fields = approving(&form, |_| {});
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&fields).finish();
        let cookie = browser.cookies(&page.url);
        assert!(cookie.contains("mcpb-dev-"), "our cookie is in {cookie:?}");
        for origin in ["https://evil.example", "null", ""] {
            let mut headers = vec![
                ("content-type", "application/x-www-form-urlencoded"),
                ("cookie", cookie.as_str()),
                ("sec-fetch-site", "cross-site"),
            ];
            if !origin.is_empty() {
                headers.push(("origin", origin));
            }
            let answer =
                tenant.http.send(Method::POST, &tenant.endpoint("consent"), &headers, body.clone()).await;
            assert_eq!(answer.status, 403, "{origin}: {answer:?}");
        }
    });
}
