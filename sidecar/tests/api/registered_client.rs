//! A confidential client manages its own registration (RFC 7592).

use super::support::*;
use axum::body::Body;
use axum::http::{Method, Request, header};
use protocol::context::Endpoint;
use serde_json::{Value, json};

struct Registered {
    id: String,
    secret: String,
    token: String,
    uri: String,
}

async fn registered(world: &World, site: &Site) -> Registered {
    let metadata = json!({
        "client_name": "Confidential", "redirect_uris": [CALLBACK, "https://client.example/old"],
        "token_endpoint_auth_method": "client_secret_post",
    });
    let body = world.post_json(site, Endpoint::Register, &metadata).await.json();
    let text = |name: &str| body[name].as_str().unwrap_or_else(|| panic!("{name}: {body}")).to_owned();
    Registered {
        id: text("client_id"),
        secret: text("client_secret"),
        token: text("registration_access_token"),
        uri: text("registration_client_uri"),
    }
}

async fn manage(
    world: &World,
    site: &Site,
    id: &str,
    method: Method,
    token: Option<&str>,
    body: Option<&Value>,
) -> Reply {
    let mut request = Request::builder().method(method).uri("/");
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    let request = match body {
        Some(body) => request
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body.to_string()))
            .unwrap(),
        None => request.body(Body::empty()).unwrap(),
    };
    world.send(site, Endpoint::RegisteredClient { client_id: id.to_owned() }, request).await
}

fn here() -> (World, Site) {
    (World::new(), Site::local("https://mcp.example.com/wiki"))
}

/// Gets a refresh token for this client.
async fn refresh_token(world: &World, site: &Site, client: &Registered) -> String {
    let code = Browser::new(world, site).reach_code(&client.id).await;
    let pairs = [
        ("grant_type", "authorization_code"),
        ("client_id", client.id.as_str()),
        ("client_secret", client.secret.as_str()),
        ("code", code.as_str()),
        ("code_verifier", VERIFIER),
    ];
    let body = world.post_form(site, Endpoint::Token, &pairs).await.json();
    body["refresh_token"].as_str().unwrap_or_else(|| panic!("{body}")).to_owned()
}

async fn refreshes(world: &World, site: &Site, client: &Registered, token: &str) -> u16 {
    let pairs = [
        ("grant_type", "refresh_token"),
        ("client_id", client.id.as_str()),
        ("client_secret", client.secret.as_str()),
        ("refresh_token", token),
    ];
    world.post_form(site, Endpoint::Token, &pairs).await.status.as_u16()
}

#[tokio::test]
async fn the_registration_client_uri_returns_the_metadata_without_the_secret() {
    let (world, site) = here();
    let client = registered(&world, &site).await;
    let path = client.uri.strip_prefix(site.base.as_str()).unwrap();
    assert_eq!(
        Endpoint::at_oauth_path(path),
        Some(Endpoint::RegisteredClient { client_id: client.id.clone() })
    );
    let reply = manage(&world, &site, &client.id, Method::GET, Some(&client.token), None).await;
    let body = reply.json();
    assert_eq!((reply.status.as_u16(), reply.header("cache-control")), (200, "no-store"));
    assert_eq!((&body["client_id"], &body["client_name"]), (&json!(client.id), &json!("Confidential")));
    assert_eq!(body["registration_client_uri"], client.uri.as_str());
    for secret in [&client.secret, &client.token] {
        assert!(!reply.text.contains(secret), "shown once only");
    }
}

#[tokio::test]
async fn a_registration_can_be_read_and_changed_only_with_its_own_token() {
    let (world, site) = here();
    let client = registered(&world, &site).await;
    let other = registered(&world, &site).await;
    let public = world.register(&site, CALLBACK).await;
    let elsewhere = Site::local("https://mcp.example.com/docs");
    for (site, id, token) in [
        (&site, client.id.as_str(), None),
        (&site, client.id.as_str(), Some(other.token.as_str())),
        (&site, client.id.as_str(), Some(client.secret.as_str())),
        (&site, client.id.as_str(), Some("")),
        (&site, "mcpb-c-unknown", Some(client.token.as_str())),
        (&site, public.as_str(), Some(client.token.as_str())),
        (&elsewhere, client.id.as_str(), Some(client.token.as_str())),
    ] {
        for method in [Method::GET, Method::PUT, Method::DELETE] {
            let body = json!({"client_id": id, "redirect_uris": ["https://evil.example/cb"]});
            let reply = manage(&world, site, id, method.clone(), token, Some(&body)).await;
            assert_eq!(
                (reply.status.as_u16(), &reply.json()["error"], reply.header("www-authenticate")),
                (401, &json!("invalid_token"), "Bearer error=\"invalid_token\""),
                "{method} {id} {token:?}"
            );
        }
    }
    let reply = manage(&world, &site, &client.id, Method::GET, Some(&client.token), None).await;
    assert_eq!(reply.json()["client_name"], "Confidential");
}

#[tokio::test]
async fn an_update_replaces_the_metadata_and_ends_grants_of_dropped_redirect_uris() {
    let (world, site) = here();
    let client = registered(&world, &site).await;
    let refresh = refresh_token(&world, &site, &client).await;
    let update = |redirect: &str| {
        json!({"client_id": client.id, "client_name": "Renamed", "redirect_uris": [redirect],
               "token_endpoint_auth_method": "client_secret_post"})
    };
    let put = |body: Value| {
        let (world, site, id, token) = (&world, &site, client.id.clone(), client.token.clone());
        async move { manage(world, site, &id, Method::PUT, Some(&token), Some(&body)).await }
    };
    let reply = put(update(CALLBACK)).await;
    assert_eq!((reply.status.as_u16(), &reply.json()["client_name"]), (200, &json!("Renamed")), "{reply:?}");
    assert_eq!(refreshes(&world, &site, &client, &refresh).await, 200);
    let refresh = refresh_token(&world, &site, &client).await;
    assert_eq!(put(update("https://client.example/new")).await.status, 200);
    assert_eq!(refreshes(&world, &site, &client, &refresh).await, 400, "its redirect URI is gone");

    let with = |name: &str, value: Value| {
        let mut body = update(CALLBACK);
        body[name] = value;
        body
    };
    for body in [
        with("client_id", json!("another")),
        with("client_id", Value::Null),
        with("client_secret", json!("guessed")),
        with("token_endpoint_auth_method", json!("none")),
        with("redirect_uris", json!(["javascript:x"])),
        with("redirect_uris", json!([])),
    ] {
        assert_eq!(put(body.clone()).await.status, 400, "{body}");
    }
    assert_eq!(put(with("client_secret", json!(client.secret))).await.status, 200);
}

#[tokio::test]
async fn a_deleted_client_is_unknown_and_its_grants_end() {
    let (world, site) = here();
    let client = registered(&world, &site).await;
    let refresh = refresh_token(&world, &site, &client).await;
    let reply = manage(&world, &site, &client.id, Method::DELETE, Some(&client.token), None).await;
    assert_eq!((reply.status.as_u16(), reply.text.as_str()), (204, ""));
    assert_eq!(
        refreshes(&world, &site, &client, &refresh).await,
        401,
        "invalid_client makes the client register again"
    );
    let again = manage(&world, &site, &client.id, Method::DELETE, Some(&client.token), None).await;
    assert_eq!(again.status, 401);
    let page = Browser::new(&world, &site).authorize(&authorize_pairs(&client.id)).await;
    assert_eq!((page.status.as_u16(), page.reason()), (400, "client_unknown"));
}

#[tokio::test]
async fn public_clients_get_no_registration_access_token() {
    let (world, site) = here();
    let body = world.post_json(&site, Endpoint::Register, &json!({"redirect_uris": [CALLBACK]})).await.json();
    for name in ["registration_access_token", "registration_client_uri", "client_secret"] {
        assert!(body.get(name).is_none(), "{name}");
    }
}
