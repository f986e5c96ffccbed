//! Issued tokens: revocation, introspection, userinfo.

use super::support::*;
use axum::body::Body;
use axum::http::{Request, header};
use protocol::context::Endpoint;
use protocol::resource::revocation_list::RevocationList;
use protocol::scope::ScopeSet;
use serde_json::{Value, json};
use sidecar::clock::Clock as _;
use sidecar::revocation_file::Updated;
use std::sync::Arc;
use store::Store;
use store::limits::ENDED_PER_USER;

struct Granted {
    client: String,
    access: String,
    refresh: String,
}

async fn granted(world: &World, site: &Site) -> Granted {
    let client = world.register(site, CALLBACK).await;
    let code = Browser::new(world, site).reach_code(&client).await;
    let body = world.token(site, &client, &code).await.json();
    let text = |name: &str| body[name].as_str().unwrap().to_owned();
    Granted { client, access: text("access_token"), refresh: text("refresh_token") }
}

fn here() -> (World, Site) {
    (World::new(), Site::local("https://mcp.example.com/wiki"))
}

async fn post(world: &World, site: &Site, endpoint: Endpoint, client: &str, token: &str) -> Reply {
    world.post_form(site, endpoint, &[("client_id", client), ("token", token)]).await
}

async fn active(world: &World, site: &Site, client: &str, token: &str) -> bool {
    let reply = post(world, site, Endpoint::Introspect, client, token).await;
    assert_eq!((reply.status.as_u16(), reply.header("cache-control")), (200, "no-store"), "{reply:?}");
    reply.json()["active"].as_bool().unwrap()
}

async fn userinfo(world: &World, site: &Site, authorization: &[&str]) -> Reply {
    let mut request = Request::get("/");
    for value in authorization {
        request = request.header(header::AUTHORIZATION, *value);
    }
    world.send(site, Endpoint::Userinfo, request.body(Body::empty()).unwrap()).await
}

async fn refreshes(world: &World, site: &Site, granted: &Granted) -> u16 {
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
        // Revoking it again is not an error (RFC 7009 §2.2).
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
        // A token for another tenant of the same host, or two at once.
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

#[tokio::test]
async fn revoked_grants_are_in_the_plugins_list_as_long_as_their_tokens_may_live() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("revoked");
    let world = World::with(&[("BOUNCER_REVOCATION_FILE", path.to_str().unwrap())]);
    let site = Site::local("https://mcp.example.com/wiki");
    let read = || RevocationList::parse(&std::fs::read(&path).unwrap()).unwrap();
    assert_eq!(read(), RevocationList::default(), "the list exists from the start");
    let granted = granted(&world, &site).await;
    post(&world, &site, Endpoint::Revoke, &granted.client, &granted.refresh).await;
    world.tell_revocations().await;
    let claims = granted.access.split('.').nth(1).unwrap();
    let claims: Value = serde_json::from_slice(&protocol::encoding::b64url_decode(claims).unwrap()).unwrap();
    let grant = &claims["jti"].as_str().unwrap()[..22];
    assert_eq!(read().to_text(), RevocationList::new(protocol::time::UnixTime::new(0), [grant]).to_text());
    // It stays in the list as long as a token of the grant may be valid.
    world.advance(3_600 + 60);
    world.tell_revocations().await;
    assert!(read() != RevocationList::default());
    world.advance(61);
    world.tell_revocations().await;
    assert_eq!(read(), RevocationList::default());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "no temporary file is left");
}

/// The grant that an access token belongs to.
fn grant_of(access: &str) -> String {
    let claims = access.split('.').nth(1).unwrap();
    let claims: Value = serde_json::from_slice(&protocol::encoding::b64url_decode(claims).unwrap()).unwrap();
    claims["jti"].as_str().unwrap()[..22].to_owned()
}

/// Tokens with a lifetime of two hours are issued, then ten minutes are configured: grants revoked before or after that
/// stay in the list as long as those tokens are valid.
#[tokio::test]
async fn a_shorter_token_lifetime_does_not_shorten_revocations() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("revoked");
    let store: Arc<Store> = Arc::new(Store::oracle());
    let site = Site::local("https://mcp.example.com/wiki");
    let world = |life: &str| {
        let settings =
            [("BOUNCER_REVOCATION_FILE", path.to_str().unwrap()), ("BOUNCER_ACCESS_TOKEN_TTL", life)];
        World::on(Arc::clone(&store), &settings)
    };
    let listed = || std::fs::read_to_string(&path).unwrap();
    let long = world("2h");
    let (one, two) = (granted(&long, &site).await, granted(&long, &site).await);
    assert_ne!(grant_of(&one.access), grant_of(&two.access));
    post(&long, &site, Endpoint::Revoke, &one.client, &one.refresh).await;
    let short = world("10m");
    assert_eq!(refreshes(&short, &site, &two).await, 200, "a shorter one is issued as well");
    post(&short, &site, Endpoint::Revoke, &two.client, &two.access).await;
    for (passed, expected) in [(0, true), (600 + 200, true), (7_200, true), (7_320, false)] {
        short.clock.set(START.plus(passed));
        sidecar::sweep::tick(&short.app.journal, &short.app.keys, short.app.limits(), short.clock.now())
            .await;
        short.tell_revocations().await;
        for grant in [&one, &two] {
            assert_eq!(listed().contains(&grant_of(&grant.access)), expected, "after {passed} s");
        }
    }
}

/// Whatever happens to the file, the list is restored at the next check, a second later.
#[tokio::test]
async fn a_removed_or_changed_revocation_list_is_written_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("revoked");
    let world = World::with(&[("BOUNCER_REVOCATION_FILE", path.to_str().unwrap())]);
    let site = Site::local("https://mcp.example.com/wiki");
    let granted = granted(&world, &site).await;
    post(&world, &site, Endpoint::Revoke, &granted.client, &granted.refresh).await;
    world.tell_revocations().await;
    let whole = std::fs::read(&path).unwrap();
    assert!(String::from_utf8(whole.clone()).unwrap().contains(&grant_of(&granted.access)));
    let log = crate::logs::Captured::start();
    let file = world.app.revocations.as_ref().unwrap();
    let look = || file.update(world.app.store.blocking(), world.clock.now()).unwrap();
    let others: [(&str, Change); 6] = [
        ("removed", |path| std::fs::remove_file(path).unwrap()),
        ("truncated", |path| std::fs::write(path, "").unwrap()),
        ("emptied of ids", |path| std::fs::write(path, RevocationList::default().to_text()).unwrap()),
        ("replaced", |path| {
            let other = path.with_extension("other");
            std::fs::write(&other, RevocationList::default().to_text()).unwrap();
            std::fs::rename(other, path).unwrap();
        }),
        ("changed in place", |path| {
            let mut text = std::fs::read(path).unwrap();
            let last = text.len() - 2;
            text[last] ^= 1;
            std::fs::write(path, text).unwrap();
        }),
        ("a link", |path| {
            std::fs::remove_file(path).unwrap();
            std::os::unix::fs::symlink("/dev/null", path).unwrap();
        }),
    ];
    for (what, change) in others {
        assert_eq!(look(), Updated::Unchanged, "before it was {what}");
        change(&path);
        let expected = if what == "removed" { Updated::WasMissing } else { Updated::WasChanged };
        assert_eq!(look(), expected, "{what}");
        assert_eq!(std::fs::read(&path).unwrap(), whole, "{what}");
        assert!(std::fs::symlink_metadata(&path).unwrap().is_file(), "{what}");
    }
    std::fs::remove_file(&path).unwrap();
    tell(&world);
    assert!(
        log.text().contains("the revocation list was removed or changed by another program"),
        "{}",
        log.text()
    );
    // Another sidecar with the same store that writes the same list is not reported.
    let same = path.with_extension("same");
    std::fs::write(&same, &whole).unwrap();
    std::fs::set_permissions(&same, std::fs::metadata(&path).unwrap().permissions()).unwrap();
    std::fs::rename(same, &path).unwrap();
    assert_eq!((look(), look()), (Updated::Unchanged, Updated::Unchanged));
    // If the list cannot be written, that is logged; it is written as soon as possible.
    let kept = folder.path().join("kept");
    std::fs::remove_file(&path).unwrap();
    std::fs::create_dir(&path).unwrap();
    std::fs::write(path.join("in the way"), "").unwrap();
    for _ in 0..5 {
        tell(&world);
    }
    assert_eq!(log.text().matches("the revocation list could not be written").count(), 1, "logged only once");
    std::fs::rename(&path, kept).unwrap();
    tell(&world);
    assert_eq!(std::fs::read(&path).unwrap(), whole);
}

/// A change that another program makes to the file.
type Change = fn(&std::path::Path);

fn tell(world: &World) {
    // Runs on this thread, because the test reads its log.
    let file = world.app.revocations.as_ref().unwrap();
    sidecar::sweep::note_revocations(
        &world.app.journal,
        file,
        file.update(world.app.store.blocking(), world.clock.now()),
        world.clock.now(),
    );
}

/// A user who creates and revokes grants without end is refused, and does not displace older revocations of another
/// tenant.
#[tokio::test]
async fn one_user_cannot_displace_other_tenants_revocations() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("revoked");
    let world = World::with(&[("BOUNCER_REVOCATION_FILE", path.to_str().unwrap())]);
    let quiet = Site::local("https://mcp.example.com/docs");
    let theirs = granted(&world, &quiet).await;
    post(&world, &quiet, Endpoint::Revoke, &theirs.client, &theirs.refresh).await;
    world.advance(1);
    let noisy = Site::local("https://mcp.example.com/wiki");
    let client = world.register(&noisy, CALLBACK).await;
    let mut made = 0;
    let refused = loop {
        let code = Browser::new(&world, &noisy).reach_code(&client).await;
        let reply = world.token(&noisy, &client, &code).await;
        if reply.status != 200 {
            break reply;
        }
        made += 1;
        let refresh = reply.json()["refresh_token"].as_str().unwrap().to_owned();
        assert_eq!(post(&world, &noisy, Endpoint::Revoke, &client, &refresh).await.status, 200);
        assert!(made < 500, "the user is never refused");
    };
    assert_eq!((made, refused.status.as_u16()), (ENDED_PER_USER, 429));
    assert_eq!(
        (&refused.json()["error"], refused.header("retry-after")),
        (&json!("temporarily_unavailable"), "600")
    );
    world.tell_revocations().await;
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains(&grant_of(&theirs.access)));
    assert!(
        text.starts_with(&format!("mcpbouncer-revoked-v2 0000000000 0000 {:0>4}\n", ENDED_PER_USER + 1)),
        "{text}"
    );
    // The same user can still log in at another tenant, and here once the tokens have expired.
    granted(&world, &quiet).await;
    world.advance(3_600 + 120);
    sidecar::sweep::tick(&world.app.journal, &world.app.keys, world.app.limits(), world.clock.now()).await;
    granted(&world, &noisy).await;
}

/// A client of the operator's file works like any other, and the consent page says that the operator registered it.
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
