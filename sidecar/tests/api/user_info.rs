//! Claims that are needed and that the `id_token` lacks are requested from userinfo (OpenID Connect Core 1.0 §5.3).

use protocol::context::Endpoint;
use protocol::scope::ScopeSet;
use protocol::settings::{Provider as At, UserRule};
use serde_json::{Value, json};

use crate::logs::Captured;
use crate::support::federated::{Federated, claims_of};
use crate::support::provider::{Provider, Vice};
use crate::support::*;

const BASE: &str = "https://wiki.example.com";

/// Makes a provider whose `id_token` contains only the subject.
async fn setting() -> Federated {
    let provider = Provider::start().await;
    for name in ["email", "email_verified", "groups"] {
        provider.misbehave(Vice::Claim(name, Value::Null));
    }
    let world = World::with(&[
        ("BOUNCER_INTERNAL_ISSUERS", &provider.issuer),
        ("BOUNCER_STRICT_UPSTREAM_REFRESH", "true"),
    ]);
    let site = Site::oidc(BASE, &provider.issuer);
    let client = world.register(&site, CALLBACK).await;
    Federated { world, site, provider, client }
}

fn userinfo(setting: &Federated, body: &Value) {
    setting.provider.userinfo(200, "application/json; charset=utf-8", &body.to_string());
    // The metadata are cached for an hour, so the clock advances.
    setting.world.advance(3_600);
    setting.provider.advance(3_600);
}

fn times_asked(setting: &Federated) -> usize {
    setting.provider.asked("userinfo")
}

/// Logs in. Returns the refresh token and the claims of the access token.
async fn tokens(setting: &Federated) -> (String, Value) {
    read(&setting.tokens().await)
}

async fn refresh(setting: &Federated, token: &str) -> Reply {
    let pairs = [("grant_type", "refresh_token"), ("client_id", &*setting.client), ("refresh_token", token)];
    setting.world.post_form(&setting.site, Endpoint::Token, &pairs).await
}

fn read(reply: &Reply) -> (String, Value) {
    let claims = claims_of(reply);
    (reply.json()["refresh_token"].as_str().unwrap().to_owned(), claims)
}

fn alice() -> Value {
    json!({
        "sub": "upstream-alice", "email": "alice@example.com", "email_verified": "true", "name": "Alice", "groups": ["staff"],
    })
}

#[tokio::test]
async fn rules_use_claims_from_userinfo_that_the_id_token_lacks() {
    let mut setting = setting().await;
    userinfo(&setting, &alice());
    assert!(setting.enters().await);
    assert_eq!(times_asked(&setting), 0, "only the subject is needed");
    setting.site.settings.access.groups = ["staff".to_owned()].into();
    assert!(setting.enters().await);
    setting.site.settings.access.groups = ["others".to_owned()].into();
    assert!(!setting.enters().await);
    setting.site.settings.access.groups = [].into();
    setting.site.settings.access.email_domains = ["example.com".to_owned()].into();
    assert!(setting.enters().await);
    setting.site.settings.access.email_domains = [].into();
    setting.site.settings.access.users = UserRule::Only(["alice@example.com".to_owned()].into());
    assert!(setting.enters().await);
    assert_eq!(times_asked(&setting), 4);
    // A rule about the subject does not need userinfo.
    setting.site.settings.access.users = UserRule::Only(["upstream-alice".to_owned()].into());
    assert!(setting.enters().await);
    assert_eq!(times_asked(&setting), 4);
    setting.site.settings.scope_map = [("write".to_owned(), ["staff".to_owned()].into())].into();
    let (_, claims) = tokens(&setting).await;
    assert_eq!((&claims["scope"], times_asked(&setting)), (&json!("read write"), 5));
}

#[tokio::test]
async fn userinfo_is_not_requested_for_claims_in_the_id_token() {
    let mut setting = setting().await;
    setting.provider.behave();
    userinfo(&setting, &alice());
    setting.site.settings.access.groups = ["team".to_owned()].into();
    setting.site.settings.access.email_domains = ["example.com".to_owned()].into();
    assert!(setting.enters().await);
    assert_eq!(times_asked(&setting), 0);
    // An empty list counts as present.
    setting.provider.claim("groups", json!([]));
    setting.site.settings.access.groups = ["staff".to_owned()].into();
    assert!(!setting.enters().await);
    assert_eq!(times_asked(&setting), 0);
}

/// `email_verified` in one response says nothing about the address in another.
#[tokio::test]
async fn email_and_email_verified_must_come_from_the_same_response() {
    let mut setting = setting().await;
    setting.provider.behave();
    setting.provider.misbehave(Vice::Claim("email_verified", Value::Null));
    setting.site.settings.access.email_domains = ["example.com".to_owned(), "corp.com".to_owned()].into();
    for (email, enters) in [("mallory@corp.com", false), ("alice@example.com", true)] {
        userinfo(&setting, &json!({"sub": "upstream-alice", "email": email, "email_verified": true}));
        assert_eq!(setting.enters().await, enters, "{email}");
    }
}

#[tokio::test]
async fn claims_of_granted_scopes_come_from_userinfo() {
    let mut setting = setting().await;
    setting.site.settings.scopes = ScopeSet::parse("openid read profile email groups").unwrap();
    userinfo(&setting, &alice());
    let (_, claims) = tokens(&setting).await;
    assert_eq!((&claims["name"], &claims["email_verified"]), (&json!("Alice"), &json!(true)));
    assert_eq!((&claims["groups"], times_asked(&setting)), (&json!(["staff"]), 1));
    // Each of the three scopes causes a userinfo request.
    for (times, scope) in [(2, "profile"), (3, "email"), (4, "groups")] {
        setting.site.settings.scopes = ScopeSet::parse(&["openid ", scope].concat()).unwrap();
        assert!(setting.enters().await);
        assert_eq!(times_asked(&setting), times, "{scope}");
    }
}

/// Userinfo adds only what the `id_token` lacks.
#[tokio::test]
async fn groups_in_the_id_token_take_precedence_over_userinfo() {
    let mut setting = setting().await;
    setting.provider.behave();
    setting.provider.misbehave(Vice::Claim("email", Value::Null));
    userinfo(&setting, &alice());
    setting.site.settings.access.email_domains = ["example.com".to_owned()].into();
    for (group, enters) in [("team", true), ("staff", false)] {
        setting.site.settings.access.groups = [group.to_owned()].into();
        assert_eq!(setting.enters().await, enters, "{group}");
    }
    assert_eq!(times_asked(&setting), 2);
}

#[tokio::test]
async fn the_log_says_that_userinfo_left_the_groups_out() {
    let mut setting = setting().await;
    userinfo(&setting, &json!({"sub": "upstream-alice", "_claim_names": {"groups": "src1"}}));
    setting.site.settings.access.groups = ["staff".to_owned()].into();
    let log = Captured::start();
    assert!(!setting.enters().await);
    assert!(log.text().contains("left the groups out"), "{}", log.text());
}

#[tokio::test]
async fn an_unusable_userinfo_response_refuses_only_logins_that_need_it() {
    for (status, kind, body, error) in [
        (
            200,
            "application/json",
            json!({"sub": "mallory", "groups": ["staff"]}).to_string(),
            "access_denied",
        ),
        (200, "application/json", json!({"groups": ["staff"]}).to_string(), "access_denied"),
        (200, "application/json", json!({"sub": 5, "groups": ["staff"]}).to_string(), "access_denied"),
        (200, "application/jwt", "eyJ.eyJ.x".to_owned(), "server_error"),
        (200, "text/html", alice().to_string(), "temporarily_unavailable"),
        (200, "application/json", "[]".to_owned(), "temporarily_unavailable"),
        (
            200,
            "application/json",
            format!("{{\"sub\":\"{}\"}}", "x".repeat(300_000)),
            "temporarily_unavailable",
        ),
        (401, "application/json", "{}".to_owned(), "server_error"),
        (403, "application/json", "{}".to_owned(), "server_error"),
        (500, "text/plain", "boom".to_owned(), "temporarily_unavailable"),
        (302, "text/plain", String::new(), "temporarily_unavailable"),
    ] {
        let mut setting = setting().await;
        setting.provider.userinfo(status, kind, &body);
        setting.site.settings.scopes = ScopeSet::parse("openid read groups").unwrap();
        assert!(setting.enters().await, "a scope alone can do without: {status} {kind}");
        setting.site.settings.access.groups = ["staff".to_owned()].into();
        let log = Captured::start();
        let done = setting.login().await;
        assert_eq!(done.onward_parameter("error").as_deref(), Some(error), "{status} {kind} {body:.80}");
        assert!(log.text().contains("userinfo"), "{}", log.text());
        assert_eq!(times_asked(&setting), 2);
    }
}

#[tokio::test]
async fn userinfo_is_requested_only_at_the_providers_own_origin() {
    for endpoint in [json!("http://169.254.169.254/latest"), json!("http://127.0.0.1:1/userinfo"), json!(5)] {
        let mut setting = setting().await;
        setting.provider.misbehave(Vice::Document("userinfo_endpoint", endpoint.clone()));
        assert!(setting.enters().await, "{endpoint}");
        setting.site.settings.access.groups = ["staff".to_owned()].into();
        assert!(!setting.enters().await, "{endpoint}");
    }
}

#[tokio::test]
async fn a_refresh_uses_userinfo_like_a_login() {
    let mut setting = setting().await;
    setting.site.settings.access.groups = ["staff".to_owned()].into();
    userinfo(&setting, &alice());
    let (first, _) = tokens(&setting).await;
    let (second, _) = read(&refresh(&setting, &first).await);
    assert_eq!(times_asked(&setting), 2);
    // A claim of an unexpected type in a refreshed id_token does not prevent the refresh either.
    setting.provider.claim("name", json!(5));
    let (third, _) = read(&refresh(&setting, &second).await);
    // Without an id_token all claims come from userinfo.
    setting.provider.misbehave(Vice::NoIdToken);
    let (fourth, _) = read(&refresh(&setting, &third).await);
    assert_eq!(times_asked(&setting), 4);
    // If userinfo is about another subject, no token is issued, but the grant is kept.
    userinfo(&setting, &json!({"sub": "mallory", "groups": ["staff"]}));
    assert_eq!(refresh(&setting, &fourth).await.status, 503);
    userinfo(&setting, &alice());
    let (fifth, _) = read(&refresh(&setting, &fourth).await);
    userinfo(&setting, &json!({"sub": "upstream-alice", "groups": ["others"]}));
    let log = Captured::start();
    let refused = refresh(&setting, &fifth).await;
    assert_eq!((refused.status.as_u16(), &refused.json()["error"]), (400, &json!("invalid_grant")));
    assert!(log.text().contains("groups: others"), "{}", log.text());
}

/// Entra ID's userinfo identifies users by another `sub` than its tokens.
#[tokio::test]
async fn a_refresh_at_entra_without_an_id_token_does_not_ask_userinfo() {
    const ID: &str = "0f0f0f0f-aaaa-4000-8000-000000000001";
    let mut setting = setting().await;
    if let At::Oidc { options, .. } = &mut setting.site.settings.provider {
        "entra".clone_into(&mut options.kind);
    }
    setting.client = setting.world.register(&setting.site, CALLBACK).await;
    setting.site.settings.access.groups = ["staff".to_owned()].into();
    setting.provider.behave();
    for (name, value) in [("tid", json!(ID)), ("oid", json!(ID)), ("groups", json!(["staff"]))] {
        setting.provider.claim(name, value);
    }
    userinfo(&setting, &alice());
    let (token, _) = tokens(&setting).await;
    setting.provider.misbehave(Vice::NoIdToken);
    assert_eq!(refresh(&setting, &token).await.status, 200);
    assert_eq!(times_asked(&setting), 0);
}

/// Claims that only scopes or headers show are renewed too. If they cannot be fetched, the refresh succeeds all the
/// same.
#[tokio::test]
async fn a_refresh_without_an_id_token_renews_what_the_token_shows() {
    let mut setting = setting().await;
    setting.site.settings.scopes = ScopeSet::parse("openid read profile").unwrap();
    userinfo(&setting, &alice());
    let (first, claims) = tokens(&setting).await;
    assert_eq!(claims["name"], "Alice");
    setting.provider.misbehave(Vice::NoIdToken);
    userinfo(&setting, &json!({"sub": "upstream-alice", "name": "Alicia"}));
    let (mut token, claims) = read(&refresh(&setting, &first).await);
    assert_eq!((&claims["name"], times_asked(&setting)), (&json!("Alicia"), 2));
    for (status, body) in [(500, "{}"), (403, "{}"), (200, "[]"), (200, "{\"name\":\"Nobody\"}")] {
        setting.provider.userinfo(status, "application/json", body);
        let (next, claims) = read(&refresh(&setting, &token).await);
        assert_eq!(claims["name"], "Alicia", "{status} {body}: what is known stays");
        token = next;
    }
    // A response about somebody else shows that the provider's token belongs to somebody else.
    userinfo(&setting, &json!({"sub": "mallory", "name": "Mallory"}));
    assert_eq!(refresh(&setting, &token).await.status, 503);
    userinfo(&setting, &alice());
    assert_eq!(read(&refresh(&setting, &token).await).1["name"], "Alice");
}
