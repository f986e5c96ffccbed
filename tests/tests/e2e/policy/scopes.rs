//! The scopes of the policy at the authorization server: they are offered, not advertised, and granted to clients that
//! request them.

use e2e::flow::claims;
use e2e::runtime::run;
use serde_json::json;

use super::world::{call, post, tokens, world};

#[test]
fn scopes_of_the_policy_are_not_advertised() {
    run(async {
        for name in ["strict", "open"] {
            let tenant = world().await.tenant(name);
            let bare = post(&tenant, "/mcp", "", &[], call("delete_page").to_string()).await.expect(401);
            assert!(bare.header("www-authenticate").contains("scope=\"read"), "{bare:?}");
            assert!(!bare.header("www-authenticate").contains("admin"), "{bare:?}");
            for document in ["oauth-protected-resource/mcp", "oauth-authorization-server"] {
                let url = format!("{}/.well-known/{document}", tenant.base);
                let document = tenant.http.get(&url).await.expect(200).json();
                let scopes = document["scopes_supported"].as_array().expect("scopes");
                assert!(scopes.contains(&json!("read")) && !scopes.contains(&json!("admin")), "{document}");
            }
        }
    });
}

#[test]
fn scopes_of_the_policy_are_granted_only_to_those_who_request_them() {
    run(async {
        let tenant = world().await.tenant("strict");
        let scope = |token: &str| claims(token)["scope"].as_str().expect("scopes").to_owned();
        let plain = tokens(&tenant, "").await;
        assert_eq!(scope(&plain.access), "read");
        assert_eq!(scope(&tokens(&tenant, "read").await.access), "read");
        let more = tokens(&tenant, "admin").await;
        assert_eq!(scope(&more.access), "admin read");
        // A refresh keeps the granted scopes, and adds none.
        for (tokens, expected) in [(plain, "read"), (more, "admin read")] {
            let answer = tenant.refresh(&tokens.client_id, &tokens.refresh).await.expect(200);
            assert_eq!(scope(answer.json()["access_token"].as_str().expect("a token")), expected);
        }
        // This scope of the policy is one that `scopeMap` gives only to members of a group.
        assert_eq!(scope(&tokens(&tenant, "read staff").await.access), "read");
    });
}
