//! Every request to an MCP server carries an access token, through proxies that limit headers.

use super::support::*;
use protocol::context::Endpoint;
use protocol::encoding::b64url_decode;
use serde_json::{Value, json};

/// Most characters of a plain login's access token: no profile claims, one scope, a public client.
const MOST: usize = 760;

fn check(reply: &Reply, client: &str) {
    assert_eq!(reply.status, 200, "{reply:?}");
    let body = reply.json();
    let token = body["access_token"].as_str().unwrap();
    let parts: Vec<&str> = token.split('.').collect();
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    assert!(token.len() <= MOST, "{} characters, by part {lengths:?}: {token}", token.len());
    // Nothing that RFC 9068 §2.2 requires, or the plugin does, was left out for it.
    let claims: Value = serde_json::from_slice(&b64url_decode(parts[1]).unwrap()).unwrap();
    for name in ["exp", "sub", "iat", "nbf", "jti", "mcpb_tid"] {
        assert!(claims.get(name).is_some(), "{name}: {claims}");
    }
    assert_eq!(claims["iss"], "https://wiki.example.com");
    assert_eq!(claims["aud"], "https://wiki.example.com/mcp");
    assert_eq!((&claims["client_id"], &claims["scope"]), (&json!(client), &json!("read")));
}

#[tokio::test]
async fn a_plain_logins_access_token_is_short() {
    let (world, site) = (World::new(), Site::local("https://wiki.example.com"));
    let client = world.register(&site, CALLBACK).await;
    let mut browser = Browser::new(&world, &site);
    let pairs = changed(authorize_pairs(&client), "resource", Some("https://wiki.example.com/mcp"));
    let page = browser.reach_consent(&pairs).await;
    let code = browser.decide(&page, "approve").await.onward_parameter("code").unwrap();
    let reply = world.token(&site, &client, &code).await;
    check(&reply, &client);
    let refresh_token = reply.json()["refresh_token"].as_str().unwrap().to_owned();
    let pairs =
        [("grant_type", "refresh_token"), ("client_id", &*client), ("refresh_token", &*refresh_token)];
    check(&world.post_form(&site, Endpoint::Token, &pairs).await, &client);
}

/// RFC 7519 §4.1.7: each token has its own `jti`. Its first 22 characters are the id of the grant.
#[tokio::test]
async fn each_token_of_a_grant_has_its_own_jti() {
    let (world, site) = (World::new(), Site::local("https://wiki.example.com"));
    let client = world.register(&site, CALLBACK).await;
    let code = Browser::new(&world, &site).reach_code(&client).await;
    let mut reply = world.token(&site, &client, &code).await;
    let mut seen = std::collections::BTreeSet::new();
    let mut grants = std::collections::BTreeSet::new();
    for _ in 0..20 {
        let body = reply.json();
        let claims = body["access_token"].as_str().unwrap().split('.').nth(1).unwrap();
        let claims: Value = serde_json::from_slice(&b64url_decode(claims).unwrap()).unwrap();
        let jti = claims["jti"].as_str().unwrap();
        assert_eq!(jti.len(), 30);
        grants.insert(jti[..22].to_owned());
        assert!(seen.insert(jti.to_owned()), "{jti} twice");
        let refresh_token = body["refresh_token"].as_str().unwrap().to_owned();
        let pairs =
            [("grant_type", "refresh_token"), ("client_id", &*client), ("refresh_token", &*refresh_token)];
        reply = world.post_form(&site, Endpoint::Token, &pairs).await;
    }
    assert_eq!(grants.len(), 1);
}
