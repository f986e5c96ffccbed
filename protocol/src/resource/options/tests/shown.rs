//! Tests the options that say what people are shown.

use super::*;

#[test]
fn people_are_shown_a_name_and_descriptions() {
    let base = Base::parse("https://h/wiki").unwrap();
    let options = json!({
        "displayName": " Company wiki ", "scopes": "openid read", "requiredScopes": "use",
        "scopeDescriptions": "read=Read every page, use = Use it",
    });
    let settings = tenant(&options).unwrap().settings;
    assert_eq!(settings.name_at(&base), "Company wiki");
    assert_eq!(
        (settings.describe("read"), settings.describe("use")),
        (Some("Read every page"), Some("Use it"))
    );
    assert_eq!(settings.describe("else"), None);
    let object = json!({"scopes": "read", "scopeDescriptions": {"read": "Read, but not change"}});
    assert_eq!(tenant(&object).unwrap().settings.describe("read"), Some("Read, but not change"));
    let plain = tenant(&json!({})).unwrap().settings;
    assert_eq!((plain.name_at(&base), plain.describe("read")), ("wiki", None));
    assert_eq!(plain.tid(), settings.tid(), "what people are shown makes no other tenant");
}
