//! Tests options that are left out, and options that are given and empty.

use super::*;
use crate::tenant::TenantId;

#[test]
fn without_options_the_operators_provider_and_the_whole_host_are_meant() {
    assert_eq!(parsed(&json!({})).unwrap_err(), ConfigError::Missing("pathPrefix"));
    let PluginConfig::Tenant(_, config) = parsed(&json!({"pathPrefix": ""})).unwrap() else {
        panic!("not a tenant")
    };
    assert_eq!(config.settings.provider, Provider::Default);
    assert_eq!(config.base, BaseSource::Request { path: String::new() });
    assert_eq!(config.settings.name_at(&Base::parse("https://h/wiki").unwrap()), "h/wiki");
    // A named provider without a name would be another tenant.
    assert_ne!(config.tid, TenantId::derive("", "", "", &[("provider", "")]));
}

#[test]
fn a_variable_that_expands_to_nothing_is_not_the_default() {
    for (options, option) in [
        (json!({"resource": ""}), "resource"),
        (json!({"providerIssuer": " "}), "providerIssuer"),
        (json!({"clientID": "c"}), "clientID"),
        (json!({"clientSecret": ""}), "clientSecret"),
        (json!({"paths": "h.example/wiki", "pathPrefix": "/wiki"}), "paths"),
        (json!({"paths": "h.example/wiki", "resource": "wiki"}), "paths"),
        (json!({"paths": "h.example/wiki", "publicURL": "https://h.example"}), "paths"),
        (json!({"paths": "h.example"}), "paths"),
    ] {
        let error = parsed(&options).unwrap_err().to_string();
        assert!(error.contains(option), "{options}: {error}");
    }
}
