//! Issued tokens: revocation, introspection and userinfo.

use super::support::*;
use axum::body::Body;
use axum::http::{Request, header};
use protocol::context::Endpoint;
use protocol::scope::ScopeSet;
use serde_json::json;
use store::limits::GRANTS_PER_USER;

pub(crate) struct Granted {
    pub(crate) client: String,
    pub(crate) access: String,
    pub(crate) refresh: String,
}

pub(crate) async fn granted(world: &World, site: &Site) -> Granted {
    let client = world.register(site, CALLBACK).await;
    let code = Browser::new(world, site).reach_code(&client).await;
    let body = world.token(site, &client, &code).await.json();
    let text = |name: &str| body[name].as_str().unwrap().to_owned();
    Granted { client, access: text("access_token"), refresh: text("refresh_token") }
}

fn here() -> (World, Site) {
    (World::new(), Site::local("https://mcp.example.com/wiki"))
}

pub(crate) async fn post(world: &World, site: &Site, endpoint: Endpoint, client: &str, token: &str) -> Reply {
    world.post_form(site, endpoint, &[("client_id", client), ("token", token)]).await
}

async fn active(world: &World, site: &Site, client: &str, token: &str) -> bool {
    let reply = post(world, site, Endpoint::Introspect, client, token).await;
    assert_eq!((reply.status.as_u16(), reply.header("cache-control")), (200, "no-store"), "{reply:?}");
    reply.json()["active"].as_bool().unwrap()
}

/// Returns the response of userinfo to a request with these `Authorization` headers.
pub(crate) async fn userinfo(world: &World, site: &Site, authorization: &[&str]) -> Reply {
    let mut request = Request::get("/");
    for value in authorization {
        request = request.header(header::AUTHORIZATION, *value);
    }
    world.send(site, Endpoint::Userinfo, request.body(Body::empty()).unwrap()).await
}

pub(crate) async fn refreshes(world: &World, site: &Site, granted: &Granted) -> u16 {
    let pairs = [
        ("grant_type", "refresh_token"),
        ("client_id", granted.client.as_str()),
        ("refresh_token", granted.refresh.as_str()),
    ];
    world.post_form(site, Endpoint::Token, &pairs).await.status.as_u16()
}

#[tokio::test]
async fn revoking_either_token_ends_the_grant() {
    for by_access in [false, true] {
        let (world, site) = here();
        let granted = granted(&world, &site).await;
        let given = if by_access { &granted.access } else { &granted.refresh };
        let reply = post(&world, &site, Endpoint::Revoke, &granted.client, given).await;
        assert_eq!((reply.status.as_u16(), reply.text.as_str()), (200, ""), "{reply:?}");
        assert_eq!(reply.header("cache-control"), "no-store");
        assert_eq!(refreshes(&world, &site, &granted).await, 400);
        for token in [&granted.access, &granted.refresh] {
            assert!(!active(&world, &site, &granted.client, token).await);
        }
        assert_eq!(userinfo(&world, &site, &[&format!("Bearer {}", granted.access)]).await.status, 401);
        // Revoking the token again is not an error (RFC 7009 §2.2).
        assert_eq!(post(&world, &site, Endpoint::Revoke, &granted.client, given).await.status, 200);
    }
}

#[tokio::test]
async fn another_clients_or_tenants_tokens_cannot_be_revoked() {
    let (world, site) = here();
    let mine = granted(&world, &site).await;
    let other = world.register(&site, "https://other.example/cb").await;
    for token in [&mine.access, &mine.refresh] {
        let reply = post(&world, &site, Endpoint::Revoke, &other, token).await;
        assert_eq!((reply.status.as_u16(), &reply.json()["error"]), (400, &json!("invalid_grant")));
    }
    // Another tenant knows neither the client nor the token.
    let elsewhere = Site::local("https://mcp.example.com/docs");
    assert_eq!(post(&world, &elsewhere, Endpoint::Revoke, &mine.client, &mine.refresh).await.status, 401);
    let there = world.register(&elsewhere, CALLBACK).await;
    assert_eq!(post(&world, &elsewhere, Endpoint::Revoke, &there, &mine.refresh).await.status, 200);
    assert_eq!(refreshes(&world, &site, &mine).await, 200);
    assert_eq!(post(&world, &site, Endpoint::Revoke, &mine.client, "made-up").await.status, 200);
    let missing = world.post_form(&site, Endpoint::Revoke, &[("client_id", &mine.client)]).await;
    assert_eq!((missing.status.as_u16(), &missing.json()["error"]), (400, &json!("invalid_request")));
}

#[tokio::test]
async fn a_client_can_introspect_its_own_tokens() {
    let (world, site) = here();
    let granted = granted(&world, &site).await;
    let access = post(&world, &site, Endpoint::Introspect, &granted.client, &granted.access).await.json();
    let now = START.as_secs();
    assert_eq!((&access["active"], &access["token_type"]), (&json!(true), &json!("Bearer")));
    assert_eq!((&access["sub"], &access["scope"]), (&json!("alice"), &json!("read")));
    assert_eq!((&access["iss"], &access["aud"]), (&json!(site.base.as_str()), &json!(site.base.as_str())));
    assert_eq!((&access["iat"], &access["exp"]), (&json!(now), &json!(now + 3_600)));
    assert_eq!((&access["client_id"], &access["username"]), (&json!(granted.client), &json!("alice")));
    let refresh = post(&world, &site, Endpoint::Introspect, &granted.client, &granted.refresh).await.json();
    assert_eq!((&refresh["active"], &refresh["sub"]), (&json!(true), &json!("alice")));
    assert!(refresh.get("token_type").is_none());

    assert_eq!(refreshes(&world, &site, &granted).await, 200);
    assert!(!active(&world, &site, &granted.client, &granted.refresh).await, "it was rotated");
    world.advance(3_600);
    assert!(!active(&world, &site, &granted.client, &granted.access).await, "it has expired");
}

#[tokio::test]
async fn other_clients_get_active_false_from_introspection() {
    let (world, site) = here();
    let mine = granted(&world, &site).await;
    let other = world.register(&site, "https://other.example/cb").await;
    let elsewhere = Site::local("https://mcp.example.com/docs");
    let there = world.register(&elsewhere, CALLBACK).await;
    let (head, signature) = mine.access.rsplit_once('.').unwrap();
    let forged = format!("{head}.{}", signature.chars().rev().collect::<String>());
    for token in [&mine.access, &mine.refresh, &forged, &"made-up".to_owned()] {
        for (site, client) in [(&site, &other), (&elsewhere, &there)] {
            let reply = post(&world, site, Endpoint::Introspect, client, token).await;
            assert_eq!((reply.status.as_u16(), reply.json()), (200, json!({"active": false})), "{token}");
        }
    }
    let nobody = world.post_form(&site, Endpoint::Introspect, &[("token", &mine.access)]).await;
    assert_eq!(nobody.status, 401);
}

#[tokio::test]
async fn a_resource_server_in_the_clients_file_can_introspect_any_token_of_its_bases() {
    let secret = "a-secret-of-more-than-24-characters";
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let entry = json!({"clients": [{
        "client_id": "backend", "client_secret": secret, "bases": ["https://mcp.example.com/wiki"], "introspect": true,
        "token_endpoint_auth_method": "client_secret_post",
    }]});
    std::io::Write::write_all(&mut file, entry.to_string().as_bytes()).unwrap();
    let world = World::with(&[("BOUNCER_CLIENTS_FILE", file.path().to_str().unwrap())]);
    let site = Site::local("https://mcp.example.com/wiki");
    let granted = granted(&world, &site).await;
    let ask = |token: String, secret: &'static str| {
        let (world, site) = (&world, &site);
        async move {
            let pairs = [("client_id", "backend"), ("client_secret", secret), ("token", token.as_str())];
            world.post_form(site, Endpoint::Introspect, &pairs).await
        }
    };
    assert_eq!(ask(granted.access.clone(), secret).await.json()["sub"], "alice");
    assert_eq!(ask(granted.refresh.clone(), secret).await.json()["active"], true);
    assert_eq!(ask(granted.access.clone(), "wrong-wrong-wrong-wrong-wrong").await.status, 401);
    let elsewhere = Site::local("https://mcp.example.com/docs");
    let pairs = [("client_id", "backend"), ("client_secret", secret), ("token", granted.access.as_str())];
    assert_eq!(world.post_form(&elsewhere, Endpoint::Introspect, &pairs).await.status, 401, "not its base");
}

#[tokio::test]
async fn userinfo_returns_the_claims_of_the_granted_scopes() {
    let world = World::new();
    let mut site = Site::local("https://mcp.example.com/wiki");
    site.settings.scopes = ScopeSet::parse("openid email read").unwrap();
    let client = world.register(&site, CALLBACK).await;
    for (scope, claims) in [
        ("read", json!({"sub": "alice"})),
        ("read email", json!({"sub": "alice", "email": "alice@example.com", "email_verified": true})),
    ] {
        let mut browser = Browser::new(&world, &site);
        let page = browser.reach_consent(&changed(authorize_pairs(&client), "scope", Some(scope))).await;
        let code = browser.decide(&page, "approve").await.onward_parameter("code").unwrap();
        let body = world.token(&site, &client, &code).await.json();
        let bearer = format!("Bearer {}", body["access_token"].as_str().unwrap());
        let reply = userinfo(&world, &site, &[&bearer]).await;
        assert_eq!(
            (reply.status.as_u16(), reply.json(), reply.header("cache-control")),
            (200, claims, "no-store")
        );
        // A token for another tenant of the same host, or two tokens at once, are refused.
        let elsewhere = Site::local("https://mcp.example.com/docs");
        let reply = userinfo(&world, &elsewhere, &[&bearer]).await;
        assert_eq!(
            (reply.status.as_u16(), reply.header("www-authenticate")),
            (401, "Bearer error=\"invalid_token\"")
        );
        assert_eq!(userinfo(&world, &site, &[&bearer, &bearer]).await.status, 400);
    }
    let reply = userinfo(&world, &site, &[]).await;
    assert_eq!((reply.status.as_u16(), reply.header("www-authenticate")), (401, "Bearer"));
}

/// Refresh tokens, `id_token`s and other kinds of token are not accepted as access tokens.
#[tokio::test]
async fn userinfo_accepts_only_access_tokens() {
    let (world, site) = here();
    let granted = granted(&world, &site).await;
    for token in [granted.refresh.as_str(), "x.y.z", "mcpbc_made-up"] {
        assert_eq!(userinfo(&world, &site, &[&format!("Bearer {token}")]).await.status, 401, "{token}");
    }
}

/// A client of the clients file works like any other, and the consent page says that the operator registered it.
#[tokio::test]
async fn a_client_in_the_operators_file_can_log_users_in() {
    let secret = "a-secret-of-more-than-24-characters";
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let entry = json!({"clients": [{
        "client_id": "by-hand", "client_secret": secret, "bases": ["https://mcp.example.com/wiki"],
        "redirect_uris": [CALLBACK], "client_name": "By Hand", "token_endpoint_auth_method": "client_secret_post",
    }]});
    std::io::Write::write_all(&mut file, entry.to_string().as_bytes()).unwrap();
    let world = World::with(&[("BOUNCER_CLIENTS_FILE", file.path().to_str().unwrap())]);
    let site = Site::local("https://mcp.example.com/wiki");
    let mut browser = Browser::new(&world, &site);
    let page = browser.reach_consent(&authorize_pairs("by-hand")).await;
    assert!(page.text.contains("The operator of this server registered the application."), "{page:?}");
    let code = browser.decide(&page, "approve").await.onward_parameter("code").unwrap();
    let redeem = async |secret: &str| {
        let pairs = [
            ("grant_type", "authorization_code"),
            ("client_id", "by-hand"),
            ("client_secret", secret),
            ("code", &code),
            ("code_verifier", VERIFIER),
        ];
        world.post_form(&site, Endpoint::Token, &pairs).await.status.as_u16()
    };
    assert_eq!((redeem("wrong-wrong-wrong-wrong-wrong").await, redeem(secret).await), (401, 200));
    let elsewhere = Site::local("https://mcp.example.com/docs");
    let page = Browser::new(&world, &elsewhere).authorize(&authorize_pairs("by-hand")).await;
    assert_eq!(page.reason(), "client_unknown");
}

#[tokio::test]
async fn beyond_the_maximum_the_oldest_grant_of_a_user_ends() {
    let (world, site) = here();
    let first = granted(&world, &site).await;
    for _ in 0..GRANTS_PER_USER {
        // The clock advances, because all at once would exceed a rate limit.
        world.advance(60);
        let code = Browser::new(&world, &site).reach_code(&first.client).await;
        assert_eq!(world.token(&site, &first.client, &code).await.status, 200);
    }
    assert_eq!(refreshes(&world, &site, &first).await, 400);
    assert!(world.reasons().contains("crowded_out"), "{:?}", world.reasons());
}
