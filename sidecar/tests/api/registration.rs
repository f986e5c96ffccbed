//! Client registration.

use super::support::*;
use axum::body::Body;
use axum::http::{Request, header};
use protocol::context::Endpoint;
use serde_json::json;

fn site() -> Site {
    Site::local("https://mcp.example.com/wiki")
}

#[tokio::test]
async fn a_public_client_that_registers_again_is_the_same_client() {
    let world = World::new();
    let metadata = json!({"redirect_uris": [CALLBACK], "client_name": "x"});
    let first = world.post_json(&site(), Endpoint::Register, &metadata).await;
    let second = world.post_json(&site(), Endpoint::Register, &metadata).await;
    assert_eq!((first.status.as_u16(), second.status.as_u16()), (201, 201));
    assert_eq!(first.json(), second.json());
    assert_eq!(first.header("cache-control"), "no-store");
    let body = first.json();
    assert!(body.get("client_secret").is_none());
    assert!(body.get("registration_access_token").is_none());
    assert_eq!(body["token_endpoint_auth_method"], "none");
    assert_eq!(body["grant_types"], json!(["authorization_code", "refresh_token"]));
    let elsewhere =
        world.post_json(&Site::local("https://mcp.example.com/docs"), Endpoint::Register, &metadata).await;
    assert_ne!(elsewhere.json()["client_id"], body["client_id"]);
}

#[tokio::test]
async fn confidential_clients_are_always_new() {
    let world = World::new();
    let metadata = json!({"redirect_uris": [CALLBACK], "token_endpoint_auth_method": "client_secret_basic"});
    let first = world.post_json(&site(), Endpoint::Register, &metadata).await.json();
    let second = world.post_json(&site(), Endpoint::Register, &metadata).await.json();
    assert_ne!(first["client_id"], second["client_id"]);
    assert_eq!(first["client_id"].as_str().unwrap().len(), 22);
    assert!(first["client_secret"].as_str().unwrap().starts_with("mcpbs_"));
    assert_eq!(first["client_secret_expires_at"], 0);
    assert_ne!(first["client_secret"], second["client_secret"]);
}

#[tokio::test]
async fn refused_registrations_get_the_specific_error_code() {
    let world = World::new();
    for (body, status, code) in [
        ("{", 400, "invalid_client_metadata"),
        ("[]", 400, "invalid_client_metadata"),
        ("{}", 400, "invalid_redirect_uri"),
        (r#"{"redirect_uris":["javascript:alert(1)"]}"#, 400, "invalid_redirect_uri"),
        (r#"{"redirect_uris":["https://h/cb"],"software_statement":"x"}"#, 400, "invalid_client_metadata"),
    ] {
        let request = Request::post("/").header(header::CONTENT_TYPE, "application/json");
        let reply = world.send(&site(), Endpoint::Register, request.body(Body::from(body)).unwrap()).await;
        assert_eq!(
            (reply.status.as_u16(), reply.json()["error"].as_str().unwrap()),
            (status, code),
            "{body}"
        );
    }
    let big = json!({"redirect_uris": [CALLBACK], "pad": "x".repeat(64 * 1024)});
    assert_eq!(world.post_json(&site(), Endpoint::Register, &big).await.status, 413);
}

#[tokio::test]
async fn with_an_initial_token_other_registrations_get_401() {
    let world = World::with(&[("BOUNCER_DCR_INITIAL_TOKEN", "initial-token-0123456789")]);
    let send = |authorization: Option<&str>| {
        let mut request = Request::post("/").header(header::CONTENT_TYPE, "application/json");
        if let Some(value) = authorization {
            request = request.header(header::AUTHORIZATION, value);
        }
        let body = json!({"redirect_uris": [CALLBACK]}).to_string();
        let request = request.body(Body::from(body)).unwrap();
        let world = &world;
        async move { world.send(&site(), Endpoint::Register, request).await }
    };
    for wrong in [None, Some("Bearer wrong"), Some("Basic initial-token-0123456789"), Some("Bearer ")] {
        let reply = send(wrong).await;
        assert_eq!((reply.status.as_u16(), reply.header("www-authenticate")), (401, "Bearer"), "{wrong:?}");
    }
    assert_eq!(send(Some("Bearer initial-token-0123456789")).await.status, 201);
}

#[tokio::test]
async fn a_flood_of_registrations_gets_429_for_its_address_only() {
    let world = World::with(&[("BOUNCER_REGISTER_RATE_LIMIT", "3")]);
    let metadata = json!({"redirect_uris": [CALLBACK]});
    for _ in 0..3 {
        assert_eq!(world.post_json(&site(), Endpoint::Register, &metadata).await.status, 201);
    }
    let reply = world.post_json(&site(), Endpoint::Register, &metadata).await;
    assert_eq!(reply.status, 429);
    assert!(!reply.header("retry-after").is_empty());
}
