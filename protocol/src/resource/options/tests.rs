//! Tests the meaning of options, and that the error for every mistake names its option.

mod backend;
mod defaults;
mod personal;
mod shown;
mod tenant_id;

mod policy;

use super::*;
use crate::jose::anchor::AnchorSeed;
use crate::resource::cors::AllowedOrigins;
use crate::scope::ScopeSet;
use crate::secret::Secret;
use crate::settings::{Provider, UserRule};
use crate::uri::Base;
use serde_json::{Value, json};

fn parsed(options: &Value) -> Result<PluginConfig, ConfigError> {
    let seed = AnchorSeed::new(Secret::new([1; 32]));
    let (key, anchor) = (seed.plugin_key().to_text(), seed.trust_anchor().to_text());
    let environment = PluginEnvironment { plugin_key: key.expose(), trust_anchor: &anchor };
    parse(options.to_string().as_bytes(), environment)
}

fn tenant(options: &Value) -> Result<TenantConfig, ConfigError> {
    let mut all = json!({"resource": "wiki", "providerIssuer": "local"});
    all.as_object_mut().unwrap().extend(options.as_object().unwrap().clone());
    match parsed(&all)? {
        PluginConfig::Tenant(_, config) => Ok(*config),
        PluginConfig::Route(_) => panic!("not a tenant"),
    }
}

/// Options of a tenant that accepts another issuer's tokens and names these authorization servers.
fn servers(list: &str) -> Value {
    json!({"jwksFile": "/k", "jwksIssuer": "https://idp", "authorizationServers": list})
}

fn set(text: &str) -> ScopeSet {
    ScopeSet::parse(text).unwrap()
}

#[test]
fn defaults() {
    let config = tenant(&json!({})).unwrap();
    assert_eq!(config.settings.resource, "wiki");
    assert_eq!(config.settings.provider, Provider::Local);
    assert_eq!(config.settings.scopes, set("openid"));
    assert_eq!(config.base, BaseSource::Request { path: "/wiki".to_owned() });
    assert_eq!(config.allowed_origins, AllowedOrigins::Any);
    assert_eq!((config.client_ip_depth, config.forward_authorization), (0, false));
    assert!(config.anchors.is_some() && config.key_file.is_none() && config.foreign.is_none());
    assert_eq!(config.tid, config.settings.tid());
}

#[test]
fn names_and_scalars_are_read_leniently() {
    let config = tenant(&json!({
        "RequiredSCOPES": "read, write", "scopes": ["a", "b c", "admin"], "clientipdepth": "2",
        "ForwardAuthorization": "TRUE", "rootMetadata": true, "excludePaths": "/a, /b",
        "jwksFile": "/keys/set.json", "jwksCacheTTLSeconds": 60, "audience": "",
        "scopeMap": "write=editors|staff, admin=root", "scopeHierarchy": "admin>write>read",
        "allowedOrigins": "https://App.example/", "allowedHeaders": "traceparent, X-Tenant-Id",
        "sidecarURL": "http://unused",
    }))
    .unwrap();
    assert_eq!(config.settings.required_scopes, set("read write"));
    assert_eq!(config.settings.scopes, set("a admin b c"));
    assert_eq!(config.settings.audience, None);
    assert_eq!(config.client_ip_depth, 2);
    assert!(config.forward_authorization && config.root_metadata);
    assert_eq!(config.exclude_paths, ["/a", "/b"]);
    assert_eq!(config.key_file.unwrap().ttl, 60);
    assert_eq!(config.settings.scope_map.get("write").unwrap().len(), 2);
    assert_eq!(config.settings.hierarchy.expand(&set("admin")), set("admin write read"));
    assert_eq!(config.allowed_origins, AllowedOrigins::Only(vec!["https://App.example".to_owned()]));
    assert_eq!(config.allowed_headers, ["traceparent", "X-Tenant-Id"]);
}

#[test]
fn empty_scopes_mean_no_scopes() {
    assert!(tenant(&json!({"scopes": ""})).unwrap().settings.scopes.is_empty());
    assert!(tenant(&json!({"scopes": []})).unwrap().settings.scopes.is_empty());
}

/// Our own tokens never grant `openid` and `offline_access`; another issuer's tokens may.
#[test]
fn scopes_that_are_never_granted_are_not_required() {
    let required = |options: &Value| tenant(options).unwrap().settings.required_scopes;
    assert_eq!(required(&json!({"requiredScopes": "openid read offline_access"})), set("read"));
    let foreign = json!({"requiredScopes": "openid read", "jwksFile": "/k", "jwksIssuer": "https://idp"});
    assert_eq!(required(&foreign), set("openid read"));
}

#[test]
fn maps_may_be_objects() {
    let config =
        tenant(&json!({"scopes": "read write", "scopeMap": {"write": "editors|staff", "read": ["all"]}}))
            .unwrap();
    assert_eq!(config.settings.scope_map.get("write").unwrap().len(), 2);
    assert_eq!(config.settings.scope_map.get("read").unwrap().len(), 1);
}

#[test]
fn the_base_comes_from_the_prefix_or_the_public_url() {
    let base = |options| tenant(&options).map(|config| config.base);
    let path = |text: &str| Ok(BaseSource::Request { path: text.to_owned() });
    let fixed = |text: &str| Ok(BaseSource::Fixed(Base::parse(text).unwrap()));
    assert_eq!(base(json!({"pathPrefix": ""})), path(""));
    assert_eq!(base(json!({"pathPrefix": "/"})), path(""));
    assert_eq!(base(json!({"pathPrefix": "*"})), path("/wiki"));
    assert_eq!(base(json!({"pathPrefix": "/team/x/"})), path("/team/x"));
    assert_eq!(base(json!({"publicURL": "https://H.example/"})), fixed("https://h.example"));
    assert_eq!(base(json!({"publicURL": "http://127.0.0.1:8000/w"})), fixed("http://127.0.0.1:8000/w"));
    let both = json!({"publicURL": "https://h/wiki", "pathPrefix": "/wiki"});
    assert_eq!(base(both), fixed("https://h/wiki"));
}

#[test]
fn a_provider_needs_its_client_and_a_public_one_an_access_rule() {
    let oidc = |extra: Value| {
        let mut all = json!({"providerIssuer": "https://accounts.google.com", "clientID": "c"});
        all.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        tenant(&all)
    };
    let named = |error| matches!(error, Err(ConfigError::Bad { name: "allowedUsers", .. }));
    assert!(named(oidc(json!({})).map(|_| ())));
    let any = oidc(json!({"allowedUsers": "*", "clientSecret": "canary"})).unwrap();
    assert_eq!(any.settings.access.users, UserRule::Any);
    assert!(!format!("{any:?}").contains("canary"));
    let domain = oidc(json!({"allowedEmailDomains": "@Example.com"})).unwrap();
    assert!(domain.settings.access.email_domains.contains("example.com"));
    assert_eq!(oidc(json!({"clientID": ""})).unwrap_err(), ConfigError::Missing("clientID"));
}

#[test]
fn a_provider_of_any_directory_needs_allowed_tenants() {
    const OURS: &str = "0F0F0F0F-aaaa-4000-8000-000000000001";
    let entra = |issuer: &str, extra: Value| {
        let mut all = json!({"providerIssuer": issuer, "clientID": "c"});
        all.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        tenant(&all).map(|config| config.settings)
    };
    let wrong = |result: Result<_, ConfigError>| match result.map(|_| ()) {
        Err(ConfigError::Bad { name, .. }) => name,
        other => panic!("{other:?}"),
    };
    let common = "https://login.microsoftonline.us/common/v2.0";
    for rule in [json!({}), json!({"allowedUsers": "*"}), json!({"allowedGroups": "admins"})] {
        assert_eq!(wrong(entra(common, rule)), "allowedTenants");
    }
    assert_eq!(wrong(entra(common, json!({"allowedTenants": ""}))), "allowedTenants");
    let listed = entra(common, json!({"allowedTenants": ["*", OURS], "allowedUsers": "*"})).unwrap();
    assert!(listed.access.directories.contains(OURS) && listed.access.directories.contains("*"));
    assert!(entra(common, json!({"allowedTenants": OURS})).is_ok());
    // Only the authorization server knows the kind of a named provider.
    let named = parsed(&json!({"resource": "w", "provider": "corp", "allowedTenants": OURS}));
    assert!(matches!(named, Ok(PluginConfig::Tenant(..))));
}

#[test]
fn the_groups_claim_is_kept_as_written() {
    let roles =
        json!({"providerIssuer": "https://idp", "clientID": "c", "groupsClaim": "realm_access.roles"});
    let Provider::Oidc { options, .. } = tenant(&roles).unwrap().settings.provider else {
        panic!("not OIDC")
    };
    assert_eq!(options.groups_claim, "realm_access.roles");
    let named = parsed(&json!({"resource": "w", "provider": "corp", "groupsClaim": "groups"})).map(|_| ());
    assert!(named.unwrap_err().to_string().contains("`groupsClaim`"));
}

#[test]
fn mistakes_name_their_option() {
    for (options, name) in [
        (json!({"resource": ""}), "resource"),
        (json!({"resource": "a/b"}), "resource"),
        (json!({"resource": ".."}), "resource"),
        (json!({"providerIssuer": ""}), "providerIssuer"),
        (json!({"providerIssuer": "idp.example"}), "providerIssuer"),
        (json!({"role": "gate"}), "role"),
        (json!({"scopes": "a\"b"}), "scopes"),
        (json!({"requiredScopes": {"a": 1}}), "requiredScopes"),
        (json!({"pathPrefix": "wiki"}), "pathPrefix"),
        (json!({"pathPrefix": "/a/../b"}), "pathPrefix"),
        (json!({"publicURL": "http://h.example"}), "publicURL"),
        (json!({"publicURL": "https://h/a", "pathPrefix": ""}), "publicURL"),
        (json!({"trustAnchor": "AAAA"}), "trustAnchor"),
        (json!({"jwksFile": "keys.json"}), "jwksFile"),
        (json!({"jwksIssuer": "https://idp"}), "jwksIssuer"),
        (json!({"jwksAllowTypJWT": "true"}), "jwksAllowTypJWT"),
        (json!({"authorizationServers": "https://idp"}), "authorizationServers"),
        (servers("http://idp.example"), "authorizationServers"),
        (servers("https://idp.example/?a=b"), "authorizationServers"),
        (servers("https://idp.example, idp"), "authorizationServers"),
        (servers("https://idp.example/\"x"), "authorizationServers"),
        (json!({"jwksCacheTTLSeconds": "5m"}), "jwksCacheTTLSeconds"),
        (json!({"resourceMatch": "host"}), "resourceMatch"),
        (json!({"personalTokens": 90}), "personalTokens"),
        (json!({"personalTokens": 90, "revocationFile": ""}), "personalTokens"),
        (json!({"personalTokens": 0, "revocationFile": "/r"}), "personalTokens"),
        (json!({"personalTokens": 367, "revocationFile": "/r"}), "personalTokens"),
        (json!({"personalTokens": "90d", "revocationFile": "/r"}), "personalTokens"),
        (json!({"personalTokens": -1, "revocationFile": "/r"}), "personalTokens"),
        (json!({"allowedOrigins": "app.example"}), "allowedOrigins"),
        (json!({"allowedHeaders": "x tenant"}), "allowedHeaders"),
        (json!({"allowedHeaders": "x-tenant:1"}), "allowedHeaders"),
        (json!({"allowedEmailDomains": "*.example"}), "allowedEmailDomains"),
        (json!({"scopeMap": "write"}), "scopeMap"),
        (json!({"scopeMap": "write=editors", "scopes": "read wirte"}), "scopeMap"),
        (
            json!({"scopeMap": "write=e", "scopes": "write admin", "scopeHierarchy": "admin>write"}),
            "scopeMap",
        ),
        (json!({"scopeMap": ""}), "scopeMap"),
        (json!({"displayName": "x".repeat(201)}), "displayName"),
        (json!({"displayName": "two\nlines"}), "displayName"),
        (json!({"scopes": "read", "scopeDescriptions": "raed=Read"}), "scopeDescriptions"),
        (json!({"scopes": "read", "scopeDescriptions": "read=a|b"}), "scopeDescriptions"),
        (json!({"scopes": "read", "scopeDescriptions": "read=Read, but not change"}), "scopeDescriptions"),
        (json!({"scopes": "read", "scopeDescriptions": {"read": "bell \u{7}"}}), "scopeDescriptions"),
        (json!({"scopes": "read", "scopeDescriptions": {"read": "x".repeat(201)}}), "scopeDescriptions"),
        (json!({"allowedUsers": ""}), "allowedUsers"),
        (json!({"allowedGroups": " , "}), "allowedGroups"),
        (json!({"allowedEmailDomains": []}), "allowedEmailDomains"),
        (json!({"allowedOrigins": ""}), "allowedOrigins"),
        (json!({"jwksIssuer": "", "jwksFile": "/k"}), "jwksIssuer"),
        (json!({"scopeMap": "openid=admins", "scopes": "openid"}), "scopeMap"),
        (json!({"offeredScopes": "a\"b"}), "offeredScopes"),
        (json!({"scopeHierarchy": "a"}), "scopeHierarchy"),
        (json!({"clientIPDepth": "-1"}), "clientIPDepth"),
        (json!({"clientIPDepth": "33"}), "clientIPDepth"),
        (json!({"rootMetadata": "yes"}), "rootMetadata"),
        (json!({"enterpriseManaged": "yes"}), "enterpriseManaged"),
        (json!({"workloads": "repo:acme/app:*=read"}), "workloads"),
        (json!({"workloads": "*=read", "jwksFile": "/k", "jwksIssuer": "https://idp"}), "workloads"),
        (json!({"workloads": "", "jwksFile": "/k", "jwksIssuer": "https://idp"}), "workloads"),
        (json!({"workloads": "repo:acme/app:*", "jwksFile": "/k", "jwksIssuer": "https://idp"}), "workloads"),
        (json!({"workloads": "a=b\"c", "jwksFile": "/k", "jwksIssuer": "https://idp"}), "workloads"),
        (json!({"enterpriseManaged": true}), "enterpriseManaged"),
        (json!({"excludePaths": "wiki"}), "excludePaths"),
        (json!({"forwardAuthorization": [true]}), "forwardAuthorization"),
    ] {
        let error = tenant(&options).map(|_| ()).unwrap_err();
        assert!(error.to_string().contains(&format!("`{name}`")), "{options}: {error}");
    }
}

#[test]
fn an_unknown_option_suggests_the_nearest_one() {
    for (given, nearest) in
        [("requiredScope", "requiredScopes"), ("clientId2", "clientID"), ("issuer", "jwksIssuer")]
    {
        let error = tenant(&json!({given: "x"})).map(|_| ()).unwrap_err();
        assert_eq!(error, ConfigError::Unknown { name: given.to_owned(), nearest }, "{error}");
    }
    let twice = parse(br#"{"Role":"route","role":"route"}"#, PluginEnvironment::default()).map(|_| ());
    assert_eq!(twice, Err(ConfigError::Repeated("role")));
    for other in ["[]", "1", "\"x\"", "{"] {
        let parsed = parse(other.as_bytes(), PluginEnvironment::default()).map(|_| ());
        assert_eq!(parsed, Err(ConfigError::NotAnObject), "{other}");
    }
}

#[test]
fn the_route_role_needs_the_key_and_nothing_else() {
    assert!(matches!(parsed(&json!({"role": "route"})), Ok(PluginConfig::Route(_))));
    let guarded = parsed(&json!({"role": "route", "resource": "wiki"})).map(|_| ());
    assert_eq!(guarded, Err(ConfigError::NotForRoute("resource")));
    for json in [&br#"{"role":"route"}"#[..], br#"{"resource":"wiki","providerIssuer":"local"}"#] {
        let error = parse(json, environment("", "anchor")).map(|_| ()).unwrap_err();
        assert!(error.to_string().contains("BOUNCER_PLUGIN_KEY"), "{error}");
    }
}

const fn environment<'a>(plugin_key: &'a str, trust_anchor: &'a str) -> PluginEnvironment<'a> {
    PluginEnvironment { plugin_key, trust_anchor }
}

#[test]
fn without_keys_in_the_environment_the_file_is_their_source() {
    let source = |json: &str, environment| match parse(json.as_bytes(), environment).unwrap() {
        PluginConfig::Route(source) | PluginConfig::Tenant(source, _) => source,
    };
    let key = AnchorSeed::new(Secret::new([1; 32])).plugin_key().to_text();
    // The file holds the trust anchors, too.
    for json in [r#"{"role":"route"}"#, r#"{"resource":"wiki","providerIssuer":"local"}"#] {
        assert_eq!(source(json, environment("", " ")), KeySource::File);
    }
    let given = source(r#"{"role":"route"}"#, environment(key.expose(), ""));
    assert!(matches!(given, KeySource::Environment(_)));
}

#[test]
fn a_tenant_needs_a_key_source() {
    let seed = AnchorSeed::new(Secret::new([1; 32]));
    let key = seed.plugin_key().to_text();
    let environment = PluginEnvironment { plugin_key: key.expose(), trust_anchor: "" };
    let with = |options: Value| parse(options.to_string().as_bytes(), environment).map(|_| ());
    let error = with(json!({"resource": "w", "providerIssuer": "local"})).unwrap_err();
    assert!(error.to_string().contains("trustAnchor"), "{error}");
    assert_eq!(with(json!({"resource": "w", "providerIssuer": "local", "jwksFile": "/k"})), Ok(()));
    let anchor = seed.trust_anchor().to_text();
    assert_eq!(with(json!({"resource": "w", "providerIssuer": "local", "trustAnchor": anchor})), Ok(()));
}

#[test]
fn offered_scopes_are_advertised_and_scopes_for_the_provider_are_not() {
    let settings = |options: Value| tenant(&options).unwrap().settings;
    let with = |offered: Value| {
        let mut all = json!({
            "scopes": "openid email", "requiredScopes": "use", "scopeMap": "mcp:write=editors|admins, mcp:admin=admins",
            "scopeHierarchy": "mcp:admin>mcp:write>mcp:read",
        });
        all.as_object_mut().unwrap().extend(offered.as_object().unwrap().clone());
        settings(all)
    };
    let own = "use mcp:admin mcp:write mcp:read";
    for (offered, expected) in [
        (json!({}), format!("{own} email")),
        (json!({"offeredScopes": "mcp:delete, offline_access"}), format!("{own} mcp:delete")),
        (json!({"offeredScopes": ""}), own.to_owned()),
    ] {
        let settings = with(offered.clone());
        assert_eq!(settings.offered_scopes(), set(&expected), "{offered}");
        assert_eq!(settings.scopes, set("openid email"), "{offered}: nothing else is asked of the provider");
    }
    // A misspelt scope would grant the intended one to everybody. Naming both says that both are intended.
    let both = json!({"scopeMap": "wirte=editors", "offeredScopes": "write wirte"});
    assert_eq!(settings(both).offered_scopes(), set("write wirte"));
}

/// The authorization server reads these options.
#[test]
fn options_about_the_connection_to_the_provider_are_kept_as_written() {
    let given = json!({
        "providerIssuer": "https://idp.example", "clientID": "c", "clientAuthMethod": "client_secret_post",
        "providerInternalURL": "http://keycloak:8080",
    });
    let Provider::Oidc { options, .. } = tenant(&given).unwrap().settings.provider else {
        panic!("not OIDC")
    };
    assert_eq!(
        (&*options.auth_method, &*options.internal_url),
        ("client_secret_post", "http://keycloak:8080")
    );
}
