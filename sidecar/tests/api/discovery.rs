//! The metadata and the key set.

use super::support::*;
use protocol::context::Endpoint;
use serde_json::json;

fn site() -> Site {
    Site::local("https://mcp.example.com/wiki")
}

#[tokio::test]
async fn both_forms_of_server_metadata_name_the_base_as_issuer() {
    let world = World::new();
    for endpoint in [Endpoint::AuthorizationServerMetadata, Endpoint::OpenidConfiguration] {
        let document = world.get(&site(), endpoint).await.json();
        assert_eq!(document["issuer"], "https://mcp.example.com/wiki");
        assert_eq!(document["code_challenge_methods_supported"], json!(["S256"]));
    }
}

#[tokio::test]
async fn current_and_next_signing_keys_are_published_without_private_parts() {
    let world = World::new();
    let reply = world.get(&site(), Endpoint::Jwks).await;
    let keys = reply.json()["keys"].as_array().unwrap().clone();
    assert!(!keys.is_empty());
    for key in keys {
        assert_eq!(
            (&key["kty"], &key["crv"], &key["alg"]),
            (&json!("OKP"), &json!("Ed25519"), &json!("EdDSA"))
        );
        assert!(key.get("d").is_none());
    }
}
