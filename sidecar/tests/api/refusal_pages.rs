//! The page for a user whose login was refused or failed: it has the reason and a link back to the client.

use protocol::settings::{AccessRules, UserRule};
use serde_json::json;

use crate::federated::{BASE, full_login, setting};
use crate::support::provider::Vice;
use crate::support::*;

/// The page helps users who chose the wrong account, and users who need to be given access.
#[tokio::test]
async fn a_refused_user_gets_a_page_with_the_reason_and_a_link_back() {
    type Change = fn(&mut AccessRules);
    let changes: [(Change, &str); 4] = [
        (|rules| rules.users = UserRule::Only(["bob".to_owned()].into()), "not on the list"),
        (
            |rules| rules.email_domains = ["other.example".to_owned()].into(),
            "does not belong to an organisation",
        ),
        (|rules| rules.groups = ["staff".to_owned()].into(), "none of the groups"),
        (|rules| rules.email_domains = ["example.com".to_owned()].into(), "does not confirm"),
    ];
    for (change, words) in changes {
        let mut setting = setting().await;
        change(&mut setting.site.settings.access);
        if words == "does not confirm" {
            setting.provider.claim("email_verified", json!(false));
        }
        let page = full_login(&setting).await;
        assert_eq!((page.status.as_u16(), page.reason()), (200, "not_admitted"), "{words}");
        assert!(
            page.text.contains(words) && page.text.contains("alice@example.com"),
            "{words}: {}",
            page.text
        );
        assert!(!page.text.contains("http-equiv") && !page.text.contains("<script"), "{}", page.text);
        let back = page.onward();
        assert!(back.starts_with("https://client.example/cb?error=access_denied&"), "{back}");
        assert_eq!(parameter(&back, "state").as_deref(), Some("st&te"));
        assert!(page.header("set-cookie").contains("Max-Age=0"), "the login cookie was not removed");
    }
    // Claims of the provider are escaped on the page.
    let mut setting = setting().await;
    setting.site.settings.access.users = UserRule::Only(["bob".to_owned()].into());
    setting.provider.claim("preferred_username", json!("<img src=x onerror=1>"));
    let page = full_login(&setting).await;
    assert!(page.text.contains("&lt;img") && !page.text.contains("<img"), "{}", page.text);
}

#[tokio::test]
async fn a_login_that_fails_because_of_provider_or_settings_gets_a_page_with_the_reason() {
    for (vice, reason, words) in [
        (Vice::Refusal(400, "invalid_grant"), "upstream_refused", "try again"),
        (Vice::Refusal(503, "busy"), "upstream_unavailable", "does not respond"),
        (Vice::Refusal(400, "invalid_scope"), "upstream_misconfigured", "not configured"),
        (Vice::ForeignKey, "upstream_unverifiable", "could not be verified"),
    ] {
        let setting = setting().await;
        setting.provider.misbehave(vice.clone());
        let page = full_login(&setting).await;
        assert_eq!((page.status.as_u16(), page.reason()), (200, reason), "{vice:?}");
        assert!(page.text.contains(words), "{vice:?}: {}", page.text);
        assert!(page.onward_parameter("error").is_some(), "{vice:?}");
    }
    // The same page appears if the login fails before the user is sent to the provider.
    let setting = setting().await;
    setting.provider.misbehave(Vice::Document("issuer", json!("https://evil.example")));
    let client = setting.world.register(&setting.site, CALLBACK).await;
    let mut browser = Browser::new(&setting.world, &setting.site);
    let begun = browser.authorize(&authorize_pairs(&client)).await;
    let page = browser.follow(&begun).await;
    let ended = browser.decide(&page, "approve").await;
    assert_eq!(ended.reason(), "upstream_misconfigured");
    assert_eq!(ended.onward_parameter("error").as_deref(), Some("server_error"));
}

#[tokio::test]
async fn a_local_user_who_is_not_admitted_gets_a_page_with_the_reason() {
    let (world, mut site) = (World::new(), Site::local(BASE));
    site.settings.access.groups = ["admins".to_owned()].into();
    let client = world.register(&site, CALLBACK).await;
    let mut browser = Browser::new(&world, &site);
    let begun = browser.authorize(&authorize_pairs(&client)).await;
    let login = browser.follow(&begun).await;
    let page = browser.log_in(&login, "alice", PASSWORD).await;
    assert_eq!(page.reason(), "not_admitted");
    assert!(page.text.contains("none of the groups"), "{}", page.text);
    assert_eq!(page.onward_parameter("error").as_deref(), Some("access_denied"));
}
