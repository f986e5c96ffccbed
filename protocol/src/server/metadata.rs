//! What the authorization server says of itself: RFC 8414, and the same in the shape of OpenID Connect
//! Discovery 1.0 for clients that look only there. Listed is what answers, nothing else.

use crate::settings::TenantSettings;
use crate::uri::Base;
use serde_json::{Value, json};

/// How clients authenticate at every endpoint that asks for it.
const AUTH_METHODS: [&str; 4] = ["none", "client_secret_basic", "client_secret_post", "private_key_jwt"];
/// What they may sign assertions with (RFC 7518 §3.1, RFC 8037 §3.1).
const ASSERTION_ALGORITHMS: [&str; 3] = ["EdDSA", "ES256", "RS256"];

/// The document at `/.well-known/oauth-authorization-server` (RFC 8414 §2). `client_documents`: whether a
/// `client_id` may be the address of a document.
pub fn authorization_server(base: &Base, settings: &TenantSettings, client_documents: bool) -> Value {
    let mut document = json!({
        "issuer": base.as_str(),
        "authorization_endpoint": base.join("/oauth/authorize"),
        "token_endpoint": base.join("/oauth/token"),
        "registration_endpoint": base.join("/oauth/register"),
        "revocation_endpoint": base.join("/oauth/revoke"),
        "introspection_endpoint": base.join("/oauth/introspect"),
        "userinfo_endpoint": base.join("/oauth/userinfo"),
        "jwks_uri": base.join("/oauth/jwks.json"),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_methods_supported": AUTH_METHODS,
        "token_endpoint_auth_signing_alg_values_supported": ASSERTION_ALGORITHMS,
        "revocation_endpoint_auth_methods_supported": AUTH_METHODS,
        "revocation_endpoint_auth_signing_alg_values_supported": ASSERTION_ALGORITHMS,
        "introspection_endpoint_auth_methods_supported": AUTH_METHODS,
        "introspection_endpoint_auth_signing_alg_values_supported": ASSERTION_ALGORITHMS,
        "client_id_metadata_document_supported": client_documents,
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": true,
    });
    let scopes: Vec<String> = settings.advertised_scopes().iter().map(str::to_owned).collect();
    if let (Some(fields), false) = (document.as_object_mut(), scopes.is_empty()) {
        fields.insert("scopes_supported".into(), scopes.into());
    }
    document
}

/// The document at `/.well-known/openid-configuration`. We issue no `id_token`; the fields OpenID
/// Connect Discovery §3 requires are there because clients refuse a document without them.
pub fn openid_configuration(base: &Base, settings: &TenantSettings, client_documents: bool) -> Value {
    let mut document = authorization_server(base, settings, client_documents);
    if let Some(fields) = document.as_object_mut() {
        fields.insert("subject_types_supported".into(), json!(["public"]));
        fields.insert("id_token_signing_alg_values_supported".into(), json!(["EdDSA"]));
    }
    document
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scope::ScopeSet;
    use crate::settings::{AccessRules, Provider};

    fn settings(scopes: &str, required: &str) -> TenantSettings {
        TenantSettings {
            resource: "wiki".into(),
            provider: Provider::Local,
            scopes: ScopeSet::parse(scopes).unwrap(),
            required_scopes: ScopeSet::parse(required).unwrap(),
            audience: None,
            access: AccessRules::default(),
            scope_map: crate::text::TextMap::default(),
            hierarchy: crate::scope::ScopeHierarchy::default(),
            redirect_hosts: crate::text::TextSet::default(),
        }
    }

    #[test]
    fn the_issuer_is_the_base_and_every_endpoint_lies_below_it() {
        let base = Base::parse("https://mcp.example.com/wiki").unwrap();
        let document = authorization_server(&base, &settings("openid", ""), true);
        assert_eq!(document["issuer"], "https://mcp.example.com/wiki");
        for name in [
            "authorization_endpoint",
            "token_endpoint",
            "registration_endpoint",
            "revocation_endpoint",
            "introspection_endpoint",
            "userinfo_endpoint",
            "jwks_uri",
        ] {
            assert!(
                document[name].as_str().unwrap().starts_with("https://mcp.example.com/wiki/oauth/"),
                "{name}"
            );
        }
        assert_eq!(document["code_challenge_methods_supported"], json!(["S256"]));
    }

    #[test]
    fn nothing_unserved_is_listed() {
        let base = Base::parse("https://h").unwrap();
        let document = openid_configuration(&base, &settings("openid", ""), false);
        assert_eq!(document["client_id_metadata_document_supported"], false);
        for name in [
            "scopes_supported",
            "end_session_endpoint",
            "pushed_authorization_request_endpoint",
            "device_authorization_endpoint",
        ] {
            assert!(document.get(name).is_none(), "{name}");
        }
        assert_eq!(document["subject_types_supported"], json!(["public"]));
    }

    #[test]
    fn scopes_are_the_required_ones_or_else_the_offered() {
        let base = Base::parse("https://h").unwrap();
        let listed = |scopes, required| {
            authorization_server(&base, &settings(scopes, required), true)["scopes_supported"].clone()
        };
        assert_eq!(listed("openid email offline_access", ""), json!(["email"]));
        assert_eq!(listed("email", "mcp:tools"), json!(["mcp:tools"]));
    }
}
