//! A provider's claims about a user are validated strictly where trust depends on them, and leniently elsewhere.

use protocol::context::Endpoint;
use protocol::scope::ScopeSet;
use protocol::settings::{Provider as At, UserRule};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256, Sha384, Sha512};

use crate::logs::Captured;
use crate::support::federated::{Federated, claims_of};
use crate::support::provider::{Provider, Vice};
use crate::support::*;

const BASE: &str = "https://wiki.example.com";

pub(crate) async fn setting() -> Federated {
    at(Provider::start().await, "").await
}

/// Makes a tenant with this provider, configured as this kind of provider, with all scopes that add claims to tokens.
async fn at(provider: Provider, kind: &str) -> Federated {
    let world = World::with(&[("BOUNCER_INTERNAL_ISSUERS", &provider.issuer)]);
    let mut site = Site::oidc(BASE, &provider.issuer);
    site.settings.scopes = ScopeSet::parse("openid read profile email groups").unwrap();
    if let At::Oidc { options, .. } = &mut site.settings.provider {
        kind.clone_into(&mut options.kind);
    }
    let client = world.register(&site, CALLBACK).await;
    Federated { world, site, provider, client }
}

/// Logs in, which must succeed, and returns the claims of the access token.
async fn claims(setting: &Federated) -> Value {
    claims_of(&setting.tokens().await)
}

fn odd_values() -> [Value; 6] {
    [json!("text"), json!(5), json!(true), Value::Null, json!(["a", 5]), json!({"a": {"b": 1}})]
}

#[tokio::test]
async fn an_optional_claim_of_any_type_does_not_prevent_the_login() {
    let setting = setting().await;
    for name in [
        "email",
        "email_verified",
        "name",
        "given_name",
        "family_name",
        "picture",
        "locale",
        "hd",
        "preferred_username",
        "groups",
        "updated_at",
        "birthdate",
        "address",
        "zoneinfo",
        "website",
        "gender",
        "nickname",
        "phone_number",
        "phone_number_verified",
        "auth_time",
        "acr",
        "amr",
        "xms_edov",
        "_claim_names",
    ] {
        for value in odd_values().into_iter().map(Some).chain([None]) {
            setting.provider.behave();
            setting.provider.misbehave(Vice::Claim(name, value.clone().unwrap_or_default()));
            if value == Some(Value::Null) {
                // `Vice::Claim` with null would remove the claim.
                setting.provider.behave();
                setting.provider.claim(name, Value::Null);
            }
            assert!(setting.enters().await, "{name} {value:?}");
            setting.provider.unclaim(name);
        }
    }
}

#[tokio::test]
async fn a_claim_of_an_unexpected_type_counts_as_absent_and_is_logged() {
    let setting = setting().await;
    for (name, value) in
        [("name", json!(5)), ("updated_at", json!("2026-11-25T20:00:00Z")), ("locale", json!(["de"]))]
    {
        setting.provider.claim(name, value);
    }
    setting.provider.claim("given_name", json!("Alice"));
    setting.provider.claim("family_name", json!("x".repeat(1_025)));
    setting.provider.claim("picture", json!("x".repeat(1_024)));
    setting.provider.claim("email_verified", json!("TRUE"));
    let log = Captured::start();
    let claims = claims(&setting).await;
    assert_eq!(
        (claims.get("name"), claims.get("locale"), &claims["given_name"]),
        (None, None, &json!("Alice"))
    );
    assert_eq!((claims.get("family_name"), &claims["picture"]), (None, &json!("x".repeat(1_024))));
    assert_eq!((&claims["email"], &claims["email_verified"]), (&json!("alice@example.com"), &json!(true)));
    let lines = log.with_reason("claims_odd");
    assert_eq!(lines.len(), 1, "{}", log.text());
    assert_eq!(lines[0]["claims"], "name, family_name, locale");
    assert!(lines[0]["tenant"].as_str().unwrap().starts_with(BASE));
}

#[tokio::test]
async fn email_verified_may_be_a_string() {
    let mut setting = setting().await;
    setting.site.settings.access.email_domains = ["example.com".to_owned()].into();
    for (value, enters) in [
        (json!(true), true),
        (json!("true"), true),
        (json!("True"), true),
        (json!(false), false),
        (json!("false"), false),
        (json!("yes"), false),
        (json!(""), false),
        (json!(1), false),
        (json!("1"), false),
        (json!([true]), false),
        (json!({"value": true}), false),
        (Value::Null, false),
    ] {
        setting.provider.claim("email_verified", value.clone());
        assert_eq!(setting.enters().await, enters, "{value}");
    }
}

#[tokio::test]
async fn unusual_but_valid_id_tokens_are_accepted() {
    let now = START.as_secs();
    let cases: Vec<Vec<(&'static str, Value)>> = vec![
        vec![("exp", json!(f64::from(1_800_000_300_u32) + 0.5))],
        vec![("exp", json!(1e18))],
        vec![("exp", json!(u64::MAX))],
        vec![("exp", json!(now - 59))],
        vec![("iat", json!(0))],
        vec![("iat", json!(-5))],
        vec![("iat", json!(now + 60))],
        vec![("nbf", json!(now + 60))],
        vec![("nbf", Value::Null), ("azp", Value::Null), ("at_hash", Value::Null)],
        vec![("aud", json!(["sidecar"]))],
        vec![("aud", json!(["other", "sidecar"])), ("azp", json!("sidecar"))],
        vec![("azp", json!("sidecar"))],
        vec![("sub", json!("x".repeat(255)))],
        vec![("sub", json!("5"))],
        vec![("sub", json!("a b"))],
        vec![("sub", json!("uid=J\u{e4}ger,ou=People,dc=example"))],
        vec![("auth_time", json!("2026-11-25"))],
        vec![("amr", json!("pwd")), ("acr", json!(1))],
        vec![("email", json!({"a": 1})), ("email_verified", json!("maybe")), ("groups", json!(7))],
        vec![("iss_x", json!("z".repeat(20_000)))],
        vec![("picture", json!("p".repeat(5_000)))],
        vec![("groups", json!("team")), ("name", json!(""))],
        vec![("address", json!({"formatted": 5})), ("updated_at", json!("yesterday"))],
        vec![("jti", json!(5)), ("sid", json!([])), ("at_hash", json!("not checked with EdDSA"))],
    ];
    let setting = setting().await;
    for case in cases {
        for (name, value) in &case {
            setting.provider.claim(name, value.clone());
        }
        let done = setting.login().await;
        assert!(done.onward_parameter("code").is_some(), "{case:?}: {done:?}");
        for (name, _) in &case {
            setting.provider.unclaim(name);
        }
    }
}

/// Each case has a word that the log must contain.
#[tokio::test]
async fn invalid_id_tokens_are_refused_and_the_log_says_why() {
    let now = START.as_secs();
    let setting = setting().await;
    for (vice, word) in [
        (Vice::Claim("iss", json!("https://evil.example")), "(iss)"),
        (Vice::Claim("iss", json!([setting.provider.issuer.clone()])), "iss"),
        (Vice::Claim("iss", Value::Null), "(iss)"),
        (Vice::Claim("aud", json!("another")), "(aud)"),
        (Vice::Claim("aud", json!([])), "(aud)"),
        (Vice::Claim("aud", json!(["sidecar", 5])), "(aud)"),
        (Vice::Claim("aud", json!({"sidecar": true})), "(aud)"),
        (Vice::Claim("aud", json!(["sidecar", "another"])), "azp"),
        (Vice::Claim("azp", json!("another")), "(azp)"),
        (Vice::Claim("azp", json!(["sidecar"])), "azp"),
        (Vice::Claim("exp", json!(now - 60)), "(exp)"),
        (Vice::Claim("exp", json!((now + 300).to_string())), "exp"),
        (Vice::Claim("exp", json!(-1)), "(exp)"),
        (Vice::Claim("exp", Value::Null), "(exp)"),
        (Vice::Claim("iat", json!(now + 61)), "iat"),
        (Vice::Claim("iat", json!("now")), "iat"),
        (Vice::Claim("iat", Value::Null), "(iat)"),
        (Vice::Claim("nbf", json!(now + 61)), "nbf"),
        (Vice::Claim("nbf", json!(true)), "nbf"),
        (Vice::Claim("nonce", json!("other")), "nonce"),
        (Vice::Claim("nonce", json!(5)), "nonce"),
        (Vice::Claim("nonce", Value::Null), "nonce"),
        (Vice::Claim("sub", Value::Null), "(sub)"),
        (Vice::Claim("sub", json!("")), "(sub)"),
        (Vice::Claim("sub", json!(7)), "sub"),
        (Vice::Claim("sub", json!("x".repeat(256))), "(sub)"),
        (Vice::Claim("sub", json!("\u{e4}".repeat(100))), "encoded"),
        (Vice::Claim("at_hash", json!(5)), "at_hash"),
        (Vice::Algorithm("none"), "not signed"),
        (Vice::Algorithm("HS256"), "HS256, a secret"),
        (Vice::Algorithm("ES512"), "ES512, which is not supported"),
        (Vice::Algorithm("ES256"), "no key"),
        (Vice::Header("kid", json!("unheard-of")), "no key"),
        (Vice::Header("kid", json!(5)), "header"),
        (Vice::Header("typ", json!("at+jwt")), "(typ)"),
        (Vice::Header("crit", json!(["exp"])), "crit"),
        (Vice::Header("cty", json!("JWT")), "cty"),
        (Vice::ForeignKey, "signature"),
        (Vice::Payload("[]"), "object"),
        (Vice::Token("a.b.c.d.e"), "encrypted"),
        (Vice::Token("a.b"), "not a JWT"),
        (Vice::Token(""), "not a JWT"),
        (Vice::NoIdToken, "no id_token"),
    ] {
        setting.provider.behave();
        setting.provider.misbehave(vice.clone());
        let log = Captured::start();
        let done = setting.login().await;
        assert_eq!(done.onward_parameter("error").as_deref(), Some("access_denied"), "{vice:?}");
        assert_eq!(done.onward_parameter("code"), None, "{vice:?}");
        let lines = log.with_reason("upstream_unverifiable");
        let told = lines.first().map(|line| line["detail"].as_str().unwrap().to_owned()).unwrap_or_default();
        assert!(told.contains(word), "{vice:?}: {told}");
    }
}

/// `at_hash` is the left half of the access token's digest, by the hash of the signing algorithm (Core 1.0 §3.1.3.6).
#[tokio::test]
async fn id_tokens_of_other_algorithms_are_verified_and_bound_to_the_access_token() {
    let half = |digest: &[u8]| json!(protocol::encoding::b64url_encode(&digest[..digest.len() / 2]));
    for (alg, digest) in [
        ("RS256", (|token| Sha256::digest(token).to_vec()) as fn(&[u8]) -> Vec<u8>),
        ("ES256", |token| Sha256::digest(token).to_vec()),
        ("RS384", |token| Sha384::digest(token).to_vec()),
        ("PS512", |token| Sha512::digest(token).to_vec()),
    ] {
        let setting = setting().await;
        setting.provider.signs_with(alg);
        assert!(setting.enters().await, "{alg}");
        setting.provider.claim("at_hash", half(&digest(b"upstream-access")));
        assert!(setting.enters().await, "{alg}");
        setting.provider.claim("at_hash", half(&digest(b"another token")));
        let log = Captured::start();
        assert!(!setting.enters().await, "{alg}");
        assert!(log.text().contains("at_hash"), "{alg}");
    }
}

#[tokio::test]
async fn auth_time_must_be_recent_enough_for_max_age_and_prompt_login() {
    let now = START.as_secs();
    let setting = setting().await;
    for (parameter, value, auth_time, enters) in [
        ("max_age", "300", None, false),
        ("max_age", "300", Some(json!(now - 360)), true),
        ("max_age", "300", Some(json!(now - 361)), false),
        ("max_age", "300", Some(json!(now + 61)), false),
        ("max_age", "300", Some(json!("now")), false),
        ("max_age", "0", Some(json!(now - 60)), true),
        ("max_age", "0", Some(json!(now - 61)), false),
        // The provider need not send `auth_time`, but if it does, `auth_time` decides.
        ("prompt", "login", None, true),
        ("prompt", "login", Some(json!(now - 60)), true),
        ("prompt", "login", Some(json!(now - 61)), false),
        ("prompt", "select_account", Some(json!(now - 100_000)), true),
        ("login_hint", "alice", Some(json!(now - 100_000)), true),
    ] {
        setting.provider.unclaim("auth_time");
        if let Some(auth_time) = &auth_time {
            setting.provider.claim("auth_time", auth_time.clone());
        }
        let log = Captured::start();
        let done = setting.login_with(parameter, Some(value)).await;
        let context = format!("{parameter}={value} {auth_time:?}");
        assert_eq!(done.onward_parameter("code").is_some(), enters, "{context}");
        assert_eq!(log.text().contains("auth_time"), !enters, "{context}");
    }
    // `prompt=login` is stricter than `max_age` of five minutes.
    let pairs = changed(changed(authorize_pairs(&setting.client), "scope", None), "max_age", Some("300"));
    for (auth_time, enters) in [(now - 60, true), (now - 61, false)] {
        setting.provider.claim("auth_time", json!(auth_time));
        let done = setting.login_as(changed(pairs.clone(), "prompt", Some("login"))).await;
        assert_eq!(done.onward_parameter("code").is_some(), enters, "{auth_time}");
    }
    // If the user takes nine minutes to log in, the login is still recent.
    setting.provider.claim("auth_time", json!(now + 10));
    let mut browser = Browser::new(&setting.world, &setting.site);
    let begun = browser.authorize(&changed(authorize_pairs(&setting.client), "max_age", Some("0"))).await;
    let page = browser.follow(&begun).await;
    let url = browser.decide(&page, "approve").await.onward();
    let query = setting.provider.sign_in(&url);
    setting.provider.claim("exp", json!(now + 3_600));
    setting.world.advance(540);
    assert!(browser.get(Endpoint::Callback, &query).await.onward_parameter("code").is_some());
}

#[tokio::test]
async fn a_subject_outside_visible_ascii_is_encoded_and_cannot_be_impersonated() {
    let mut setting = setting().await;
    for (sub, encoded) in
        [("Anna Berg", "Anna%20Berg"), ("Anna%20Berg", "Anna%2520Berg"), ("J\u{e4}ger", "J%C3%A4ger")]
    {
        setting.provider.claim("sub", json!(sub));
        setting.site.settings.access.users = UserRule::Any;
        assert_eq!(claims(&setting).await["sub"], encoded);
        setting.site.settings.access.users = UserRule::Only(["Anna Berg".to_owned()].into());
        assert_eq!(setting.enters().await, sub == "Anna Berg", "{sub}");
        setting.site.settings.access.users = UserRule::Only([encoded.to_owned()].into());
        assert!(setting.enters().await, "{sub}");
    }
}

const OURS: &str = "0f0f0f0f-aaaa-4000-8000-000000000001";
const OTHERS: &str = "0f0f0f0f-bbbb-4000-8000-000000000002";

#[tokio::test]
async fn at_entras_common_endpoint_only_listed_directories_count() {
    let mut setting = at(Provider::start_below("/common/v2.0").await, "entra").await;
    let host = setting.provider.issuer.strip_suffix("/common/v2.0").unwrap().to_owned();
    setting.provider.misbehave(Vice::Document("issuer", json!(format!("{host}/{{tenantid}}/v2.0"))));
    let come_from = |setting: &Federated, directory: &str| {
        setting.provider.claim("tid", json!(directory));
        setting.provider.claim("oid", json!(OTHERS));
        setting.provider.claim("iss", json!(format!("{host}/{directory}/v2.0")));
        setting.provider.claim("roles", json!(["admins"]));
    };
    setting.site.settings.access.groups = ["admins".to_owned()].into();
    // Without the list, every request gets 503, whatever the other rules are.
    let refused =
        Browser::new(&setting.world, &setting.site).authorize(&authorize_pairs(&setting.client)).await;
    assert_eq!((refused.status.as_u16(), refused.reason()), (503, "rule_mandatory"));
    setting.site.settings.access.directories = [OURS.to_uppercase()].into();
    come_from(&setting, OURS);
    assert!(setting.enters().await);
    come_from(&setting, OTHERS);
    let log = Captured::start();
    assert!(!setting.enters().await);
    let detail = log.with_reason("not_admitted")[0]["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains("allowedTenants") && detail.contains(OTHERS), "{detail}");
    setting.site.settings.access.directories = ["*".to_owned(), OURS.to_owned()].into();
    assert!(!setting.enters().await, "groups of other directories do not count");
    setting.site.settings.access.groups = [].into();
    setting.site.settings.access.users = UserRule::Any;
    assert!(setting.enters().await);
    for tid in ["common", "", "0f0f0f0f"] {
        come_from(&setting, tid);
        assert!(!setting.enters().await, "{tid:?} is not a directory id");
    }
}

#[tokio::test]
async fn at_google_a_verified_address_without_hd_does_not_prove_a_domain() {
    let mut setting = at(Provider::start().await, "google").await;
    setting.site.settings.access.email_domains = ["example.com".to_owned()].into();
    let log = Captured::start();
    assert!(!setting.enters().await);
    let detail = log.with_reason("not_admitted")[0]["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains("(hd)") && detail.contains("alice@example.com, verified"), "{detail}");
    setting.provider.claim("hd", json!("other.example"));
    assert!(!setting.enters().await);
    setting.provider.claim("hd", json!(["example.com"]));
    assert!(!setting.enters().await);
    setting.provider.claim("hd", json!("example.com"));
    assert!(setting.enters().await);
}

#[tokio::test]
async fn a_provider_without_client_secret_methods_is_logged_before_the_user_is_sent_there() {
    for (methods, sent) in [
        (json!(["private_key_jwt", "tls_client_auth"]), false),
        (json!(["private_key_jwt", "client_secret_post"]), true),
        (json!(["client_secret_basic"]), true),
        (json!([]), true),
        (Value::Null, true),
    ] {
        let setting = setting().await;
        setting.provider.misbehave(Vice::Document("token_endpoint_auth_methods_supported", methods.clone()));
        let mut browser = Browser::new(&setting.world, &setting.site);
        let begun = browser.authorize(&authorize_pairs(&setting.client)).await;
        let page = browser.follow(&begun).await;
        let log = Captured::start();
        let url = browser.decide(&page, "approve").await.onward();
        assert_eq!(url.starts_with(&setting.provider.issuer), sent, "{methods}: {url}");
        assert_eq!(log.text().contains("private_key_jwt and client certificates"), !sent, "{methods}");
    }
}
