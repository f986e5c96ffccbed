//! Protected resource metadata (RFC 9728 §2).

use crate::scope::ScopeSet;
use crate::settings::TenantSettings;
use crate::uri::Base;
use serde::{Serialize, Serializer};

/// The document about one resource.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ProtectedResourceMetadata<'a> {
    /// The identifier asked about, character by character (RFC 9728 §3.3).
    pub resource: &'a str,
    /// The one authorization server: the tenant's base.
    pub authorization_servers: [&'a str; 1],
    /// The scopes a client should ask for; left out when there are none.
    #[serde(skip_serializing_if = "ScopeSet::is_empty", serialize_with = "as_list")]
    pub scopes_supported: ScopeSet,
    /// Only the `Authorization` header (RFC 6750 §2.1).
    pub bearer_methods_supported: [&'static str; 1],
    /// The tenant's name.
    pub resource_name: &'a str,
}

impl<'a> ProtectedResourceMetadata<'a> {
    /// The document about `resource`, which lies at or below `base`.
    pub fn new(resource: &'a str, base: &'a Base, settings: &'a TenantSettings) -> Self {
        Self {
            resource,
            authorization_servers: [base.as_str()],
            scopes_supported: settings.advertised_scopes(),
            bearer_methods_supported: ["header"],
            resource_name: &settings.resource,
        }
    }
}

fn as_list<S: Serializer>(scopes: &ScopeSet, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(scopes.iter())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scope::ScopeHierarchy;
    use crate::settings::{AccessRules, Provider};

    #[test]
    fn the_document_lists_what_is_served_and_no_more() {
        let mut settings = TenantSettings {
            resource: "wiki".to_owned(),
            provider: Provider::Local,
            scopes: ScopeSet::parse("openid offline_access read").unwrap(),
            required_scopes: ScopeSet::new(),
            audience: None,
            access: AccessRules::default(),
            scope_map: crate::text::TextMap::default(),
            hierarchy: ScopeHierarchy::default(),
            redirect_hosts: crate::text::TextSet::default(),
        };
        let base = Base::parse("https://h/wiki").unwrap();
        let document = |settings: &TenantSettings| {
            serde_json::to_value(ProtectedResourceMetadata::new("https://h/wiki/mcp", &base, settings))
                .unwrap()
        };
        let json = document(&settings);
        assert_eq!(json["resource"], "https://h/wiki/mcp");
        assert_eq!(json["authorization_servers"], serde_json::json!(["https://h/wiki"]));
        assert_eq!(json["scopes_supported"], serde_json::json!(["read"]));
        assert_eq!(json["bearer_methods_supported"], serde_json::json!(["header"]));
        settings.scopes = ScopeSet::parse("openid").unwrap();
        assert!(document(&settings).get("scopes_supported").is_none());
    }
}
