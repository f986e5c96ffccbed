//! `toolPolicy` and `publicMethods`.

use super::*;

#[test]
fn scopes_of_the_tool_policy_are_offered_and_not_advertised() {
    let tenant = |more: Value| {
        let mut all = json!({"resource": "wiki", "providerIssuer": "local", "offeredScopes": "read write"});
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        parsed(&all)
    };
    let config = |more: Value| match tenant(more).unwrap() {
        PluginConfig::Tenant(_, config) => *config,
        PluginConfig::Route(_) => panic!("not a tenant"),
    };
    let rules = "delete_*=admin write, prompts/get:*=notes";
    let set = |text| ScopeSet::parse(text).unwrap();
    let plain = config(json!({"toolPolicy": rules}));
    assert_eq!(plain.settings.offered_scopes(), set("admin notes read write"));
    assert_eq!(plain.challenge.advertised, "read write");
    let listed = config(json!({"toolPolicy": ["delete_*=admin write", "prompts/get:a,b=notes"]}));
    assert_eq!(listed.rules.scopes(), plain.rules.scopes());
    assert_eq!(listed.rules.scopes_of(listed.rules.matching(b"prompts/get", b"a,b")), set("notes"));
    // The context of each request to the sidecar has the scopes, not the rules.
    let settings = serde_json::to_string(&plain.settings).unwrap();
    assert!(
        settings.contains(r#""policy_scopes":"admin notes write""#) && !settings.contains("delete_"),
        "{settings}"
    );
    assert!(!serde_json::to_string(&config(json!({})).settings).unwrap().contains("policy_scopes"));
    for (option, value, reason) in [
        ("toolPolicy", "", "given and empty"),
        ("toolPolicy", "delete_*", "`delete_*` is not of the form [method:]name=scope"),
        ("toolPolicy", "a=b, a=c", "`a=c` has the pattern of another rule"),
        ("publicMethods", "*", "not a list of methods"),
        ("publicMethods", "tools list", "not a list of methods"),
    ] {
        let error = tenant(json!({option: value})).unwrap_err().to_string();
        assert!(error.starts_with(&format!("option `{option}`: ")) && error.contains(reason), "{error}");
    }
}
