//! Tests on which options the tenant's id depends.

use super::*;

/// A change of an option on which the id does not depend logs nobody out.
#[test]
fn the_tenant_id_follows_what_identity_depends_on_and_no_other_option() {
    let base = json!({
        "resource": "wiki", "providerIssuer": "https://idp.example", "clientID": "c", "clientSecret": "s",
        "scopes": "openid read",
    });
    let tid = |options: &Value| match parsed(options).unwrap() {
        PluginConfig::Tenant(_, config) => config.tid,
        PluginConfig::Route(_) => panic!("not a tenant"),
    };
    let anchor = AnchorSeed::new(Secret::new([2; 32])).trust_anchor().to_text();
    for option in OPTIONS {
        let (value, changes) = match *option {
            // These options are not about one tenant, replace the options about the provider, or are only for Entra ID.
            // `paths` cannot be combined with `resource`.
            "role" | "provider" | "allowedTenants" | "paths" => continue,
            "resource" => (json!("docs"), true),
            "providerIssuer" => (json!("https://other.example"), true),
            "clientID" => (json!("d"), true),
            "providerType" => (json!("github"), true),
            "clientSecret" => (json!("t"), false),
            "providerAuthorizeParams" => (json!("audience=x"), false),
            "clientAuthMethod" => (json!("client_secret_post"), false),
            "providerInternalURL" => (json!("http://idp:8080"), false),
            "scopes" => (json!("openid write"), false),
            "offeredScopes" | "requiredScopes" | "audience" | "displayName" => (json!("mcp"), false),
            "sidecarURL" | "jwksIssuer" | "publicURL" => (json!("https://h.example"), false),
            "jwksCacheTTLSeconds" | "clientIPDepth" => (json!(7), false),
            "pathPrefix" => (json!("/other"), false),
            "trustAnchor" => (json!(anchor), false),
            "jwksFile" | "revocationFile" | "excludePaths" => (json!("/a"), false),
            "resourceMatch" => (json!("path"), false),
            "personalTokens" => (json!(90), false),
            "allowedOrigins" => (json!("https://app.example"), false),
            "allowedUsers" | "allowedGroups" => (json!("ann"), false),
            "allowedEmailDomains" | "allowedRedirectHosts" => (json!("a.example"), false),
            "scopeMap" | "scopeDescriptions" => (json!("read=staff"), false),
            "scopeHierarchy" => (json!("write>read"), false),
            "toolPolicy" => (json!("delete_*=admin"), false),
            "publicMethods" => (json!("initialize"), false),
            "identityHeaders" => (json!("X-Mcp-Email=email"), false),
            "upstreamToken" => (json!("Authorization"), false),
            "enterpriseManaged"
            | "jwksAllowTypJWT"
            | "rootMetadata"
            | "forwardAuthorization"
            | "forwardIssuer" => (json!(true), false),
            "allowedHeaders" | "groupsClaim" => (json!("roles"), false),
            "authorizationServers" => (json!("https://i.example"), false),
            "workloads" => (json!("repo:acme/app:*=read"), false),
            unknown => panic!("say here whether {unknown} changes the tenant id"),
        };
        let mut edited = base.clone();
        if matches!(*option, "jwksIssuer" | "jwksAllowTypJWT" | "authorizationServers" | "workloads") {
            edited["jwksFile"] = json!("/k");
            edited["jwksIssuer"] = json!("https://i.example");
        }
        if *option == "personalTokens" {
            edited["revocationFile"] = json!("/revoked");
        }
        edited[*option] = value;
        assert_eq!(tid(&edited) != tid(&base), changes, "{option}");
    }
    let named = |name: &str| tid(&json!({"resource": "wiki", "provider": name}));
    assert_ne!(named("corp"), named("other"));
}
