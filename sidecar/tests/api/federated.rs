//! Logins through a tenant's OpenID provider, and every way in which the provider may misbehave.

use protocol::context::Endpoint;
use protocol::error::OAuthError;
use protocol::scope::ScopeSet;
use protocol::settings::{AccessRules, Provider as At, ProviderOptions, UserRule};
use serde_json::{Value, json};

use crate::logs::Captured;
use crate::support::provider::{Provider, Vice};
use crate::support::{Browser, CALLBACK, Reply, Site, World, authorize_pairs, changed, parameter};

const BASE: &str = "https://wiki.example.com";

struct Setting {
    world: World,
    site: Site,
    provider: Provider,
}

async fn setting() -> Setting {
    let provider = Provider::start().await;
    Setting {
        world: World::with(&[("BOUNCER_INTERNAL_ISSUERS", &provider.issuer)]),
        site: Site::oidc(BASE, &provider.issuer),
        provider,
    }
}

/// Goes from the authorization request to the provider; returns the URL there.
async fn to_provider(browser: &mut Browser<'_>, pairs: &[(String, String)]) -> String {
    let begun = browser.authorize(pairs).await;
    let page = browser.follow(&begun).await;
    browser.decide(&page, "approve").await.onward()
}

/// Completes a login with the provider as configured; returns the response for the client.
async fn full_login(setting: &Setting) -> Reply {
    let client = setting.world.register(&setting.site, CALLBACK).await;
    let mut browser = Browser::new(&setting.world, &setting.site);
    let url = to_provider(&mut browser, &authorize_pairs(&client)).await;
    let query = setting.provider.sign_in(&url);
    browser.get(Endpoint::Callback, &query).await
}

#[tokio::test]
async fn a_login_goes_from_approval_to_the_provider_to_a_code_that_can_be_redeemed() {
    let setting = setting().await;
    let client = setting.world.register(&setting.site, CALLBACK).await;
    let mut browser = Browser::new(&setting.world, &setting.site);
    let begun = browser.authorize(&authorize_pairs(&client)).await;
    assert!(begun.onward().starts_with("https://wiki.example.com/oauth/consent?flow="));
    let page = browser.follow(&begun).await;
    assert_eq!(
        setting.provider.requests(),
        Vec::<String>::new(),
        "the provider is not contacted before approval"
    );
    let before = browser.cookies.clone();
    let url = browser.decide(&page, "approve").await.onward();
    assert_ne!(browser.cookies, before, "the cookie changes with consent");
    // None of the client's values are sent to the provider.
    assert_eq!(parameter(&url, "redirect_uri").unwrap(), "https://wiki.example.com/oauth/callback");
    assert_eq!(parameter(&url, "scope").unwrap(), "openid read write");
    assert_ne!(parameter(&url, "state").unwrap(), "st&te");
    assert_ne!(parameter(&url, "code_challenge").unwrap(), crate::support::challenge());
    assert_eq!((parameter(&url, "resource"), parameter(&url, "prompt")), (None, None));

    let query = setting.provider.sign_in(&url);
    let done = browser.get(Endpoint::Callback, &query).await;
    assert_eq!(done.status, 200);
    let target = done.onward();
    assert!(target.starts_with("https://client.example/cb?code=mcpbc_"), "{target}");
    assert_eq!(parameter(&target, "state").unwrap(), "st&te");
    assert_eq!(parameter(&target, "iss").unwrap(), BASE);
    // RFC 6749 §2.3.1: both parts form-encoded, then Basic.
    let basic = &setting.provider.basic()[0];
    assert_eq!(basic, "Basic c2lkZWNhcjpzM2NyJTI2dCUzQSUyQiUyMCUyNQ==");

    let reply = setting.world.token(&setting.site, &client, &parameter(&target, "code").unwrap()).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    assert_eq!(reply.json()["scope"], "read");
}

#[tokio::test]
async fn the_callback_works_once() {
    let setting = setting().await;
    let client = setting.world.register(&setting.site, CALLBACK).await;
    let mut browser = Browser::new(&setting.world, &setting.site);
    let url = to_provider(&mut browser, &authorize_pairs(&client)).await;
    let query = setting.provider.sign_in(&url);
    assert!(browser.get(Endpoint::Callback, &query).await.onward_parameter("code").is_some());
    let again = browser.get(Endpoint::Callback, &query).await;
    assert_eq!((again.status.as_u16(), again.reason()), (400, "cookie_missing"));
}

#[tokio::test]
async fn the_callback_in_another_browser_is_refused_and_does_not_end_the_login() {
    let setting = setting().await;
    let client = setting.world.register(&setting.site, CALLBACK).await;
    let mut victim = Browser::new(&setting.world, &setting.site);
    let url = to_provider(&mut victim, &authorize_pairs(&client)).await;
    let query = setting.provider.sign_in(&url);
    let mut bare = Browser::new(&setting.world, &setting.site);
    assert_eq!(bare.get(Endpoint::Callback, &query).await.reason(), "cookie_missing");
    let mut other = Browser::new(&setting.world, &setting.site);
    to_provider(&mut other, &authorize_pairs(&client)).await;
    let refused = other.get(Endpoint::Callback, &query).await;
    assert_eq!(refused.reason(), "cookie_missing");
    assert!(!refused.text.contains("mcpbc_"));
    assert!(victim.get(Endpoint::Callback, &query).await.onward_parameter("code").is_some());
}

#[tokio::test]
async fn a_code_injected_under_another_state_fails_at_the_nonce_or_verifier() {
    let setting = setting().await;
    let client = setting.world.register(&setting.site, CALLBACK).await;
    let mut attacker = Browser::new(&setting.world, &setting.site);
    let theirs = to_provider(&mut attacker, &authorize_pairs(&client)).await;
    let stolen = setting.provider.sign_in(&theirs);
    let code = stolen.split('&').next().unwrap();
    let mut victim = Browser::new(&setting.world, &setting.site);
    let url = to_provider(&mut victim, &authorize_pairs(&client)).await;
    let state = parameter(&url, "state").unwrap();
    let done = victim.get(Endpoint::Callback, &format!("{code}&state={state}")).await;
    assert_eq!(done.onward_parameter("error").as_deref(), Some("access_denied"));
    assert_eq!(done.onward_parameter("code"), None);
}

#[tokio::test]
async fn invalid_responses_of_the_provider_log_nobody_in() {
    let start = crate::support::START.as_secs();
    let vices = [
        Vice::Claim("nonce", json!("other")),
        Vice::Claim("nonce", Value::Null),
        Vice::Claim("iss", json!("https://evil.example")),
        Vice::Claim("iss", Value::Null),
        Vice::Claim("aud", json!("another-client")),
        Vice::Claim("aud", json!([])),
        Vice::Claim("aud", json!(["sidecar", "another-client"])),
        Vice::Claim("aud", Value::Null),
        Vice::Claim("azp", json!("another-client")),
        Vice::Claim("exp", json!(start - 61)),
        Vice::Claim("exp", Value::Null),
        Vice::Claim("iat", json!(start + 120)),
        Vice::Claim("nbf", json!(start + 120)),
        Vice::Claim("sub", Value::Null),
        Vice::Claim("sub", json!("")),
        Vice::Claim("sub", json!("x".repeat(256))),
        Vice::Claim("sub", json!(7)),
        Vice::Algorithm("none"),
        Vice::Algorithm("HS256"),
        Vice::Algorithm("RS256"),
        Vice::ForeignKey,
        Vice::NoIdToken,
        Vice::Refusal(400, "invalid_grant"),
    ];
    for vice in vices {
        let setting = setting().await;
        setting.provider.misbehave(vice.clone());
        let done = full_login(&setting).await;
        assert_eq!(done.onward_parameter("error").as_deref(), Some("access_denied"), "{vice:?}");
        assert_eq!(done.onward_parameter("code"), None, "{vice:?}");
        assert_eq!(done.onward_parameter("iss").as_deref(), Some(BASE), "{vice:?}");
        let ours = OAuthError::AccessDenied.description();
        assert_eq!(done.onward_parameter("error_description").as_deref(), Some(ours), "{vice:?}");
    }
}

#[tokio::test]
async fn a_failing_provider_is_reported_with_our_own_text_and_logged() {
    for (vice, error, logged) in [
        (Vice::Redirect, OAuthError::TemporarilyUnavailable, "responded with a redirect (307)"),
        (Vice::Oversized, OAuthError::TemporarilyUnavailable, "responded with more than 262144 bytes"),
        (Vice::Refusal(500, "boom"), OAuthError::TemporarilyUnavailable, "500 boom"),
        (Vice::Refusal(401, "invalid_client"), OAuthError::ServerError, "401 invalid_client"),
    ] {
        let setting = setting().await;
        setting.provider.misbehave(vice.clone());
        let log = Captured::start();
        let done = full_login(&setting).await;
        assert_eq!(done.onward_parameter("error").as_deref(), Some(error.code()), "{vice:?}");
        assert!(!done.text.contains("upstream words"), "{vice:?}");
        assert!(log.text().contains(logged), "{vice:?}: {}", log.text());
        assert!(!setting.provider.requests().contains(&"elsewhere".to_owned()));
    }
}

#[tokio::test]
async fn a_discovery_document_cannot_name_endpoints_at_other_origins() {
    for (name, value) in [
        ("issuer", json!("https://evil.example")),
        ("token_endpoint", json!("http://169.254.169.254/latest")),
        ("token_endpoint", json!("http://127.0.0.1:1/token")),
        ("jwks_uri", json!("http://10.0.0.1/jwks")),
        ("authorization_endpoint", json!("http://evil.example/authorize")),
        ("authorization_endpoint", json!("javascript:alert(1)")),
    ] {
        let setting = setting().await;
        setting.provider.misbehave(Vice::Document(name, value.clone()));
        let client = setting.world.register(&setting.site, CALLBACK).await;
        let mut browser = Browser::new(&setting.world, &setting.site);
        let back = to_provider(&mut browser, &authorize_pairs(&client)).await;
        assert!(back.starts_with("https://client.example/cb?error=server_error&"), "{name} {value}: {back}");
    }
}

#[tokio::test]
async fn an_issuer_on_loopback_requires_the_operators_permission() {
    let provider = Provider::start().await;
    let (world, site) = (World::new(), Site::oidc(BASE, &provider.issuer));
    let client = world.register(&site, CALLBACK).await;
    let back = to_provider(&mut Browser::new(&world, &site), &authorize_pairs(&client)).await;
    assert!(back.starts_with("https://client.example/cb?error=server_error&"), "{back}");
    assert_eq!(provider.requests(), Vec::<String>::new());
}

#[tokio::test]
async fn a_rotated_key_is_fetched_once_and_documents_are_cached() {
    let setting = setting().await;
    assert!(full_login(&setting).await.onward_parameter("code").is_some());
    assert!(full_login(&setting).await.onward_parameter("code").is_some());
    let count = |path: &str| setting.provider.requests().iter().filter(|seen| *seen == path).count();
    assert_eq!((count("discovery"), count("jwks")), (1, 1));
    setting.provider.rotate();
    setting.world.advance(5);
    assert!(full_login(&setting).await.onward_parameter("code").is_some());
    assert_eq!((count("discovery"), count("jwks")), (1, 2));
    // An unknown key does not cause another fetch immediately.
    setting.provider.rotate();
    assert!(full_login(&setting).await.onward_parameter("code").is_none());
    assert_eq!(count("jwks"), 2);
}

#[tokio::test]
async fn several_audiences_require_our_client_id_as_azp() {
    let setting = setting().await;
    setting.provider.claim("aud", json!(["sidecar", "project"]));
    setting.provider.claim("azp", json!("sidecar"));
    assert!(full_login(&setting).await.onward_parameter("code").is_some());
}

#[tokio::test]
async fn the_providers_errors_are_mapped_to_our_own() {
    for (error, expected) in [
        ("access_denied", "access_denied"),
        ("login_required", "access_denied"),
        ("temporarily_unavailable", "temporarily_unavailable"),
        ("invalid_scope", "server_error"),
        ("%3Cscript%3E", "server_error"),
    ] {
        let setting = setting().await;
        let client = setting.world.register(&setting.site, CALLBACK).await;
        let mut browser = Browser::new(&setting.world, &setting.site);
        let url = to_provider(&mut browser, &authorize_pairs(&client)).await;
        let state = parameter(&url, "state").unwrap();
        let query = format!("error={error}&error_description=upstream+words&state={state}");
        let done = browser.get(Endpoint::Callback, &query).await;
        assert_eq!(done.onward_parameter("error").as_deref(), Some(expected));
        let told = done.onward_parameter("error_description").unwrap();
        assert!(OAuthError::ALL.iter().any(|error| error.description() == told), "{told}");
        for theirs in ["upstream words", "upstream%20words", "<script", "%3Cscript"] {
            assert!(!done.text.contains(theirs), "{}", done.text);
        }
    }
}

#[tokio::test]
async fn an_iss_in_the_providers_response_must_be_its_issuer() {
    for (iss, code) in [(None, true), (Some("https://evil.example"), false)] {
        let setting = setting().await;
        let client = setting.world.register(&setting.site, CALLBACK).await;
        let mut browser = Browser::new(&setting.world, &setting.site);
        let url = to_provider(&mut browser, &authorize_pairs(&client)).await;
        let iss = iss.unwrap_or(&setting.provider.issuer);
        let query = format!("{}&iss={iss}", setting.provider.sign_in(&url));
        assert_eq!(
            browser.get(Endpoint::Callback, &query).await.onward_parameter("code").is_some(),
            code,
            "{iss}"
        );
    }
}

#[tokio::test]
async fn a_user_who_is_not_admitted_gets_access_denied() {
    let mut setting = setting().await;
    setting.site.settings.access.users = UserRule::Only(["bob@example.com".to_owned()].into());
    let done = full_login(&setting).await;
    assert_eq!(done.onward_parameter("error").as_deref(), Some("access_denied"));
    setting.site.settings.access.users = UserRule::Only(["Alice@example.com".to_owned()].into());
    assert!(full_login(&setting).await.onward_parameter("code").is_some());
}

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
async fn a_public_provider_without_an_access_rule_gets_503() {
    let world = World::new();
    let mut site = Site::oidc(BASE, "https://accounts.google.com");
    let client = world.register(&site, CALLBACK).await;
    let refused = Browser::new(&world, &site).authorize(&authorize_pairs(&client)).await;
    assert_eq!((refused.status.as_u16(), refused.reason()), (503, "rule_mandatory"));
    assert_ne!(refused.header("retry-after"), "");
    site.settings.access.users = UserRule::Any;
    assert_eq!(Browser::new(&world, &site).authorize(&authorize_pairs(&client)).await.status, 303);
}

#[tokio::test]
async fn only_scopes_that_were_approved_and_that_the_user_may_have_are_granted() {
    let mut setting = setting().await;
    setting.site.settings.scope_map = [("write".to_owned(), ["admins".to_owned()].into())].into();
    let client = setting.world.register(&setting.site, CALLBACK).await;
    let mut browser = Browser::new(&setting.world, &setting.site);
    let pairs = changed(authorize_pairs(&client), "scope", None);
    let url = to_provider(&mut browser, &pairs).await;
    // In the meantime more scopes are offered; scopes that the page did not show are not granted.
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
async fn after_denial_the_provider_is_never_contacted() {
    let setting = setting().await;
    let client = setting.world.register(&setting.site, CALLBACK).await;
    let mut browser = Browser::new(&setting.world, &setting.site);
    let begun = browser.authorize(&authorize_pairs(&client)).await;
    let page = browser.follow(&begun).await;
    let done = browser.decide(&page, "deny").await;
    assert_eq!(done.onward_parameter("error").as_deref(), Some("access_denied"));
    assert_eq!(setting.provider.requests(), Vec::<String>::new());
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

fn options(site: &mut Site) -> &mut ProviderOptions {
    match &mut site.settings.provider {
        At::Oidc { options, .. } => options,
        At::Local | At::Default | At::Named { .. } => panic!("not OIDC"),
    }
}

#[tokio::test]
async fn logins_work_with_the_only_permitted_client_auth_method_whatever_discovery_says() {
    let both = json!(["client_secret_basic", "client_secret_post"]);
    for (only, offered) in [
        ("client_secret_post", both.clone()),
        ("client_secret_post", json!(["client_secret_basic"])),
        ("client_secret_basic", json!(["client_secret_post"])),
        ("client_secret_basic", both),
    ] {
        let setting = setting().await;
        setting.provider.misbehave(Vice::Document("token_endpoint_auth_methods_supported", offered.clone()));
        setting.provider.misbehave(Vice::OnlyMethod(only));
        let asked = || setting.provider.requests().iter().filter(|path| *path == "token").count();
        // The provider redeems a code only once, so the failed try has not used it up.
        assert!(full_login(&setting).await.onward_parameter("code").is_some(), "{only} {offered}");
        let first = asked();
        assert!(first <= 2, "{only} {offered}");
        assert!(full_login(&setting).await.onward_parameter("code").is_some(), "{only} {offered}");
        assert_eq!(asked(), first + 1, "the method that worked is remembered: {only} {offered}");
    }
}

#[tokio::test]
async fn a_configured_client_auth_method_is_the_only_one_tried() {
    for (only, works) in [("client_secret_post", true), ("client_secret_basic", false)] {
        let mut setting = setting().await;
        setting.provider.misbehave(Vice::OnlyMethod("client_secret_post"));
        only.clone_into(&mut options(&mut setting.site).auth_method);
        let done = full_login(&setting).await;
        assert_eq!(done.onward_parameter("code").is_some(), works);
        let asked = setting.provider.requests().iter().filter(|path| *path == "token").count();
        assert_eq!(asked, 1);
    }
    // A provider that refuses both methods is asked only twice.
    let setting = setting().await;
    setting.provider.misbehave(Vice::OnlyMethod("private_key_jwt"));
    let log = Captured::start();
    assert_eq!(full_login(&setting).await.onward_parameter("error").as_deref(), Some("server_error"));
    assert_eq!(setting.provider.requests().iter().filter(|path| *path == "token").count(), 2);
    assert!(log.text().contains("neither client_secret_basic nor client_secret_post was accepted"));
}

/// A provider that has examined and refused the code might treat a second try as the use of a stolen code.
#[tokio::test]
async fn the_other_client_auth_method_is_tried_only_if_the_client_itself_was_refused() {
    for (status, error, times) in [
        (401, "invalid_client", 2),
        (400, "invalid_client", 2),
        (401, "unauthorized_client", 2),
        (400, "unauthorized_client", 1),
        (400, "invalid_grant", 1),
        (401, "invalid_grant", 1),
        (403, "access_denied", 1),
        (429, "slow_down", 1),
        (500, "server_error", 1),
    ] {
        let setting = setting().await;
        setting.provider.misbehave(Vice::Refusal(status, error));
        assert!(full_login(&setting).await.onward_parameter("error").is_some(), "{status} {error}");
        let asked = setting.provider.requests().iter().filter(|path| *path == "token").count();
        assert_eq!(asked, times, "{status} {error}");
    }
}

#[tokio::test]
async fn a_provider_with_two_addresses_is_called_at_the_inner_and_browsers_are_sent_to_the_outer() {
    let outer = "https://idp.example.com";
    let provider = Provider::known_as(Some(outer)).await;
    let inner = provider.address.clone();
    // Endpoints may be named at either address: Keycloak names some of them at the address of the request.
    for document in [None, Some(("token_endpoint", "/token")), Some(("authorization_endpoint", "/authorize"))]
    {
        if let Some((name, path)) = document {
            provider.misbehave(Vice::Document(name, json!(format!("{inner}{path}"))));
        }
        let world = World::with(&[("BOUNCER_INTERNAL_ISSUERS", &format!("{outer},{inner}"))]);
        let mut site = Site::oidc(BASE, outer);
        options(&mut site).internal_url.clone_from(&inner);
        let client = world.register(&site, CALLBACK).await;
        let mut browser = Browser::new(&world, &site);
        let url = to_provider(&mut browser, &authorize_pairs(&client)).await;
        // `sign_in` asserts that the address is the outer one.
        let done = browser.get(Endpoint::Callback, &provider.sign_in(&url)).await;
        assert!(done.onward_parameter("code").is_some(), "{document:?}: {done:?}");
        provider.behave();
    }
    // The operator has to list both.
    for listed in [outer, inner.as_str()] {
        let world = World::with(&[("BOUNCER_INTERNAL_ISSUERS", listed)]);
        let mut site = Site::oidc(BASE, outer);
        options(&mut site).internal_url.clone_from(&inner);
        let client = world.register(&site, CALLBACK).await;
        let before = provider.requests().len();
        let back = to_provider(&mut Browser::new(&world, &site), &authorize_pairs(&client)).await;
        assert!(back.starts_with("https://client.example/cb?error=server_error&"), "{listed}: {back}");
        assert_eq!(provider.requests().len(), before, "{listed}");
    }
}

/// The page is for users who chose the wrong account, and for users who need to be given access.
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
    // Claims of the provider are escaped.
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
    // The same before the user is sent to the provider.
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
    let page = browser.log_in(&login, "alice", crate::support::PASSWORD).await;
    assert_eq!(page.reason(), "not_admitted");
    assert!(page.text.contains("none of the groups"), "{}", page.text);
    assert_eq!(page.onward_parameter("error").as_deref(), Some("access_denied"));
}
