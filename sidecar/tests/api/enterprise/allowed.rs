//! The access that an assertion leads to: the user, the scopes and the resource of the token.

use protocol::scope::ScopeSet;
use protocol::settings::{AccessRules, UserRule};
use protocol::text::TextSet;
use serde_json::{Value, json};

use super::{Enterprise, RESOURCE};
use crate::support::federated::claims_of;
use crate::support::machine::BASE;

#[tokio::test]
async fn the_tenants_rules_decide_about_the_user() {
    let mut enterprise = Enterprise::new().await;
    enterprise.site.settings.access.users =
        UserRule::Only(TextSet::from_iter(["alice@example.com".to_owned()]));
    enterprise.site.settings.access.groups = TextSet::from_iter(["team".to_owned()]);
    assert_eq!(enterprise.present(&enterprise.signed(&json!({})), &[]).await.status, 200);
    for change in [
        json!({"jti": "2", "email": "mallory@example.com"}),
        json!({"jti": "3", "email_verified": false}),
        json!({"jti": "4", "email_verified": null}),
        json!({"jti": "5", "groups": ["others"]}),
        json!({"jti": "6", "groups": null}),
    ] {
        enterprise.refused(&enterprise.signed(&change), "invalid_grant", "user_refused").await;
    }
    // A subject that looks like a client's is encoded.
    enterprise.site.settings.access = AccessRules::default();
    let named =
        enterprise.present(&enterprise.signed(&json!({"jti": "7", "sub": "client:agent"})), &[]).await;
    assert_eq!(claims_of(&named)["sub"], "%63lient:agent");
}

#[tokio::test]
async fn scopes_are_limited_by_provider_request_and_entitlement() {
    let mut enterprise = Enterprise::new().await;
    enterprise.site.settings.scope_map.entry("admin").extend(["root".to_owned()]);
    enterprise.site.settings.required_scopes = ScopeSet::parse("write").unwrap();
    let mut number = 0;
    for (asserted, groups, asked, granted) in [
        (json!("read write"), "team", None, Some("read write")),
        (json!("read"), "team", None, Some("read")),
        (json!("read write"), "team", Some("read"), Some("read")),
        (json!("read admin"), "team", None, Some("read")),
        (json!("read admin"), "root", None, Some("admin read")),
        (Value::Null, "team", None, Some("read write")),
        (Value::Null, "root", Some("admin unheard-of"), Some("admin")),
        (json!("unheard-of"), "team", None, None),
        (json!(""), "team", None, None),
        (json!("read"), "team", Some("write"), None),
        (json!("admin"), "team", None, None),
    ] {
        number += 1;
        let change = json!({"jti": number.to_string(), "scope": asserted, "groups": [groups]});
        let more: Vec<(&str, &str)> = asked.into_iter().map(|scope| ("scope", scope)).collect();
        let reply = enterprise.present(&enterprise.signed(&change), &more).await;
        match granted {
            Some(granted) => assert_eq!(claims_of(&reply)["scope"], granted, "{asserted} {groups} {asked:?}"),
            None => assert_eq!(reply.json()["error"], "invalid_scope", "{asserted} {groups} {asked:?}"),
        }
    }
    assert!(enterprise.world.reasons().contains("assertion_scope"));
}

#[tokio::test]
async fn the_token_is_for_the_asserted_resource_or_a_part_of_it() {
    let enterprise = Enterprise::new().await;
    for (number, (asked, expected)) in [
        (RESOURCE, Ok(RESOURCE)),
        ("https://mcp.example.com/wiki/mcp/a", Ok("https://mcp.example.com/wiki/mcp/a")),
        (BASE, Err("invalid_target")),
        ("https://mcp.example.com/wiki/other", Err("invalid_target")),
        ("https://other.example/wiki/mcp", Err("invalid_target")),
    ]
    .into_iter()
    .enumerate()
    {
        let assertion = enterprise.signed(&json!({"jti": number.to_string()}));
        let reply = enterprise.present(&assertion, &[("resource", asked)]).await;
        match expected {
            Ok(audience) => assert_eq!(claims_of(&reply)["aud"], audience),
            Err(error) => assert_eq!(reply.json()["error"], error, "{asked}"),
        }
    }
}
