//! Every request requires a fresh context that the plugin sealed for this very request.

use axum::body::Body;
use axum::http::Request;
use protocol::context::{CONTEXT_HEADER, Context, Endpoint, PluginKeys};
use protocol::encoding::b64url_encode;
use protocol::secret::Secret;

use crate::support::{Reply, Site, World};

const BASE: &str = "https://wiki.example.com";
const ALL: [Endpoint; 9] = [
    Endpoint::AuthorizationServerMetadata,
    Endpoint::OpenidConfiguration,
    Endpoint::Register,
    Endpoint::Authorize,
    Endpoint::Consent,
    Endpoint::Login,
    Endpoint::Callback,
    Endpoint::Token,
    Endpoint::Jwks,
];

async fn at_the_door(world: &World, path: &str, sealed: Option<&str>) -> Reply {
    let mut request = Request::get(path);
    if let Some(sealed) = sealed {
        request = request.header(CONTEXT_HEADER, sealed);
    }
    world.raw(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn requests_without_a_context_get_403() {
    let world = World::new();
    for endpoint in ALL {
        let reply = at_the_door(&world, endpoint.sidecar_path(), None).await;
        assert_eq!(reply.status, 403, "{endpoint:?}");
        assert_eq!(reply.header("x-mcpb-sidecar"), "1");
        assert_eq!(reply.header("cache-control"), "no-store");
        if endpoint.is_page() {
            assert_eq!(reply.reason(), "context_missing");
        } else {
            assert_eq!(reply.json()["error"], "access_denied");
        }
    }
    assert_eq!(at_the_door(&world, "/", None).await.status, 403);
    assert_eq!(at_the_door(&world, "/healthz", None).await.status, 403);
    assert_eq!(world.app.refusals.refused(), 11);
}

#[tokio::test]
async fn forged_foreign_and_misplaced_contexts_are_refused() {
    let (world, site) = (World::new(), Site::local(BASE));
    let context = world.context(&site, Endpoint::Jwks, "GET");
    let path = Endpoint::Jwks.sidecar_path();
    let sealed = context.seal(&world.keys);
    assert_eq!(at_the_door(&world, path, Some(&sealed)).await.status, 200);
    let foreign = PluginKeys::parse(&b64url_encode(&[9; 32])).unwrap();
    let mut flipped = sealed.clone().into_bytes();
    let last = flipped.len() - 4;
    flipped[last] = if flipped[last] == b'A' { b'B' } else { b'A' };
    let posted = Context { method: "POST".into(), ..context.clone() };
    let token = Context { endpoint: Endpoint::Token, ..context.clone() };
    let other_tid =
        Context { tid: Site::oidc(BASE, "https://idp.example").settings.tid(), ..context.clone() };
    for (case, value) in [
        ("foreign key", context.seal(&foreign)),
        ("flipped bit", String::from_utf8(flipped).unwrap()),
        ("other method", posted.seal(&world.keys)),
        ("other path", token.seal(&world.keys)),
        ("other tid", other_tid.seal(&world.keys)),
        ("empty", String::new()),
        ("no version", sealed.trim_start_matches("v1.").to_owned()),
        ("long", format!("v1.{}", "A".repeat(20_000))),
    ] {
        let reply = at_the_door(&world, path, Some(&value)).await;
        assert_eq!(
            (reply.status.as_u16(), reply.json()["error"].as_str().unwrap()),
            (403, "access_denied"),
            "{case}"
        );
    }
    let twice = Request::get(path).header(CONTEXT_HEADER, &sealed).header(CONTEXT_HEADER, &sealed);
    assert_eq!(world.raw(twice.body(Body::empty()).unwrap()).await.status, 403);
}

#[tokio::test]
async fn a_context_that_is_stale_or_from_the_future_gets_503_with_retry_after() {
    let (world, site) = (World::new(), Site::local(BASE));
    let sealed = world.context(&site, Endpoint::Jwks, "GET").seal(&world.keys);
    let path = Endpoint::Jwks.sidecar_path();
    world.advance(60);
    assert_eq!(at_the_door(&world, path, Some(&sealed)).await.status, 200);
    world.advance(1);
    let reply = at_the_door(&world, path, Some(&sealed)).await;
    assert_eq!(
        (reply.status.as_u16(), reply.json()["error"].as_str().unwrap()),
        (503, "temporarily_unavailable")
    );
    assert_ne!(reply.header("retry-after"), "");
    world.clock.set(protocol::time::UnixTime::new(crate::support::START.as_secs() - 61));
    assert_eq!(at_the_door(&world, path, Some(&sealed)).await.status, 503);
}

#[tokio::test]
async fn only_allowed_bases_are_served() {
    let world =
        World::with(&[("BOUNCER_ALLOWED_BASES", "https://wiki.example.com, https://mcp.example.com/docs")]);
    for (base, status) in [
        ("https://wiki.example.com", 200),
        ("https://mcp.example.com/docs", 200),
        ("https://mcp.example.com", 403),
        ("https://evil.example.com", 403),
        ("http://wiki.example.com", 403),
    ] {
        assert_eq!(world.get(&Site::local(base), Endpoint::Jwks).await.status, status, "{base}");
    }
}

#[tokio::test]
async fn contexts_sealed_under_a_previous_key_are_accepted_during_a_rotation() {
    let old = b64url_encode(&[4; 32]);
    let world = World::with(&[("BOUNCER_ANCHOR_SEEDS_PREVIOUS", &old)]);
    let site = Site::local(BASE);
    let seed = protocol::jose::anchor::AnchorSeed::new(Secret::new([4; 32]));
    let before = PluginKeys::new(seed.plugin_key(), Vec::new());
    let sealed = world.context(&site, Endpoint::Jwks, "GET").seal(&before);
    assert_eq!(at_the_door(&world, Endpoint::Jwks.sidecar_path(), Some(&sealed)).await.status, 200);
}

#[tokio::test]
async fn unsupported_methods_get_405() {
    let (world, site) = (World::new(), Site::local(BASE));
    let request = Request::delete("/").body(Body::empty()).unwrap();
    let reply = world.send(&site, Endpoint::Token, request).await;
    assert_eq!((reply.status.as_u16(), reply.json()["error"].as_str().unwrap()), (405, "invalid_request"));
    assert_eq!(world.get(&site, Endpoint::Register).await.status, 405);
}

#[tokio::test]
async fn header_lines_are_capped() {
    let (world, site) = (World::new(), Site::local(BASE));
    let sealed = world.context(&site, Endpoint::Jwks, "GET").seal(&world.keys);
    let request = Request::get(Endpoint::Jwks.sidecar_path())
        .header(CONTEXT_HEADER, sealed)
        .header("x-large", "a".repeat(70_000))
        .body(Body::empty())
        .unwrap();
    assert_eq!(world.raw(request).await.status, 431);
}
