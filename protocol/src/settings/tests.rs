//! Tests who may enter and with which scopes.

use super::*;
use crate::secret::Secret;

fn set(text: &str) -> ScopeSet {
    ScopeSet::parse(text).unwrap()
}

fn names(list: &[&str]) -> TextSet {
    list.iter().map(|&name| name.to_owned()).collect()
}

fn settings() -> TenantSettings {
    TenantSettings {
        required_scopes: set("use"),
        scope_map: TextMap::from([("write".to_owned(), names(&["editors"]))]),
        ..TenantSettings::new("wiki", Provider::Local, set("openid offline_access read write"))
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
fn scopes_of_the_tool_policy_are_granted_only_if_they_are_requested() {
    let mut settings = TenantSettings::new("wiki", Provider::Local, set("openid read"));
    settings.policy_scopes = set("admin notes read");
    assert_eq!(settings.offered_scopes(), set("admin notes read"));
    assert_eq!(settings.default_scopes(), set("read"));
    assert_eq!(settings.advertised_scopes(), set("read"));
    let nobody = names(&[]);
    assert_eq!(settings.grant(None, &nobody), set("read"));
    assert_eq!(settings.grant(Some(&set("admin unknown")), &nobody), set("admin"));
    // A scope of the tool policy may stand in `scopeMap` and `scopeHierarchy` too.
    settings.scope_map.entry("admin").insert("admins".to_owned());
    settings.hierarchy = ScopeHierarchy::parse("admin>notes").unwrap();
    assert_eq!(settings.default_scopes(), set("read"));
    assert_eq!(settings.grant(Some(&set("admin notes")), &nobody), set("notes"));
    assert_eq!(settings.grant(Some(&set("admin notes")), &names(&["admins"])), set("admin notes"));
    assert_eq!(settings.grant(None, &names(&["admins"])), set("read"));
    // A scope of the tool policy that another option lists is granted without being requested.
    settings.required_scopes = set("notes");
    assert_eq!(settings.grant(None, &nobody), set("notes read"));
    assert_eq!(settings.advertised_scopes(), set("notes"));
}

#[test]
fn granted_scopes_are_offered_and_entitled() {
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

/// A scope of `scopeMap` is for members of groups, so a client gets it only if the operator lists it.
#[test]
fn a_client_gets_what_the_operator_lists_of_the_offered_scopes() {
    let settings = settings();
    let grant = |requested: Option<&str>, listed: Option<&str>| {
        settings.grant_to_client(requested.map(set).as_ref(), listed.map(set).as_ref()).to_string()
    };
    assert_eq!(grant(None, None), "read use");
    assert_eq!(grant(Some("write read"), None), "read use");
    assert_eq!(grant(None, Some("write use admin")), "use write");
    assert_eq!(grant(Some("read"), Some("write")), "");
    assert_eq!(grant(Some("write"), Some("write use")), "use write");
    assert_eq!(grant(None, Some("openid offline_access")), "");
}

#[test]
fn a_required_scope_without_entitlement_is_not_granted() {
    let mut settings = settings();
    *settings.scope_map.entry("use") = names(&["members"]);
    assert_eq!(settings.grant(Some(&set("use read")), &names(&[])), set("read"));
}

#[test]
fn the_tenant_id_depends_on_identity_settings_alone() {
    let one = settings();
    let mut other = settings();
    other.scopes = set("x");
    other.access.users = UserRule::Any;
    other.access.directories = names(&["*"]);
    assert_eq!(one.tid(), other.tid());
    other.provider = provider("https://idp.example", "");
    assert_ne!(one.tid(), other.tid());
    // Which claim holds the groups does not change who a user is, so the tenant id stays.
    let mut grouped = other.clone();
    if let Provider::Oidc { options, .. } = &mut grouped.provider {
        options.groups_claim = "realm_access.roles".to_owned();
    }
    assert_eq!(grouped.tid(), other.tid());
}

fn provider(issuer: &str, kind: &str) -> Provider {
    let options = ProviderOptions { kind: kind.to_owned(), ..ProviderOptions::default() };
    Provider::Oidc { issuer: issuer.to_owned(), client_id: "c".to_owned(), client_secret: None, options }
}

#[test]
fn a_user_must_satisfy_every_given_rule() {
    let rules = AccessRules {
        users: UserRule::Only(names(&["alice", "Bob@Example.com", "Anna Berg"])),
        email_domains: names(&["example.com"]),
        groups: names(&["staff"]),
        directories: TextSet::new(),
    };
    let authorize = |identity: Identity| rules.authorize(&identity, &provider("https://idp", "")).map(|_| ());
    let mail = |address| Some((address, true));
    assert_eq!(authorize(user("alice", mail("alice@EXAMPLE.com"), &["staff"])), Ok(()));
    assert_eq!(authorize(user("7", mail("bob@example.com"), &["staff", "x"])), Ok(()));
    assert_eq!(authorize(user("Anna%20Berg", mail("a@example.com"), &["staff"])), Ok(()));
    assert_eq!(authorize(user("Anna%2520Berg", mail("a@example.com"), &["staff"])), Err(Refusal::User));
    assert_eq!(authorize(user("7", Some(("bob@example.com", false)), &["staff"])), Err(Refusal::User));
    assert_eq!(authorize(user("alice", None, &["staff"])), Err(Refusal::EmailNotVerified));
    assert_eq!(authorize(user("alice", mail("a@b@example.com"), &["staff"])), Err(Refusal::EmailNotVerified));
    assert_eq!(authorize(user("alice", mail("a@sub.example.com"), &["staff"])), Err(Refusal::EmailDomain));
    assert_eq!(authorize(user("alice", mail("a@example.com"), &["guests"])), Err(Refusal::Group));
    assert_eq!(authorize(user("mallory", mail("m@example.com"), &["staff"])), Err(Refusal::User));
}

#[test]
fn a_public_provider_needs_a_rule() {
    let anyone = user("x", None, &[]);
    let none = AccessRules::default();
    let google = provider("https://accounts.google.com", "");
    assert_eq!(none.authorize(&anyone, &google), Err(Refusal::RuleMandatory));
    assert!(none.authorize(&anyone, &provider("https://idp", "")).is_ok());
    let any = AccessRules { users: UserRule::Any, ..none };
    assert_eq!(any.authorize(&anyone, &google).unwrap().identity(), &anyone);
}

/// A consumer account with a verified address of a domain is not an account of that domain's organisation.
#[test]
fn at_google_a_domain_requires_a_matching_hd() {
    let rules = AccessRules { email_domains: names(&["corp.com", "other.com"]), ..AccessRules::default() };
    let authorize = |at: &Provider, email: (&str, bool), hd: Option<&str>| {
        let mut user = user("7", Some(email), &[]);
        user.claims.hd = hd.map(str::to_owned);
        rules.authorize(&user, at).map(|_| ())
    };
    // A provider is Google by its host, whatever `providerType` says, or by `providerType`.
    for google in [
        provider("https://accounts.google.com", ""),
        provider("https://accounts.google.com", "oidc"),
        provider("https://broker.example", "Google"),
    ] {
        assert_eq!(authorize(&google, ("a@Corp.com", true), Some("corp.COM")), Ok(()));
        for hd in [None, Some(""), Some("other.com"), Some("evil.com"), Some("corp.com.evil.com")] {
            assert_eq!(authorize(&google, ("a@corp.com", true), hd), Err(Refusal::HostedDomain), "{hd:?}");
        }
        assert_eq!(
            authorize(&google, ("a@corp.com", false), Some("corp.com")),
            Err(Refusal::EmailNotVerified)
        );
        assert_eq!(authorize(&google, ("a@evil.com", true), Some("corp.com")), Err(Refusal::EmailDomain));
    }
    assert_eq!(authorize(&provider("https://idp", ""), ("a@corp.com", true), None), Ok(()));
}

const OURS: &str = "0f0f0f0f-aaaa-4000-8000-000000000001";
const OTHERS: &str = "0f0f0f0f-bbbb-4000-8000-000000000002";
const PERSONAL: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

/// Anyone can make a directory, and a role or group in it with any name.
#[test]
fn groups_of_other_directories_admit_nobody() {
    let of = |directory: &str| user(&[directory, ".", OTHERS].concat(), None, &["admins"]);
    let rules = |directories: &[&str]| AccessRules {
        groups: names(&["admins"]),
        directories: names(directories),
        ..AccessRules::default()
    };
    for host in ["login.microsoftonline.com", "login.microsoftonline.us", "login.partner.microsoftonline.cn"]
    {
        for path in ["/common/v2.0", "/organizations/v2.0"] {
            let entra = provider(&["https://", host, path].concat(), "");
            let authorize =
                |listed: &[&str], user: &Identity| rules(listed).authorize(user, &entra).map(|_| ());
            assert_eq!(authorize(&[], &of(OURS)), Err(Refusal::DirectoriesMandatory), "{host}{path}");
            assert_eq!(authorize(&[OURS], &of(OURS)), Ok(()), "{host}{path}");
            assert_eq!(authorize(&[OURS], &of(&OURS.to_uppercase())), Ok(()));
            assert_eq!(authorize(&[OURS], &of(OTHERS)), Err(Refusal::Directory), "{host}{path}");
            assert_eq!(authorize(&[OURS], &user("admins", None, &["admins"])), Err(Refusal::Directory));
            assert_eq!(authorize(&["*"], &user("admins", None, &["admins"])), Err(Refusal::Directory));
            // With `*`, users of other directories may enter, but their groups are ignored.
            assert_eq!(authorize(&["*"], &of(OTHERS)), Err(Refusal::Group));
            assert_eq!(authorize(&["*", OURS], &of(OTHERS)), Err(Refusal::Group));
            assert_eq!(authorize(&["*", OURS], &of(OURS)), Ok(()));
        }
    }
    let one = provider(&["https://login.microsoftonline.com/", OURS, "/v2.0"].concat(), "");
    assert_eq!(rules(&[]).authorize(&of(OURS), &one).map(|_| ()), Ok(()));
    assert_eq!(rules(&[OTHERS]).authorize(&of(OURS), &one), Err(Refusal::Directory));
    // At another provider, a subject that looks like one of a directory proves nothing.
    for elsewhere in
        [provider("https://idp", ""), provider("https://accounts.google.com", ""), Provider::Local]
    {
        assert_eq!(rules(&[OURS]).authorize(&of(OURS), &elsewhere), Err(Refusal::DirectoriesWrong));
    }
    assert_eq!(
        rules(&["contoso.onmicrosoft.com"]).authorize(&of(OURS), &one),
        Err(Refusal::DirectoriesWrong)
    );
    assert_eq!(
        rules(&[&["{", &OURS.to_uppercase(), "}"].concat()]).authorize(&of(OURS), &one).map(|_| ()),
        Ok(())
    );
}

#[test]
fn groups_of_other_directories_grant_no_scope() {
    let mut settings = settings();
    settings.provider = provider("https://login.microsoftonline.com/common/v2.0", "");
    settings.access =
        AccessRules { users: UserRule::Any, directories: names(&["*", OURS]), ..AccessRules::default() };
    let scopes = |directory: &str| {
        let user = user(&[directory, ".", OTHERS].concat(), None, &["editors"]);
        let admitted = settings.authorize(&user).unwrap().into_identity();
        settings.grant(None, &admitted.claims.groups)
    };
    assert_eq!((scopes(OURS), scopes(OTHERS)), (set("read use write"), set("read use")));
}

#[test]
fn a_directory_is_a_sufficient_rule_unless_anyone_can_join_it() {
    let suffice = |path: &str, directories: &[&str]| {
        let rules = AccessRules { directories: names(directories), ..AccessRules::default() };
        rules.suffice(&provider(&["https://login.microsoftonline.us/", path].concat(), "")).err()
    };
    assert_eq!(suffice("common/v2.0", &[OURS]), None);
    assert_eq!(suffice("common/v2.0", &["*"]), Some(Refusal::RuleMandatory));
    for personal in [PERSONAL, &PERSONAL.to_uppercase(), &["{", PERSONAL, "}"].concat()] {
        assert_eq!(suffice("common/v2.0", &[OURS, personal]), Some(Refusal::RuleMandatory), "{personal}");
    }
    // Personal accounts are one directory, which need not be named; but anyone can have an account in it.
    for path in ["consumers/v2.0", &[PERSONAL, "/v2.0"].concat()] {
        assert_eq!(suffice(path, &[]), Some(Refusal::RuleMandatory), "{path}");
        assert_eq!(suffice(path, &[PERSONAL]), Some(Refusal::RuleMandatory), "{path}");
    }
    assert_eq!(suffice(&[OURS, "/v2.0"].concat(), &[]), None);
}

#[test]
fn group_ids_match_in_either_case() {
    let upper = OURS.to_uppercase();
    let rules = AccessRules { groups: names(&[&upper]), ..AccessRules::default() };
    let mut settings = settings();
    *settings.scope_map.entry("write") = names(&[&upper]);
    settings.access = rules;
    let admitted = settings.authorize(&user("7", None, &[OURS])).unwrap().into_identity();
    assert_eq!(settings.grant(None, &admitted.claims.groups), set("read use write"));
    assert_eq!(settings.authorize(&user("7", None, &[OTHERS])), Err(Refusal::Group));
    // This also holds for a user with more groups than are kept.
    let many: Vec<String> = (0..500).map(|n| format!("0{n:03}")).chain([OURS.to_owned()]).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let admitted = settings.authorize(&user("7", None, &many)).unwrap().into_identity();
    assert_eq!(settings.grant(None, &admitted.claims.groups), set("read use write"));
}

/// A rule may name the last of thousands of groups.
#[test]
fn all_groups_are_compared_and_few_are_kept() {
    let mut settings = settings();
    settings.access.groups = names(&["zz-last"]);
    *settings.scope_map.entry("write") = names(&["zz-mapped"]);
    let mut many: Vec<String> = (0..5_000).map(|n| format!("group-{n:05}")).collect();
    let authorize = |groups: &[String]| {
        let mut user = user("7", None, &[]);
        user.claims.groups = groups.iter().cloned().collect();
        settings.authorize(&user).map(|admitted| admitted.into_identity().claims.groups)
    };
    assert_eq!(authorize(&many), Err(Refusal::Group));
    many.extend(["zz-last".to_owned(), "zz-mapped".to_owned()]);
    let kept = authorize(&many).unwrap();
    assert_eq!(kept.len(), 202);
    assert!(kept.contains("zz-last") && kept.contains("zz-mapped") && kept.contains("group-00199"));
    assert!(settings.grant(None, &kept).contains("write"));
    let long: Vec<String> =
        (0..100).map(|n| format!("{n:02}{}", "x".repeat(1_000))).chain(["zz-last".to_owned()]).collect();
    let kept = authorize(&long).unwrap();
    assert_eq!(
        (kept.len(), kept.contains("zz-last")),
        (9, true),
        "eight thousand bytes, and what the rule names"
    );
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
