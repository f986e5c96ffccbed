//! Administration over the operations listener: what each request does. `proofs` tests how a request is authenticated.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::body::Body;
use axum::http::{Request, header};
use http_body_util::BodyExt as _;
use protocol::context::Endpoint;
use protocol::secret::{Secret, decode_key32};
use protocol::settings::{Identity, Profile};
use protocol::time::UnixTime;
use serde_json::{Value, json};
use sidecar::clock::Clock as _;
use sidecar::ops::{self, Actor, Subject};
use store::GrantUpdate;
use store::crypto::Sealer;
use store::entropy::SeededEntropy;
use store::intent::grants::EndUpstream;
use tower::ServiceExt as _;

use crate::support::*;

/// The seed for the next proof, so that each proof has another nonce.
static SEED: AtomicU64 = AtomicU64::new(1_000);

fn sealer(key: &Secret<[u8; 32]>) -> Sealer {
    Sealer::new(key, &[], Arc::new(SeededEntropy::new(1)))
}

pub(crate) fn proof(world: &World, path: &str, body: &str) -> String {
    proof_at(world, path, body, world.clock.now())
}

pub(crate) fn proof_at(world: &World, path: &str, body: &str, at: UnixTime) -> String {
    let subject = Subject { instance: world.app.instance, method: "POST", target: path };
    proof_of(&decode_key32(KEY).unwrap(), subject, body, at)
}

pub(crate) fn proof_of(key: &Secret<[u8; 32]>, subject: Subject<'_>, body: &str, at: UnixTime) -> String {
    let entropy = SeededEntropy::new(SEED.fetch_add(1, Ordering::Relaxed));
    let actor = Actor::parse("ann@desk").unwrap();
    ops::make(&sealer(key), &entropy, subject, &actor, body.as_bytes(), at).unwrap()
}

pub(crate) async fn send(world: &World, request: Request<Body>) -> Reply {
    let response = world.operations.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    Reply { status: parts.status, headers: parts.headers, length: text.len(), text }
}

/// Sends a body with this proof.
pub(crate) async fn with_proof(world: &World, path: &str, body: &str, proof: &str) -> Reply {
    let request = Request::post(path).header(header::AUTHORIZATION, proof);
    send(world, request.body(Body::from(body.to_owned())).unwrap()).await
}

/// Sends a request as the commands do.
pub(crate) async fn ask(world: &World, path: &str, body: &Value) -> Reply {
    let body = body.to_string();
    with_proof(world, path, &body, &proof(world, path, &body)).await
}

/// Like [`ask`], but asserts success and returns the JSON of the response.
pub(crate) async fn told(world: &World, path: &str, body: &Value) -> Value {
    let reply = ask(world, path, body).await;
    assert_eq!(reply.status, 200, "{path}: {reply:?}");
    assert_eq!(reply.header("cache-control"), "no-store");
    reply.json()
}

struct Granted {
    client: String,
    refresh: String,
}

async fn granted(world: &World, site: &Site, redirect: &str) -> Granted {
    let client = world.register(site, redirect).await;
    let pairs = changed(authorize_pairs(&client), "redirect_uri", Some(redirect));
    let mut browser = Browser::new(world, site);
    let page = browser.reach_consent(&pairs).await;
    let code = browser.decide(&page, "approve").await.onward_parameter("code").unwrap();
    let fields = [
        ("grant_type", "authorization_code"),
        ("client_id", client.as_str()),
        ("code", code.as_str()),
        ("redirect_uri", redirect),
        ("code_verifier", VERIFIER),
    ];
    let answer = world.post_form(site, Endpoint::Token, &fields).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    Granted { client, refresh: answer.json()["refresh_token"].as_str().unwrap().to_owned() }
}

async fn refreshes(world: &World, site: &Site, granted: &Granted) -> u16 {
    let pairs = [
        ("grant_type", "refresh_token"),
        ("client_id", granted.client.as_str()),
        ("refresh_token", granted.refresh.as_str()),
    ];
    world.post_form(site, Endpoint::Token, &pairs).await.status.as_u16()
}

fn items<'a>(answer: &'a Value, name: &str) -> &'a Vec<Value> {
    answer[name].as_array().unwrap_or_else(|| panic!("no {name}: {answer}"))
}

/// Makes two tenants. alice has two grants at the first and one at the second.
async fn inhabited(world: &World) -> ([Site; 2], [Granted; 3]) {
    let sites = ["https://wiki.example.com", "https://docs.example.com"].map(Site::local);
    let first = granted(world, &sites[0], CALLBACK).await;
    let second = granted(world, &sites[0], "https://other.example/cb").await;
    let third = granted(world, &sites[1], CALLBACK).await;
    (sites, [first, second, third])
}

#[tokio::test]
async fn status_and_tenants_show_what_is_stored() {
    let world = World::new();
    let (_, [..]) = inhabited(&world).await;
    world.advance(90);
    let status = told(&world, "/admin/status", &Value::Null).await;
    assert_eq!(
        (&status["ready"], &status["clients"], &status["tenants"]),
        (&json!(true), &json!(3), &json!(2))
    );
    assert_eq!(status["now"].as_u64().unwrap() - status["started_at"].as_u64().unwrap(), 90);
    assert_eq!(status["keys"][0]["state"], "active");
    assert_eq!(status["providers"], json!([{ "name": null, "issuer": "local" }]));
    assert_eq!(status["warnings"][0]["what"], "revocation_list");
    let tenants = told(&world, "/admin/tenants", &json!({})).await;
    let shown: Vec<_> = items(&tenants, "tenants")
        .iter()
        .map(|shown| {
            (shown["tenant"]["issuer"].as_str().unwrap(), shown["clients"].as_u64(), shown["grants"].as_u64())
        })
        .collect();
    assert_eq!(
        shown,
        [("https://docs.example.com", Some(1), Some(1)), ("https://wiki.example.com", Some(2), Some(2))]
    );
    let one = told(&world, "/admin/tenants", &json!({ "tenant": "https://wiki.example.com" })).await;
    assert_eq!(items(&one, "tenants").len(), 1);
    assert_eq!(one["tenants"][0]["last_login_at"], json!(START));
    // A misspelt member is an error, not a filter that selects everything.
    for wrong in
        [json!({ "tenants": "x" }), json!({ "tenant": "no URL" }), json!({ "page": { "after": "!" } })]
    {
        let reply = ask(&world, "/admin/tenants", &wrong).await;
        assert_eq!((reply.status.as_u16(), &reply.json()["error"]), (400, &json!("malformed")), "{wrong}");
    }
}

#[tokio::test]
async fn clients_are_listed_shown_and_removed() {
    let world = World::new();
    let (sites, [first, second, third]) = inhabited(&world).await;
    let hostile = "\u{202e}Claude";
    let metadata = json!({
        "client_name": hostile, "redirect_uris": ["https://hostile.example/cb"], "token_endpoint_auth_method": "none",
    });
    assert_eq!(world.post_json(&sites[0], Endpoint::Register, &metadata).await.status, 201);
    let list = async |filter: Value| {
        let found = told(&world, "/admin/clients/list", &json!({ "filter": filter })).await;
        items(&found, "clients").len()
    };
    assert_eq!(list(json!({})).await, 4);
    assert_eq!(list(json!({ "tenant": "https://wiki.example.com" })).await, 3);
    assert_eq!(list(json!({ "name": "test cl" })).await, 3);
    assert_eq!(list(json!({ "name": "claude" })).await, 1);
    assert_eq!(
        (list(json!({ "source": "registered" })).await, list(json!({ "source": "file" })).await),
        (4, 0)
    );

    let shown = told(&world, "/admin/clients/show", &json!({ "client_id": first.client })).await;
    assert_eq!(
        (&shown["grants"], &shown["kind"], &shown["name"]),
        (&json!(1), &json!("public"), &json!("Test Client"))
    );
    assert_eq!(shown["metadata"]["redirect_uris"], json!([CALLBACK]));
    let removed = told(&world, "/admin/clients/remove", &json!({ "client_id": first.client })).await;
    assert_eq!(removed["client_id"], first.client);
    for path in ["/admin/clients/show", "/admin/clients/remove"] {
        let reply = ask(&world, path, &json!({ "client_id": first.client })).await;
        assert_eq!((reply.status.as_u16(), &reply.json()["error"]), (404, &json!("not_found")));
    }
    assert_eq!(refreshes(&world, &sites[0], &first).await, 401, "the client is gone");
    assert_eq!(refreshes(&world, &sites[0], &second).await, 200);
    assert_eq!(refreshes(&world, &sites[1], &third).await, 200);
}

#[tokio::test]
async fn grants_are_listed_and_shown() {
    let world = World::new();
    let (_, [first, ..]) = inhabited(&world).await;
    let list = async |filter: Value| {
        told(&world, "/admin/grants/list", &json!({ "filter": filter })).await["grants"]
            .as_array()
            .unwrap()
            .clone()
    };
    assert_eq!(list(json!({})).await.len(), 3);
    assert_eq!(list(json!({ "user": "alice" })).await.len(), 3);
    assert_eq!(list(json!({ "local_user": "alice" })).await.len(), 3);
    assert_eq!(list(json!({ "user": "alic" })).await.len(), 0);
    assert_eq!(list(json!({ "user": "alice", "tenant": "https://wiki.example.com" })).await.len(), 2);
    assert_eq!(list(json!({ "tenant": "https://docs.example.com" })).await.len(), 1);
    assert_eq!(list(json!({ "email": "ALICE@example.com" })).await.len(), 3);
    assert_eq!(list(json!({ "email": "bob@example.com" })).await.len(), 0);
    let one = list(json!({ "client": first.client })).await;
    assert_eq!(one.len(), 1);
    assert_eq!((&one[0]["user"], &one[0]["client_name"]), (&json!("alice"), &json!("Test Client")));
    assert_eq!(list(json!({ "id": one[0]["id"] })).await, one);
    let shown = told(&world, "/admin/grants/show", &json!({ "id": one[0]["id"] })).await;
    assert_eq!((&shown["rotations"], &shown["redirect_uri"]), (&json!(0), &json!(CALLBACK)));
    let unknown = ask(&world, "/admin/grants/show", &json!({ "id": "AAAAAAAAAAAAAAAAAAAAAA" })).await;
    assert_eq!(unknown.status, 404);
    assert_eq!(ask(&world, "/admin/grants/show", &json!({ "id": "x" })).await.status, 400);
}

#[tokio::test]
async fn ending_the_grants_of_a_user_ends_them_at_every_tenant() {
    let world = World::new();
    let (sites, [first, second, third]) = inhabited(&world).await;
    // Without a filter, no grant ends.
    assert_eq!(ask(&world, "/admin/grants/end", &json!({})).await.status, 400);
    let none = told(&world, "/admin/grants/end", &json!({ "filter": { "user": "bob" } })).await;
    assert_eq!(items(&none, "grants").len(), 0);
    let ended = told(&world, "/admin/grants/end", &json!({ "filter": { "user": "alice" } })).await;
    assert_eq!((items(&ended, "grants").len(), &ended["next"]), (3, &Value::Null));
    assert_eq!(refreshes(&world, &sites[0], &first).await, 400);
    assert_eq!(refreshes(&world, &sites[0], &second).await, 400);
    assert_eq!(refreshes(&world, &sites[1], &third).await, 400);
    let again = told(&world, "/admin/grants/end", &json!({ "filter": { "user": "alice" } })).await;
    assert_eq!(items(&again, "grants").len(), 0, "once");
    let listed = told(&world, "/admin/grants/list", &json!({ "ended": true })).await;
    assert!(items(&listed, "grants").iter().all(|grant| grant["ended_because"] == "ended_by_administrator"));
    assert_eq!(items(&listed, "grants").len(), 3);
    let metrics = send(&world, Request::get("/metrics").body(Body::empty()).unwrap()).await.text;
    for counted in [
        "bouncer_events_total{kind=\"administration\",outcome=\"success\",reason=\"\"} 1",
        "bouncer_events_total{kind=\"grant_revoked\",outcome=\"success\",reason=\"ended_by_administrator\"} 3",
    ] {
        assert!(metrics.contains(counted), "{counted}\n{metrics}");
    }
}

/// This reason is only shown in the list of grants. The log has the removal of the client instead.
#[tokio::test]
async fn the_grants_of_a_removed_client_say_why_they_ended() {
    let world = World::new();
    let (sites, [first, ..]) = inhabited(&world).await;
    told(&world, "/admin/clients/remove", &json!({ "client_id": first.client })).await;
    assert_eq!(refreshes(&world, &sites[0], &first).await, 401);
    let listed = told(&world, "/admin/grants/list", &json!({ "ended": true })).await;
    let reasons: BTreeSet<String> = items(&listed, "grants")
        .iter()
        .filter_map(|grant| grant["ended_because"].as_str().map(str::to_owned))
        .collect();
    assert_eq!(reasons, ["client_removed".to_owned()].into());
    note_reasons(&reasons);
}

#[tokio::test]
async fn one_grant_or_those_of_a_client_or_tenant_can_end_alone() {
    let world = World::new();
    let (sites, [first, second, third]) = inhabited(&world).await;
    let end = async |body: Value| items(&told(&world, "/admin/grants/end", &body).await, "grants").len();
    let listed = told(&world, "/admin/grants/list", &json!({ "filter": { "client": first.client } })).await;
    assert_eq!(end(json!({ "filter": { "id": listed["grants"][0]["id"] } })).await, 1);
    assert_eq!(refreshes(&world, &sites[0], &first).await, 400);
    assert_eq!(end(json!({ "filter": { "client": second.client } })).await, 1);
    assert_eq!(refreshes(&world, &sites[0], &second).await, 400);
    assert_eq!(refreshes(&world, &sites[1], &third).await, 200);
    assert_eq!(end(json!({ "filter": { "tenant": "https://wiki.example.com" } })).await, 0);
    assert_eq!(end(json!({ "all": true })).await, 1);
}

/// A user of another provider may have the same `sub` as a local user.
#[tokio::test]
async fn a_local_user_is_not_a_user_of_another_provider() {
    let world = World::new();
    let (sites, [first, ..]) = inhabited(&world).await;
    let listed = told(&world, "/admin/grants/list", &json!({ "filter": { "client": first.client } })).await;
    let id = listed["grants"][0]["id"].as_str().unwrap();
    let grant = store::record::GrantId(protocol::encoding::b64url_decode(id).unwrap().try_into().unwrap());
    let foreign = Identity { sub: "alice".to_owned(), claims: Profile::default() };
    let update = GrantUpdate { identity: Some(foreign), ..GrantUpdate::default() };
    let tenant = protocol::tenant::Tenant { base: sites[0].base.clone(), id: sites[0].settings.tid() };
    assert!(
        world.app.store.write(EndUpstream { tenant, grant, update, now: world.clock.now() }).await.unwrap()
    );
    let ended = told(&world, "/admin/grants/end", &json!({ "filter": { "local_user": "alice" } })).await;
    assert_eq!(items(&ended, "grants").len(), 2);
    assert_eq!(refreshes(&world, &sites[0], &first).await, 200);
}

#[tokio::test]
async fn a_client_id_at_several_tenants_needs_the_tenant() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let entry = json!({ "clients": [{
        "client_id": "shared", "client_name": "Shared", "redirect_uris": [CALLBACK],
        "bases": ["https://wiki.example.com", "https://docs.example.com"],
    }] });
    std::fs::write(file.path(), entry.to_string()).unwrap();
    let world = World::with(&[("BOUNCER_CLIENTS_FILE", file.path().to_str().unwrap())]);
    for base in ["https://wiki.example.com", "https://docs.example.com"] {
        let site = Site::local(base);
        let reply = Browser::new(&world, &site).authorize(&authorize_pairs("shared")).await;
        assert!(reply.status.is_success() || reply.status.is_redirection(), "{reply:?}");
    }
    let reply = ask(&world, "/admin/clients/show", &json!({ "client_id": "shared" })).await;
    assert_eq!((reply.status.as_u16(), &reply.json()["error"]), (409, &json!("ambiguous")), "{reply:?}");
    let named = json!({ "client_id": "shared", "tenant": "https://docs.example.com" });
    let shown = told(&world, "/admin/clients/show", &named).await;
    assert_eq!(
        (&shown["tenant"]["issuer"], &shown["source"]),
        (&json!("https://docs.example.com"), &json!("file"))
    );
}

#[tokio::test]
async fn a_rotated_key_signs_and_the_one_before_stays_valid() {
    let world = World::new();
    let kid = || world.app.keys.current(world.clock.now()).unwrap().kid.clone();
    let before = kid();
    let listed = told(&world, "/admin/keys/list", &Value::Null).await;
    let next = listed["keys"][1]["kid"].as_str().unwrap().to_owned();
    let rotated = told(&world, "/admin/keys/rotate", &Value::Null).await;
    let states: Vec<_> = items(&rotated, "keys")
        .iter()
        .map(|key| (key["kid"].as_str().unwrap().to_owned(), key["state"].as_str().unwrap()))
        .collect();
    assert_eq!(
        (states[0].clone(), states[2].clone()),
        ((next.clone(), "active"), (before.clone(), "retiring"))
    );
    assert_eq!((kid(), states[1].1), (next, "next"));
    assert!(world.app.keys.jwks().contains(&before), "it is still published");
}

#[tokio::test]
async fn what_a_command_did_to_a_user_is_recorded() {
    let world = World::new();
    for change in ["added", "disabled", "enabled", "password", "removed"] {
        told(&world, "/admin/users/changed", &json!({ "user": "bob", "change": change })).await;
    }
    assert_eq!(
        ask(&world, "/admin/users/changed", &json!({ "user": "bob", "change": "x" })).await.status,
        400
    );
    let metrics = send(&world, Request::get("/metrics").body(Body::empty()).unwrap()).await.text;
    assert!(metrics.contains("{kind=\"administration\",outcome=\"success\",reason=\"\"} 5"), "{metrics}");
}

/// The documentation page names every member that a program can read.
#[test]
fn the_page_describes_every_member() {
    let page = include_str!("../../../docs/operations/administration.md");
    let sources = [
        include_str!("../../src/admin/wire.rs"),
        include_str!("../../src/admin/token_wire.rs"),
        include_str!("../../src/users/edit.rs").split("pub struct ListedUser").nth(1).unwrap(),
    ];
    let mut members = 0;
    for text in sources {
        // Members of requests are not part of what commands print.
        let printed = text
            .split("#[serde(deny_unknown_fields")
            .map(|part| part.split_once("\n}\n").unwrap_or((part, "")));
        for (at, (first, rest)) in printed.enumerate() {
            let shown = if at == 0 { format!("{first}{rest}") } else { rest.to_owned() };
            for line in shown.lines().filter_map(|line| line.trim().strip_prefix("pub ")) {
                let Some((name, _)) = line.split_once(": ").filter(|(name, _)| !name.contains(' ')) else {
                    continue;
                };
                members += 1;
                let named =
                    page.contains(&format!("`{name}`")) || matches!(name, "client" | "grant" | "error");
                assert!(named, "`{name}` is not on the page");
            }
        }
    }
    assert!(members > 60, "{members}");
}
