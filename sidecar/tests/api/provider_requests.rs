//! What is requested from a provider for a login, and what is granted: scopes and `prompt`.

use protocol::context::Endpoint;
use protocol::scope::ScopeSet;

use crate::federated::{setting, to_provider};
use crate::support::*;

#[tokio::test]
async fn a_rule_about_email_addresses_requests_the_email_scope() {
    let mut setting = setting().await;
    setting.site.settings.access.email_domains = ["example.com".to_owned()].into();
    let client = setting.world.register(&setting.site, CALLBACK).await;
    let mut browser = Browser::new(&setting.world, &setting.site);
    let url = to_provider(&mut browser, &authorize_pairs(&client)).await;
    assert_eq!(parameter(&url, "scope").as_deref(), Some("email openid read write"));
}

#[tokio::test]
async fn only_scopes_that_were_approved_and_that_the_user_may_have_are_granted() {
    let mut setting = setting().await;
    setting.site.settings.scope_map = [("write".to_owned(), ["admins".to_owned()].into())].into();
    let client = setting.world.register(&setting.site, CALLBACK).await;
    let mut browser = Browser::new(&setting.world, &setting.site);
    let pairs = changed(authorize_pairs(&client), "scope", None);
    let url = to_provider(&mut browser, &pairs).await;
    // The tenant now offers more scopes. Scopes that the page did not show are not granted.
    let cookies = browser.cookies;
    setting.site.settings.scopes.insert("delete");
    let query = setting.provider.sign_in(&url);
    let mut browser = Browser { world: &setting.world, site: &setting.site, cookies };
    let code = browser.get(Endpoint::Callback, &query).await.onward_parameter("code").unwrap();
    assert_eq!(setting.world.token(&setting.site, &client, &code).await.json()["scope"], "read");
}

#[tokio::test]
async fn prompt_login_is_passed_to_the_provider_and_prompt_consent_is_not() {
    let setting = setting().await;
    let client = setting.world.register(&setting.site, CALLBACK).await;
    for (asked, sent) in
        [("login", Some("login")), ("consent", None), ("select_account consent", Some("select_account"))]
    {
        let mut browser = Browser::new(&setting.world, &setting.site);
        let pairs = changed(authorize_pairs(&client), "prompt", Some(asked));
        let url = to_provider(&mut browser, &pairs).await;
        assert_eq!(parameter(&url, "prompt").as_deref(), sent, "{asked}");
    }
}

#[tokio::test]
async fn offline_access_is_requested_together_with_prompt_consent() {
    let mut setting = setting().await;
    setting.site.settings.scopes.insert("offline_access");
    let client = setting.world.register(&setting.site, CALLBACK).await;
    let url = to_provider(&mut Browser::new(&setting.world, &setting.site), &authorize_pairs(&client)).await;
    assert_eq!(parameter(&url, "prompt").as_deref(), Some("consent"));
    assert_eq!(parameter(&url, "scope").as_deref(), Some("offline_access openid read write"));
}

#[tokio::test]
async fn scopes_of_this_server_are_offered_and_not_sent_to_the_provider() {
    let mut setting = setting().await;
    setting.site.settings.scopes = ScopeSet::parse("openid email").unwrap();
    setting.site.settings.offered = Some(ScopeSet::parse("mcp:read mcp:write").unwrap());
    let client = setting.world.register(&setting.site, CALLBACK).await;
    let mut browser = Browser::new(&setting.world, &setting.site);
    let pairs = changed(authorize_pairs(&client), "scope", Some("mcp:read email"));
    let url = to_provider(&mut browser, &pairs).await;
    assert_eq!(parameter(&url, "scope").as_deref(), Some("email openid"));
    let done = browser.get(Endpoint::Callback, &setting.provider.sign_in(&url)).await;
    let code = done.onward_parameter("code").unwrap();
    assert_eq!(setting.world.token(&setting.site, &client, &code).await.json()["scope"], "mcp:read");
}
