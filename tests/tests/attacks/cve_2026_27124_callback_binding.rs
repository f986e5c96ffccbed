//! FastMCP's callback was not bound to the browser that had consented; Obsidian Security took over accounts with one
//! click where `state` and consent were not bound to a session.
//!
//! Checked by removing the comparison of browsers in `login_visible`, `store/src/decide/logins.rs`.

use e2e::browser::{Browser, Decides};
use e2e::html;
use e2e::runtime::run;

use crate::world::{alice, approving, consent_page, stays, world};

/// Returns alice's browser, and the callback URL with the provider's code for alice, which the browser has not opened
/// yet.
async fn callback() -> (Browser, url::Url) {
    let tenant = world().await.upstream();
    let client = tenant.register("callback").await;
    let mut browser = Browser::new(&tenant.http);
    let prefix = format!("{}/oauth/callback", tenant.base);
    let url: url::Url = tenant.authorize_url(&client, &[]).parse().expect("a URL");
    let first = browser.open(&url).await;
    let outcome = browser.go_on(first, Some(&prefix), alice()).await;
    let e2e::browser::Outcome::Callback(url) = outcome else { panic!("{outcome:?}") };
    (browser, url)
}

#[test]
fn the_callback_in_another_browser_gives_no_code() {
    run(async {
        let tenant = world().await.upstream();
        let (mut own, url) = callback().await;
        stays(&Browser::new(&tenant.http).open(&url).await);
        // Another browser, which has started its own login.
        let other = tenant.register("other").await;
        let mut attacker = Browser::new(&tenant.http);
        let waiting = alice().deciding(Decides::Nothing);
        attacker.log_in(&tenant.authorize_url(&other, &[]), waiting).await.page();
        stays(&attacker.open(&url).await);
        let back = own.open(&url).await;
        assert!(html::meta_refresh(&back.body).is_some_and(|to| to.contains("code=")), "{back:?}");
    });
}

#[test]
fn a_callback_works_once_and_only_with_its_own_state() {
    run(async {
        let (mut own, url) = callback().await;
        for state in ["", "made-up"] {
            let mut forged = url.clone();
            let code = url.query_pairs().find(|(name, _)| name == "code").expect("a code").1.into_owned();
            forged.query_pairs_mut().clear().append_pair("code", &code).append_pair("state", state);
            stays(&own.open(&forged).await);
        }
        let back = own.open(&url).await;
        assert!(html::meta_refresh(&back.body).is_some(), "{back:?}");
        stays(&own.open(&url).await);
    });
}

#[test]
fn a_consent_page_sent_to_another_person_approves_nothing() {
    run(async {
        let tenant = world().await.path("alpha");
        let client = tenant.register("one click").await;
        let (mut own, page, form) = consent_page(&tenant, &client, alice()).await;
        let fields = approving(&form, |_| {});
        let mut victim = Browser::new(&tenant.http);
        stays(&victim.open(&page.url).await);
        stays(&victim.submit(&page.url, &form.action, &fields).await);
        let done = own.submit(&page.url, &form.action, &fields).await;
        assert!(html::meta_refresh(&done.body).is_some(), "{done:?}");
    });
}
