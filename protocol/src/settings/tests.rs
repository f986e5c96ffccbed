//! Who may enter and with which scopes.

use super::*;

fn set(text: &str) -> ScopeSet {
    ScopeSet::parse(text).unwrap()
}

fn names(list: &[&str]) -> TextSet {
    list.iter().map(|&name| name.to_owned()).collect()
}

fn settings() -> TenantSettings {
    TenantSettings {
        resource: "wiki".to_owned(),
        provider: Provider::Local,
        scopes: set("openid offline_access read write"),
        required_scopes: set("use"),
        audience: None,
        access: AccessRules::default(),
        scope_map: TextMap::from([("write".to_owned(), names(&["editors"]))]),
        hierarchy: ScopeHierarchy::default(),
        redirect_hosts: TextSet::default(),
    }
}

fn user(sub: &str, email: Option<(&str, bool)>, groups: &[&str]) -> Identity {
    let claims = Profile {
        email: email.map(|(address, _)| address.to_owned()),
        email_verified: email.map(|(_, verified)| verified),
        groups: names(groups),
        ..Profile::default()
    };
    Identity { sub: sub.to_owned(), claims }
}

#[test]
fn scopes_offered_and_granted() {
    let settings = settings();
    assert_eq!(settings.offered_scopes(), set("read write use"));
    assert_eq!(settings.advertised_scopes(), set("use"));
    let (plain, editor) = (names(&[]), names(&["editors"]));
    assert_eq!(settings.entitled(&plain), set("read use"));
    assert_eq!(settings.grant(None, &editor), set("read write use"));
    assert_eq!(settings.grant(None, &plain), set("read use"));
    assert_eq!(settings.grant(Some(&set("write openid email")), &plain), set("use"));
    assert_eq!(settings.grant(Some(&set("write")), &editor), set("use write"));
}

#[test]
fn a_required_scope_one_is_not_entitled_to_is_not_granted() {
    let mut settings = settings();
    *settings.scope_map.entry("use") = names(&["members"]);
    assert_eq!(settings.grant(Some(&set("use read")), &names(&[])), set("read"));
}

#[test]
fn tid_follows_identity_and_nothing_else() {
    let one = settings();
    let mut other = settings();
    other.scopes = set("x");
    other.access.users = UserRule::Any;
    assert_eq!(one.tid(), other.tid());
    other.provider = Provider::Oidc {
        issuer: "https://idp.example".to_owned(),
        client_id: "c".to_owned(),
        client_secret: None,
        options: ProviderOptions::default(),
    };
    assert_ne!(one.tid(), other.tid());
}

#[test]
fn every_given_rule_must_hold() {
    let rules = AccessRules {
        users: UserRule::Only(names(&["alice", "Bob@Example.com"])),
        email_domains: names(&["example.com"]),
        groups: names(&["staff"]),
    };
    let judge = |identity: Identity| rules.judge(&identity, true).map(|_| ());
    let mail = |address| Some((address, true));
    assert_eq!(judge(user("alice", mail("alice@EXAMPLE.com"), &["staff"])), Ok(()));
    assert_eq!(judge(user("7", mail("bob@example.com"), &["staff", "x"])), Ok(()));
    assert_eq!(judge(user("7", Some(("bob@example.com", false)), &["staff"])), Err(Refusal::User));
    assert_eq!(judge(user("alice", None, &["staff"])), Err(Refusal::EmailNotVerified));
    assert_eq!(judge(user("alice", mail("a@b@example.com"), &["staff"])), Err(Refusal::EmailNotVerified));
    assert_eq!(judge(user("alice", mail("a@sub.example.com"), &["staff"])), Err(Refusal::EmailDomain));
    assert_eq!(judge(user("alice", mail("a@example.com"), &["guests"])), Err(Refusal::Group));
    assert_eq!(judge(user("mallory", mail("m@example.com"), &["staff"])), Err(Refusal::User));
}

#[test]
fn a_public_provider_needs_a_rule() {
    let anyone = user("x", None, &[]);
    let none = AccessRules::default();
    assert_eq!(none.judge(&anyone, true), Err(Refusal::RuleMandatory));
    assert!(none.judge(&anyone, false).is_ok());
    let any = AccessRules { users: UserRule::Any, ..none };
    assert_eq!(any.judge(&anyone, true).unwrap().identity(), &anyone);
}

#[test]
fn public_issuers_are_known() {
    for (issuer, public) in [
        ("https://accounts.google.com", true),
        ("https://accounts.google.com./", true),
        ("https://GitHub.com", true),
        ("https://login.microsoftonline.com/common/v2.0", true),
        ("https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0", true),
        ("https://login.microsoftonline.com/0f0f0f0f-0000-0000-0000-000000000000/v2.0", false),
        ("https://keycloak.example.com/realms/common", false),
        ("local", false),
    ] {
        assert_eq!(is_public_issuer(issuer), public, "{issuer}");
    }
}

#[test]
fn profile_follows_granted_scopes() {
    let full = Profile {
        email: Some("a@b".to_owned()),
        email_verified: Some(true),
        name: Some("A".to_owned()),
        groups: names(&["g"]),
        ..Profile::default()
    };
    assert_eq!(full.limited_to(&set("read")), Profile::default());
    let email = full.limited_to(&set("email"));
    assert_eq!((email.email.as_deref(), email.name, email.groups.len()), (Some("a@b"), None, 0));
    assert_eq!(full.limited_to(&set("email profile groups")), full);
}

#[test]
fn settings_survive_json_and_hide_the_secret() {
    let mut settings = settings();
    settings.provider = Provider::Oidc {
        issuer: "https://idp.example".to_owned(),
        client_id: "c".to_owned(),
        client_secret: Some(Secret::new("canary".to_owned())),
        options: ProviderOptions::default(),
    };
    let json = serde_json::to_string(&settings).unwrap();
    assert_eq!(serde_json::from_str::<TenantSettings>(&json).unwrap(), settings);
    assert!(!format!("{settings:?}").contains("canary"));
}

#[test]
fn subjects_are_visible_ascii() {
    assert!(Identity::is_valid_sub("auth0|123"));
    for bad in ["", "a b", "\u{e4}", "a\n", &"x".repeat(256)] {
        assert!(!Identity::is_valid_sub(bad), "{bad}");
    }
}
