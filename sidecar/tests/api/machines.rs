//! The client credentials grant (RFC 6749 §4.4): only clients that the operator lists may use it, and only as listed.

use std::sync::Arc;

use protocol::context::Endpoint;
use protocol::scope::ScopeSet;
use protocol::settings::UserRule;
use protocol::text::{TextMap, TextSet};
use serde_json::{Value, json};
use sidecar::metrics::Snapshot;
use store::Store;

use crate::administration::{ask, told};
use crate::grants::userinfo;
use crate::support::federated::{Federated, claims_of, grant_of};
use crate::support::machine::{BASE, SECRET, machine, own_token, with_basic, world_of, world_on};
use crate::support::provider::Provider;
use crate::support::signing::{assertion, claims, jwks};
use crate::support::*;

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

fn site() -> Site {
    Site::local(BASE)
}

fn set(text: &str) -> ScopeSet {
    ScopeSet::parse(text).unwrap()
}

async fn introspected(world: &World, site: &Site, token: &str) -> Value {
    let pairs = [("client_id", "ci"), ("client_secret", SECRET), ("token", token)];
    world.post_form(site, Endpoint::Introspect, &pairs).await.json()
}

fn access(reply: &Reply) -> String {
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.json()["access_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_listed_client_gets_a_token_for_itself_and_no_refresh_token() {
    let world = world_of(&[machine("ci", &json!({}))], &[]);
    let site = site();
    let by_basic = own_token(&world, &site, "ci", &[]).await;
    let posted = [("grant_type", "client_credentials"), ("client_id", "ci"), ("client_secret", SECRET)];
    let by_post = world.post_form(&site, Endpoint::Token, &posted).await;
    for reply in [&by_basic, &by_post] {
        let (body, token) = (reply.json(), claims_of(reply));
        assert_eq!(reply.header("cache-control"), "no-store");
        assert_eq!((body["token_type"].as_str(), body["expires_in"].as_u64()), (Some("Bearer"), Some(3_600)));
        assert_eq!(body["scope"], "read write");
        assert!(body.get("refresh_token").is_none(), "{body}");
        assert_eq!((token["sub"].as_str(), token["client_id"].as_str()), (Some("client:ci"), Some("ci")));
        assert_eq!((token["iss"].as_str(), token["aud"].as_str()), (Some(BASE), Some(BASE)));
    }
    let token = access(&by_basic);
    let told = introspected(&world, &site, &token).await;
    assert_eq!((told["active"].as_bool(), told["sub"].as_str()), (Some(true), Some("client:ci")));
    let about = userinfo(&world, &site, &[&format!("Bearer {token}")]).await;
    assert_eq!(about.json(), json!({"sub": "client:ci"}));
    for (id, secret) in [("ci", "a-secret-of-the-operator-2"), ("cj", SECRET)] {
        let refused = with_basic(&world, &site, (id, secret), &[("grant_type", "client_credentials")]).await;
        assert_eq!(
            (refused.status.as_u16(), refused.json()["error"].as_str()),
            (401, Some("invalid_client"))
        );
    }
}

#[tokio::test]
async fn a_secret_may_be_listed_as_its_hash() {
    let hash = protocol::encoding::b64url_encode(&protocol::encoding::sha256(SECRET.as_bytes()));
    let entry = machine("ci", &json!({"client_secret": null, "client_secret_sha256": hash}));
    let world = world_of(&[entry], &[]);
    assert_eq!(own_token(&world, &site(), "ci", &[]).await.status, 200);
    let as_secret = with_basic(&world, &site(), ("ci", &hash), &[("grant_type", "client_credentials")]).await;
    assert_eq!(as_secret.status, 401, "the hash itself is no secret");
}

#[tokio::test]
async fn a_client_may_sign_an_assertion_about_itself() {
    let keys =
        json!({"client_secret": null, "token_endpoint_auth_method": "private_key_jwt", "jwks": jwks()});
    let world = world_of(&[machine("ci", &keys)], &[]);
    let site = site();
    let ask = async |signed: &str| {
        let pairs = [
            ("grant_type", "client_credentials"),
            ("client_assertion_type", ASSERTION_TYPE),
            ("client_assertion", signed),
        ];
        world.post_form(&site, Endpoint::Token, &pairs).await
    };
    for algorithm in ["EdDSA", "ES256", "RS256"] {
        let signed = assertion(algorithm, &json!({}), &claims("ci", BASE, algorithm));
        assert_eq!(claims_of(&ask(&signed).await)["sub"], "client:ci");
        assert_eq!(ask(&signed).await.status, 401, "used before");
    }
    let of_another = assertion("EdDSA", &json!({}), &claims("cj", BASE, "1"));
    assert_eq!(ask(&of_another).await.status, 401);
    // Unlike an unknown client, this client is charged to its own rate limit and not to that of its network.
    for n in 0..1_300 {
        let crowd = site.from([198, 51, 100, u8::try_from(n % 200).unwrap()]);
        let signed = assertion("EdDSA", &json!({}), &claims("ci", BASE, &format!("many {n}")));
        let pairs = [
            ("grant_type", "client_credentials"),
            ("client_assertion_type", ASSERTION_TYPE),
            ("client_assertion", signed.as_str()),
        ];
        let status = world.post_form(&crowd, Endpoint::Token, &pairs).await.status;
        assert!(status == 200 || (status == 429 && n > 1_100), "{n}: {status}");
    }
}

/// Only the operator decides which client may get a token without a user.
#[tokio::test]
async fn no_other_client_gets_a_token_for_itself() {
    let with_logins = json!({"grant_types": ["authorization_code"], "redirect_uris": [CALLBACK]});
    let assertions = json!({"grant_types": ["urn:ietf:params:oauth:grant-type:jwt-bearer"]});
    let world = world_of(&[machine("web", &with_logins), machine("agent", &assertions)], &[]);
    let site = site();
    let refused = |reply: Reply| {
        assert_eq!(
            (reply.status.as_u16(), reply.json()["error"].as_str()),
            (400, Some("unauthorized_client"))
        );
    };
    for id in ["web", "agent"] {
        refused(own_token(&world, &site, id, &[]).await);
    }
    let public = world.register(&site, CALLBACK).await;
    let pairs = [("grant_type", "client_credentials"), ("client_id", public.as_str())];
    refused(world.post_form(&site, Endpoint::Token, &pairs).await);
    let metadata = json!({
        "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "client_secret_basic",
        "grant_types": ["authorization_code", "client_credentials"],
    });
    let registered = world.post_json(&site, Endpoint::Register, &metadata).await.json();
    assert_eq!(registered["grant_types"], json!(["authorization_code"]));
    let credentials = ["client_id", "client_secret"].map(|name| registered[name].as_str().unwrap());
    let pairs = [("grant_type", "client_credentials")];
    refused(with_basic(&world, &site, (credentials[0], credentials[1]), &pairs).await);
    assert!(world.reasons().contains("grant_type_not_allowed"));
    // At another tenant the client is unknown. It cannot begin a login either.
    let world = world_of(&[machine("ci", &json!({}))], &[]);
    let elsewhere = own_token(&world, &Site::local("https://mcp.example.com/docs"), "ci", &[]).await;
    assert_eq!(
        (elsewhere.status.as_u16(), elsewhere.json()["error"].as_str()),
        (401, Some("invalid_client"))
    );
    let page = Browser::new(&world, &site).authorize(&authorize_pairs("ci")).await;
    assert_eq!((page.status.as_u16(), page.reason()), (400, "redirect_uri"));
}

#[tokio::test]
async fn scopes_are_those_that_are_asked_listed_and_offered() {
    let listed = machine("listed", &json!({"scope": "read admin unheard-of"}));
    let world = world_of(&[machine("ci", &json!({})), listed], &[]);
    let mut site = site();
    site.settings.scope_map.entry("admin").extend(["root".to_owned()]);
    for (id, asked, granted) in [
        ("ci", None, "read write"),
        ("ci", Some(""), "read write"),
        ("ci", Some("write"), "write"),
        ("ci", Some("write unheard-of"), "write"),
        ("listed", None, "admin read"),
        ("listed", Some("admin"), "admin"),
        ("listed", Some("read write"), "read"),
    ] {
        let more: Vec<(&str, &str)> = asked.into_iter().map(|scope| ("scope", scope)).collect();
        let reply = own_token(&world, &site, id, &more).await;
        assert_eq!(claims_of(&reply)["scope"], granted, "{id} {asked:?}");
        assert_eq!(reply.json()["scope"], granted);
    }
    for (id, asked) in [("ci", "admin"), ("ci", "unheard-of"), ("listed", "write")] {
        let reply = own_token(&world, &site, id, &[("scope", asked)]).await;
        assert_eq!(
            (reply.status.as_u16(), reply.json()["error"].as_str()),
            (400, Some("invalid_scope")),
            "{id}"
        );
    }
    assert!(world.reasons().contains("client_scope"));
    // As with users, a required scope is added to every token, if the client may have it.
    site.settings.required_scopes = set("read");
    let token = own_token(&world, &site, "listed", &[("scope", "admin")]).await;
    assert_eq!(claims_of(&token)["scope"], "admin read");
    // At a tenant without scopes, no requested scope is refused.
    site.settings.required_scopes = ScopeSet::new();
    site.settings.scopes = set("openid");
    site.settings.scope_map = TextMap::default();
    let bare = own_token(&world, &site, "ci", &[("scope", "read")]).await;
    assert!(bare.status == 200 && bare.json().get("scope").is_none(), "{bare:?}");
}

#[tokio::test]
async fn the_token_is_for_the_resource_that_is_asked_for() {
    let world = world_of(&[machine("ci", &json!({}))], &[]);
    let site = site();
    for (asked, audience) in
        [(BASE, BASE), ("https://mcp.example.com/wiki/mcp", "https://mcp.example.com/wiki/mcp")]
    {
        let reply = own_token(&world, &site, "ci", &[("resource", asked)]).await;
        assert_eq!(claims_of(&reply)["aud"], audience);
    }
    for foreign in ["https://mcp.example.com/docs", "https://other.example", "mcp"] {
        let reply = own_token(&world, &site, "ci", &[("resource", foreign)]).await;
        assert_eq!((reply.status.as_u16(), reply.json()["error"].as_str()), (400, Some("invalid_target")));
    }
}

#[tokio::test]
async fn the_rules_about_people_do_not_apply() {
    let world = world_of(&[machine("ci", &json!({}))], &[]);
    let mut site = site();
    site.settings.access.users = UserRule::Only(TextSet::from_iter(["alice".to_owned()]));
    site.settings.access.groups = TextSet::from_iter(["team".to_owned()]);
    assert_eq!(own_token(&world, &site, "ci", &[]).await.status, 200);
}

/// With a grant for each token, the store would grow with each token, and ending the client's access would mean finding
/// all of them.
#[tokio::test]
async fn all_tokens_of_a_client_belong_to_one_grant_which_can_be_ended() {
    let world = world_of(&[machine("ci", &json!({})), machine("cj", &json!({}))], &[]);
    let site = site();
    let first = own_token(&world, &site, "ci", &[("scope", "read")]).await;
    world.advance(3_000);
    let second = own_token(&world, &site, "ci", &[]).await;
    let other = own_token(&world, &site, "cj", &[]).await;
    let grant = |reply: &Reply| grant_of(&access(reply));
    assert_eq!(grant(&first), grant(&second));
    assert_ne!(grant(&first), grant(&other));
    let tokens = [access(&first), access(&second)];
    let list = json!({"filter": {"user": "client:ci"}});
    let listed = told(&world, "/admin/grants/list", &list).await;
    assert_eq!(listed["grants"].as_array().unwrap().len(), 1, "{listed}");
    assert_eq!(
        (listed["grants"][0]["client_id"].as_str(), listed["grants"][0]["scope"].as_str()),
        (Some("ci"), Some("read write"))
    );
    told(&world, "/admin/grants/end", &list).await;
    for token in &tokens {
        assert_eq!(introspected(&world, &site, token).await, json!({"active": false}));
    }
    let ended = world.app.store.read(store::intent::grants::ListRevocations { now: START.plus(3_000) }).await;
    assert_eq!(ended.unwrap()[0].grant.to_string(), grant(&first));
    let others = told(&world, "/admin/grants/list", &json!({"filter": {"user": "client:cj"}})).await;
    assert_eq!(others["grants"].as_array().unwrap().len(), 1);
    // The operator has not removed the client from the file, so it gets new tokens, under another grant.
    let third = own_token(&world, &site, "ci", &[]).await;
    assert_ne!(grant(&third), grant(&first));
    assert_eq!(introspected(&world, &site, &access(&third)).await["active"], true);
    // Revoking one token of the client revokes all of them (RFC 7009 §2.1).
    let fourth = own_token(&world, &site, "ci", &[]).await;
    let revoke = [("client_id", "ci"), ("client_secret", SECRET), ("token", &*access(&third))];
    assert_eq!(world.post_form(&site, Endpoint::Revoke, &revoke).await.status, 200);
    assert_eq!(introspected(&world, &site, &access(&fourth)).await, json!({"active": false}));
}

#[tokio::test]
async fn a_client_that_is_no_longer_listed_gets_nothing_and_can_be_removed() {
    let store = Arc::new(Store::oracle());
    let site = site();
    let before = world_on(Arc::clone(&store), &[machine("ci", &json!({})), machine("cj", &json!({}))], &[]);
    let tokens = [own_token(&before, &site, "ci", &[]).await, own_token(&before, &site, "cj", &[]).await];
    let with_logins = json!({"grant_types": ["authorization_code"], "redirect_uris": [CALLBACK]});
    let after = world_on(Arc::clone(&store), &[machine("cj", &with_logins)], &[]);
    let gone = own_token(&after, &site, "ci", &[]).await;
    assert_eq!((gone.status.as_u16(), gone.json()["error"].as_str()), (401, Some("invalid_client")));
    let revoked = || {
        let list = store::intent::grants::ListRevocations { now: START };
        store.read(list).unwrap().len()
    };
    assert_eq!(revoked(), 0, "its token is valid until it expires");
    let named = json!({"client_id": "ci"});
    assert_eq!(ask(&after, "/admin/clients/remove", &named).await.status, 200);
    assert_eq!(revoked(), 1);
    // A client that has lost the grant type loses its grant with its next request.
    assert_eq!(own_token(&after, &site, "cj", &[]).await.json()["error"], "unauthorized_client");
    assert_eq!(revoked(), 2);
    assert!(tokens.iter().all(|reply| reply.status == 200));
}

#[tokio::test]
async fn an_entry_may_ask_for_a_shorter_lifetime() {
    let short = machine("short", &json!({"access_token_ttl_secs": 300}));
    let long = machine("long", &json!({"access_token_ttl_secs": 7_200}));
    let world = world_of(&[short, long], &[]);
    for (id, expected) in [("short", 300), ("long", 3_600)] {
        let reply = own_token(&world, &site(), id, &[]).await;
        let token = claims_of(&reply);
        assert_eq!(reply.json()["expires_in"], expected, "{id}");
        assert_eq!(token["exp"].as_u64().unwrap() - token["iat"].as_u64().unwrap(), expected);
    }
}

#[tokio::test]
async fn each_client_pays_for_its_own_tokens() {
    let world = world_of(&[machine("ci", &json!({})), machine("cj", &json!({}))], &[]);
    let site = site();
    let mut taken = 0;
    loop {
        let reply = own_token(&world, &site, "ci", &[]).await;
        if reply.status == 429 {
            assert_ne!(reply.header("retry-after"), "");
            break;
        }
        assert_eq!(reply.status, 200, "{reply:?}");
        taken += 1;
        assert!(taken <= 1_200, "no limit");
    }
    assert_eq!(taken, 1_200);
    assert_eq!(own_token(&world, &site, "cj", &[]).await.status, 200, "another client from the same address");
    let wrong = with_basic(&world, &site, ("cj", "x"), &[("grant_type", "client_credentials")]).await;
    assert_eq!(wrong.status, 401);
    world.advance(60);
    assert_eq!(own_token(&world, &site, "ci", &[]).await.status, 200);
}

/// A user of the provider whose `sub` looks like a client's does not become that client.
#[tokio::test]
async fn no_user_has_the_subject_of_a_client() {
    let provider = Provider::start().await;
    provider.claim("sub", json!("client:ci"));
    let settings = [("BOUNCER_INTERNAL_ISSUERS", provider.issuer.as_str())];
    let world = world_of(&[machine("ci", &json!({}))], &settings);
    let site = Site::oidc(BASE, &provider.issuer);
    let client = world.register(&site, CALLBACK).await;
    let federated = Federated { world, site, provider, client };
    let user = claims_of(&federated.tokens().await);
    let machine = claims_of(&own_token(&federated.world, &federated.site, "ci", &[]).await);
    assert_eq!((user["sub"].as_str(), machine["sub"].as_str()), (Some("%63lient:ci"), Some("client:ci")));
    // Ending the user's grants does not end those of the client.
    told(&federated.world, "/admin/grants/end", &json!({"filter": {"user": "%63lient:ci"}})).await;
    let list = json!({"filter": {"user": "client:ci"}});
    let left = told(&federated.world, "/admin/grants/list", &list).await;
    assert_eq!(left["grants"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn each_token_is_audited_and_counted() {
    let world = world_of(&[machine("ci", &json!({}))], &[]);
    for _ in 0..2 {
        assert_eq!(own_token(&world, &site(), "ci", &[]).await.status, 200);
    }
    let rows = told(&world, "/admin/audit", &json!({"event": "token_issued"})).await;
    let rows = rows["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 2, "{rows:?}");
    for row in rows {
        assert_eq!((row["client"].as_str(), row["user"].as_str()), (Some("ci"), Some("client:ci")));
        assert!(row.to_string().contains("client_credentials"), "{row}");
    }
    let metrics = world.app.journal.metrics().text(&Snapshot::default());
    assert!(metrics.contains("bouncer_token_issued_total{grant_type=\"client_credentials\"} 2"), "{metrics}");
}
