//! The groups of a user in a provider's claims.

use protocol::settings::Provider as At;
use serde_json::{Value, json};

use crate::claims::setting;
use crate::logs::Captured;
use crate::support::federated::Federated;
use crate::support::provider::Vice;

fn groups_claim(setting: &mut Federated, path: &str) {
    if let At::Oidc { options, .. } = &mut setting.site.settings.provider {
        path.clone_into(&mut options.groups_claim);
    }
}

#[tokio::test]
async fn groups_are_read_from_the_claim_that_groups_claim_names() {
    let mut setting = setting().await;
    setting.site.settings.access.groups = ["staff".to_owned()].into();
    setting.provider.claim("groups", json!(["staff"]));
    groups_claim(&mut setting, "realm_access.roles");
    assert!(!setting.enters().await, "the default claim does not count if another one is named");
    for (path, claim, value) in [
        ("https://corp.example/groups", "https://corp.example/groups", json!(["staff", "x"])),
        ("realm_access.roles", "realm_access", json!({"roles": ["staff"]})),
        ("resource_access.wiki.roles", "resource_access", json!({"wiki": {"roles": ["staff"]}})),
        (
            "resource_access.wiki.corp.roles",
            "resource_access",
            json!({"wiki": 5, "wiki.corp": {"roles": "staff"}}),
        ),
        ("a.b", "a.b", json!("staff")),
        ("urn:roles", "urn:roles", json!({"staff": {"1": "org"}})),
        ("mixed", "mixed", json!([5, null, "staff", {"name": "x"}])),
    ] {
        groups_claim(&mut setting, path);
        setting.provider.claim(claim, value);
        assert!(setting.enters().await, "{path}");
        setting.provider.unclaim(claim);
        assert!(!setting.enters().await, "{path}");
    }
    // Neither a part of a name nor a nested value counts as a group.
    for (path, claim, value) in [
        ("realm_access", "realm_access", json!({"roles": ["staff"]})),
        ("realm_access.roles", "realm_access", json!(["staff"])),
        ("realm_access.", "realm_access", json!({"roles": ["staff"]})),
        (".", "groups", json!(["staff"])),
        ("x", "x", json!(true)),
    ] {
        groups_claim(&mut setting, path);
        setting.provider.claim(claim, value);
        assert!(!setting.enters().await, "{path}");
    }
}

/// A rule may name the last of thousands of groups. The token contains a bounded number of groups, and first those that
/// rules name.
#[tokio::test]
async fn rules_see_all_groups_but_only_few_are_kept() {
    let mut setting = setting().await;
    let mut names: Vec<String> = (0..3_000).map(|n| format!("g{n:05}")).collect();
    setting.site.settings.access.groups = ["zz-staff".to_owned()].into();
    setting.site.settings.scope_map = [("read".to_owned(), ["zz-readers".to_owned()].into())].into();
    setting.provider.claim("groups", json!(names));
    assert!(!setting.enters().await);
    names.extend(["zz-staff".to_owned(), "zz-readers".to_owned()]);
    setting.provider.claim("groups", json!(names));
    let done = setting.login().await;
    let code = done.onward_parameter("code").unwrap();
    let reply = setting.world.token(&setting.site, &setting.client, &code).await;
    assert!(reply.json()["scope"].as_str().unwrap().contains("read"), "{reply:?}");
}

/// The log of a refusal contains the groups that the provider sent, cleaned and truncated.
#[tokio::test]
async fn the_log_of_a_refusal_names_the_groups_that_the_provider_sent() {
    let mut setting = setting().await;
    setting.site.settings.access.groups = ["staff".to_owned()].into();
    let detail = async |setting: &Federated| {
        let log = Captured::start();
        assert!(!setting.enters().await);
        let lines = log.with_reason("not_admitted");
        assert_eq!(lines[0]["client"], setting.client);
        lines[0]["detail"].as_str().unwrap().to_owned()
    };
    setting.provider.claim("groups", json!(["/staff", "a\nb\u{202e}c", "x".repeat(500)]));
    let told = detail(&setting).await;
    assert!(told.contains("not in allowedGroups; groups: /staff, a\\nb\\u{202e}c, xxxx"), "{told}");
    assert!(told.len() < 400, "{told}");
    setting.provider.claim("groups", json!((0..100).map(|n| format!("g{n}")).collect::<Vec<_>>()));
    let told = detail(&setting).await;
    assert!(told.contains("and 80 more") && told.len() < 400, "{told}");
    setting.provider.unclaim("groups");
    setting.provider.misbehave(Vice::Claim("groups", Value::Null));
    let told = detail(&setting).await;
    assert!(
        told.contains("the provider sent no groups: configure it to send them")
            && told.contains("groupsClaim"),
        "{told}"
    );
    assert!(told.contains("email_verified"), "the claims that did come: {told}");
    // Entra ID sends this claim instead of more than 200 groups.
    setting.provider.claim("_claim_names", json!({"groups": "src1"}));
    let told = detail(&setting).await;
    assert!(told.contains("left the groups out") && told.contains("app roles"), "{told}");
}
