//! Logins through a tenant's OpenID provider, and many ways in which the provider may misbehave.

use protocol::context::Endpoint;
use protocol::error::OAuthError;
use protocol::settings::UserRule;
use serde_json::{Value, json};

use crate::logs::Captured;
use crate::support::provider::{Provider, Vice};
use crate::support::{Browser, CALLBACK, Reply, Site, World, authorize_pairs, parameter};

pub(crate) const BASE: &str = "https://wiki.example.com";

pub(crate) struct Setting {
    pub(crate) world: World,
    pub(crate) site: Site,
    pub(crate) provider: Provider,
}

pub(crate) async fn setting() -> Setting {
    let provider = Provider::start().await;
    Setting {
        world: World::with(&[("BOUNCER_INTERNAL_ISSUERS", &provider.issuer)]),
        site: Site::oidc(BASE, &provider.issuer),
        provider,
    }
}

/// Goes from the authorization request to the provider. Returns the URL at the provider.
pub(crate) async fn to_provider(browser: &mut Browser<'_>, pairs: &[(String, String)]) -> String {
    let begun = browser.authorize(pairs).await;
    let page = browser.follow(&begun).await;
    browser.decide(&page, "approve").await.onward()
}

/// Completes a login with the provider as it is configured. Returns the response for the client.
pub(crate) async fn full_login(setting: &Setting) -> Reply {
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
    // None of the client's own values is sent to the provider.
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
    // Both parts are form-encoded before they are put into HTTP Basic (RFC 6749 §2.3.1).
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
        assert_eq!(setting.provider.asked("elsewhere"), 0);
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
    let count = |path: &str| setting.provider.asked(path);
    assert_eq!((count("discovery"), count("jwks")), (1, 1));
    setting.provider.rotate();
    setting.world.advance(5);
    assert!(full_login(&setting).await.onward_parameter("code").is_some());
    assert_eq!((count("discovery"), count("jwks")), (1, 2));
    // A second unknown key does not cause another fetch immediately.
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
        ("server_error", "server_error"),
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
