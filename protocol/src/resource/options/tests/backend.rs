//! Tests the options `identityHeaders` and `upstreamToken`.

use super::*;
use crate::settings::{BoxItem, TenantSettings};

fn with_provider(options: &Value) -> Result<TenantConfig, ConfigError> {
    let mut all = json!({"providerIssuer": "https://idp.example", "clientID": "c"});
    all.as_object_mut().unwrap().extend(options.as_object().unwrap().clone());
    tenant(&all)
}

#[test]
fn the_box_holds_what_the_options_name() {
    let items = |options: Value| with_provider(&options).unwrap().settings.token_box;
    assert_eq!(items(json!({})), []);
    assert_eq!(
        items(json!({"identityHeaders": "X-A=sub, X-B=client, X-C=client_id"})),
        [],
        "the token has them"
    );
    assert_eq!(
        items(
            json!({"identityHeaders": "X-G=groups, X-N = name, X-E=email, X-F=email, X-U=username, X-C=client_name"})
        ),
        [BoxItem::Email, BoxItem::Name, BoxItem::Username, BoxItem::Groups, BoxItem::ClientName]
    );
    assert_eq!(items(json!({"identityHeaders": {"X-P": "preferred_username"}})), [BoxItem::Username]);
    assert_eq!(items(json!({"upstreamToken": "Authorization"})), [BoxItem::UpstreamToken]);
    let plain = serde_json::to_string(&with_provider(&json!({})).unwrap().settings).unwrap();
    assert!(!plain.contains("token_box"), "the context of other tenants is as long as before");
    let named =
        with_provider(&json!({"upstreamToken": "X-T", "identityHeaders": "X-E=email"})).unwrap().settings;
    let json = serde_json::to_value(&named).unwrap();
    assert_eq!(json["token_box"], json!(["email", "upstream_token"]));
    assert_eq!(serde_json::from_value::<TenantSettings>(json).unwrap(), named);
}

#[test]
fn headers_with_a_meaning_of_their_own_are_refused() {
    let taken = [
        "Host",
        "Content-Length",
        "Content-Type",
        "Authorization",
        "Proxy-Authorization",
        "Connection",
        "Keep-Alive",
        "Cookie",
        "Set-Cookie",
        "Transfer-Encoding",
        "TE",
        "Trailer",
        "Upgrade",
        "Origin",
        "Accept",
        "Accept-Encoding",
        "Mcp-Session-Id",
        "MCP-Protocol-Version",
        "mcp_anything",
        "X-Forwarded-For",
        "X_Forwarded_User",
        "X-Forwarded-Email",
        "Forwarded",
        "X-Real-IP",
        "X-MCPB-Context",
        "x.mcpb.route",
        "X-Mcp-Sub",
        "X_MCP_Scopes",
        "X-Mcp-Iss",
        "Sec-Fetch-Site",
        "Traceparent",
        "If-None-Match",
        "Access-Control-Request-Method",
    ];
    for name in taken {
        for options in [json!({"identityHeaders": {name: "email"}}), json!({"upstreamToken": name})] {
            let option = options.as_object().unwrap().keys().next().unwrap().clone();
            let refused = with_provider(&options).map(|_| ());
            // `upstreamToken` may replace this header.
            if option == "upstreamToken" && name == "Authorization" {
                assert_eq!(refused, Ok(()));
                continue;
            }
            let error = refused.expect_err(name).to_string();
            assert!(
                error.contains(&format!("`{option}`")) && error.contains(&format!("`{name}`")),
                "{error}"
            );
        }
    }
    for name in ["X-Mcp-Email", "X-User", "Remote-User", "X-Auth-Request-Email", "email", "X_1"] {
        assert!(with_provider(&json!({"identityHeaders": {name: "email"}})).is_ok(), "{name}");
    }
}

#[test]
fn mistakes_in_the_choice_are_named() {
    for (headers, says) in [
        (json!("X-A=mail"), "`mail` is none of"),
        (json!("X-A=email|name"), "`email|name` is none of"),
        (json!("X-A=Email"), "`Email` is none of"),
        (json!("X-A"), "not of the form"),
        (json!(""), "given and empty"),
        (json!({"X-A": ["email"]}), "not of the form"),
        (json!("X-A=email, X-A=email"), "chosen twice"),
        (json!("X-A=email, x_a=name"), "chosen twice"),
        (json!("=email"), "not the name of a header"),
        (json!("X A=email"), "not the name of a header"),
        (json!({"X-\u{e4}": "email"}), "not the name of a header"),
        (json!("-_-=email"), "not the name of a header"),
        (json!(["X-", &"a".repeat(64), "=email"].map(str::to_owned).concat()), "not the name of a header"),
        (json!((0..17).map(|n| format!("X-{n}=sub")).collect::<Vec<_>>()), "at most 16"),
    ] {
        let error = with_provider(&json!({"identityHeaders": headers})).map(|_| ()).unwrap_err().to_string();
        assert!(error.contains("`identityHeaders`") && error.contains(says), "{headers}: {error}");
    }
    assert!(
        with_provider(&json!({"identityHeaders": (0..16).map(|n| format!("X-{n}=sub")).collect::<Vec<_>>()}))
            .is_ok()
    );
}

#[test]
fn the_providers_token_needs_a_provider_and_a_header_of_its_own() {
    let refused = |options: Value| with_provider(&options).map(|_| ()).unwrap_err().to_string();
    for (options, says) in [
        (json!({"upstreamToken": "X-T", "providerIssuer": "local"}), "local users"),
        (json!({"upstreamToken": "X-T", "jwksFile": "/k", "jwksIssuer": "https://i"}), "jwksIssuer"),
        (json!({"upstreamToken": "authorization", "forwardAuthorization": true}), "forwardAuthorization"),
        (json!({"upstreamToken": "x_t", "identityHeaders": "X-T=email"}), "chosen twice"),
        (json!({"upstreamToken": "X-T, X-U"}), "not the name of a header"),
    ] {
        let error = refused(options);
        assert!(error.contains("`upstreamToken`") && error.contains(says), "{error}");
    }
    for (name, options) in [
        ("enterpriseManaged", json!({"upstreamToken": "X-T", "enterpriseManaged": true})),
        ("personalTokens", json!({"upstreamToken": "X-T", "personalTokens": 1, "revocationFile": "/r"})),
    ] {
        let error = refused(options);
        assert!(error.contains(&format!("`{name}`: upstreamToken is set")), "{error}");
    }
    assert!(with_provider(&json!({"upstreamToken": "X-T", "forwardAuthorization": true})).is_ok());
    // Only the authorization server knows whether the users of these providers are local.
    for options in [json!({"upstreamToken": "X-T"}), json!({"upstreamToken": "X-T", "provider": "corp"})] {
        assert!(matches!(parsed(&options), Ok(PluginConfig::Tenant(..))), "{options}");
    }
}
