//! The token endpoint: codes, refresh tokens, client authentication and tenants.

use super::support::*;
use axum::body::Body;
use axum::http::{Request, header};
use protocol::context::Endpoint;
use protocol::encoding::b64url_decode;
use protocol::scope::ScopeSet;
use protocol::settings::UserRule;
use serde_json::{Value, json};

const HOST: &str = "https://mcp.example.com";

/// Makes a tenant, a client, and a code for alice.
async fn with_code() -> (World, Site, String, String) {
    let (world, site) = (World::new(), Site::local("https://mcp.example.com/wiki"));
    let client = world.register(&site, CALLBACK).await;
    let code = Browser::new(&world, &site).reach_code(&client).await;
    (world, site, client, code)
}

fn redemption<'a>(client: &'a str, code: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("grant_type", "authorization_code"),
        ("client_id", client),
        ("code", code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ]
}

async fn refresh(world: &World, site: &Site, client: &str, token: &str) -> Reply {
    let pairs = [("grant_type", "refresh_token"), ("client_id", client), ("refresh_token", token)];
    world.post_form(site, Endpoint::Token, &pairs).await
}

fn error(reply: &Reply) -> (u16, String) {
    (reply.status.as_u16(), reply.json()["error"].as_str().unwrap_or_default().to_owned())
}

fn invalid_grant() -> (u16, String) {
    (400, "invalid_grant".to_owned())
}

fn refresh_token(reply: &Reply) -> String {
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.json()["refresh_token"].as_str().unwrap().to_owned()
}

fn part(token: &str, index: usize) -> Value {
    serde_json::from_slice(&b64url_decode(token.split('.').nth(index).unwrap()).unwrap()).unwrap()
}

#[tokio::test]
async fn a_code_can_be_redeemed_for_tokens() {
    let (world, site, client, code) = with_code().await;
    let reply = world.token(&site, &client, &code).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    assert_eq!(reply.header("cache-control"), "no-store");
    let body = reply.json();
    assert_eq!(
        (&body["token_type"], &body["scope"], &body["expires_in"]),
        (&json!("Bearer"), &json!("read"), &json!(3600))
    );
    assert!(body["refresh_token"].as_str().unwrap().starts_with("mcpbr_"));
    let token = body["access_token"].as_str().unwrap();
    let (head, claims) = (part(token, 0), part(token, 1));
    assert_eq!((&head["typ"], &head["alg"]), (&json!("at+jwt"), &json!("EdDSA")));
    assert!(head["kcert"].is_string());
    assert_eq!(claims["iss"], site.base.as_str());
    assert_eq!(claims["aud"], site.base.as_str());
    assert_eq!(claims["client_id"], client.as_str());
    assert_eq!(claims["mcpb_tid"], site.settings.tid().to_string());
    assert_eq!(claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap(), 3600);
    assert!(claims.get("email").is_none(), "the scope email was not granted");
}

#[tokio::test]
async fn tokens_contain_the_claims_of_granted_scopes_and_the_resource_as_audience() {
    let world = World::new();
    let mut site = Site::local("https://mcp.example.com/wiki");
    site.settings.scopes = ScopeSet::parse("openid email groups read").unwrap();
    site.settings.audience = Some("extra".into());
    let client = world.register(&site, CALLBACK).await;
    let mut pairs = changed(authorize_pairs(&client), "scope", Some("email read"));
    pairs = changed(pairs, "resource", Some("https://mcp.example.com/wiki/mcp"));
    let mut browser = Browser::new(&world, &site);
    let page = browser.reach_consent(&pairs).await;
    let code = browser.decide(&page, "approve").await.onward_parameter("code").unwrap();
    let reply = world.token(&site, &client, &code).await;
    let claims = part(reply.json()["access_token"].as_str().unwrap(), 1);
    assert_eq!(claims["aud"], json!(["https://mcp.example.com/wiki/mcp", "extra"]));
    assert_eq!(claims["email"], "alice@example.com");
    assert!(claims.get("groups").is_none() && claims.get("name").is_none(), "{claims}");
}

#[tokio::test]
async fn a_second_use_of_a_code_revokes_the_tokens_of_the_first() {
    let (world, site, client, code) = with_code().await;
    let token = refresh_token(&world.token(&site, &client, &code).await);
    assert_eq!(error(&world.token(&site, &client, &code).await), invalid_grant());
    assert_eq!(error(&refresh(&world, &site, &client, &token).await), invalid_grant());
}

#[tokio::test]
async fn only_one_of_two_parallel_redemptions_succeeds() {
    let (world, site, client, code) = with_code().await;
    let (a, b) = tokio::join!(world.token(&site, &client, &code), world.token(&site, &client, &code));
    let mut statuses = [a.status.as_u16(), b.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 400]);
}

#[tokio::test]
async fn others_can_neither_redeem_nor_use_up_a_clients_code() {
    let (world, site, client, code) = with_code().await;
    let other = world.register(&site, "https://other.example/cb").await;
    let sibling = Site::local("https://mcp.example.com/docs");
    let sibling_client = world.register(&sibling, CALLBACK).await;
    let mut thief = Site::local("https://mcp.example.com/wiki");
    thief.settings.provider = protocol::settings::Provider::Oidc {
        issuer: "https://evil.example".into(),
        client_id: "x".into(),
        client_secret: None,
        options: protocol::settings::ProviderOptions::default(),
    };
    assert_eq!(error(&world.token(&site, &other, &code).await), invalid_grant());
    assert_eq!(error(&world.token(&sibling, &sibling_client, &code).await), invalid_grant());
    assert_eq!(error(&world.token(&sibling, &client, &code).await), (401, "invalid_client".into()));
    assert_eq!(error(&world.token(&thief, &client, &code).await), (401, "invalid_client".into()));
    for (name, value, expected) in [
        ("code_verifier", "a".repeat(43), "invalid_grant"),
        ("redirect_uri", "https://client.example/cb2".into(), "invalid_grant"),
        ("resource", "https://mcp.example.com/docs".into(), "invalid_target"),
        ("resource", "https://mcp.example.com/wikipedia".into(), "invalid_target"),
        ("resource", "nonsense".into(), "invalid_target"),
    ] {
        let mut pairs = redemption(&client, &code);
        pairs.retain(|(known, _)| *known != name);
        pairs.push((name, &value));
        let reply = world.post_form(&site, Endpoint::Token, &pairs).await;
        assert_eq!(error(&reply), (400, expected.to_owned()), "{name}");
    }
    // After all these attempts, the code still works for its own client.
    assert_eq!(world.token(&site, &client, &code).await.status, 200);
}

#[tokio::test]
async fn a_code_expires_after_a_minute() {
    let (world, site, client, code) = with_code().await;
    world.advance(60);
    assert_eq!(error(&world.token(&site, &client, &code).await), invalid_grant());
}

#[tokio::test]
async fn a_code_cannot_be_redeemed_without_a_verifier() {
    let (world, site, client, code) = with_code().await;
    let mut pairs = redemption(&client, &code);
    pairs.retain(|(name, _)| *name != "code_verifier");
    let reply = world.post_form(&site, Endpoint::Token, &pairs).await;
    assert_eq!(error(&reply), (400, "invalid_request".into()));
}

#[tokio::test]
async fn a_repeated_refresh_returns_the_same_successor_and_reuse_ends_the_grant() {
    let (world, site, client, code) = with_code().await;
    let first = refresh_token(&world.token(&site, &client, &code).await);
    let second = refresh_token(&refresh(&world, &site, &client, &first).await);
    world.advance(59);
    assert_eq!(refresh_token(&refresh(&world, &site, &client, &first).await), second, "within the grace");
    let third = refresh_token(&refresh(&world, &site, &client, &second).await);
    // The successor has been used, so another use of the first token means that two parties have it.
    assert_eq!(error(&refresh(&world, &site, &client, &first).await), invalid_grant());
    assert_eq!(error(&refresh(&world, &site, &client, &third).await), invalid_grant());
}

#[tokio::test]
async fn reuse_after_the_grace_period_ends_the_grant() {
    let (world, site, client, code) = with_code().await;
    let first = refresh_token(&world.token(&site, &client, &code).await);
    let second = refresh_token(&refresh(&world, &site, &client, &first).await);
    world.advance(60);
    assert_eq!(error(&refresh(&world, &site, &client, &first).await), invalid_grant());
    assert_eq!(error(&refresh(&world, &site, &client, &second).await), invalid_grant());
}

#[tokio::test]
async fn parallel_refreshes_all_return_the_same_successor() {
    let (world, site, client, code) = with_code().await;
    let first = refresh_token(&world.token(&site, &client, &code).await);
    let tries = (0..8).map(|_| refresh(&world, &site, &client, &first));
    let mut replies = Vec::new();
    for reply in tries {
        replies.push(reply);
    }
    let (a, b, c, d) = {
        let mut replies = replies.into_iter();
        tokio::join!(
            replies.next().unwrap(),
            replies.next().unwrap(),
            replies.next().unwrap(),
            replies.next().unwrap()
        )
    };
    let tokens: std::collections::BTreeSet<String> = [a, b, c, d].iter().map(refresh_token).collect();
    assert_eq!(tokens.len(), 1);
    let successor = tokens.first().unwrap();
    assert_eq!(refresh(&world, &site, &client, successor).await.status, 200);
}

#[tokio::test]
async fn use_of_a_refresh_token_by_another_client_or_tenant_has_no_effect() {
    let (world, site, client, code) = with_code().await;
    let token = refresh_token(&world.token(&site, &client, &code).await);
    let other = world.register(&site, "https://other.example/cb").await;
    let sibling = Site::local("https://mcp.example.com/docs");
    let sibling_client = world.register(&sibling, CALLBACK).await;
    assert_eq!(error(&refresh(&world, &site, &other, &token).await), invalid_grant());
    assert_eq!(error(&refresh(&world, &sibling, &sibling_client, &token).await), invalid_grant());
    let pairs = [
        ("grant_type", "refresh_token"),
        ("client_id", &*client),
        ("refresh_token", &*token),
        ("resource", HOST),
    ];
    assert_eq!(error(&world.post_form(&site, Endpoint::Token, &pairs).await), (400, "invalid_target".into()));
    assert_eq!(refresh(&world, &site, &client, &token).await.status, 200);
}

#[tokio::test]
async fn refresh_tokens_have_an_idle_and_an_absolute_lifetime() {
    let (world, site, client, code) = with_code().await;
    let mut token = refresh_token(&world.token(&site, &client, &code).await);
    let month = 30 * 24 * 3600;
    for _ in 0..11 {
        world.advance(month - 1);
        world.app.keys.tick(protocol::time::UnixTime::new(world_now(&world))).unwrap();
        token = refresh_token(&refresh(&world, &site, &client, &token).await);
    }
    world.advance(month);
    world.app.keys.tick(protocol::time::UnixTime::new(world_now(&world))).unwrap();
    assert_eq!(error(&refresh(&world, &site, &client, &token).await), invalid_grant());
}

fn world_now(world: &World) -> u64 {
    use sidecar::clock::Clock as _;
    world.clock.now().as_secs()
}

#[tokio::test]
async fn a_user_who_is_no_longer_admitted_gets_no_new_tokens() {
    let (world, mut site, client, code) = with_code().await;
    let token = refresh_token(&world.token(&site, &client, &code).await);
    let before = site.settings.clone();
    site.settings.access.users = UserRule::Only(["someone-else".to_owned()].into());
    assert_eq!(site.settings.tid(), before.tid(), "changing rules keeps the tenant");
    assert_eq!(error(&refresh(&world, &site, &client, &token).await), invalid_grant());
    site.settings = before;
    assert_eq!(
        error(&refresh(&world, &site, &client, &token).await),
        invalid_grant(),
        "the grant is gone for good"
    );
}

#[tokio::test]
async fn a_refresh_can_narrow_the_scope_but_not_widen_it() {
    let (world, site, client, code) = with_code().await;
    let token = refresh_token(&world.token(&site, &client, &code).await);
    let ask = |scope: &'static str, token: String| {
        let client = client.clone();
        let (world, site) = (&world, &site);
        async move {
            let pairs = [
                ("grant_type", "refresh_token"),
                ("client_id", &*client),
                ("refresh_token", &*token),
                ("scope", scope),
            ];
            world.post_form(site, Endpoint::Token, &pairs).await
        }
    };
    assert_eq!(error(&ask("write", token.clone()).await), (400, "invalid_scope".into()));
    let reply = ask("read write offline_access", token).await;
    assert_eq!((reply.status.as_u16(), &reply.json()["scope"]), (200, &json!("read")));
}

/// Clients authenticate with the secret from their registration, whichever of the two methods they use.
#[tokio::test]
async fn confidential_clients_authenticate_with_their_secret_by_either_method() {
    let (world, site) = (World::new(), Site::local("https://mcp.example.com/wiki"));
    for (registered, uses) in [
        ("client_secret_basic", "client_secret_basic"),
        ("client_secret_basic", "client_secret_post"),
        ("client_secret_post", "client_secret_basic"),
        ("client_secret_post", "client_secret_post"),
    ] {
        let metadata = json!({"redirect_uris": [CALLBACK], "token_endpoint_auth_method": registered});
        let client = world.post_json(&site, Endpoint::Register, &metadata).await.json();
        let (id, secret) = (client["client_id"].as_str().unwrap(), client["client_secret"].as_str().unwrap());
        let code = Browser::new(&world, &site).reach_code(id).await;
        let send = async |secret: &str| {
            let mut pairs = redemption(id, &code);
            let mut request =
                Request::post("/").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
            if uses == "client_secret_post" {
                pairs.push(("client_secret", secret));
            } else {
                request = request.header(header::AUTHORIZATION, basic(id, secret));
            }
            let body = Body::from(protocol::form::encode_pairs(&pairs));
            world.send(&site, Endpoint::Token, request.body(body).unwrap()).await
        };
        // Without a secret, or with a wrong one, the client is not authenticated.
        assert_eq!(error(&world.token(&site, id, &code).await), (401, "invalid_client".into()));
        let wrong = send("wrong").await;
        assert_eq!(error(&wrong), (401, "invalid_client".into()), "{registered} {uses}");
        let challenge = if uses == "client_secret_basic" { "Basic" } else { "" };
        assert_eq!(wrong.header("www-authenticate"), challenge);
        assert_eq!(error(&send("").await), (401, "invalid_client".into()), "{registered} {uses}");
        let good = send(secret).await;
        assert_eq!(good.status, 200, "{registered} {uses}: {good:?}");
    }
}

fn basic(id: &str, secret: &str) -> String {
    use base64ct::Encoding as _;
    format!("Basic {}", base64ct::Base64::encode_string(format!("{id}:{secret}").as_bytes()))
}

#[tokio::test]
async fn malformed_requests_are_refused_and_the_next_one_is_served() {
    const FORM: &str = "application/x-www-form-urlencoded";
    let (world, site, client, code) = with_code().await;
    let send = |body: Vec<u8>, content_type: &'static str| {
        let request = Request::post("/").header(header::CONTENT_TYPE, content_type);
        world.send(&site, Endpoint::Token, request.body(Body::from(body)).unwrap())
    };
    for (body, content_type, status) in [
        (b"grant_type=a&grant_type=b".to_vec(), FORM, 400),
        (b"grant_type=%zz".to_vec(), FORM, 400),
        (b"grant_type=%ff".to_vec(), FORM, 400),
        (vec![b'a'; 64 * 1024 + 1], FORM, 413),
        (b"{}".to_vec(), "application/json", 400),
        (Vec::new(), FORM, 401),
        (b"client_id=unknown&grant_type=authorization_code".to_vec(), FORM, 401),
    ] {
        let reply = send(body, content_type).await;
        assert_eq!(reply.status, status, "{reply:?}");
        assert!(reply.json()["error"].is_string());
    }
    let reply =
        world.post_form(&site, Endpoint::Token, &[("client_id", &client), ("grant_type", "password")]).await;
    assert_eq!(error(&reply), (400, "unsupported_grant_type".into()));
    assert_eq!(world.token(&site, &client, &code).await.status, 200);
}

#[tokio::test]
async fn clients_without_the_refresh_grant_get_no_refresh_token() {
    let (world, site) = (World::new(), Site::local("https://mcp.example.com/wiki"));
    let metadata = json!({"redirect_uris": [CALLBACK], "grant_types": ["authorization_code"]});
    let reply = world.post_json(&site, Endpoint::Register, &metadata).await.json();
    let client = reply["client_id"].as_str().unwrap();
    let code = Browser::new(&world, &site).reach_code(client).await;
    assert!(world.token(&site, client, &code).await.json().get("refresh_token").is_none());
}
