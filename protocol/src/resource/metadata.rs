//! Protected resource metadata (RFC 9728 §2).

use crate::scope::scopes_member;

/// The document about `resource`. `issuers` are the authorization servers whose tokens the resource accepts, the
/// preferred one first. `name` is the tenant's name. `scopes` are those that a client should request, in the form of
/// RFC 6749 §3.3; without scopes the member is left out.
///
/// No value has to be escaped: a resource and an issuer are URIs, a name is letters, digits and `- _ . ~`, and RFC 6749
/// §3.3 allows neither quotes nor backslashes in a scope.
pub fn protected_resource(resource: &str, issuers: &[&str], name: &str, scopes: &str) -> String {
    [
        r#"{"resource":""#,
        resource,
        r#"","authorization_servers":[""#,
        &issuers.join(r#"",""#),
        r#""],"bearer_methods_supported":["header"],"resource_name":""#,
        name,
        "\"",
        &scopes_member(scopes),
        "}",
    ]
    .concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn document(scopes: &str) -> Value {
        let issuers = ["https://h/wiki", "https://idp.example/"];
        serde_json::from_str(&protected_resource("https://h/wiki/mcp/?a=b", &issuers, "wiki", scopes))
            .unwrap()
    }

    #[test]
    fn the_document_has_no_empty_members() {
        assert_eq!(
            document("read write"),
            json!({
                "resource": "https://h/wiki/mcp/?a=b",
                "authorization_servers": ["https://h/wiki", "https://idp.example/"],
                "bearer_methods_supported": ["header"],
                "resource_name": "wiki",
                "scopes_supported": ["read", "write"],
            })
        );
        assert_eq!(document("read")["scopes_supported"], json!(["read"]));
        assert_eq!(document("").get("scopes_supported"), None);
    }
}
