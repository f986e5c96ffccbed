//! The proof with which a request to the operations listener is authenticated.
//!
//! Each refusal was checked by removing its defence in `sidecar/src/ops`.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::{Request, header};
use protocol::secret::{Secret, decode_key32};
use serde_json::Value;
use sidecar::clock::Clock as _;
use sidecar::listen::Peer;
use sidecar::ops::{self, MOST_REQUESTS, Subject};
use store::entropy::SeededEntropy;

use crate::administration::{ask, proof, proof_at, proof_of, send, told, with_proof};
use crate::support::*;

/// A refusal tells nothing, except which method the route has if the request's method was another.
fn refused(reply: &Reply) {
    assert_eq!((reply.status.as_u16(), &*reply.text), (403, ""), "{reply:?}");
    let known = [header::CONTENT_LENGTH, header::ALLOW];
    assert!(reply.headers.keys().all(|name| known.contains(name)), "{reply:?}");
}

/// Returns every path below `/admin` in the sources.
fn paths() -> BTreeSet<String> {
    let sources = [include_str!("../../src/admin/mod.rs"), include_str!("../../src/backup.rs")];
    let named = sources.iter().flat_map(|text| text.split(".route(\"").skip(1));
    named.filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect()
}

#[tokio::test]
async fn no_endpoint_does_anything_without_a_proof() {
    let world = World::new();
    assert!(paths().len() >= 13, "{:?}", paths());
    for path in paths() {
        for method in ["GET", "POST", "PUT", "DELETE"] {
            let request = Request::builder().method(method).uri(&path);
            refused(&send(&world, request.body(Body::from("{}")).unwrap()).await);
        }
        for wrong in ["", "MCPBouncer", "Bearer x", "MCPBouncer 1.a.b.c.d", "Basic YTpi"] {
            refused(&with_proof(&world, &path, "{}", wrong).await);
        }
        let valid = proof(&world, &path, "{}");
        let twice =
            Request::post(&path).header(header::AUTHORIZATION, &valid).header(header::AUTHORIZATION, &valid);
        refused(&send(&world, twice.body(Body::from("{}")).unwrap()).await);
    }
    let metrics = send(&world, Request::get("/metrics").body(Body::empty()).unwrap()).await;
    assert!(metrics.text.contains("reason=\"operation_unproven\""), "{}", metrics.text);
}

#[tokio::test]
async fn a_proof_is_accepted_once() {
    let world = World::new();
    let (path, body) = ("/admin/keys/rotate", "null");
    let made = proof(&world, path, body);
    assert_eq!(with_proof(&world, path, body, &made).await.status, 200);
    let keys = told(&world, "/admin/keys/list", &Value::Null).await;
    refused(&with_proof(&world, path, body, &made).await);
    assert_eq!(told(&world, "/admin/keys/list", &Value::Null).await, keys, "the replay rotated nothing");
    assert_eq!(ask(&world, path, &Value::Null).await.status, 200);
}

#[tokio::test]
async fn a_proof_is_for_one_body_path_and_method() {
    let world = World::new();
    let (path, body) = ("/admin/grants/list", r#"{"filter":{"user":"bob"}}"#);
    for other in [r#"{"filter":{"user":"ann"}}"#, "", "{}", &format!("{body} ")] {
        refused(&with_proof(&world, path, other, &proof(&world, path, body)).await);
    }
    for other in ["/admin/grants/end", "/admin/status", "/admin/grants/list?x=y"] {
        refused(&with_proof(&world, other, body, &proof(&world, path, body)).await);
    }
    let put = Request::put(path).header(header::AUTHORIZATION, proof(&world, path, body));
    refused(&send(&world, put.body(Body::from(body)).unwrap()).await);
    let long = "x".repeat(ops::MOST_BODY + 1);
    refused(&with_proof(&world, path, &long, &proof(&world, path, &long)).await);
    assert_eq!(with_proof(&world, path, body, &proof(&world, path, body)).await.status, 200);
}

#[tokio::test]
async fn a_proof_is_valid_for_a_minute_at_one_run_of_the_server() {
    let world = World::new();
    world.advance(1_000);
    let (path, body, now) = ("/admin/status", "null", world.clock.now());
    for (at, status) in [(now.minus(61), 403), (now.minus(60), 200), (now.plus(60), 200), (now.plus(61), 403)]
    {
        let reply = with_proof(&world, path, body, &proof_at(&world, path, body, at)).await;
        assert_eq!(reply.status, status, "{at:?}");
    }
    // Another run of the sidecar has another instance number, so a recorded request cannot be repeated after a restart
    // or at a replica.
    let other = ops::Instance::draw(&SeededEntropy::new(99)).unwrap();
    let subject = Subject { instance: other, method: "POST", target: path };
    refused(
        &with_proof(&world, path, body, &proof_of(&decode_key32(KEY).unwrap(), subject, body, now)).await,
    );
    let told = send(&world, Request::get(ops::INSTANCE_PATH).body(Body::empty()).unwrap()).await;
    assert_eq!((told.status.as_u16(), told.text.trim()), (200, &*world.app.instance.to_string()));
}

#[tokio::test]
async fn a_proof_needs_the_encryption_key() {
    let world = World::new();
    let (path, body) = ("/admin/status", "null");
    let subject = Subject { instance: world.app.instance, method: "POST", target: path };
    let other = Secret::new([7; 32]);
    refused(&with_proof(&world, path, body, &proof_of(&other, subject, body, world.clock.now())).await);
    let own = decode_key32(KEY).unwrap();
    let reply = with_proof(&world, path, body, &proof_of(&own, subject, body, world.clock.now())).await;
    assert_eq!(reply.status, 200);
}

#[tokio::test]
async fn an_address_that_sends_too_much_is_refused_unread() {
    let world = World::new();
    let from = async |last: u8, valid: bool| {
        let value = if valid { proof(&world, "/admin/keys/list", "null") } else { "x".to_owned() };
        let mut request = Request::post("/admin/keys/list").header(header::AUTHORIZATION, value);
        request.extensions_mut().unwrap().insert(Peer([192, 0, 2, last].into()));
        send(&world, request.body(Body::from("null")).unwrap()).await.status.as_u16()
    };
    for _ in 0..MOST_REQUESTS {
        from(1, false).await;
    }
    assert_eq!((from(1, true).await, from(2, true).await), (403, 200));
    world.advance(60);
    assert_eq!(from(1, true).await, 200);
}
