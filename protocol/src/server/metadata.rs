//! The metadata of the authorization server: the document of RFC 8414, and the same metadata as a document of OpenID
//! Connect Discovery 1.0 for clients that read only that. Both documents list what is served and nothing else, except
//! for members that OpenID Connect Discovery requires.
//!
//! The plugin writes these documents too, while the sidecar cannot be reached, so they are concatenated texts, which
//! take less code than serialised values.

use crate::scope::scopes_member;
use crate::settings::TenantSettings;
use crate::uri::Base;

/// Says whether a `client_id` may be the address of a document (Client ID Metadata Documents).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ClientDocuments {
    /// Such a `client_id` is accepted, and its document is fetched.
    Supported,
    /// Such a `client_id` is not accepted, or the sidecar, which alone knows, cannot be asked.
    NotSupported,
}

/// The document at `/.well-known/oauth-authorization-server` (RFC 8414 §2). `scopes` are those that a client should
/// request, in the form of RFC 6749 §3.3; without scopes the member is left out. `settings` decide which grant types
/// the tenant accepts.
pub fn authorization_server(
    issuer: &Base,
    scopes: &str,
    documents: ClientDocuments,
    settings: &TenantSettings,
) -> String {
    document(issuer, scopes, documents, settings, "")
}

/// The document at `/.well-known/openid-configuration`. No `id_token` is issued, but the members about it that OpenID
/// Connect Discovery §3 requires are there, because clients refuse a document without them.
pub fn openid_configuration(
    issuer: &Base,
    scopes: &str,
    documents: ClientDocuments,
    settings: &TenantSettings,
) -> String {
    let more = r#","subject_types_supported":["public"],"id_token_signing_alg_values_supported":["EdDSA"]"#;
    document(issuer, scopes, documents, settings, more)
}

/// The document up to the value of `client_id_metadata_document_supported`, with `@` in place of the issuer.
const TEMPLATE: &str = concat!(
    r#"{"issuer":"@","#,
    r#""authorization_endpoint":"@/oauth/authorize","#,
    r#""token_endpoint":"@/oauth/token","#,
    r#""registration_endpoint":"@/oauth/register","#,
    r#""revocation_endpoint":"@/oauth/revoke","#,
    r#""introspection_endpoint":"@/oauth/introspect","#,
    r#""userinfo_endpoint":"@/oauth/userinfo","#,
    r#""jwks_uri":"@/oauth/jwks.json","#,
    r#""response_types_supported":["code"],"#,
    r#""response_modes_supported":["query"],"#,
    // How clients authenticate at each of these endpoints, and the algorithms with which they may sign an assertion
    // (RFC 7518 §3.1, RFC 8037 §3.1).
    r#""token_endpoint_auth_methods_supported":["none","client_secret_basic","client_secret_post","private_key_jwt"],"#,
    r#""token_endpoint_auth_signing_alg_values_supported":["EdDSA","ES256","RS256"],"#,
    r#""revocation_endpoint_auth_methods_supported":["none","client_secret_basic","client_secret_post","private_key_jwt"],"#,
    r#""revocation_endpoint_auth_signing_alg_values_supported":["EdDSA","ES256","RS256"],"#,
    r#""introspection_endpoint_auth_methods_supported":["none","client_secret_basic","client_secret_post","private_key_jwt"],"#,
    r#""introspection_endpoint_auth_signing_alg_values_supported":["EdDSA","ES256","RS256"],"#,
    r#""code_challenge_methods_supported":["S256"],"#,
    r#""authorization_response_iss_parameter_supported":true,"#,
    r#""client_id_metadata_document_supported":"#,
);

/// The grant types of every tenant. The operator's clients file says which clients may use `client_credentials`; the
/// plugin does not know this file.
const GRANT_TYPES: &str =
    r#","grant_types_supported":["authorization_code","refresh_token","client_credentials""#;
/// The additional grant type of a tenant with `enterpriseManaged`, and its profile (Identity Assertion JWT
/// Authorization Grant, section 7.2).
const ID_JAG: &str = r#","urn:ietf:params:oauth:grant-type:jwt-bearer"],"authorization_grant_profiles_supported":["urn:ietf:params:oauth:grant-profile:id-jag"]"#;

/// Writes a document. No value has to be escaped: the issuer is a URI, and RFC 6749 §3.3 allows neither quotes nor
/// backslashes in a scope.
fn document(
    issuer: &Base,
    scopes: &str,
    documents: ClientDocuments,
    settings: &TenantSettings,
    more: &str,
) -> String {
    let mut out = String::new();
    let mut before = "";
    for piece in TEMPLATE.split('@') {
        out.push_str(before);
        out.push_str(piece);
        before = issuer.as_str();
    }
    let is_supported = if documents == ClientDocuments::Supported { "true" } else { "false" };
    let last_grant = if settings.enterprise_managed { ID_JAG } else { "]" };
    [&out, is_supported, GRANT_TYPES, last_grant, &scopes_member(scopes), more, "}"].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scope::ScopeSet;
    use crate::settings::Provider;
    use serde_json::{Value, json};

    fn settings() -> TenantSettings {
        TenantSettings::new("wiki", Provider::Default, ScopeSet::new())
    }

    fn documents(base: &str, scopes: &str, documents: ClientDocuments) -> [Value; 2] {
        let base = Base::parse(base).unwrap();
        [authorization_server, openid_configuration]
            .map(|document| document(&base, scopes, documents, &settings()))
            .map(|text| serde_json::from_str(&text).unwrap())
    }

    #[test]
    fn both_documents_have_every_member() {
        let methods = json!(["none", "client_secret_basic", "client_secret_post", "private_key_jwt"]);
        let algorithms = json!(["EdDSA", "ES256", "RS256"]);
        let mut expected = json!({
            "issuer": "https://mcp.example.com/wiki",
            "authorization_endpoint": "https://mcp.example.com/wiki/oauth/authorize",
            "token_endpoint": "https://mcp.example.com/wiki/oauth/token",
            "registration_endpoint": "https://mcp.example.com/wiki/oauth/register",
            "revocation_endpoint": "https://mcp.example.com/wiki/oauth/revoke",
            "introspection_endpoint": "https://mcp.example.com/wiki/oauth/introspect",
            "userinfo_endpoint": "https://mcp.example.com/wiki/oauth/userinfo",
            "jwks_uri": "https://mcp.example.com/wiki/oauth/jwks.json",
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
            "token_endpoint_auth_methods_supported": methods,
            "token_endpoint_auth_signing_alg_values_supported": algorithms,
            "revocation_endpoint_auth_methods_supported": methods,
            "revocation_endpoint_auth_signing_alg_values_supported": algorithms,
            "introspection_endpoint_auth_methods_supported": methods,
            "introspection_endpoint_auth_signing_alg_values_supported": algorithms,
            "client_id_metadata_document_supported": true,
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": true,
            "scopes_supported": ["read", "write"],
        });
        let [oauth, openid] =
            documents("https://mcp.example.com/wiki", "read write", ClientDocuments::Supported);
        assert_eq!(oauth, expected);
        expected["subject_types_supported"] = json!(["public"]);
        expected["id_token_signing_alg_values_supported"] = json!(["EdDSA"]);
        assert_eq!(openid, expected);
    }

    #[test]
    fn the_grant_of_assertions_is_named_where_it_is_accepted() {
        let base = Base::parse("https://h").unwrap();
        let settings = TenantSettings { enterprise_managed: true, ..settings() };
        for document in [authorization_server, openid_configuration] {
            let named = document(&base, "", ClientDocuments::NotSupported, &settings);
            let named: Value = serde_json::from_str(&named).unwrap();
            let grants = named["grant_types_supported"].as_array().unwrap();
            assert_eq!(grants.last().unwrap(), "urn:ietf:params:oauth:grant-type:jwt-bearer");
            let profiles = json!(["urn:ietf:params:oauth:grant-profile:id-jag"]);
            assert_eq!(named["authorization_grant_profiles_supported"], profiles);
        }
    }

    #[test]
    fn members_without_a_value_are_left_out() {
        for document in documents("https://h", "", ClientDocuments::NotSupported) {
            assert_eq!(document["client_id_metadata_document_supported"], false);
            assert_eq!(document.get("scopes_supported"), None);
        }
    }
}
