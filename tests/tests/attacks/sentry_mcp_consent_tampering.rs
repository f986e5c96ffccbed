//! sentry-mcp and cloudflare/ai took client, redirect URI and state from the consent form. Our form contains only the
//! login's id and a CSRF token that covers everything that was shown; all other values are in the store.
//!
//! Checked by removing `csrf_matches` from `sidecar/src/journey`. That the token covers what was shown is tested by
//! `sidecar/tests/api/consent.rs::approval_counts_only_for_what_the_page_showed`.

use e2e::flow::REDIRECT;
use e2e::html;
use e2e::runtime::run;

use crate::world::{alice, approving, consent_page, stays, world};

#[test]
fn additional_form_fields_have_no_effect() {
    run(async {
        let tenant = world().await.path("alpha");
        let (own, other) = (tenant.register("own").await, tenant.register("other").await);
        let (mut browser, page, form) = consent_page(&tenant, &own, alice()).await;
        let fields = approving(&form, |fields| {
            for (name, value) in [
                ("client_id", other.as_str()),
                ("redirect_uri", "https://evil.example/cb"),
                ("state", "evil"),
                ("scope", "admin"),
                ("user", "root"),
            ] {
                fields.push((name.to_owned(), value.to_owned()));
            }
        });
        let done = browser.submit(&page.url, &form.action, &fields).await;
        let target = html::meta_refresh(&done.body).unwrap_or_else(|| panic!("{done:?}"));
        assert!(target.starts_with(REDIRECT) && target.contains("state=the-state"), "{target}");
        let code = url::Url::parse(&target)
            .expect("a URL")
            .query_pairs()
            .find(|(name, _)| name == "code")
            .expect("a code")
            .1
            .into_owned();
        let answer = tenant.redeem(&own, &code).await.expect(200);
        assert!(!answer.json()["scope"].as_str().expect("scopes").contains("admin"));
    });
}

#[test]
fn a_changed_or_missing_field_is_refused() {
    run(async {
        let tenant = world().await.path("alpha");
        let client = tenant.register("tampering").await;
        let other = tenant.register("another").await;
        let (_, _, foreign) = consent_page(&tenant, &other, alice()).await;
        let value =
            |name: &str| foreign.fields.iter().find(|(own, _)| own == name).expect("a field").1.clone();
        for (name, values) in [
            ("csrf", [String::new(), "made-up".to_owned(), value("csrf")]),
            ("flow", [String::new(), "made-up".to_owned(), value("flow")]),
            ("decision", [String::new(), "yes".to_owned(), "approve deny".to_owned()]),
        ] {
            for changed in values {
                let (mut browser, page, form) = consent_page(&tenant, &client, alice()).await;
                let fields = approving(&form, |fields| {
                    fields.retain(|(own, _)| own != name);
                    fields.push((name.to_owned(), changed.clone()));
                });
                stays(&browser.submit(&page.url, &form.action, &fields).await);
            }
        }
    });
}

#[test]
fn a_consent_form_can_be_submitted_only_once() {
    run(async {
        let tenant = world().await.path("alpha");
        let client = tenant.register("once").await;
        let (mut browser, page, form) = consent_page(&tenant, &client, alice()).await;
        let fields = approving(&form, |_| {});
        let done = browser.submit(&page.url, &form.action, &fields).await;
        assert!(html::meta_refresh(&done.body).is_some(), "{done:?}");
        stays(&browser.submit(&page.url, &form.action, &fields).await);
    });
}
