//! The differences of known providers from OpenID Connect.

use std::io::Write as _;

use protocol::context::Endpoint;
use protocol::settings::Provider as At;
use serde_json::{Value, json};

use crate::federated::to_provider;
use crate::support::federated::claims_in;
use crate::support::provider::Provider;
use crate::support::*;

const BASE: &str = "https://wiki.example.com";
const TENANT: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

/// Makes a tenant with the scripted provider, configured as this kind of provider.
pub(crate) fn of_kind(kind: &str, issuer: &str, scopes: &str) -> Site {
    let mut site = Site::oidc(BASE, issuer);
    if let At::Oidc { options, .. } = &mut site.settings.provider {
        kind.clone_into(&mut options.kind);
    }
    site.settings.scopes = protocol::scope::ScopeSet::parse(scopes).unwrap();
    site
}

pub(crate) fn world(issuer: &str) -> World {
    World::with(&[("BOUNCER_INTERNAL_ISSUERS", issuer), ("BOUNCER_STRICT_UPSTREAM_REFRESH", "true")])
}

pub(crate) fn claims_of(reply: &Reply) -> Value {
    let token = reply.json()["access_token"].as_str().unwrap_or_else(|| panic!("{reply:?}")).to_owned();
    claims_in(&token)
}

#[tokio::test]
async fn at_google_offline_access_becomes_a_parameter() {
    let provider = Provider::start().await;
    let world = world(&provider.issuer);
    for (kind, scope, access_type) in
        [("google", "email openid", Some("offline")), ("oidc", "email offline_access openid", None)]
    {
        let site = of_kind(kind, &provider.issuer, "openid email offline_access");
        let client = world.register(&site, CALLBACK).await;
        let url = to_provider(&mut Browser::new(&world, &site), &authorize_pairs(&client)).await;
        assert_eq!(parameter(&url, "scope").as_deref(), Some(scope), "{kind}");
        assert_eq!(parameter(&url, "access_type").as_deref(), access_type, "{kind}");
        assert_eq!(parameter(&url, "prompt").as_deref(), Some("consent"), "{kind}");
    }
    // Without `offline_access` the parameter is not sent.
    let site = of_kind("google", &provider.issuer, "openid email");
    let client = world.register(&site, CALLBACK).await;
    let url = to_provider(&mut Browser::new(&world, &site), &authorize_pairs(&client)).await;
    assert_eq!((parameter(&url, "access_type"), parameter(&url, "prompt")), (None, None));
}

#[tokio::test]
async fn entra_is_asked_for_its_four_scopes_without_a_resource() {
    let provider = Provider::start().await;
    let world = world(&provider.issuer);
    let site = of_kind("entra", &provider.issuer, "openid read");
    let client = world.register(&site, CALLBACK).await;
    let pairs = changed(authorize_pairs(&client), "resource", Some(&format!("{BASE}/mcp")));
    let url = to_provider(&mut Browser::new(&world, &site), &pairs).await;
    assert_eq!(parameter(&url, "scope").as_deref(), Some("email offline_access openid profile read"));
    assert_eq!((parameter(&url, "resource"), parameter(&url, "prompt")), (None, None));
}

#[tokio::test]
async fn at_entra_the_subject_is_tid_and_oid_and_addresses_are_not_verified() {
    let provider = Provider::start().await;
    let world = world(&provider.issuer);
    let mut site = of_kind("entra", &provider.issuer, "openid read");
    let client = world.register(&site, CALLBACK).await;
    let full_login = async |site: &Site| {
        let mut browser = Browser::new(&world, site);
        let url = to_provider(&mut browser, &authorize_pairs(&client)).await;
        browser.get(Endpoint::Callback, &provider.sign_in(&url)).await
    };
    // Without `tid` and `oid`, the login is refused.
    assert_eq!(full_login(&site).await.onward_parameter("error").as_deref(), Some("access_denied"));
    provider.claim("tid", json!(TENANT));
    provider.claim("oid", json!("00000000-0000-0000-0000-000000000001"));
    provider.claim("email", json!("boss@corp.example"));
    provider.claim("email_verified", json!(true));
    let code = full_login(&site).await.onward_parameter("code").unwrap();
    let claims = claims_of(&world.token(&site, &client, &code).await);
    assert_eq!(claims["sub"], format!("{TENANT}.00000000-0000-0000-0000-000000000001"));
    site.settings.access.email_domains = ["corp.example".to_owned()].into();
    assert_eq!(full_login(&site).await.onward_parameter("error").as_deref(), Some("access_denied"));
    provider.claim("xms_edov", json!(true));
    assert!(full_login(&site).await.onward_parameter("code").is_some());
}

#[tokio::test]
async fn groups_are_read_from_the_claims_of_each_profile() {
    for (kind, claim, value) in [
        ("zitadel", "urn:zitadel:iam:org:project:roles", json!({"staff": {"1": "org"}})),
        ("oidc", "cognito:groups", json!(["staff"])),
        ("entra", "roles", json!(["staff"])),
    ] {
        let provider = Provider::start().await;
        let world = world(&provider.issuer);
        let mut site = of_kind(kind, &provider.issuer, "openid read");
        site.settings.access.groups = ["staff".to_owned()].into();
        let client = world.register(&site, CALLBACK).await;
        provider.claim("tid", json!(TENANT));
        provider.claim("oid", json!(TENANT));
        for (value, admitted) in [(json!(["others"]), false), (value, true)] {
            provider.claim(claim, value);
            let mut browser = Browser::new(&world, &site);
            let url = to_provider(&mut browser, &authorize_pairs(&client)).await;
            let done = browser.get(Endpoint::Callback, &provider.sign_in(&url)).await;
            assert_eq!(done.onward_parameter("code").is_some(), admitted, "{kind}");
        }
    }
}

#[tokio::test]
async fn additional_authorize_parameters_are_sent_but_cannot_replace_ours() {
    let provider = Provider::start().await;
    let world = world(&provider.issuer);
    let with = |params: &str| {
        let mut site = Site::oidc(BASE, &provider.issuer);
        if let At::Oidc { options, .. } = &mut site.settings.provider {
            params.clone_into(&mut options.authorize_params);
        }
        site
    };
    let site = with("audience=https://api.example,organization=org_1");
    let client = world.register(&site, CALLBACK).await;
    let url = to_provider(&mut Browser::new(&world, &site), &authorize_pairs(&client)).await;
    assert_eq!(parameter(&url, "audience").as_deref(), Some("https://api.example"));
    assert_eq!(parameter(&url, "organization").as_deref(), Some("org_1"));
    let site = with("redirect_uri=https://evil.example");
    let client = world.register(&site, CALLBACK).await;
    let target = to_provider(&mut Browser::new(&world, &site), &authorize_pairs(&client)).await;
    assert!(target.starts_with(CALLBACK) && target.contains("error=server_error"), "{target}");
    assert_eq!(
        site.settings.tid(),
        Site::oidc(BASE, &provider.issuer).settings.tid(),
        "changing them keeps the tenant"
    );
}

#[tokio::test]
async fn login_hint_and_max_age_are_passed_to_the_provider() {
    let provider = Provider::start().await;
    let world = world(&provider.issuer);
    let site = Site::oidc(BASE, &provider.issuer);
    let client = world.register(&site, CALLBACK).await;
    let pairs = changed(authorize_pairs(&client), "login_hint", Some("ann@corp.example"));
    let url = to_provider(&mut Browser::new(&world, &site), &changed(pairs, "max_age", Some("300"))).await;
    assert_eq!(parameter(&url, "login_hint").as_deref(), Some("ann@corp.example"));
    assert_eq!(parameter(&url, "max_age").as_deref(), Some("300"));
}

#[tokio::test]
async fn a_named_provider_can_be_used_only_at_its_bases() {
    let provider = Provider::start().await;
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let entry = json!({"corp": {
        "issuer": provider.issuer, "client_id": "sidecar", "client_secret": "s3cr&t:+ %", "bases": [BASE],
    }});
    file.write_all(entry.to_string().as_bytes()).unwrap();
    let world = World::with(&[
        ("BOUNCER_INTERNAL_ISSUERS", &provider.issuer),
        ("BOUNCER_PROVIDERS_FILE", file.path().to_str().unwrap()),
    ]);
    let named = |base: &str, name: &str| {
        let mut site = Site::oidc(base, "https://unused.example");
        site.settings.provider = At::Named { name: name.to_owned() };
        site
    };
    let site = named(BASE, "corp");
    let client = world.register(&site, CALLBACK).await;
    let mut browser = Browser::new(&world, &site);
    let url = to_provider(&mut browser, &authorize_pairs(&client)).await;
    let done = browser.get(Endpoint::Callback, &provider.sign_in(&url)).await;
    let code = done.onward_parameter("code").unwrap();
    assert_eq!(world.token(&site, &client, &code).await.status, 200);
    for site in [named(BASE, "other"), named("https://else.example.com", "corp")] {
        let reply = world.post_json(&site, Endpoint::Register, &json!({"redirect_uris": [CALLBACK]})).await;
        assert_eq!(reply.status, 503, "{reply:?}");
        assert!(!reply.text.contains("corp") && !reply.text.contains(&provider.issuer));
    }
}
